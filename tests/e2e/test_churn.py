#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras that come and go beside cameras that stay: those that stay lose nothing, and the recorder does not grow.

The short form is a few turns; the long one a thousand, and an hour of cameras that die and return."""

import collections
import os
import random
import time

from gi.repository import GLib

from harness import process, tap
from harness.wait import wait_for

from house import House, icamtest, now_us

LONG = bool(os.environ.get('ICAM_LONG'))
STAYING = 15 if LONG else 4
TURNS = int(os.environ.get('ICAM_TURNS') or (1000 if LONG else 6))
SECONDS = int(os.environ.get('ICAM_SECONDS') or (3600 if LONG else 12))
SEED = int(os.environ.get('ICAM_SEED') or random.SystemRandom().randrange(1 << 31))
# What may come and go between two looks: a connection that is being closed, threads of GLib's pool. Less than the turns of the short form.
SLACK_DESCRIPTORS, SLACK_THREADS = 2, 3
# MiB. What a camera in use takes is some 2 MiB, so one in a hundred that is kept by mistake shows. Over a short time nothing can be said:
# what the decoders and the heap settle at is still to come.
GROWTH = 16
# The C library's (glibc, malloc/arena.c). Each keeps what was once in it at the same time, so growth over a long time shows early in how many
# there are.
HEAP_BYTES, MAX_HEAPS = 64 * 2**20, 4

house = camera = None
staying = {}  # device index: properties
Look = collections.namedtuple('Look', 'memory descriptors threads')


def look():
    """What the worker holds now."""
    pid = house.worker_pid()
    return Look(process.proportional_bytes([pid]) / 2**20, len(os.listdir(f'/proc/{pid}/fd')), len(os.listdir(f'/proc/{pid}/task')))


def heaps():
    """How many heaps the worker's threads have beside the first one; None if that cannot be seen of this build."""
    with open(f'/proc/{house.worker_pid()}/maps', encoding='utf-8') as file:
        lines = file.read().splitlines()
    if any('libasan' in line for line in lines):
        return None
    spans = []
    for line in lines:
        span, access, *_ = line.split()
        spans.append((*(int(address, 16) for address in span.split('-')), access))
    # What is not in use yet of one is kept free behind it.
    return sum(start % HEAP_BYTES == 0 and access == 'rw-p' and end == next_start and next_access == '---p' and next_end - start == HEAP_BYTES
               for (start, end, access), (next_start, next_end, next_access) in zip(spans, spans[1:]))


def wait_not_grown(before):
    """A pool's threads end when they have had nothing to do for a while."""
    seen = []

    def not_grown():
        after = look()
        seen[:] = [after]
        return (after.descriptors <= before.descriptors + SLACK_DESCRIPTORS and after.threads <= before.threads + SLACK_THREADS
                and (after.memory <= before.memory + GROWTH or not LONG))
    try:
        wait_for(not_grown, 60, 'the recorder to be as it was', interval=2)
    finally:
        print(f'# before {before}, after {seen}')


def stream_of(device):
    return next(stream['url'] for stream in device['streams'] if stream['stream'] == 'main')


def add(device):
    path = house.recorder.add(stream_of(device), 'admin', house.password)[0]
    return house.camera_properties(path) | {'Path': path}


def set_up():
    global house, camera
    house = House()
    house.start()
    options = [word for number in range(STAYING + 1) for word in ('--device', f'name=Camera {number + 1},packets=single')]
    camera = house.start_camera(*options)
    for device in camera.devices[:STAYING]:
        staying[device['index']] = add(device)
    house.wait_recording([each['Path'] for each in staying.values()], roles=('main',))


def tear_down():
    house.close()


def turn(device):
    """A camera is added, recorded, and removed with its recordings."""
    path = add(device)['Path']
    house.wait_recording([path], roles=('main',))
    house.recorder.call(path, 'Camera', 'Remove', '(a{sv})', {'delete-recordings': GLib.Variant('b', True)})
    wait_for(lambda: path not in house.recorder.objects('Camera'), 10, 'the camera to be gone')


def test_a_camera_that_is_torn_down_again_and_again():
    device = camera.devices[STAYING]
    worker = house.worker_pid()
    first = max(2, TURNS // 5)
    for _ in range(first):
        turn(device)
    before = look()
    start = time.monotonic()
    for _ in range(TURNS - first):
        turn(device)
    print(f'# {TURNS} turns, {(time.monotonic() - start) / (TURNS - first):.2f} s each')
    wait_not_grown(before)
    assert house.worker_pid() == worker
    house.wait_recorded_until([each['Path'] for each in staying.values()], now_us(), roles=('main',))


def test_cameras_that_stay_lose_nothing():
    # What is in the files by now, while it is recorded on.
    truth = icamtest.Log(camera.log_path)
    total = 0
    for index, each in staying.items():
        codes = [code for _, codes in house.codes(each['Channel'], 'main') for code in codes]
        assert codes and all(code.device == index for code in codes), f'camera {index + 1}'
        lost = truth.missing(codes, index, 0, 'main')
        assert not lost, f'camera {index + 1} lost {len(lost)} pictures: {lost[:10]}'
        assert not house.gaps(each['Path']), f'camera {index + 1}: {house.gaps(each["Path"])}'
        total += len(codes)
    print(f'# {total} pictures, none missing')
    assert total > STAYING * 15 * 5, 'too little was recorded'


def trouble(chance, seconds):
    """Cameras die and return at random; in the end all are recorded again. Returns how many died."""
    paths = [each['Path'] for each in staying.values()]
    back = {}  # device index: what ends its trouble
    end = time.monotonic() + seconds
    done = 0

    def step():
        nonlocal done
        index = chance.randrange(STAYING)
        if index in back:
            camera.control(index, back.pop(index))
        else:
            how, back[index] = chance.choice([('die', 'revive'), ('hang', 'resume')])
            camera.control(index, how)
            done += 1
        return time.monotonic() > end
    wait_for(step, seconds + 60, 'the time to pass', interval=1.0)
    for index, word in back.items():
        camera.control(index, word)
    # The longest pause between two tries is a minute.
    wait_for(lambda: all(house.camera_properties(path)['State'] == 'recording' for path in paths), 120, 'all to be recorded again')
    house.wait_recorded_until(paths, now_us(), roles=('main',), timeout=60)
    return done


def test_cameras_that_die_and_return():
    print(f'# ICAM_SEED={SEED}, {SECONDS} s')
    chance = random.Random(SEED)
    done = trouble(chance, SECONDS / 3)
    before = look()
    done += trouble(chance, SECONDS * 2 / 3)
    print(f'# {done} troubles')
    assert done >= SECONDS // 6, done
    seen = heaps()
    print(f'# {seen} heaps of threads')
    assert seen is None or seen <= MAX_HEAPS, seen
    wait_not_grown(before)


tap.main(globals())
