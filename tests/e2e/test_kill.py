#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 in the middle of a segment: at most half a second is lost, every file plays, it records again within 3 s."""

import os
import signal

from harness import process, tap
from harness.wait import wait_for

from house import House, decode_file, file_codes, now_us, probe_file

LONG = bool(os.environ.get('ICAM_LONG'))
TIMES = 30 if LONG else 3

house = None
paths = []
channels = []
killed_at = []


def set_up():
    global house
    house = House()
    house.start()
    camera = house.start_camera('--device', 'name=Front door', '--device', 'name=Garden,audio=aac')
    for device in camera.devices:
        paths.extend(house.add_device(device))
    channels.extend(house.camera_properties(path)['Channel'] for path in paths)
    house.wait_recording(paths)


def tear_down():
    house.close()


def let_it_record(microseconds=3_000_000):
    house.wait_recorded_until(paths, now_us() + microseconds)


def newest_codes():
    """{(channel, role): the newest files as they lie there}: the very newest may just have been begun"""
    return {(channel, role): house.files(channel, role)[-2:] for channel in channels for role in ('main', 'sub')}


def check_loss(files, killed):
    """What the killed recorder left: up to when is there a picture?"""
    worst = 0
    for paths_of_stream in files.values():
        last = max(code.utc_us for path in paths_of_stream if path.exists() for code in file_codes(path))
        worst = max(worst, killed - last)
    print(f'# lost at most {worst / 1e6:.2f} s')
    # The picture before the kill is up to one interval old, and takes its time from the camera.
    assert worst <= 500_000 + 1_000_000 // 15 + 50_000, f'{worst / 1e6:.2f} s are lost'


def kill(pid):
    """Kills -9 and waits for the death. Returns when it was (UTC, µs)."""
    when = now_us()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not process.alive(pid), 5, 'the death', interval=0.001)
    return when


def known_segments():
    return {(path, role): {row['seq'] for row in house.segments(path, role)} for path in paths for role in ('main', 'sub')}


def wait_again(killed, known):
    """Waits until each stream has a new segment with pictures from after the kill; says how long it took."""
    def again():
        return all(any(row['seq'] not in known[path, role] and row['end'] > killed for row in house.segments(path, role))
                   for path in paths for role in ('main', 'sub'))
    wait_for(again, 20, 'recording to go on', interval=0.02)
    took = (now_us() - killed) / 1e6
    print(f'# records again after {took:.2f} s')
    return took


def wait_recovered():
    def recovered():
        return all(sum(row['state'] == 'open' for row in house.segments(path, role)) == 1
                   for path in paths for role in ('main', 'sub'))
    wait_for(recovered, 15, 'recovery to close what was open')


def test_kill_worker():
    for _ in range(TIMES):
        let_it_record()
        files, known = newest_codes(), known_segments()
        killed = kill(house.worker_pid())
        took = wait_again(killed, known)
        # While a file is being mended, another program may read less of it.
        wait_recovered()
        check_loss(files, killed)
        assert took < 3.0, f'{took:.1f} s without a recording'
        killed_at.append(killed)


def test_kill_parent():
    let_it_record()
    worker, parent = house.worker_pid(), house.parent_pid()
    assert worker != parent
    known = known_segments()
    killed = kill(parent)
    wait_for(lambda: not process.alive(worker), 5, 'the worker to end with its parent')
    house.activate_recorder()
    wait_again(killed, known)
    let_it_record(1_000_000)


def test_every_file_plays_and_every_gap_has_its_cause():
    wait_recovered()
    for path in paths:
        for role in ('main', 'sub'):
            rows = sorted(house.segments(path, role), key=lambda row: row['seq'])
            for killed in killed_at:
                after = next(row for row in rows if row['end'] > killed and row['start'] > killed - 3_000_000)
                before = rows[rows.index(after) - 1]
                # A camera that begins with the pictures of its last seconds leaves nothing out.
                if after['start'] <= before['end'] + 200_000:
                    continue
                told = [gap for gap in house.gaps(path, role)
                        if abs(gap['start'] - before['end']) < 200_000 and abs(gap['end'] - after['start']) < 200_000]
                assert told and told[0]['cause'] == 'recorder-killed', f'{before} {after}: {house.gaps(path, role)}'
    house.stop_recorder()
    for path in house.files():
        assert 'duration' in probe_file(path)['format'], f'{path} has no duration: it was not closed'
    for path in house.files(channels[0], 'sub'):
        decode_file(path)


tap.main(globals())
