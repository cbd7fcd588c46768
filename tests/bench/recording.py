# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording: one stream a camera of 1280x720 at 15 frames a second, beside one ffmpeg a camera."""

from harness import wait_for

from .figure import Figure
from .setting import Setting

# Settled: what is allocated once is allocated.
WARM = 10


def measure(options, packets):
    """(CPU ours, CPU of ffmpeg, MiB for each added camera)."""
    with Setting(options, packets) as setting:
        # By the address of one stream there is nothing but that stream. Having no smaller one, it is watched for motion
        # too, which ffmpeg does not do.
        setting.add(setting.url(0, 'main'))
        setting.wait_recorded(WARM)
        one = setting.memory()
        for index in range(1, options.cameras):
            setting.add(setting.url(index, 'main'))
        setting.wait_recorded(WARM)
        folder = setting.world.home / 'ffmpeg'
        folder.mkdir()
        for index in range(options.cameras):
            setting.start_peer(f'ffmpeg-{index}', [
                'ffmpeg', '-nostdin', '-loglevel', 'error', '-rtsp_transport', 'tcp',
                '-i', setting.url(index, 'main', with_password=True), '-c', 'copy',
                '-f', 'segment', '-segment_time', '60', folder / f'{index}-%03d.mkv'])
        wait_for(lambda: len([path for path in folder.iterdir() if path.stat().st_size > 0]) == options.cameras,
                 30, 'every ffmpeg to write')
        ours, theirs = setting.measure()
        memory = (setting.memory() - one) / max(options.cameras - 1, 1)
        setting.check_complete()
        return ours, theirs, memory


def run(options):
    unit = 'CPU s per camera-minute'
    print('recording, the camera writes frame by frame')
    ours, theirs, memory = measure(options, 'frame')
    figures = [Figure('recording, frame by frame', ours, unit, theirs, 'ffmpeg -c copy', 1.5)]
    if options.cameras > 1:
        figures.append(Figure('memory a camera, one stream, recorded and watched', memory, 'MiB', goal=16))
    print('recording, the camera writes packet by packet')
    ours, theirs, _ = measure(options, 'single')
    figures.append(Figure('recording, packet by packet', ours, unit, theirs, 'ffmpeg -c copy'))
    return figures
