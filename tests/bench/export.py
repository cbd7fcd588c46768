# SPDX-License-Identifier: GPL-3.0-or-later
"""An hour of a camera of 1280x720 at 15 frames a second as one film: by the recorder's job, and by ffmpeg out of the same segments."""

import datetime
import subprocess
import time

from .figure import Figure
from .setting import WARM, Setting

HOUR = 3600
# Of real time, at least.
TIMES = 200


def make_hour(setting):
    """An hour of recordings out of what was recorded; the recorder runs again. Returns its span, µs."""
    world = setting.world
    camera = world.recorder.cameras()[0]
    setting.stop_recorder()
    archive = world.home / 'Videos/In Camera'
    segment = max(archive.glob(f'{camera["Channel"]}/main/*/*/*/*.mkv'), key=lambda path: path.stat().st_size)
    done = subprocess.run([str(world.build / 'tests/bench/icam-longer'), segment, world.data / 'incamera', archive, str(HOUR)],
                          capture_output=True, text=True, check=True, env=world.env)
    world.activate_recorder()
    return camera, *map(int, done.stdout.split())


def written(us):
    return datetime.datetime.fromtimestamp(us / 1e6, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%fZ')


def timed(function, target):
    """Seconds; the target is made anew."""
    target.unlink(missing_ok=True)
    start = time.monotonic()
    function(target)
    return time.monotonic() - start


def run(options):
    print('export, an hour')
    with Setting(options, 'frame', 1) as setting:
        world = setting.world
        setting.add(setting.url(0, 'main'), detection=False)
        setting.wait_recorded(WARM)
        camera, begin, end = make_hour(setting)
        segments = [row for row in world.recorder.recordings(camera, 'main')[0] if row['start'] < end]
        paths = sorted((world.home / 'Videos/In Camera').glob(f'{camera["Channel"]}/main/*/*/*/*.mkv'), key=lambda path: path.name)[:len(segments)]
        names = world.home / 'segments'
        names.write_text(''.join(f"file '{path}'\n" for path in paths), encoding='utf-8')
        print(f'  {len(paths)} segments, {sum(path.stat().st_size for path in paths) / 1e6:.0f} MB')

        def by_us(target):
            world.ctl('export', camera['Name'], '--from', written(begin), '--to', written(end), str(target), timeout=600)

        def by_ffmpeg(target):
            more = ['-movflags', '+faststart'] if target.suffix == '.mp4' else []
            subprocess.run(['ffmpeg', '-nostdin', '-loglevel', 'error', '-f', 'concat', '-safe', '0', '-i', names, '-c', 'copy', *more, target],
                           check=True, env=world.env)
        figures = []
        for kind in ('mp4', 'mkv'):
            # Alternately, and the better of two: others use the disk too.
            ours, peer = [], []
            for _ in range(2):
                ours.append(timed(by_us, world.home / f'ours.{kind}'))
                peer.append(timed(by_ffmpeg, world.home / f'peer.{kind}'))
            length = float(subprocess.run(['ffprobe', '-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', world.home / f'ours.{kind}'],
                                          capture_output=True, text=True, check=True).stdout)
            if abs(length - HOUR) > 10:
                raise RuntimeError(f'the film lasts {length} s')
            figures += [Figure(f'export of an hour, {kind}', min(ours), 's', goal=HOUR / TIMES),
                        Figure(f'export of an hour, {kind}', min(ours), 's', min(peer), 'ffmpeg -c copy')]
    return figures
