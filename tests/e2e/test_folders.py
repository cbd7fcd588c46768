#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two folders for recordings, one of them on a disk that freezes: the other's cameras and all live pictures go on without a
missing picture, the frozen disk's cameras are recorded in the other folder meanwhile, and nothing of them is missing in the end."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time

from gi.repository import GLib

from harness import tap
from harness.wait import wait_for

from house import House, Refused, icamtest, now_us, refusals

CAMERAS = 4
FROZEN_SECONDS = float(os.environ.get('ICAM_SECONDS') or 12)

house = camera = server = second = None
paths = {}  # device index: object path


def set_up():
    global house, camera, server, second
    if shutil.which('bindfs') is None:
        raise tap.Skip('bindfs is not installed')
    house = House()
    house.start()
    second = house.runtime / 'second'
    behind = house.runtime / 'behind'
    second.mkdir()
    behind.mkdir()
    # A file system whose server can be stopped: every call that reaches it waits then.
    server = subprocess.Popen(['bindfs', '-f', behind, second], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: os.path.ismount(second) or server.poll() is not None, 10, 'the file system to be mounted')
    finally:
        if server.poll() is not None:
            house.close()
    if server.poll() is not None:
        raise tap.Skip(f'no FUSE file system can be mounted: {server.stderr.read().decode().strip()}')

    camera = house.start_camera(*[word for number in range(CAMERAS)
                                  for word in ('--device', f'name=Camera {number + 1},packets=single')])
    house.ctl('folders', 'add', str(second))
    for device in camera.devices:
        paths[device['index']] = house.add_device(device)[0]
    for index in (2, 3):
        house.ctl('folders', 'use', f'Camera {index + 1}', str(second))
    house.wait_recording(paths.values())
    wait_for(lambda: all(files_of(second, index) for index in (2, 3)), 30, 'the second folder to be used')


def tear_down():
    if server is not None and server.poll() is None:
        server.send_signal(signal.SIGCONT)
    house.close()
    if server is not None:
        subprocess.run(['umount', '-l', second], check=False)
        server.kill()
        server.wait()


def channel(index):
    return house.camera_properties(paths[index])['Channel']


def files_of(folder, index, role='main'):
    return sorted(folder.glob(f'{channel(index)}/{role}/*/*/*/*.mkv'), key=lambda path: path.name)


def missing(index, folders, role='main'):
    """What the camera's log says of a stream that none of the files has, beyond its two ends."""
    truth = icamtest.Log(camera.log_path)
    codes = [code for folder in folders for path in files_of(folder, index, role) for code in icamtest.codes_of_file(path, log_level='fatal')]
    assert codes and all(code is not None and code.device == index for code in codes), f'camera {index + 1}'
    return truth.missing(codes, index, 0, role), len(codes)


def folders():
    return {row['path']: row for row in json.loads(house.ctl('folders', '--json').stdout)}


def live_counters(live):
    return [code.counter for code in live.codes() if code is not None]


def freeze_and_thaw():
    """Returns when the disk froze and when it was let go on."""
    before = {index: files_of(house.archive, index) for index in (2, 3)}
    old = {index: house.segments(paths[index])[0] for index in paths}

    server.send_signal(signal.SIGSTOP)
    start = time.monotonic()
    frozen = now_us()
    wait_for(lambda: house.recorder.manager()['ArchiveProblem'][0] == 'ArchiveHung', 20,
             'the frozen disk to be noticed')
    print(f'# noticed after {time.monotonic() - start:.1f} s')
    wait_for(lambda: all(set(files_of(house.archive, index)) - set(before[index]) for index in (2, 3)), 20,
             'the cameras of the frozen disk to be recorded in the other folder')
    print(f'# recorded elsewhere after {time.monotonic() - start:.1f} s')
    assert folders()[str(second)]['problem']['code'] == 'ArchiveHung', folders()

    # Nobody waits for what is in the frozen folder, and what is elsewhere can be read.
    for index, ok in ((0, True), (2, False)):
        asked = time.monotonic()
        try:
            with refusals():
                _, fds = house.recorder.call(paths[index], 'Camera', 'OpenSegment', '(ssta{sv})', old[index]['channel'], 'main',
                                             old[index]['seq'], {})
            os.close(fds[0])
            assert ok, 'a recording in the frozen folder was opened'
        except Refused as refused:
            assert not ok and refused.code == 'ArchiveHung', refused
        assert time.monotonic() - asked < 5, 'a recording was waited for'

    wait_for(lambda: time.monotonic() - start > FROZEN_SECONDS, FROZEN_SECONDS + 5, 'the time to pass')
    thawed = now_us()
    server.send_signal(signal.SIGCONT)
    wait_for(lambda: house.recorder.manager()['ArchiveProblem'][0] == '', 20,
             'the disk to be well')
    house.wait_recorded_until(paths.values(), now_us() + 3_000_000)
    return frozen, thawed


def test_cameras_are_recorded_in_their_folder():
    rows = folders()
    assert set(rows) == {str(house.archive), str(second)}, rows
    assert rows[str(house.archive)]['main'] and not rows[str(second)]['main']
    assert all(row['problem'] is None and row['size'] > 0 for row in rows.values()), rows
    assert house.camera_properties(paths[2])['Folder'] == str(second)
    assert not files_of(second, 0) and not files_of(second, 1)
    try:
        with refusals():
            house.recorder.call(paths[0], 'Camera', 'SetFolder', '(sa{sv})', '/nowhere', {})
    except Refused as refused:
        assert refused.code == 'NotFound'
    else:
        raise AssertionError('a folder that is none was taken')


def test_a_frozen_disk_holds_up_nothing_else():
    viewers = {index: house.open_live(path, role='main') for index, path in paths.items()}
    for live in viewers.values():
        live.wait_frame()
    # Who does not read loses pictures: that is somebody else's test.
    end = threading.Event()
    watcher = threading.Thread(target=lambda: [live.read(0.01) for _ in iter(end.is_set, True) for live in viewers.values()])
    watcher.start()
    try:
        frozen, thawed = freeze_and_thaw()
    finally:
        server.send_signal(signal.SIGCONT)
        end.set()
        watcher.join()
    for index, live in viewers.items():
        counters = live_counters(live)
        lost = sorted(set(range(counters[0], counters[-1] + 1)) - set(counters))
        assert not lost, f'camera {index + 1}: live pictures {lost[:10]} are missing'
        assert any(frozen + 2_000_000 < frame['utc'] < thawed for frame in live.frames())
        live.close()


def test_nothing_is_missing_afterwards():
    total = 0
    for index in paths:
        for role in ('main', 'sub'):
            def whole(index=index, role=role):
                return missing(index, [house.archive, second], role)
            lost, count = whole()
            gaps = house.gaps(paths[index], role)
            assert not lost, f'camera {index + 1} {role}: {len(lost)} of {count} pictures are missing: {lost[:10]}, gaps {gaps}'
            assert not gaps, f'camera {index + 1} {role}: {gaps}'
            rows = sorted(house.segments(paths[index], role), key=lambda row: row['start'])
            for one, other in zip(rows, rows[1:]):
                assert one['end'] <= other['start'], f'camera {index + 1} {role}: {one} and {other} overlap'
            total += count
    print(f'# {total} pictures, none missing')
    codes = [entry['code'] for entry in json.loads(house.ctl('journal', '--json').stdout)]
    assert 'archive-problem' in codes and 'archive-recovered' in codes, codes


def test_cameras_return_to_their_folder():
    known = {index: files_of(second, index) for index in (2, 3)}
    wait_for(lambda: all(files_of(second, index) for index in (2, 3)), 5, 'the second folder')
    assert all(len(known[index]) >= 2 for index in (2, 3)), known


def test_what_is_kept_and_what_is_protected():
    house.ctl('keep', '--days', '30')
    house.ctl('keep', 'Camera 3', '--days', '7', '--event-days', 'forever', '--space', '500G')
    kept = json.loads(house.ctl('keep', '--json').stdout)
    assert kept['days'] == 30, kept
    third = next(row for row in kept['cameras'] if row['name'] == 'Camera 3')
    assert (third['days'], third['event_days'], third['bytes']) == (7, -1, 500_000_000_000), third
    assert house.ctl('keep', 'Camera 3', '--days', 'never', check=False).returncode == 2
    assert house.ctl('keep', '--space', '1T', check=False).returncode == 2

    row = house.segments(paths[2])[0]
    span = [str(GLib.DateTime.new_from_unix_utc(row[end] // 1_000_000 + plus).format('%Y-%m-%dT%H:%M:%SZ'))
            for end, plus in (('start', 0), ('end', 1))]
    made = json.loads(house.ctl('protect', 'Camera 3', '--from', span[0], '--to', span[1], '--note', 'the cat', '--json').stdout)['id']
    listed = json.loads(house.ctl('protect', '--json').stdout)
    assert [(each['id'], each['camera'], each['note']) for each in listed] == [(made, 'Camera 3', 'the cat')], listed
    # Each folder can be read without the others.
    for folder in (house.archive, second):
        assert made in (folder / 'protected.log').read_text(), folder
    house.ctl('protect', '--end', made)
    assert json.loads(house.ctl('protect', '--json').stdout) == []
    assert house.ctl('protect', '--end', made, check=False).returncode == 4
    assert all(folder['used'] > 0 for folder in folders().values()), folders()


def test_a_folder_is_taken_out_of_use():
    house.ctl('folders', 'remove', str(second))
    assert set(folders()) == {str(house.archive)}
    before = {index: files_of(house.archive, index) for index in (2, 3)}
    wait_for(lambda: all(set(files_of(house.archive, index)) - set(before[index]) for index in (2, 3)), 20,
             'the cameras to go over to the main folder')
    wait_for(lambda: not any(os.readlink(f'/proc/{house.worker_pid()}/fd/{fd}').startswith(str(second))
                             for fd in open_descriptors()), 20, 'the folder to be let go')
    assert house.ctl('folders', 'remove', str(second), check=False).returncode != 0


def open_descriptors():
    folder = f'/proc/{house.worker_pid()}/fd'
    return [fd for fd in os.listdir(folder) if os.path.lexists(f'{folder}/{fd}')]


tap.main(globals())
