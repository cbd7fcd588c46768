# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording alone: one stream a camera of 1280x720 at 15 frames a second, by the whole recorder; then by one ffmpeg a camera, and by a plain
pipeline of GStreamer's own elements, over the same cameras."""

from harness import wait_for

from .figure import Figure
from .setting import WARM, Setting

CPU = 'CPU s per camera-minute'
# Of ffmpeg's, when the camera writes each packet by itself, and when it writes a frame at a time.
GOALS = {'single': 0.2, 'frame': 0.25}
WRITES = {'single': 'packet by packet', 'frame': 'frame by frame'}


def by_ffmpeg(setting):
    folder = setting.world.home / 'ffmpeg'
    folder.mkdir()
    for index in range(setting.count):
        setting.start_peer(f'ffmpeg-{index}', [
            'ffmpeg', '-nostdin', '-loglevel', 'error', '-rtsp_transport', 'tcp',
            '-i', setting.url(index, 'main', with_password=True), '-c', 'copy',
            '-f', 'segment', '-segment_time', '60', folder / f'{index}-%03d.mkv'])
    wait_for(lambda: len([path for path in folder.iterdir() if path.stat().st_size > 0]) == setting.count,
             60, 'every ffmpeg to write')
    return setting.peer_load()


def by_gstreamer(setting):
    folder = setting.world.home / 'gstreamer'
    folder.mkdir()
    command = ['gst-launch-1.0', '-q']
    for index in range(setting.count):
        command += ['rtspsrc', f'location={setting.url(index, "main", with_password=True)}', 'protocols=tcp', 'latency=0', '!',
                    'rtph264depay', '!', 'h264parse', '!', 'matroskamux', 'streamable=true', '!',
                    'filesink', f'location={folder / f"{index}.mkv"}']
    setting.start_peer('gstreamer', command)
    wait_for(lambda: len([path for path in folder.iterdir() if path.stat().st_size > 50_000]) == setting.count,
             60, 'GStreamer to write')
    return setting.peer_load()


def measure(options, packets, count, peers=(by_ffmpeg, by_gstreamer)):
    """(our load, MiB for each further camera and of its pictures, threads for all further cameras, the peers' loads)."""
    with Setting(options, packets, count) as setting:
        setting.add(setting.url(0, 'main'), detection=False)
        setting.wait_recorded(WARM)
        one = setting.load() if count > 1 else None
        few = setting.memories() if count > 1 else None
        for index in range(1, count):
            setting.add(setting.url(index, 'main'), detection=False)
        setting.wait_recorded(WARM)
        ours = setting.load()
        many = setting.memories()
        setting.check_complete()
        setting.stop_recorder()
        further = [(all - first) / (count - 1) for all, first in zip(many, few)] if one else None
        threads = ours.threads - one.threads if one else None
        return ours, further, threads, [peer(setting) for peer in peers]


def figures_of(options, packets, count):
    name = f'{count} camera{"s" if count > 1 else ""}, {WRITES[packets]}'
    print(f'recording, {name}')
    ours, further, threads, (ffmpeg, gstreamer) = measure(options, packets, count)
    figures = [
        Figure(f'recording, {name}', ours.cpu, CPU, ffmpeg.cpu, 'ffmpeg -c copy', GOALS[packets] if count == 8 else None),
        Figure(f'recording, {name}', ours.cpu, CPU, gstreamer.cpu, 'rtspsrc'),
        Figure(f'wake-ups, {name}', ours.wakeups, 'a second', goal=20),
        Figure(f'wake-ups, {name}', ours.wakeups, 'a second', ffmpeg.wakeups, 'ffmpeg -c copy'),
    ]
    if further is not None:
        memory, pictures = further
        figures.append(Figure(f'memory a further camera, {name}', memory, 'MiB'))
        figures.append(Figure(f'pictures for who comes to look, a further camera, {name}', pictures, 'MiB'))
        figures.append(Figure(f'memory a further camera besides the pictures, {name}', memory - pictures, 'MiB', goal=2))
        figures.append(Figure(f'threads for all further cameras, {name}', threads, 'threads', goal=2))
    return figures


def run(options):
    figures = []
    for packets in ('frame', 'single'):
        figures += figures_of(options, packets, options.cameras)
    return figures
