#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two folders for recordings, one of them on a disk that freezes: the other's cameras and all live pictures go on without a
missing picture, the frozen disk's cameras are recorded in the other folder meanwhile, and nothing of them is missing in the end."""

import json
import os
import shutil
import signal
import subprocess
import time

from harness import process, tap
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


def freeze():
    viewers = {index: house.open_live(path, role='main') for index, path in paths.items()}
    for live in viewers.values():
        live.wait_frame()
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

    def seen():
        for live in viewers.values():
            live.read()
        return time.monotonic() - start > FROZEN_SECONDS
    wait_for(seen, FROZEN_SECONDS + 5, 'the time to pass', interval=0.05)
    thawed = now_us()
    server.send_signal(signal.SIGCONT)
    wait_for(lambda: house.recorder.manager()['ArchiveProblem'][0] == '', 20,
             'the disk to be well')
    house.wait_recorded_until(paths.values(), now_us() + 3_000_000)

    for index, live in viewers.items():
        live.read()
        counters = live_counters(live)
        lost = sorted(set(range(counters[0], counters[-1] + 1)) - set(counters))
        assert not lost, f'camera {index + 1}: live pictures {lost[:10]} are missing'
        late = [frame['utc'] for frame in live.frames()]
        assert any(frozen + 2_000_000 < utc < thawed for utc in late)
        live.close()


def test_a_frozen_disk_holds_up_nothing_else():
    try:
        freeze()
    finally:
        server.send_signal(signal.SIGCONT)


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
