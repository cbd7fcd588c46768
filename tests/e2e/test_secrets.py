#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The password is nowhere but in the keyring: not in a log at any level, a file, a database, an argument, the
environment or on the bus, neither plain nor URL-encoded nor as base64(user:password)."""

import base64
import os
import pathlib
import urllib.parse

from harness import process, tap
from harness.wait import wait_for

from house import House, now_us

LOUD = {'G_MESSAGES_DEBUG': 'all', 'GST_DEBUG': '9', 'GST_DEBUG_NO_COLOR': '1', 'G_DBUS_DEBUG': 'all', 'LIBSOUP_DEBUG': '1'}

house = None
monitors = []
processes_seen = {}  # (pid, start time): what stood in its arguments and environment


def forms(user, password):
    """Each form in which a password may leak, as bytes."""
    pair = f'{user}:{password}'.encode()
    found = {password.encode(), urllib.parse.quote(password, safe='').encode(),
             urllib.parse.quote(password, safe='').lower().encode(), urllib.parse.quote_plus(password).encode(),
             urllib.parse.quote(password).encode(), base64.b64encode(pair), base64.urlsafe_b64encode(pair),
             base64.b64encode(password.encode()), password.encode('utf-16-le')}
    # XML and JSON escape what stands in them.
    found.add(password.replace('&', '&amp;').encode())
    found.add(password.replace('/', '\\/').encode())
    return {form.rstrip(b'=') if len(form) > 12 else form for form in found}


def search(paths, needles):
    """Paths of files that hold one of the needles. Reads in pieces: the logs are large."""
    longest = max(map(len, needles))
    hits = []
    for path in paths:
        try:
            with open(path, 'rb') as file:
                tail = b''
                while piece := file.read(1 << 22):
                    piece = tail + piece
                    if any(needle in piece for needle in needles):
                        hits.append(path)
                        break
                    tail = piece[-longest:]
        except OSError:
            continue  # a socket, or gone
    return hits


def files_of_the_house():
    """Every file that the programs could have written, but for the test's own note of the password."""
    roots = [house.folder, house.runtime]
    found = []
    for root in roots:
        for folder, _, names in os.walk(root):
            found += [pathlib.Path(folder) / name for name in names]
    own = [path for path in found if path.name.startswith('camera-') and path.name.endswith('-password')]
    return [path for path in found if path not in own and path.is_file()]


def look_at_processes():
    for pid in process.descendants(os.getpid()):
        try:
            start = process.stat_fields(pid)[19]
            command = pathlib.Path(f'/proc/{pid}/cmdline').read_bytes()
            environment = pathlib.Path(f'/proc/{pid}/environ').read_bytes()
        except (OSError, IndexError):
            continue
        processes_seen[pid, start, command[:40]] = command + b'\0' + environment


def set_up():
    global house
    house = House()
    # It holds what the URL and XML escapes change, so that an escaped leak is one of another form.
    house.password = 'Zq7+/&=%' + os.urandom(6).hex() + 'ß'
    house.env.update(LOUD)
    house.start(recorder=False)
    for bus in (house.session, house.system):
        monitors.append(house.spawn(f'monitor-{bus.name}', ['dbus-monitor', '--address', bus.address],
                                    env=dict(house.env, G_MESSAGES_DEBUG='')))
    # Both see messages before anything is said.
    for monitor in monitors:
        wait_for(lambda log=monitor: 'NameAcquired' in log.log_text() or 'signal' in log.log_text(), 10, 'dbus-monitor')


def tear_down():
    house.close()


def test_the_search_finds_planted_leaks():
    needles = forms('admin', house.password)
    planted = house.folder / 'planted'
    for form in forms('admin', house.password):
        planted.write_bytes(b'x' * 100 + form + b'y')
        assert search([planted], needles) == [planted], form
    # At the seam of two pieces too.
    planted.write_bytes(b'x' * ((1 << 22) - 5) + house.password.encode())
    assert search(files_of_the_house(), needles) == [planted]
    planted.unlink()
    child = house.spawn('planted', ['sleep', '60', ], env=dict(house.env, PLANTED=house.password))
    look_at_processes()
    assert any(house.password.encode() in text for text in processes_seen.values())
    child.kill()
    processes_seen.clear()


def test_password_is_nowhere():
    needles = forms('admin', house.password)
    house.activate_recorder()
    camera = house.start_camera('--device', 'name=Digest,auth=digest', '--device', 'name=Token,auth=token',
                                '--device', 'name=Esp,mjpeg')
    look_at_processes()
    # By the command line, by the bus, and a wrong one first.
    watch = house.start_ctl('watch')
    house.ctl('add', camera.devices[0]['onvif'], '--user', 'admin', '--name', 'Digest', input=house.password + '\n',
              timeout=60)
    look_at_processes()
    token = house.add_device(camera.devices[1], timeout=60)[0]
    digest = house.recorder.camera('Digest')['Path']
    look_at_processes()
    house.wait_recording([digest, token], timeout=60)
    live = house.open_live(digest)
    live.wait_frame(20)
    # A reconnect, so that what is said on failure is in the logs too.
    camera.control(0, 'refuse-password')
    camera.control(0, 'die')
    wait_for(lambda: house.camera_properties(digest)['State'] != 'recording', 30, 'the death to be noticed')
    camera.control(0, 'revive')
    wait_for(lambda: house.camera_properties(digest)['Problem'][0] == 'WrongPassword', 60, 'the refusal')
    camera.control(0, 'accept-password')
    look_at_processes()
    house.wait_state(digest, 'recording', 90)
    wait_for(lambda: not any(house.camera_properties(path)['Problem'][0] for path in (digest, token)), 30, 'all to be well')
    house.ctl('status')
    house.ctl('list', json=True)
    house.ctl('journal', check=False)
    look_at_processes()
    live.close()
    watch.stop()
    house.stop_recorder(timeout=60)
    for monitor in monitors:
        monitor.stop()

    log = (house.logs / 'recorder.log')
    size = log.stat().st_size
    print(f'# {size / 1e6:.0f} MB of log searched, {len(files_of_the_house())} files, {len(processes_seen)} processes')
    text = log.read_bytes()[:200_000_000]
    assert b'rtsp' in text.lower() and size > 1_000_000, 'the log is loud'
    assert b'icam' in text, 'our own debug messages are in it'
    hits = search(files_of_the_house(), needles)
    assert not hits, f'the password stands in {[str(hit) for hit in hits]}'
    leaks = [key for key, text in processes_seen.items() if any(needle in text for needle in needles)]
    assert not leaks, f'the password stands in the arguments or the environment of {leaks}'
    assert len(house.keyring.items()) == 2, 'each device has its own item in the keyring'


tap.main(globals())
