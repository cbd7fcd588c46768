#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test camera announces itself through Avahi, and withdraws it when it is gone.

Runs itself again in namespaces of its own, with a bus and an Avahi that nobody else sees.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

import icamtest
from icamtest import wait_for

PROGRAM = sys.argv[1]
INSIDE = "ICAM_TEST_INSIDE_NAMESPACES"

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
"""

AVAHI_CONFIG = """[server]
use-ipv6=no
allow-interfaces=d0
enable-dbus=yes
[publish]
publish-workstation=no
publish-hinfo=no
"""


def skip_all(reason):
    """Says why nothing can be tested here."""
    print("1..0 # SKIP " + reason)
    sys.exit(0)


if INSIDE not in os.environ:
    for needed in ("avahi-daemon", "avahi-browse", "dbus-daemon", "unshare", "ip"):
        if not shutil.which(needed, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip_all(needed + " is not installed")
    if os.geteuid() != 0:
        skip_all("only root can run an Avahi of its own (it gives its folder to another user)")
    TRIAL = ["unshare", "-nm", "ip", "link", "add", "d0", "type", "veth", "peer", "name", "d1"]
    if subprocess.run(TRIAL, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        skip_all("network namespaces cannot be made here")
    os.execvpe("unshare", ["unshare", "-nmpf", "--mount-proc", "--kill-child", sys.executable] + sys.argv,
               dict(os.environ, **{INSIDE: "1"}))

os.environ["PATH"] += ":/usr/sbin:/sbin"
FOLDER = tempfile.mkdtemp(prefix="icam-announce-")
BUS_PATH = os.path.join(FOLDER, "bus")
ENV = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS="unix:path=" + BUS_PATH)
STARTED = []


def write(name, text):
    """Writes a file; returns its path."""
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def start(*command):
    """Starts something that is ended with the test."""
    process = subprocess.Popen(command, env=ENV, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    STARTED.append(process)
    return process


def browse(kind):
    """What avahi-browse resolves: name → (host, address, port, text)."""
    out = subprocess.run(["avahi-browse", "-rpt", kind], env=ENV, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=False).stdout.decode()
    found = {}
    for line in out.splitlines():
        parts = line.split(";")
        if parts[0] == "=" and len(parts) > 9:
            found[parts[3]] = (parts[6], parts[7], int(parts[8]), parts[9])
    return found


def start_avahi():
    """Starts Avahi, and waits until it answers."""
    process = start("avahi-daemon", "-f", AVAHI_PATH, "--no-drop-root", "--no-chroot", "--no-rlimits")
    wait_for(lambda: subprocess.run(["avahi-browse", "-at"], env=ENV, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL, check=False).returncode == 0,
             "Avahi answers")
    return process


def port(device):
    """The port of the device service."""
    return int(device["onvif"].rsplit(":", 1)[1])


for arguments in (["link", "set", "lo", "up"],
                  ["link", "add", "d0", "type", "veth", "peer", "name", "d1"],
                  ["addr", "add", "192.0.2.10/24", "dev", "d0"], ["link", "set", "d0", "up"],
                  ["link", "set", "d1", "up"]):
    subprocess.run(["ip"] + arguments, check=True)
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
BUS = start("dbus-daemon", "--nofork", "--config-file", write("bus.conf", BUS_CONFIG % BUS_PATH))
wait_for(lambda: os.path.exists(BUS_PATH), "the bus listens")
AVAHI_PATH = write("avahi.conf", AVAHI_CONFIG)
AVAHI = start_avahi()
CAMERA = icamtest.Camera(PROGRAM, FOLDER, "--address", "192.0.2.10",
                         specs=["name=Front door", "name=Garden", "name=Hidden,mdns=no"], env=ENV)


def test_announced():
    """Each device is announced with its address, ports and MAC."""
    def both():
        found = browse("_onvif._tcp")
        return found if len(found) == 2 else None
    found = wait_for(both, "two devices are found")
    hosts = set()
    for device in CAMERA.devices[:2]:
        matches = [f for f in found.values() if f[2] == port(device)]
        assert len(matches) == 1, found
        host, address, _, text = matches[0]
        hosts.add(host)
        assert address == "192.0.2.10"
        assert "macaddress=" + device["mac"].replace(":", "") in text
    assert len(hosts) == 2
    streams = wait_for(lambda: browse("_rtsp._tcp"), "streams are found")
    assert {f[2] for f in streams.values()} == {d["rtsp_port"] for d in CAMERA.devices[:2]}


def test_die():
    """A device that dies is withdrawn, and comes back."""
    def is_there():
        return [f for f in browse("_onvif._tcp").values() if f[2] == port(CAMERA.devices[0])]
    CAMERA.command("0 die")
    wait_for(lambda: not is_there(), "it is gone")
    CAMERA.command("0 revive")
    wait_for(is_there, "it is back")


def test_identity():
    """Another device at the same address is announced as another one."""
    CAMERA.command("1 identity OTHER-2")
    CAMERA.refresh()
    mac = CAMERA.devices[1]["mac"].replace(":", "")
    wait_for(lambda: [f for f in browse("_onvif._tcp").values() if mac in f[3]],
             "the new one is announced")
    wait_for(lambda: len(browse("_onvif._tcp")) == 2, "the old one is not")


def test_restart():
    """After Avahi was restarted all are announced again."""
    global AVAHI
    AVAHI.send_signal(signal.SIGTERM)
    AVAHI.wait(20)
    AVAHI = start_avahi()
    wait_for(lambda: len(browse("_onvif._tcp")) == 2, "both are announced again")


try:
    icamtest.run_tests([value for name, value in list(globals().items())
                        if name.startswith("test_")])
finally:
    CAMERA.close()
    for one in reversed(STARTED):
        if one.poll() is None:
            one.terminate()
            one.wait(20)
    shutil.rmtree(FOLDER, ignore_errors=True)
