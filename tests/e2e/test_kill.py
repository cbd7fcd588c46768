#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 at any moment and at each step of the order of writes: at most half a second is lost, every file plays, it records again
within 3 s. The long form has eight cameras and at least fifty deaths, each step among them."""

import collections
import datetime
import json
import os
import random
import signal
import statistics
import subprocess
import threading

from harness import process, tap
from harness.recorder import ALL_TIME
from harness.wait import wait_for

import mkv
from faults import FaultyHouse
from house import Refused, decode_file, icamtest, now_us, probe_file, refusals

LONG = bool(os.environ.get('ICAM_LONG'))
CAMERAS = 8 if LONG else 2
DEATHS = int(os.environ.get('ICAM_DEATHS') or 50)
SEED = int(os.environ.get('ICAM_SEED') or random.SystemRandom().randrange(1 << 31))
ROLES = ('main', 'sub')
FPS = 15
# The supervisor waits before it starts again what did not live so long.
STEADY_S = 10.5 if LONG else 2
LOST_US, AGAIN_S = 500_000, 3.0
# Where other tests run beside it.
SLACK_US = 50_000

house = camera = None
paths = []
channels = {}  # path: channel
lost = []      # µs, a stream and a death each
again = []     # seconds, a start each
reached = collections.Counter()
kills = 0
number = 0


def set_up():
    global house, camera
    house = FaultyHouse(segment=4)
    house.start()
    words = ['name=Front door', 'name=Garden,audio=aac'] + [f'name=Camera {index + 3}' for index in range(CAMERAS - 2)]
    camera = house.start_camera(*[word for each in words for word in ('--device', each)])
    for device in camera.devices:
        paths.extend(house.add_device(device))
    channels.update({path: house.camera_properties(path)['Channel'] for path in paths})
    house.wait_recording(paths)


def tear_down():
    house.close()


# -- looking

def rows(path, role, since=0):
    return house.recorder.recordings({'Path': path}, role, (since, ALL_TIME[1]))


def streams():
    return [(path, role) for path in paths for role in ROLES]


def folders():
    return [row['path'] for row in json.loads(house.ctl('folders', '--json').stdout)]


def file_of(path, role, seq):
    """The file of a segment, in whatever folder it is; None if it was deleted since."""
    for folder in (house.archive, house.runtime / 'second'):
        for file in folder.glob(f'{channels[path]}/{role}/*/*/*/*-{seq}.mkv'):
            return file
    return None


def counters_in(file):
    """Which of the camera's pictures are in a file."""
    tracks, blocks = mkv.read(file)
    for block in blocks:
        if tracks[block.track].kind == 'video':
            yield next(filter(None, map(icamtest.code_of_unit, mkv.nal_units(block.data)))).counter


class Sent:
    """What the camera sent, read as it comes."""

    def __init__(self):
        self._file = open(camera.log_path, 'rb')
        self._rest = b''
        self.frames = collections.defaultdict(list)  # (device, stream): [(session, counter, utc)]

    def read(self, until):
        """Returns whether it is known of all streams up to then."""
        lines = (self._rest + self._file.read()).split(b'\n')
        self._rest = lines.pop()
        for line in lines:
            entry = json.loads(line)
            if entry['t'] == 'frame':
                self.frames[entry['device'], entry['stream']].append((entry['session'], entry['counter'], entry['utc_us']))
        return all(frames[-1][2] > until for frames in self.frames.values())


def let_it_record(seconds):
    until = now_us() + int(seconds * 1_000_000)
    wait_for(lambda: all(max((row['end'] for row in rows(path, role, until - 2_000_000)[0]), default=0) > until for path, role in streams()),
             seconds + 20, 'the recordings to go on', interval=0.2)


# -- what a death must leave

def wait_again(killed, dead):
    """dead: the process. Waits until each stream has pictures from after the last death. Returns how long it took."""
    missing = set(streams())

    def recorded():
        for stream in list(missing):
            found = rows(*stream, killed)[0]
            # What the dead one left open ends a picture after the kill at most.
            if any(row['end'] > killed + 100_000 for row in found):
                missing.discard(stream)
        return not missing
    # Who calls it before would have the bus start another one.
    wait_for(lambda: house.worker_pid() not in (None, dead), 30, 'a recorder', interval=0.01)
    up = (now_us() - killed) / 1e6
    wait_for(recorded, 30, 'recording to go on', interval=0.05)
    took = (now_us() - killed) / 1e6
    print(f'# its name is on the bus after {up:.2f} s, all streams are recorded after {took:.2f} s; {pressure()}')
    return took


def pressure():
    """How busy the machine is with other things."""
    try:
        with open('/proc/pressure/cpu', encoding='ascii') as file:
            return 'cpu ' + file.readline().strip()
    except OSError:
        return ''


def wait_recovered(since):
    def recovered():
        return all(sum(row['state'] == 'open' for row in rows(*stream, since)[0]) == 1 for stream in streams())
    wait_for(recovered, 30, 'recovery to close what was open')


def check_stream(path, role, times, decode):
    """A stream after deaths: what the first has lost, µs, and whether that has a cause."""
    found, gaps = rows(path, role, times[0] - 12_000_000)
    found.sort(key=lambda row: row['seq'])
    epoch = found[-1]['epoch']
    new = [row for row in found if row['epoch'] == epoch]
    old = [row for row in found if row['epoch'] != epoch]
    assert old, f'{path} {role}: nothing from before the kill, {found}'
    have, files = set(), []
    for row in old[-3:]:
        file = file_of(path, role, row['seq'])
        if file is not None:
            files.append(file)
            have.update(counters_in(file))
    assert files, f'{path} {role}: no file from before the kill, {old}'
    if decode:
        decode_file(files[-1])

    index = next(device['index'] for device in camera.devices if device['name'] == house.names[path])
    entries = sent.frames[index, role]
    # Who connects again gets older pictures again: they did not come before the kill.
    final = max(session for session, _, _ in entries)
    came = {counter: utc for session, counter, utc in entries if session != final and counter >= min(have)}
    if old[-1]['end'] < new[0]['start'] - 200_000:
        told = [gap for gap in gaps if abs(gap['start'] - old[-1]['end']) < 200_000 and abs(gap['end'] - new[0]['start']) < 200_000]
        assert told and told[0]['cause'] == 'recorder-killed', f'{path} {role}: {old[-1]} {new[0]}: {gaps}'
    # Only of the first death: one that comes at once afterwards finds what a camera sends in advance, in a burst.
    return sum(utc <= times[0] for counter, utc in came.items() if counter not in have) * 1_000_000 // FPS


def check_deaths(dead, before, killed=None, rebuilt=False):
    """After deaths: it records again, and what they left is in order. killed: when somebody else than itself did it first."""
    died = house.deaths()[before:]
    times = ([killed] if killed else []) + [when for _, when in died]
    again.append(wait_again(times[-1], dead))
    wait_recovered(times[0] - 12_000_000)
    if rebuilt:
        wait_for(lambda: any(row['code'] == 'catalogue-rebuilt' and moment(row['time']) > times[0] for row in journal()), 30, 'the rebuild to end')
    wait_for(lambda: sent.read(times[-1]), 20, "the camera's log to be written")
    tried = random.sample(streams(), 4)
    losses = [] if rebuilt else [check_stream(*stream, times, stream in tried) for stream in streams()]
    lost.extend(losses)
    for step, _ in died:
        reached[step] += 1
    names = ' '.join(step for step, _ in died)
    print(f'# {"kill " if killed else ""}{names}: lost {max(losses, default=0) / 1e6:.2f} s, records again after {again[-1]:.2f} s', flush=True)


def moment(text):
    return datetime.datetime.fromisoformat(text).timestamp() * 1e6


def journal():
    return json.loads(house.ctl('journal', '--json').stdout)


# -- dying

def kill(pid):
    """Kills -9 and waits for the death. Returns when it was (UTC, µs)."""
    when = now_us()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not process.alive(pid), 5, 'the death', interval=0.001)
    return when


def die_at(*steps, do=None, first=False, timeout=40):
    """Has the recorder die at some steps, one after the other. do: called again and again, for what brings it there.
    first: it is killed before."""
    global kills
    let_it_record(STEADY_S)
    before, worker = len(house.deaths()), house.worker_pid()
    house.arm(*steps)
    killed = kill(worker) if first else None
    end = threading.Event()

    def act():
        while not end.is_set():
            with_no_word(do)
            end.wait(0.5)
    actor = threading.Thread(target=act) if do is not None else None
    if actor:
        actor.start()
    try:
        house.wait_deaths(before + len(steps), timeout, f'a death at {steps}')
    finally:
        end.set()
        house.disarm()
    check_deaths(worker, before, killed)
    if actor:
        actor.join()
    kills += len(steps) + first


def with_no_word(do):
    """The recorder dies under it: what becomes of it does not matter."""
    try:
        do()
    except (AssertionError, ValueError, OSError, subprocess.TimeoutExpired, Refused):
        pass


def ctl(*words):
    house.ctl(*words, check=False, timeout=10)


def protect():
    row = rows(paths[0], 'main', now_us() - 10_000_000)[0][0]
    with refusals():
        house.recorder.call(paths[0], 'Camera', 'Protect', '(xxa{sv})', row['start'], row['end'], {}, timeout=5)


def unprotect():
    for row in json.loads(house.ctl('protect', '--json', timeout=10).stdout):
        ctl('protect', '--end', row['id'])


def move():
    global number
    number += 1
    ctl('folders', 'move', 'Front door', str(house.runtime / 'second') if number % 2 else 'main')


def new_folder():
    global number
    number += 1
    ctl('folders', 'add', str(house.runtime / f'folder-{number}'))


def visit():
    camera.control(number % CAMERAS, 'visit')
    camera.control(number % CAMERAS, 'event', 'person', 'once')


def test_at_random_and_at_steps():
    global sent, kills
    house.names = {path: house.camera_properties(path)['Name'] for path in paths}
    sent = Sent()
    print(f'# ICAM_SEED={SEED}')
    rng = random.Random(SEED)
    if not LONG:
        die_random(rng)
        die_at('created')
        die_at('complete')
        return
    for path in paths:
        house.ctl('keep', house.names[path], '--space', '24M')
    house.ctl('folders', 'add', str(house.runtime / 'second'))
    for step in ('write 5', 'written 9', 'row-open 3', 'created 2', 'synced-new', 'synced', 'patched 2', 'patched', 'complete 4',
                 'row-closed 2', 'wal 7', 'checkpoint 4'):
        die_at(step)
    check()
    for step in ('garbage', 'unlinked', 'dropped 2'):
        die_at(step, timeout=120)
    # What is left open, and dying again over it.
    for step in ('cut 3', 'mended', 'mended 5', 'recovered 7', 'wal 3', 'checkpoint', 'row-open', 'write'):
        die_at(step, first=True)
    die_at('row-open', 'unlinked')
    die_at('created', 'recovered')
    check()
    for step in ('moving 2', 'copying', 'copied 2', 'named', 'switched', 'settled 2', 'folder-made'):
        die_at(step, do=move)
    check()
    die_at('protect-line', do=protect)
    check()
    die_at('protect-line', do=unprotect)
    check()
    for step in ('thumbnail-part', 'thumbnail'):
        die_at(step, do=visit, timeout=90)
    for step in ('backup-part', 'backup-part 2'):
        die_at(step, do=lambda: ctl('archive', 'backup'))
    for step in ('ini-part', 'ini'):
        die_at(step, do=new_folder)
    check()
    while kills < DEATHS:
        die_random(rng)
    check()


def die_random(rng):
    global kills
    let_it_record(STEADY_S + rng.random() * (4 if LONG else 1))
    worker = house.worker_pid()
    check_deaths(worker, len(house.deaths()), kill(worker))
    kills += 1


def test_while_a_lost_catalogue_comes_back():
    if not LONG:
        raise tap.Skip('part of the long form')
    global kills
    for steps in (('generation',), ('restored',), ('adopted 3',), ('rebuilt',)):
        let_it_record(STEADY_S)
        ctl('archive', 'backup')
        let_it_record(STEADY_S)
        before, parent, worker = len(house.deaths()), house.parent_pid(), house.worker_pid()
        os.kill(parent, signal.SIGSTOP)
        killed = kill(worker)
        for part in ('', '-wal', '-shm'):
            file = house.databases / f'catalogue.sqlite{part}'
            if file.exists():
                file.write_bytes(b'no database')
        house.arm(*steps)
        os.kill(parent, signal.SIGCONT)
        house.wait_deaths(before + len(steps), 60, f'a death at {steps}')
        check_deaths(worker, before, killed, rebuilt=True)
        kills += 1 + len(steps)
        check()


def test_kill_parent():
    let_it_record(3)
    worker, parent = house.worker_pid(), house.parent_pid()
    assert worker != parent
    killed = kill(parent)
    wait_for(lambda: not process.alive(worker), 5, 'the worker to end with its parent')
    house.activate_recorder()
    wait_again(killed, worker)
    let_it_record(1)


def check():
    """Nothing is found."""
    done = house.ctl('archive', 'check', '--deep', '--json', check=False, timeout=240)
    found = json.loads(done.stdout)
    assert done.returncode == 0 and not found['found'], found
    print(f'# nothing found in {found["segments"]} segments')


def test_every_file_plays():
    wait_recovered(now_us() - 10_000_000)
    check()
    house.stop_recorder()
    files = [file for folder in (house.archive, house.runtime / 'second') for file in folder.glob('*/*/*/*/*/*.mkv')]
    for path in files:
        probe = probe_file(path)
        assert 'duration' in probe['format'] or probe['streams'][0]['nb_read_packets'] == '1', f'{path} has no duration: it was not closed'
    for path in files if LONG else house.files(channels[paths[0]], 'sub'):
        decode_file(path)
    print(f'# {len(files)} files play')


def test_what_was_lost():
    """The figures of all deaths."""
    print(f'# {kills} deaths: ' + ' '.join(f'{step}×{count}' for step, count in sorted(reached.items())))
    ordered = sorted(lost)
    bins = collections.Counter(us // 100_000 for us in ordered)
    print(f'# lost, s, of {len(ordered)} streams: min {ordered[0] / 1e6:.2f} median {statistics.median(ordered) / 1e6:.2f} '
          f'p95 {ordered[int(len(ordered) * 0.95)] / 1e6:.2f} max {ordered[-1] / 1e6:.2f}')
    for each in sorted(bins):
        print(f'#   {each / 10:.1f}–{(each + 1) / 10:.1f} s: {bins[each]}')
    print(f'# records again after, s: min {min(again):.2f} p95 {sorted(again)[int(len(again) * 0.95)]:.2f} median {statistics.median(again):.2f} max {max(again):.2f}')
    # Whole pictures are counted, and the last one may have been on its way.
    assert ordered[-1] <= LOST_US + 1_000_000 // FPS + (0 if LONG else SLACK_US), f'{ordered[-1] / 1e6:.2f} s are lost'
    assert max(again) < AGAIN_S, f'{max(again):.1f} s without a recording'


tap.main(globals())
