#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that becomes full while eight cameras are recorded, and one that something else fills to the last byte: what is free is kept free,
recording goes on, no file is damaged, and the journal says what went. Part of the long form: the archive's own tests have the small ones."""

import collections
import json
import os
import subprocess
import threading
import time

from harness import tap
from harness.wait import wait_for

import mkv
from house import House, decode_file, icamtest, now_us, probe_file

CAMERAS = 8
IMAGE, FLOOR = 400 << 20, 60 << 20
# What is left for recordings at the beginning.
ROOM = 40 << 20
SECONDS = float(os.environ.get('ICAM_SECONDS') or 90)
ROLES = ('main', 'sub')

house = camera = None
paths = {}  # device index: object path
channels = {}
filler = None


def set_up():
    global house, camera, filler
    if not os.environ.get('ICAM_LONG'):
        raise tap.Skip('part of the long form')
    house = House()
    # Only what is closed can go.
    house.recorder_options = ['--main-segment', '5', '--sub-segment', '5']
    image = house.folder / 'disk'
    with open(image, 'wb') as file:
        file.truncate(IMAGE)
    house.archive.mkdir(parents=True)
    try:
        subprocess.run(['mkfs.ext4', '-q', '-m', '0', image], check=True)
        subprocess.run(['mount', '-o', 'loop', image, house.archive], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        house.close()
        raise tap.Skip(f'no file system can be made: {error}') from None
    filler = house.archive / 'something else'
    with open(filler, 'wb') as file:
        os.posix_fallocate(file.fileno(), 0, free() - FLOOR - ROOM)
    house.start()
    house.ctl('keep', '--floor', f'{FLOOR // 1_000_000}M')
    camera = house.start_camera(*[word for number in range(CAMERAS) for word in ('--device', f'name=Camera {number + 1}')])
    for device in camera.devices:
        paths[device['index']] = house.add_device(device)[0]
        channels[device['index']] = house.camera_properties(paths[device['index']])['Channel']
    house.wait_recording(paths.values())
    for path in paths.values():
        house.camera_properties(path)


def tear_down():
    if house:
        archive = house.archive
        house.close()
        subprocess.run(['umount', '-l', archive], check=False)


def free():
    stat = os.statvfs(house.archive)
    return stat.f_bavail * stat.f_frsize


class Free:
    """How much is free, looked at all the time."""

    def __init__(self):
        self.least = free()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._end.wait(0.05):
            self.least = min(self.least, free())

    def stop(self):
        self._end.set()
        self._thread.join()
        return self.least


def deletions():
    return [row for row in json.loads(house.ctl('journal', '--limit', '10000', '--json').stdout) if row['code'] == 'footage-deleted']


def deleted():
    return sum(int(row['parameters']['count']) for row in deletions())


def streams():
    return [(index, role) for index in paths for role in ROLES]


def numbers():
    return {(index, role, row['seq']) for index, role in streams() for row in house.segments(paths[index], role)}


def counters_in(file):
    tracks, blocks = mkv.read(file)
    for block in blocks:
        if tracks[block.track].kind == 'video':
            yield next(filter(None, map(icamtest.code_of_unit, mkv.nal_units(block.data)))).counter


def check_pictures():
    """What the files have against what the camera sent: (pictures, {gap cause: longest in µs}); what is missing lies in a gap."""
    sent = collections.defaultdict(dict)
    for entry in icamtest.Log(camera.log_path).frames():
        sent[entry['device'], entry['stream']][entry['counter']] = entry['utc_us']
    total, longest = 0, collections.Counter()
    for index, role in streams():
        gaps = house.gaps(paths[index], role)
        have = {counter for file in house.files(channels[index], role) for counter in counters_in(file)}
        missing = [(counter, utc) for counter, utc in sent[index, role].items() if min(have) < counter < max(have) and counter not in have]
        unsaid = [(counter, utc) for counter, utc in missing
                  if not any(gap['start'] - 150_000 <= utc <= (gap['end'] or 1 << 62) + 150_000 for gap in gaps)]
        assert not unsaid, f'camera {index + 1} {role}: {len(unsaid)} of {len(missing)} missing outside of {gaps}: {unsaid[:5]}'
        for gap in gaps:
            longest[gap['cause']] = max(longest[gap['cause']], gap['end'] - gap['start'])
        total += len(have)
    return total, dict(longest)


def check():
    found = json.loads(house.ctl('archive', 'check', '--deep', '--json', check=False, timeout=240).stdout)
    assert not found['found'], found
    print(f'# nothing found in {found["segments"]} segments')


def test_what_is_free_is_kept():
    before = numbers()
    wait_for(deletions, 120, 'the first deletion')
    watch, start = Free(), time.monotonic()
    try:
        while time.monotonic() - start < SECONDS:
            before |= numbers()
            time.sleep(0.5)
    finally:
        least = watch.stop()
    # A file may be gone and not told yet.
    wait_for(lambda: len((before | numbers()) - numbers()) == deleted(), 20, 'the journal to say all that was deleted', interval=0.5)
    print(f'# {SECONDS:g} s with a floor of {FLOOR / 1e6:.1f} MB: at least {least / 1e6:.1f} MB free, {deleted()} files deleted')
    assert {row['parameters']['why'] for row in deletions()} == {'space'}
    assert least > FLOOR * 2 / 3, f'{least} bytes free'
    assert house.recorder.manager()['ArchiveProblem'][0] == ''
    total, longest = check_pictures()
    assert not longest, longest
    print(f'# {total} pictures, none missing')
    check()


def test_filled_to_the_last_byte():
    """By another program, at once; and there is room again."""
    start = now_us()
    with open(house.archive / 'more', 'ab') as file:
        os.posix_fallocate(file.fileno(), 0, free() - (1 << 20))
        try:
            while True:
                os.write(file.fileno(), b'x' * 4096)
        except OSError:
            pass
    worst = free()
    house.wait_recorded_until(paths.values(), start + 12_000_000, timeout=60)
    print(f'# {worst} bytes left; each stream is recorded again while the disk is as full as its owner left it')
    (house.archive / 'more').unlink()
    filler.unlink()
    house.wait_recorded_until(paths.values(), now_us() + 5_000_000)
    wait_for(lambda: house.recorder.manager()['ArchiveProblem'][0] == '', 20, 'the disk to be well')
    total, longest = check_pictures()
    print('# ' + ', '.join(f'{cause}: at most {us / 1e6:.1f} s of a stream' for cause, us in longest.items()) + f'; {total} pictures')
    assert set(longest) <= {'disk-full'}, longest
    assert max(longest.values(), default=0) < 8_000_000, longest
    check()


def test_every_file_plays():
    house.stop_recorder()
    files = house.files()
    for path in files:
        probe_file(path)
        decode_file(path)
    print(f'# {len(files)} files play')


tap.main(globals())
