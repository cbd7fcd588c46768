#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that others wrote must accept the test camera, or it proves nothing."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import icamtest
import onvif_client as onvif
from icamtest import Skip, wait_for

PROGRAM, BUILD = sys.argv[1], sys.argv[2]
FOLDER = tempfile.mkdtemp(prefix="icam-clients-")
CAMERA = icamtest.Camera(
    PROGRAM, FOLDER, "--no-mdns",
    specs=["auth=both,audio=aac", "auth=token,channels=2,ptz", "auth=digest,codec=h265,audio=g711",
           "auth=both,mjpeg,packets=single"])


def run(command, timeout=60, **kwargs):
    """Runs a program; returns what it said."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            timeout=timeout, check=False, **kwargs)
    assert result.returncode == 0, "%s: %s" % (command[0], result.stderr.decode()[-2000:])
    return result.stdout.decode()


def test_ffprobe():
    """ffprobe sees what each stream is."""
    expected = [(0, "main", {("h264", 1280, 720), ("aac", None, None)}),
                (0, "sub", {("h264", 640, 360), ("aac", None, None)}),
                (1, "main", {("h264", 1280, 720)}),
                (2, "main", {("hevc", 1280, 720), ("pcm_mulaw", None, None)}),
                (2, "sub", {("hevc", 640, 360), ("pcm_mulaw", None, None)})]
    for device, stream, codecs in expected:
        said = json.loads(run(["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-of", "json",
                               "-show_streams", CAMERA.url(device, 0, stream)]))
        seen = {(s["codec_name"], s.get("width"), s.get("height")) for s in said["streams"]}
        assert seen == codecs, (device, stream, seen)
        for one in said["streams"]:
            if one["codec_type"] == "video":
                assert one["avg_frame_rate"] == "15/1"


def test_ffmpeg():
    """ffmpeg records and decodes all streams without a complaint, over TCP and UDP."""
    jobs = []
    for device, channel, stream, transport in (
            (0, 0, "main", "tcp"), (0, 0, "sub", "udp"), (1, 0, "main", "tcp"), (1, 1, "sub", "tcp"),
            (2, 0, "main", "tcp"), (2, 0, "sub", "tcp"), (3, 0, "main", "tcp")):
        path = os.path.join(FOLDER, "%d%d-%s.mkv" % (device, channel, stream))
        jobs.append((device, channel, stream, path, subprocess.Popen(
            ["ffmpeg", "-v", "error", "-rtsp_transport", transport, "-i",
             CAMERA.url(device, channel, stream), "-t", "5", "-c", "copy", "-y", path],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)))
    for device, channel, stream, path, process in jobs:
        process.communicate(timeout=60)
        assert process.returncode == 0
        decode = subprocess.run(["ffmpeg", "-v", "warning", "-i", path, "-map", "0:v", "-f", "null",
                                 "-"],
                                stderr=subprocess.PIPE, check=True)
        complaints = [line for line in decode.stderr.decode().splitlines()
                      if line.strip() and "Guessed Channel Layout" not in line]
        assert not complaints, complaints
        codes = icamtest.codes_of_file(path)
        seen = icamtest.visual_codes_of_file(path)
        name = (device, channel, stream)
        assert len(codes) > 60 and None not in codes, name
        assert {(c.device, c.channel, c.stream) for c in codes} == {name}
        assert {(c.device, c.channel, c.stream) for c in seen} == {name}
        if device != 2:
            assert [(c.counter, c.utc_us) for c in codes] == [(c.counter, c.utc_us) for c in seen]
        assert not CAMERA.log().missing(codes, *name), name


def test_capture_time():
    """Stream time and sender reports tell when a picture was taken."""
    # ffmpeg keeps the time of the sender reports when it is told to use the wall clock of the sender
    path = os.path.join(FOLDER, "time.mkv")
    run(["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", CAMERA.url(0, 0, "sub"), "-t", "3",
         "-map", "0:v", "-c", "copy", "-y", path])
    codes = icamtest.codes_of_file(path)
    times = [float(t) for t in run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of",
         "csv=p=0", path]).replace(",", "").split()]
    assert len(times) == len(codes)
    # The first packets of ffmpeg may lack a time of their own; from the second second on it is exact.
    offsets = [t - c.utc_us / 1e6 for t, c in zip(times, codes)][15:]
    assert max(offsets) - min(offsets) < 0.002, (min(offsets), max(offsets))


def test_mjpeg():
    """ffprobe sees MJPEG; while somebody looks, others wait."""
    url = CAMERA.devices[3]["mjpeg"]
    said = run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of",
                "csv=p=0", url])
    assert said.strip() == "mjpeg,640,360", said
    first_path, second_path = (os.path.join(FOLDER, name) for name in ("1.mjpeg", "2.mjpeg"))

    def record(path):
        return subprocess.Popen(["ffmpeg", "-v", "error", "-f", "mpjpeg", "-i", url, "-c", "copy",
                                 "-flush_packets", "1", "-f", "mjpeg", "-y", path],
                                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def size(path):
        return os.path.getsize(path) if os.path.exists(path) else 0
    first = record(first_path)
    wait_for(lambda: size(first_path) > 100000, "the first one sees pictures")
    second = record(second_path)
    at = size(first_path)
    wait_for(lambda: size(first_path) > at + 100000, "the first one sees more")
    assert size(second_path) == 0
    first.terminate()
    wait_for(lambda: size(second_path) > 100000, "the second one has its turn")
    second.terminate()
    first.wait(20)
    second.wait(20)
    with open(first_path, "rb") as file:
        data = file.read()
    code = icamtest.code_of_jpeg(data)
    assert code.device == 3 and code.stream == "jpeg"
    assert icamtest.visual_codes_of_file(first_path, 1) == [code]


def test_pull_point():
    """A plain client hears all kinds of events, and what is wrong on command."""
    device = CAMERA.devices[1]
    base = "http://%s/onvif/" % device["onvif"]

    def ask(url, body):
        return onvif.call(url, body, header=onvif.token(CAMERA.user, CAMERA.password))

    def pull(url, seconds=0):
        return ask(url, "<tev:PullMessages><tev:Timeout>PT%dS</tev:Timeout><tev:MessageLimit>100"
                        "</tev:MessageLimit></tev:PullMessages>" % seconds)
    CAMERA.command("1 mute on")
    status, answer = ask(base + "event_service", "<tev:CreatePullPointSubscription/>")
    assert status == 200, answer
    point = onvif.values(answer, "Address")[0]
    assert "Initialized" in pull(point)[1]
    CAMERA.command("1 event person on 1")
    answer = pull(point, 5)[1]
    assert onvif.values(answer, "Topic") == ["tns1:RuleEngine/MyRuleDetector/PeopleDetect"]
    assert 'Value="src1"' in answer and 'Name="State" Value="true"' in answer
    assert ask(point, "<tev:SetSynchronizationPoint/>")[0] == 200
    assert "PeopleDetect" in pull(point)[1]
    CAMERA.command("1 never-off on")
    CAMERA.command("1 event person off 1")
    CAMERA.command("1 event line-crossed once")
    assert onvif.values(pull(point, 5)[1], "Topic") == ["tns1:RuleEngine/LineDetector/Crossed"]
    CAMERA.command("1 never-off off")
    try:
        CAMERA.command("1 event lunch on")
        raise AssertionError("lunch was detected")
    except RuntimeError:
        pass
    CAMERA.command("1 drop-subscriptions")
    status, answer = pull(point)
    assert status == 400 and "ResourceUnknown" in answer
    CAMERA.command("1 mute off")


def test_npm_onvif():
    """npm's onvif finds profiles, streams and events, with token and with digest."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Skip("node and npm are not installed")
    module = os.path.join(BUILD, "npm", "node_modules", "onvif")
    if not os.path.isdir(module):
        os.makedirs(os.path.join(BUILD, "npm"), exist_ok=True)
        try:
            result = subprocess.run(
                [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix",
                 os.path.join(BUILD, "npm"), "onvif@0.8"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            raise Skip("npm could not install onvif in a minute") from None
        if result.returncode != 0 or not os.path.isdir(module):
            raise Skip("npm could not install onvif")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onvif_npm.js")
    for index, device in enumerate(CAMERA.devices):
        found = json.loads(run([node, script, module, device["onvif"], "From npm %d" % index],
                               input=CAMERA.password.encode()))
        assert found["information"]["serialNumber"] == device["serial"]
        uris = [profile["uri"] for profile in found["profiles"]]
        assert uris == [stream["url"] for stream in device["streams"]], index
        assert [profile["source"] for profile in found["profiles"]] \
            == ["src%d" % stream["channel"] for stream in device["streams"]]
        assert found["event"]["Name"] == "IsMotion"
        assert found["imaging"]["brightness"] == 66
        if index == 1:
            assert [preset["name"] for preset in found["presets"]] == ["From npm %d" % index]
            place = found["place"]
            assert abs(place["x"] - 0.5) < 0.001 and abs(place["zoom"] - 0.25) < 0.001, place
            assert found["moved"] and found["stopped"] == "IDLE"
        else:
            assert "presets" not in found


ONVIF_UTIL_SCRIPT = r"""
set -e
ip link set lo up
ip link add d0 type veth peer name d1
unshare -n sleep 60 &
other=$!
trap 'kill $other $camera 2>/dev/null || true' EXIT
for i in $(seq 100); do
  [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break
  sleep 0.02
done
ip link set d1 netns $other
ip addr add 192.0.2.10/24 dev d0
ip link set d0 up
nsenter -t $other -n ip addr add 192.0.2.11/24 dev d1
nsenter -t $other -n ip link set d1 up
nsenter -t $other -n ip route add default dev d1
for i in $(seq 100); do
  ip link show d0 | grep -q 'state UP' && break
  sleep 0.02
done
"$1" --address 192.0.2.10 --wsd-interface d0 --no-mdns --die-with-parent --device auth=token \
  --password-file "$2" > "$3" &
camera=$!
for i in $(seq 500); do
  grep -q ready "$3" && break
  sleep 0.02
done
printf '%s\n' 'get time' 'get profiles' 'get rtsp' 'get video' 'get network' quit \
  | nsenter -t $other -n timeout 30 onvif-util -u admin -p camera 192.0.2.10
"""


def test_onvif_util():
    """onvif-util finds the camera by WS-Discovery and asks it."""
    if not shutil.which("onvif-util"):
        raise Skip("onvif-tools is not installed")
    if subprocess.run(["unshare", "-Urn", "ip", "link", "add", "d0", "type", "veth", "peer", "name",
                       "d1"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Skip("network namespaces cannot be made here")
    password = os.path.join(FOLDER, "util.password")
    with open(password, "w", encoding="utf-8") as file:
        file.write("camera")
    out = os.path.join(FOLDER, "util.out")
    said = run(["unshare", "-Urn", "bash", "-c", ONVIF_UTIL_SCRIPT, "bash", PROGRAM, password, out])
    with open(out, encoding="utf-8") as file:
        device = json.loads(file.readline())
    assert "ERROR" not in said, said
    for part in (device["serial"], "profile0_main", "profile0_sub", device["streams"][0]["url"],
                 "1280 x 720"):
        assert part in said, (part, said)


def test_zeep():
    """python3-zeep accepts the answers by the WSDL of ONVIF."""
    folder = os.environ.get("ICAM_ONVIF_WSDL")
    if not folder or not os.path.isdir(folder):
        raise Skip("no WSDL is at hand (ICAM_ONVIF_WSDL names the folder with devicemgmt.wsdl)")
    try:
        import zeep  # pylint: disable=import-outside-toplevel
        import zeep.wsse.username  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise Skip("python3-zeep is not installed") from None
    device = CAMERA.devices[1]

    def service(wsdl, binding, path):
        client = zeep.Client(
            os.path.join(folder, wsdl), settings=zeep.Settings(strict=True),
            wsse=zeep.wsse.username.UsernameToken(CAMERA.user, CAMERA.password, use_digest=True))
        return client.create_service(binding, "http://%s/onvif/%s" % (device["onvif"], path))
    dev = service("devicemgmt.wsdl", "{http://www.onvif.org/ver10/device/wsdl}DeviceBinding",
                  "device_service")
    assert dev.GetDeviceInformation().SerialNumber == device["serial"]
    assert dev.GetSystemDateAndTime().UTCDateTime.Date.Year > 2000
    assert dev.GetCapabilities(Category="All").Media.XAddr
    assert len(dev.GetServices(IncludeCapability=False)) == 5
    assert dev.GetUsers()[0].UserLevel == "Administrator"
    assert [relay.Properties.Mode for relay in dev.GetRelayOutputs()] == ["Bistable", "Monostable"]
    dev.SetRelayOutputState(RelayOutputToken="relay0", LogicalState="active")
    dev.SetNTP(FromDHCP=False, NTPManual=[{"Type": "DNS", "DNSname": "time.example.org"}])
    assert dev.GetNTP().NTPManual[0].DNSname == "time.example.org"
    dev.SetSystemDateAndTime(DateTimeType="NTP", DaylightSavings=False, TimeZone={"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"})
    assert dev.GetSystemDateAndTime().TimeZone.TZ.startswith("CET-1CEST")
    assert len(dev.GetScopes()) == 4
    assert dev.GetNetworkInterfaces()[0].Info.HwAddress == device["mac"]
    assert dev.GetHostname().Name
    media = service("media.wsdl", "{http://www.onvif.org/ver10/media/wsdl}MediaBinding",
                    "media_service")
    profiles = media.GetProfiles()
    assert [p.VideoSourceConfiguration.SourceToken for p in profiles] \
        == ["src0", "src0", "src1", "src1"]
    assert len(media.GetVideoSources()) == 2
    assert len(media.GetVideoSourceConfigurations()) == 2
    assert len(media.GetVideoEncoderConfigurations()) == 4
    for profile, stream in zip(profiles, device["streams"]):
        answer = media.GetStreamUri({"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}},
                                    profile.token)
        assert answer.Uri == stream["url"]
        assert media.GetSnapshotUri(profile.token).Uri.startswith("http://")
    events = service("events.wsdl", "{http://www.onvif.org/ver10/events/wsdl}EventBinding",
                     "event_service")
    assert events.GetEventProperties()
    ptz = service("ptz.wsdl", "{http://www.onvif.org/ver20/ptz/wsdl}PTZBinding", "ptz_service")
    token = profiles[0].token
    assert profiles[0].PTZConfiguration.NodeToken == ptz.GetNodes()[0].token
    assert ptz.GetNode("node").HomeSupported
    assert ptz.GetConfigurations()[0].NodeToken == "node"
    assert ptz.GetConfigurationOptions("ptz").Spaces.ContinuousZoomVelocitySpace
    ptz.AbsoluteMove(token, {"PanTilt": {"x": -0.25, "y": 0.5}, "Zoom": {"x": 1}})
    wait_for(lambda: ptz.GetStatus(token).MoveStatus.PanTilt == "IDLE", "it is there")
    assert abs(ptz.GetStatus(token).Position.PanTilt.x + 0.25) < 0.001
    preset = ptz.SetPreset(token, "From zeep")
    assert preset in [one.token for one in ptz.GetPresets(token)]
    ptz.GotoHomePosition(token)
    ptz.GotoPreset(token, preset)
    ptz.RemovePreset(token, preset)
    imaging = service("imaging.wsdl", "{http://www.onvif.org/ver20/imaging/wsdl}ImagingBinding",
                      "imaging_service")
    assert imaging.GetOptions("src0").Brightness.Max == 100
    imaging.SetImagingSettings("src0", {"Contrast": 33, "IrCutFilter": "OFF"}, True)
    settings = imaging.GetImagingSettings("src0")
    assert settings.Contrast == 33 and settings.IrCutFilter == "OFF"


try:
    icamtest.run_tests([value for name, value in list(globals().items())
                        if name.startswith("test_")])
finally:
    CAMERA.close()
    shutil.rmtree(FOLDER)
