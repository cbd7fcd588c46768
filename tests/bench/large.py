# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams that are larger than others: one of 3840x2160 at 25 Mb/s with a key frame every 4 s, and one of JPEG pictures over HTTP at 40 Mb/s."""

import os
import select
import subprocess
import time
import types

from harness import wait_for

from . import files, viewer
from .figure import Figure
from .recording import CPU, by_ffmpeg, by_gstreamer
from .setting import WARM, Setting

RATE, GROUP, MEGABITS = 15, 60, 25
JPEG_SIZE, JPEG_RATE = 200_000, 25
MIB = 2**20
# Viewers, and the seconds between them, which do not go into those of a group.
COMERS, APART = 24, 0.37
# Cameras beside the first, for what each takes.
FURTHER = 3


def make(setting, *command):
    subprocess.run(['ffmpeg', '-nostdin', '-loglevel', 'error', '-y', *map(str, command)], check=True, env=setting.world.env)


class Served(Setting):
    """A world whose one camera is a server of the bench."""

    def url(self, index, role, with_password=False):
        return self.camera.address

    def start_server(self, name, *arguments):
        server = self.start_module(name, *arguments)
        address = wait_for(lambda: server.log_text().partition('\n')[0] if '\n' in server.log_text() else None, 20, f'the address of {name}')
        return types.SimpleNamespace(address=address, user='', password='')


class Uhd(Served):
    def start_cameras(self, packets, spec):
        print(f'  a camera of 3840x2160 at {MEGABITS} Mb/s')
        self.footage = self.world.home / 'footage.h264'
        make(self, '-f', 'lavfi', '-i', f'testsrc2=size=3840x2160:rate={RATE},noise=alls=24:allf=t', '-frames:v', 2 * GROUP,
             '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-bf', 0, '-g', GROUP, '-sc_threshold', 0, '-aud', 1,
             '-b:v', f'{MEGABITS}M', '-maxrate', f'{MEGABITS}M', '-bufsize', f'{MEGABITS}M', self.footage)
        return self.start_server('rtsp_server', self.footage, RATE)


class Jpegs(Served):
    def start_cameras(self, packets, spec):
        print(f'  a camera of JPEG pictures at {JPEG_SIZE * JPEG_RATE * 8 / 1e6:.0f} Mb/s')
        make(self, '-f', 'lavfi', '-i', f'testsrc2=size=1920x1080:rate={JPEG_RATE},noise=alls=8:allf=t', '-frames:v', JPEG_RATE,
             '-pix_fmt', 'yuvj420p', '-q:v', 5, self.world.home / '%02d.jpg')
        pictures = sorted(self.world.home.glob('*.jpg'))
        largest = max(path.stat().st_size for path in pictures)
        if not JPEG_SIZE / 2 < largest < JPEG_SIZE:
            raise RuntimeError(f'pictures of up to {largest} bytes are no measure')
        self.notes = self.world.home / 'sent'
        return self.start_server('mjpeg_server', self.notes, JPEG_SIZE, JPEG_RATE, *pictures)

    def sent(self):
        """[(number, UTC in µs, ms that the send took)]"""
        with open(self.notes, encoding='ascii') as lines:
            return [(int(number), int(utc), int(took) / 1000) for number, utc, took in map(str.split, lines)]


def begin(setting):
    """The load while the one camera is recorded."""
    setting.add(setting.url(0, 'main'), detection=False)
    setting.wait_recorded(WARM)
    load = setting.load()
    setting.check_complete()
    gaps = setting.world.recorder.recordings(setting.world.recorder.cameras()[0])[1]
    if gaps:
        raise RuntimeError(f'not all was recorded: {gaps}')
    return load


def comer(setting):
    """(bytes of pictures that were kept for a viewer who comes now, ms until it has the first)."""
    recorder = setting.world.recorder
    start = time.monotonic()
    link = recorder.call(recorder.cameras()[0]['Path'], 'Camera', 'OpenLive', '(sa{sv})', 'main', {})[1][0]
    data, first, kept, live = b'', None, 0, False
    try:
        # What is kept comes in one go, before anything that is live.
        while not live and select.select([link], [], [], 0.02 if first is not None else 10)[0]:
            data += os.read(link, MIB)
            whole = 0
            for whole, past, unit in viewer.pictures_of(data):
                first = first or time.monotonic() - start
                kept += len(unit) if past else 0
                live = live or not past
            data = data[whole:]
    finally:
        os.close(link)
    if first is None:
        raise RuntimeError('a viewer sees nothing')
    return kept, first * 1000


def comers(setting):
    """The same of viewers who come at different moments of a group."""
    result = []
    for _ in range(COMERS):
        result.append(comer(setting))
        time.sleep(APART)
    return result


def further(setting):
    """MiB that each further camera takes, and how much of it is pictures for whoever comes to look."""
    few = setting.memories()
    for _ in range(FURTHER):
        setting.add(setting.start_server('rtsp_server', setting.footage, RATE).address, detection=False)
    setting.wait_recorded(WARM)
    setting.check_complete(seconds=WARM)
    many = setting.memories()
    return [(all - first) / FURTHER for all, first in zip(many, few)]


def uhd(options):
    with Setting(options, 'single', 1) as setting:
        small = begin(setting)
    with Uhd(options, 'single', 1) as setting:
        ours = begin(setting)
        group = setting.footage.stat().st_size / 2
        seen = comers(setting)
        memory, pictures = further(setting)
        setting.stop_recorder()
        ffmpeg, gstreamer = by_ffmpeg(setting), by_gstreamer(setting)
    name = '3840x2160, 25 Mb/s, packet by packet'
    return [
        Figure(f'recording, {name}', ours.cpu, CPU, ffmpeg.cpu, 'ffmpeg -c copy'),
        Figure(f'recording, {name}', ours.cpu, CPU, gstreamer.cpu, 'rtspsrc'),
        Figure(f'wake-ups, {name}', ours.wakeups, 'a second', goal=20),
        Figure(f'wake-ups, {name}', ours.wakeups, 'a second', ffmpeg.wakeups, 'ffmpeg -c copy'),
        Figure(f'memory, {name}', ours.memory, 'MiB', small.memory, 'one of 1280x720'),
        Figure(f'memory more than with one of 1280x720, {name}', ours.memory - small.memory, 'MiB'),
        Figure(f'memory a further camera, {name}', memory, 'MiB'),
        Figure(f'pictures for who comes to look, a further camera, {name}', pictures, 'MiB'),
        Figure(f'memory a further camera besides the pictures, {name}', memory - pictures, 'MiB', goal=2),
        Figure(f'a group of pictures, {name}', group / MIB, 'MiB'),
        Figure(f'the most of it that was kept for who comes, {name}', max(kept for kept, _ in seen) / MIB, 'MiB'),
        Figure(f'longest wait of a viewer for the first picture, {name}', max(wait for _, wait in seen), 'ms'),
    ]


def ffmpeg_jpeg(setting):
    folder = setting.world.home / 'ffmpeg'
    folder.mkdir()
    setting.start_peer('ffmpeg', [
        'ffmpeg', '-nostdin', '-loglevel', 'error', '-use_wallclock_as_timestamps', '1', '-f', 'mpjpeg', '-i', setting.url(0, 'main'),
        '-c', 'copy', '-f', 'segment', '-segment_time', '60', folder / '%03d.mkv'])
    wait_for(lambda: any(path.stat().st_size > JPEG_SIZE for path in folder.iterdir()), 60, 'ffmpeg to write')
    return setting.peer_load()


def jpeg(options):
    with Jpegs(options, 'single', 1) as setting:
        ours = begin(setting)
        end = time.time() * 1e6
        camera = setting.world.recorder.cameras()[0]
        setting.stop_recorder()
        sent = setting.sent()
        recorded = [files.number_of(picture) for picture in files.pictures(setting.world, camera)]
        missing = files.missing(recorded, [number for number, *_ in sent])
        ffmpeg = ffmpeg_jpeg(setting)
    sends = [took for _, utc, took in sent if end - options.seconds * 1e6 < utc < end]
    name = 'JPEG over HTTP, 40 Mb/s'
    return [
        Figure(f'recording, {name}', ours.cpu, CPU, ffmpeg.cpu, 'ffmpeg -c copy'),
        Figure(f'wake-ups, {name}', ours.wakeups, 'a second', ffmpeg.wakeups, 'ffmpeg -c copy'),
        Figure(f'memory, {name}', ours.memory, 'MiB'),
        Figure(f'the camera\'s longest send of {len(sends)}, {name}', max(sends), 'ms', goal=5),
        Figure(f'sent and not recorded of {len(recorded)}, {name}', len(missing), 'pictures', goal=0),
    ]


def run(options):
    print('large streams')
    return uhd(options) + jpeg(options)
