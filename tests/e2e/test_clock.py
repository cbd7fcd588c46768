#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The computer's clock is set a year ahead and back, and starts in 1970: recording goes on, each time is its own epoch, and nothing is deleted
because of its age until the clock is kept right again; then what is old goes. Part of the long form: archive-keep has the rules one by one."""

import json
import os

from gi.repository import GLib

from harness import tap
from harness.recorder import ALL_TIME
from harness.wait import wait_for

from faults import FaultyHouse
from house import decode_file, now_us

DAY = 86400
YEAR = 366 * DAY
ROLES = ('main', 'sub')

house = None
paths = []
known = set()
ahead = 0


def set_up():
    global house
    if not os.environ.get('ICAM_LONG'):
        raise tap.Skip('part of the long form')
    house = FaultyHouse(segment=2)
    house.start()
    camera = house.start_camera('--device', 'name=Door', '--device', 'name=Garden,audio=aac')
    for device in camera.devices:
        paths.extend(house.add_device(device))
    house.wait_recording(paths)
    house.ctl('keep', '--days', '1')
    house.ctl('archive', 'confirm')


def tear_down():
    if house:
        house.close()


def numbers():
    return {(path, role, row['seq']) for path in paths for role in ROLES for row in house.segments(path, role)}


def age_deletion():
    return json.loads(house.ctl('archive', '--json').stdout)['age_deletion']


def deletions():
    manager = house.recorder.manager_path
    rows = house.recorder.call(manager, 'Manager', 'ListJournal', '(xxa{sv})', *ALL_TIME, {'limit': GLib.Variant('u', 10000)})[0][0]
    return [parameters for _, code, parameters in rows if code == 'footage-deleted']


def record(seconds=12):
    """Longer than two looks at what is old."""
    def newest():
        return all(any(row['end'] > until and row['start'] < until + DAY * 1_000_000 for row in house.segments(path, role))
                   for path in paths for role in ROLES)
    until = now_us() + int((ahead + seconds) * 1_000_000)
    wait_for(newest, seconds + 30, f'recording to go on {ahead} s ahead', interval=0.3)


def nothing_went():
    gone = known - numbers()
    known.update(numbers())
    assert not gone and not deletions(), (gone, deletions())


def step(seconds, kept=False):
    """Also takes the kernel's word back, as setting a clock does."""
    global ahead
    ahead = seconds
    house.set_clock(seconds, kept)


def test_a_year_ahead_and_back():
    assert age_deletion() == 'on', age_deletion()
    record(4)
    nothing_went()
    step(YEAR)
    record()
    nothing_went()
    # What somebody said of the clock does not count any more.
    assert age_deletion() == 'clock', age_deletion()
    step(0)
    record()
    nothing_went()
    step(-YEAR)
    record()
    nothing_went()


def test_started_in_a_wrong_time():
    for seconds in (YEAR, -now_us() // 1_000_000 + DAY, 0):
        house.stop_recorder()
        step(seconds)
        house.activate_recorder()
        record()
        nothing_went()
    # It jumps to today while it records.
    house.stop_recorder()
    step(-now_us() // 1_000_000 + DAY)
    house.activate_recorder()
    record(6)
    step(0, kept=True)
    record()
    nothing_went()


def test_nothing_is_unexplained():
    found = json.loads(house.ctl('archive', 'check', '--deep', '--json', check=False).stdout)
    assert not found['found'], found
    for path in paths:
        for role in ROLES:
            rows = sorted(house.segments(path, role), key=lambda row: row['seq'])
            assert len({row['epoch'] for row in rows}) >= 7, rows
            for one, other in zip(rows, rows[1:]):
                assert one['epoch'] < other['epoch'] or one['epoch'] == other['epoch'] and one['end'] <= other['start'], (one, other)
            assert 'unknown' not in {gap['cause'] for gap in house.gaps(path, role)}, house.gaps(path, role)
    print(f'# nothing found in {found["segments"]} segments')


def test_what_is_old_goes_when_the_clock_is_right():
    """Or nothing of the above would say much."""
    before = {(path, role, row['seq']) for path in paths for role in ROLES for row in house.segments(path, role)
              if abs(row['start'] - now_us()) < DAY * 1_000_000}
    step(3 * DAY, kept=True)
    record(4)
    wait_for(lambda: not before & numbers(), 60, 'what is three days old to go', interval=0.5)
    assert {row['why'] for row in deletions()} == {'age'}, deletions()
    house.stop_recorder()
    for file in house.files():
        decode_file(file)


tap.main(globals())
