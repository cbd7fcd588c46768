# SPDX-License-Identifier: GPL-3.0-or-later
"""A year of sixteen cameras with main and sub streams in the catalogue, and a million events: what is asked, deleted and copied while they go
on recording. The rows are made, as the recorder would have written them (icam-year.c); of what is to be deleted there are files, too, of 64 KiB
each. Those are the oldest that have an age: nothing before 2026 is deleted because of it, as a clock that says so is wrong."""

import os
import random
import statistics
import subprocess
import threading
import time

from gi.repository import Gio, GLib

from harness import process, wait_for

from .figure import Figure, percentile
from .setting import WARM, Setting

COUNT, DAYS, EVENTS = 16, 365, 1_000_000
# What is shorter is tried with a part of a year: ICAM_YEAR_DAYS=10.
ASKED = 320
MINUTE, HOUR, DAY = (seconds * 1_000_000 for seconds in (60, 3600, 86400))
MONTH = 30 * DAY
# See FIRST_US in src/archive/icam-disk-keep.c.
FIRST = 1_767_225_600 * 1_000_000
PAGE = 500
MIB = 2**20
# Of a camera for a month, from Moonfire's design document.
MOONFIRE_MB = 170


def now_us():
    return time.time_ns() // 1000


class Year:
    """A setting whose recorder has a year behind it."""

    def __init__(self, setting):
        self.setting, self.world = setting, setting.world
        self.days = int(os.environ.get('ICAM_YEAR_DAYS', DAYS))
        self.data = self.world.data / 'incamera'
        self.archive = self.world.home / 'Videos/In Camera'
        self.catalogue = self.data / 'catalogue.sqlite'
        self.random = random.Random(1)
        # What is deleted, a day or up to two, and the whole days that are kept then.
        self.first = max(now_us() // MINUTE * MINUTE - self.days * DAY, FIRST)
        self.keep_days = (now_us() - self.first) // DAY - 1

    def cutoff(self):
        return now_us() - self.keep_days * DAY

    def tool(self, *arguments):
        done = subprocess.run([self.world.build / 'tests/bench/icam-year', arguments[0], self.data, self.archive, *map(str, arguments[1:])],
                              capture_output=True, text=True, check=True, env=self.world.env)
        return done.stdout

    def stop(self):
        self.setting.stop_recorder()

    def kill(self):
        """At one blow, the parent first, so that nobody starts it again."""
        pids = self.world.recorder_pids()
        parent = self.world.parent_pid()
        for pid in sorted(pids, key=lambda pid: pid != parent):
            os.kill(pid, 9)
        wait_for(lambda: not any(process.alive(pid) for pid in pids), 10, 'the recorder to die')
        # A bus that has not noticed would start no other.
        wait_for(lambda: self.world.worker_pid() is None, 10, 'the bus to notice')

    def forget_pages(self):
        """The catalogue is read from the disk again."""
        fd = os.open(self.catalogue, os.O_RDONLY)
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)

    def start(self):
        """Seconds until it answers, until all streams are written, and until what was open is recovered (None: nothing was)."""
        recorder = self.world.recorder
        wall, start = now_us(), time.monotonic()
        self.world.activate_recorder()
        camera = recorder.cameras()[0]
        recorder.recordings(camera, 'main', (wall - HOUR, wall))
        answers = time.monotonic() - start
        recovered = recording = None
        while recording is None:
            entries = recorder.call(recorder.manager_path, 'Manager', 'ListJournal', '(xxa{sv})', wall, 1 << 62, {})[0][0]
            if recovered is None and any(code == 'recordings-recovered' for _, code, _ in entries):
                recovered = time.monotonic() - start
            rows = [recorder.recordings(camera, 'main', (wall, 1 << 62))[0] for camera in recorder.cameras()]
            if all(rows):
                recording = time.monotonic() - start
            if time.monotonic() - start > 120:
                raise RuntimeError('it does not record')
            time.sleep(0.02)
        entries = recorder.call(recorder.manager_path, 'Manager', 'ListJournal', '(xxa{sv})', wall, 1 << 62, {})[0][0]
        for stamp, code, _ in entries:
            if code == 'recordings-recovered':
                recovered = (stamp - wall) / 1e6
        return answers, recording, recovered

    def timed(self, path, kind, method, signature, *arguments):
        """(milliseconds until the answer is here, the answer as a GVariant: what Python does with it is not counted)."""
        connection, name = self.world.session.connection, self.world.recorder_name
        parameters = GLib.Variant(signature, arguments)
        before = time.monotonic()
        answer = connection.call_sync(name, path, f'{name}.{kind}', method, parameters, None, Gio.DBusCallFlags.NONE, 60_000, None)
        return (time.monotonic() - before) * 1000, answer

    def ask(self, span, times=ASKED):
        """Milliseconds for each of so many spans anywhere, of any camera and stream."""
        recorder = self.world.recorder
        cameras = recorder.cameras()
        now, took = now_us(), []
        for _ in range(times):
            start = self.random.randrange(now - (self.days - 2) * DAY, now - 2 * DAY)
            camera, role = self.random.choice(cameras), self.random.choice(('main', 'sub'))
            spent, answer = self.timed(camera['Path'], 'Camera', 'ListSegments', '(sxxa{sv})', role, start, start + span, {})
            took.append(spent)
            if answer.get_child_value(0).n_children() == 0:
                raise RuntimeError('nothing was recorded there')
        return took

    def event_pages(self, camera=None):
        """Milliseconds for each page of a month of events, and how many events those were."""
        recorder = self.world.recorder
        end = now_us() - 60 * DAY if self.days > 120 else now_us()
        start, took, count = end - MONTH, [], 0
        options = {'limit': GLib.Variant('u', PAGE)}
        if camera:
            options['camera'] = GLib.Variant('s', camera['Id'])
        while True:
            spent, answer = self.timed(recorder.manager_path, 'Manager', 'ListEvents', '(xxa{sv})', start, end, options)
            took.append(spent)
            rows = answer.unpack()[0]
            count += len(rows)
            if len(rows) < PAGE or rows[-1][4] >= end:
                return took, count
            end = rows[-1][4]

    def old_left(self, cutoff):
        """Whether something is left of what ended shortly before: the oldest of a stream goes first."""
        recorder = self.world.recorder
        return any(row['end'] < cutoff for camera in recorder.cameras() for role in ('main', 'sub')
                   for row in recorder.recordings(camera, role, (cutoff - 2 * HOUR, cutoff - HOUR // 6))[0])


class Watch(threading.Thread):
    """How long the newest file of each camera's main stream was not written to, at most, in ms."""

    def __init__(self, year):
        super().__init__(daemon=True)
        self.year, self.ended, self.late = year, threading.Event(), []

    def newest(self):
        """The file that each stream is written to, asked of the folders."""
        result = []
        for folder in self.year.archive.glob('*/main'):
            days = sorted(folder.glob('*/*/*'))
            files = sorted(days[-1].iterdir()) if days else []
            if files:
                result.append(files[-1])
        return result

    def run(self):
        looked, files, worst = 0, [], 0
        while not self.ended.is_set():
            if time.monotonic() - looked > 1:
                files, looked = self.newest(), time.monotonic()
                if worst:
                    self.late.append(worst)
                worst = 0
            now = time.time()
            for path in files:
                late = (now - path.stat().st_mtime) * 1000
                # One that another took the place of is looked for soon.
                if late < 5000:
                    worst = max(worst, late)
            time.sleep(0.02)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


def while_watched(year, what, function):
    """(seconds that it took, [the longest time without a write in each second, ms])."""
    print(f'  {what}')
    with Watch(year) as watch:
        start = time.monotonic()
        function()
        took = time.monotonic() - start
    return took, watch.late


def retention(year):
    recorder = year.world.recorder
    cutoff = year.cutoff()
    recorder.call(recorder.manager_path, 'Manager', 'ConfirmAge', '(a{sv})', {})
    recorder.call(recorder.manager_path, 'Manager', 'SetRetention', '(a{sv})', {'keep-days': GLib.Variant('i', year.keep_days)})
    wait_for(lambda: not year.old_left(cutoff), 3600, 'what is too old to be deleted', interval=0.5)


def back_up(year):
    recorder = year.world.recorder
    job = recorder.call(recorder.manager_path, 'Manager', 'BackUp', '(a{sv})', {})[0][0]

    def ended():
        properties = recorder.objects('Job').get(job)
        if properties and properties['State'] == 'failed':
            raise RuntimeError(f'the backup failed: {properties}')
        return properties is None or properties['State'] == 'done'
    wait_for(ended, 3600, 'the backup', interval=0.2)


def disk_gaps(year, since):
    """What the disk was too slow for."""
    recorder = year.world.recorder
    return sum(gap['cause'].startswith('disk') for camera in recorder.cameras() for role in ('main', 'sub')
               for gap in recorder.recordings(camera, role, (since, 1 << 62))[1])


def figures_of(name, values, unit, goal=None):
    return [Figure(f'{name}, p50', percentile(values, 50), unit),
            Figure(f'{name}, p95', percentile(values, 95), unit, goal=goal),
            Figure(f'{name}, longest of {len(values)}', max(values), unit)]


def inside(year):
    """What the archive's own functions take, the recorder being stopped."""
    took = {}
    for line in year.tool('measure', ASKED).splitlines():
        name, seconds = line.split()
        took.setdefault(name, []).append(float(seconds) * 1000)
    result = []
    for name, what, goal in (('minute', 'a minute listed, in the room', 5), ('day', 'a day listed, in the room', 5),
                             ('begin', 'row of a segment begun, on the disk itself', None), ('end', 'row of a segment ended', 1),
                             ('sync', 'for comparison: 4 KiB appended to a file and synced', None)):
        result += figures_of(what, took[name], 'ms', goal)
    own = percentile(took['begin'], 50) - percentile(took['sync'], 50)
    result.append(Figure('row of a segment begun, without what the sync of a page takes, p50', max(own, 0), 'ms', goal=1))
    return result


def run(options):
    print('a year')
    with Setting(options, 'single', COUNT) as setting:
        for device in setting.camera.devices:
            setting.add(device['onvif'], detection=False)
        setting.wait_recorded(WARM)
        small = setting.memory()
        year = Year(setting)
        year.stop()
        subprocess.run(['rm', '-rf', *year.archive.glob('*/main'), *year.archive.glob('*/sub')], check=True)
        begun = time.monotonic()
        segments = int(year.tool('make', year.days, EVENTS * year.days // DAYS, year.first, year.cutoff() + HOUR))
        made = time.monotonic() - begun
        size = year.catalogue.stat().st_size
        print(f'  {segments} segments made in {made:.0f} s; {size / MIB:.0f} MiB')
        figures = [Figure('segments in the catalogue', segments, 'rows'),
                   Figure('the catalogue, a camera-month', size / COUNT / (year.days / 30) / 1e6, 'MB', MOONFIRE_MB, 'Moonfire\'s design document')]
        figures += inside(year)

        year.forget_pages()
        answers, recording, _ = year.start()
        figures += [Figure('start, the catalogue not in memory, until it answers', answers, 's', goal=2),
                    Figure('the same, until all sixteen are written', recording, 's')]
        setting.wait_recorded(WARM)
        year.kill()
        year.forget_pages()
        answers, recording, recovered = year.start()
        if recovered is None:
            recovered = float('inf')
        figures += [Figure('start after a kill, until it answers', answers, 's', goal=2),
                    Figure('the same, until all sixteen are written', recording, 's'),
                    Figure('the same, until all that was open is recovered', recovered, 's', goal=2)]
        since = now_us()
        cold = year.ask(MINUTE, 32)
        figures += figures_of('a minute listed, over D-Bus, the first ones', cold, 'ms')
        figures += figures_of('a minute listed, over D-Bus', year.ask(MINUTE), 'ms', 10)
        figures += figures_of('a day listed, over D-Bus', year.ask(DAY), 'ms', 10)
        camera = year.world.recorder.cameras()[0]
        for whose, name in ((None, 'of all'), (camera, 'of one camera')):
            pages, count = year.event_pages(whose)
            figures += figures_of(f'a page of {PAGE} of a month of {count} events {name}', pages, 'ms')
        figures.append(Figure('memory, after all this', setting.memory(), 'MiB', small, 'with an empty catalogue'))

        _, quiet = while_watched(year, 'quiet', lambda: time.sleep(options.seconds))
        days_gone = (year.cutoff() - year.first) / DAY
        took_retention, deleting = while_watched(year, f'{days_gone:.2f} days go', lambda: retention(year))
        took_backup, copying = while_watched(year, 'backup', lambda: back_up(year))
        figures += [
            Figure(f'retention of {days_gone:.2f} days', took_retention, 's'),
            Figure('the same, for a day', took_retention / days_gone, 's', goal=60),
            Figure('backup', took_backup, 's'),
            Figure('longest time without a write, of any camera, nothing else', max(quiet), 'ms'),
            Figure('the same, while days go', max(deleting), 'ms', goal=500),
            Figure('the same, during the backup', max(copying), 'ms', goal=500),
            Figure('the same, median of the seconds, during the backup', statistics.median(copying), 'ms', statistics.median(quiet), 'quiet'),
            Figure('gaps because of the disk', disk_gaps(year, since), 'gaps', goal=0)]
        setting.check_complete()
    return figures
