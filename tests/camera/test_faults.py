#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the test camera shall do wrong on command, it must really do wrong, and right again after."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import icamtest
import onvif_client as onvif
from icamtest import wait_for

PROGRAM = sys.argv[1]
FOLDER = tempfile.mkdtemp(prefix="icam-faults-")
CAMERA = icamtest.Camera(PROGRAM, FOLDER, "--no-mdns",
                         specs=["auth=both", "auth=token", "auth=digest", "lenses=2,extra-view"])
GET_INFORMATION = "<tds:GetDeviceInformation/>"
GET_TIME = "<tds:GetSystemDateAndTime/>"


class Player:
    """ffmpeg, recording a stream to a file."""

    def __init__(self, device, stream="sub", seconds=None, channel=0):
        self.path = os.path.join(FOLDER, "%d-%s-%d.mkv" % (device, stream, time.monotonic_ns()))
        command = ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i",
                   CAMERA.url(device, channel, stream)]
        if seconds:
            command += ["-t", str(seconds)]
        self.process = subprocess.Popen(
            command + ["-c", "copy", "-flush_packets", "1", "-f", "matroska", "-y", self.path],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def size(self):
        """How much was recorded."""
        return os.path.getsize(self.path) if os.path.exists(self.path) else 0

    def wait_started(self):
        """Waits until pictures arrive."""
        wait_for(lambda: self.size() > 20000, "pictures arrive")

    def stop(self):
        """Ends it; returns the codes of what it recorded."""
        self.process.terminate()
        self.process.communicate(timeout=20)
        return icamtest.codes_of_file(self.path)


def can_play(device, seconds=1):
    """Whether a new client gets pictures."""
    player = Player(device, seconds=seconds)
    try:
        player.process.communicate(timeout=seconds + 8)
    except subprocess.TimeoutExpired:
        player.process.kill()
        player.process.communicate()
        return False
    return player.process.returncode == 0 and player.size() > 10000


def xaddr(device):
    """The address of the device service."""
    return CAMERA.devices[device]["xaddr"]


def information(device, **kwargs):
    """Asks for the device information with a fresh token."""
    return onvif.call(xaddr(device), GET_INFORMATION,
                      onvif.token(CAMERA.user, CAMERA.password), **kwargs)


def connects(device, key):
    """Whether something accepts connections there."""
    address = CAMERA.devices[device]["address"]
    port = CAMERA.devices[device]["rtsp_port"] if key == "rtsp" else int(
        CAMERA.devices[device]["onvif"].rsplit(":", 1)[1])
    try:
        socket.create_connection((address, port), 2).close()
        return True
    except OSError:
        return False


def test_hang():
    """A camera that hangs accepts, and sends nothing; its streams stall without being closed."""
    player = Player(0)
    player.wait_started()
    CAMERA.command("0 hang")
    sizes = [player.size()]

    def is_still():
        sizes.append(player.size())
        return len(sizes) > 100 and len(set(sizes[-60:])) == 1
    wait_for(is_still, "the stream stalls")
    assert player.process.poll() is None, "the connection was closed"
    assert connects(0, "rtsp") and connects(0, "onvif")
    with socket.create_connection(("127.0.0.1", CAMERA.devices[0]["rtsp_port"]), 2) as link:
        link.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        link.settimeout(1)
        try:
            assert not link.recv(1), "it answered"
            raise AssertionError("it closed")
        except socket.timeout:
            pass
        stalled = player.size()
        CAMERA.command("0 resume")
        link.settimeout(10)
        assert link.recv(100).startswith(b"RTSP/1.0 200")
    wait_for(lambda: player.size() > stalled, "the stream goes on")
    codes = player.stop()
    counters = [code.counter for code in codes]
    jumps = [(a, b) for a, b in zip(counters, counters[1:]) if b != a + 1]
    assert len(jumps) == 1 and jumps[0][1] % 30 == 0, jumps
    assert not CAMERA.log().missing(codes, 0, 0, "sub")


def test_die():
    """A camera that dies closes everything, and comes back at the same ports."""
    player = Player(0)
    player.wait_started()
    CAMERA.command("0 die")
    player.process.communicate(timeout=20)
    assert not connects(0, "rtsp") and not connects(0, "onvif")
    wait_for(lambda: CAMERA.log().sessions(device=0), "the end of the session is logged")
    CAMERA.command("0 revive")
    assert connects(0, "rtsp") and information(0)[0] == 200
    assert can_play(0)


def test_die_while_hanging():
    """A camera can die while it hangs."""
    CAMERA.command("0 hang")
    CAMERA.command("0 die")
    assert not connects(0, "rtsp")
    CAMERA.command("0 revive")
    CAMERA.command("0 resume")
    assert information(0)[0] == 200


def test_password():
    """A camera that refuses the password refuses it everywhere."""
    assert information(0)[0] == 200 and can_play(0)
    CAMERA.command("0 refuse-password")
    assert information(0)[0] == 401
    assert onvif.call(xaddr(0), GET_INFORMATION,
                      digest=(CAMERA.user, CAMERA.password))[0] == 401
    assert onvif.call(xaddr(0), GET_TIME)[0] == 200
    assert not can_play(0)
    CAMERA.command("0 accept-password")
    assert information(0)[0] == 200 and can_play(0)


def test_auth_kinds():
    """Token and digest are each taken alone, and nothing else."""
    secret = (CAMERA.user, CAMERA.password)
    for device, with_token, with_digest in ((0, 200, 200), (1, 200, 400), (2, 401, 200)):
        assert information(device)[0] == with_token, device
        assert onvif.call(xaddr(device), GET_INFORMATION, digest=secret)[0] == with_digest, device
        status, answer = onvif.call(xaddr(device), GET_INFORMATION)
        assert status == (400 if device == 1 else 401) and "ter:NotAuthorized" in answer
        assert onvif.call(xaddr(device), GET_INFORMATION,
                          onvif.token(CAMERA.user, "wrong"))[0] == (400 if device == 1 else 401)


def test_replay():
    """A token that comes back later is refused."""
    token = onvif.token(CAMERA.user, CAMERA.password)
    assert onvif.call(xaddr(1), GET_INFORMATION, token)[0] == 200
    wait_for(lambda: onvif.call(xaddr(1), GET_INFORMATION, token)[0] == 400, "it is refused", 5)


def test_clock():
    """A camera with a wrong clock wants tokens of its own time."""
    CAMERA.command("1 clock 86400")
    status, answer = onvif.call(xaddr(1), GET_TIME)
    day = time.gmtime(time.time() + 86400).tm_mday
    assert status == 200 and onvif.values(answer, "Day")[0] == str(day)
    assert information(1)[0] == 400
    assert onvif.call(xaddr(1), GET_INFORMATION,
                      onvif.token(CAMERA.user, CAMERA.password, 86400))[0] == 200
    CAMERA.command("1 clock 0")
    assert information(1)[0] == 200


def test_identity():
    """Another device at the same address says so in everything, and cuts the streams."""
    player = Player(1)
    player.wait_started()
    before = dict(CAMERA.devices[1])
    CAMERA.command("1 identity OTHER-1")
    player.process.communicate(timeout=20)
    CAMERA.refresh()
    after = CAMERA.devices[1]
    assert onvif.values(information(1)[1], "SerialNumber") == ["OTHER-1"]
    for key in ("serial", "mac", "uuid"):
        assert before[key] != after[key]
    for key in ("address", "rtsp_port", "onvif"):
        assert before[key] == after[key]
    other = Player(1, seconds=1)
    other.process.communicate(timeout=20)
    assert {code.generation for code in icamtest.codes_of_file(other.path)} == {1}
    assert {code.generation for code in icamtest.visual_codes_of_file(other.path)} == {1}


def test_web_dead():
    """The web service can be dead while the stream lives."""
    player = Player(2)
    player.wait_started()
    CAMERA.command("2 web-dead")
    assert not connects(2, "onvif") and connects(2, "rtsp")
    size = player.size()
    wait_for(lambda: player.size() > size, "the stream goes on")
    CAMERA.command("2 web-alive")
    assert onvif.call(xaddr(2), GET_TIME)[0] == 200
    assert player.stop()


def test_garbage():
    """Garbage is answered at both ports, and no longer when it is clean."""
    CAMERA.command("2 garbage")
    for port in (CAMERA.devices[2]["rtsp_port"], int(CAMERA.devices[2]["onvif"].rsplit(":", 1)[1])):
        with socket.create_connection(("127.0.0.1", port), 2) as link:
            link.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            link.settimeout(5)
            assert link.recv(65536)
    assert not can_play(2)
    CAMERA.command("2 clean")
    assert onvif.call(xaddr(2), GET_TIME)[0] == 200 and can_play(2)


def test_freeze():
    """A frozen picture repeats itself to the bit while the stream goes on."""
    player = Player(2)
    player.wait_started()
    CAMERA.command("2 freeze")
    wait_for(lambda: len([e for e in CAMERA.log().frames(device=2) if e["frozen"]]) > 60,
             "frozen frames are sent")
    CAMERA.command("2 unfreeze")
    last = CAMERA.log().frames(device=2)[-1]["counter"]
    wait_for(lambda: CAMERA.log().frames(device=2)[-1]["counter"] > last + 40, "it goes on")
    codes = player.stop()
    frozen = [i for i, code in enumerate(codes) if code.flags & icamtest.FLAG_FROZEN]
    # Anything that moves in between would show as another picture.
    sums = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", player.path, "-map", "0:v", "-vsync", "passthrough", "-f",
         "framemd5", "-"], stdout=subprocess.PIPE, check=True).stdout.decode()
    sums = [line.split(",")[-1].strip() for line in sums.splitlines() if not line.startswith("#")]
    assert len(sums) == len(codes)
    keys = [i for i in frozen if codes[i].counter % 30 == 0]
    assert len({sums[i] for i in frozen if i >= keys[0]}) == 1
    assert len({sums[i] for i in frozen if i < keys[0]}) <= 1
    moving = sums[frozen[-1] + 1:]
    assert len(set(moving)) > len(moving) / 2
    visual = icamtest.visual_codes_of_file(player.path)
    assert len({visual[i].counter for i in frozen if i >= keys[0]}) == 1


def test_move():
    """A camera can move to another address."""
    CAMERA.command("2 move 127.0.0.2")
    assert not connects(2, "rtsp")
    CAMERA.refresh()
    assert CAMERA.devices[2]["address"] == "127.0.0.2"
    assert onvif.call(xaddr(2), GET_TIME)[0] == 200 and can_play(2)


def test_events():
    """A pull point hears when motion begins and ends, at once."""
    url = xaddr(0).replace("device_service", "event_service")

    def ask(where, body):
        return onvif.call(where, body, onvif.token(CAMERA.user, CAMERA.password), timeout=20)
    CAMERA.command("0 actors off")
    wait_for(lambda: not CAMERA.log().visits(device=0) or CAMERA.log().visits(device=0)[-1][1],
             "whoever is there has left")
    status, answer = ask(url, "<tev:CreatePullPointSubscription><tev:InitialTerminationTime>PT60S"
                              "</tev:InitialTerminationTime></tev:CreatePullPointSubscription>")
    assert status == 200
    where = onvif.values(answer, "Address")[0]
    pull = "<tev:PullMessages><tev:Timeout>PT15S</tev:Timeout><tev:MessageLimit>10</tev:MessageLimit>" \
           "</tev:PullMessages>"
    status, answer = ask(where, pull)
    assert status == 200 and 'Value="false"' in answer and "Initialized" in answer
    CAMERA.command("0 visit")
    status, answer = ask(where, pull)
    assert status == 200 and re.search('Name="IsMotion" Value="true"', answer), answer
    begin = CAMERA.log().visits(device=0)[-1][0]
    assert abs(time.time() - begin["utc_us"] / 1e6) < 1
    status, answer = ask(where, pull)
    assert status == 200 and re.search('Name="IsMotion" Value="false"', answer), answer
    status, answer = ask(where, "<wsnt:Renew><wsnt:TerminationTime>PT2M</wsnt:TerminationTime>"
                                "</wsnt:Renew>")
    assert status == 200 and onvif.values(answer, "TerminationTime")
    assert ask(where, "<wsnt:Unsubscribe/>")[0] == 200
    status, answer = ask(where, pull)
    assert status == 400 and "ResourceUnknown" in answer
    CAMERA.command("0 actors on")


def test_channels():
    """Each channel and view sends its own pictures."""
    players = [(channel, stream, Player(3, stream, 1, channel))
               for channel in (0, 1) for stream in ("main", "sub", "extra")]
    for channel, stream, player in players:
        player.process.communicate(timeout=20)
        codes = icamtest.codes_of_file(player.path)
        seen = icamtest.visual_codes_of_file(player.path)
        assert len(codes) > 10 and len(codes) == len(seen)
        assert {(c.device, c.channel, c.stream) for c in codes} == {(3, channel, stream)}
        assert [(c.device, c.channel, c.stream, c.counter, c.utc_us) for c in codes] \
            == [(c.device, c.channel, c.stream, c.counter, c.utc_us) for c in seen]


def test_snapshot():
    """A snapshot carries the code and wants the password."""
    url = CAMERA.devices[3]["snapshot"]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=10)
        raise AssertionError("it wanted no password")
    except urllib.error.HTTPError as error:
        assert error.code == 401
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, CAMERA.user, CAMERA.password)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPDigestAuthHandler(passwords))
    data = opener.open(url, timeout=10).read()
    path = os.path.join(FOLDER, "snapshot.jpg")
    with open(path, "wb") as file:
        file.write(data)
    code = icamtest.code_of_jpeg(data)
    assert code.device == 3 and code.stream == "jpeg"
    assert icamtest.visual_codes_of_file(path) == [code]


try:
    icamtest.run_tests([value for name, value in list(globals().items())
                        if name.startswith("test_")])
finally:
    CAMERA.close()
    shutil.rmtree(FOLDER)
