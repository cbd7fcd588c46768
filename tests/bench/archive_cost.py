# SPDX-License-Identifier: GPL-3.0-or-later
"""What the archive adds to recording. The peer is the recorder, had it written plain files: itself with recording switched off, and what
icamsegmentsink into plain files takes more than a fakesink behind the same icamrtspsrc (all cameras in one process, no catalogue, nothing synced).
Beside it the latter alone, and ffmpeg. In a span of its own, because it disturbs: what is synced how often."""

import os
import re
import subprocess
import time

from gi.repository import GLib

from harness import process, wait_for

from .figure import Figure
from .recording import CPU, by_ffmpeg
from .setting import WARM, Setting

COUNTS = (8, 16, 32, 64)
SYNCS = ('fsync', 'fdatasync', 'syncfs', 'sync_file_range')
MB = 1e6


def written(pids):
    """Bytes that the processes have had written, as far as the kernel knows."""
    total = 0
    for pid in pids:
        with open(f'/proc/{pid}/io', encoding='ascii') as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith('write_bytes:'))
    return total


def measured(setting, pids):
    """(load, MB written a camera-minute) over the same span."""
    before, start = written(pids), time.monotonic()
    load = setting.loads(pids)[0]
    minutes = (time.monotonic() - start) / 60
    return load, (written(pids) - before) / MB / minutes / setting.count


def syncs(setting, pids):
    """{call: how often a second}, by strace; None where it is not installed or not allowed."""
    path = setting.world.home / 'strace'
    seconds = max(setting.options.seconds / 2, 10)
    command = ['timeout', '-s', 'INT', str(seconds), 'strace', '-f', '-c', '-o', path, '-e', f'trace={",".join(SYNCS)}']
    for pid in pids:
        command += ['-p', str(pid)]
    start = time.monotonic()
    subprocess.run(command, capture_output=True, check=False, env=setting.world.env)
    span = time.monotonic() - start
    if not path.exists() or span < seconds / 2:
        return None
    counts = dict.fromkeys(SYNCS, 0)
    for line in path.read_text(encoding='ascii', errors='replace').splitlines():
        words = line.split()
        if words and words[-1] in counts and re.fullmatch(r'[\d.]+', words[0]):
            counts[words[-1]] = int(words[3])
    return {name: count / span for name, count in counts.items()}


def plain(setting, files=True):
    """The same elements, each camera into one file or none, all in one process."""
    folder = setting.world.home / 'plain'
    folder.mkdir(exist_ok=True)
    command = ['gst-launch-1.0', '-q']
    for index in range(setting.count):
        sink = ['icamsegmentsink', f'location={folder / f"{index}.mkv"}'] if files else ['fakesink']
        command += ['icamrtspsrc', f'location={setting.url(index, "main")}', '!', *sink]
    env = dict(setting.world.env, GST_PLUGIN_PATH=str(setting.world.build / 'src/media'), GST_REGISTRY=str(setting.world.runtime / 'registry'))
    child = setting.world.spawn(f'plain-{files}', command, env=env)

    def goes():
        if not child.running():
            raise RuntimeError(f'gst-launch ended: {child.log_text()[-500:]}')
        written = list(folder.iterdir())
        return not files or (len(written) == setting.count and all(path.stat().st_size > 50_000 for path in written))
    wait_for(goes, 60, 'the plain files to grow')
    time.sleep(WARM)
    result = measured(setting, {child.pid} | process.descendants(child.pid))
    child.kill()
    return result


def switch_off(setting):
    """Nothing is recorded from now on; all else goes on."""
    recorder = setting.world.recorder
    for camera in recorder.cameras():
        recorder.call(camera['Path'], 'Camera', 'SetRecording', '(a{sv})', {'mode': GLib.Variant('s', 'off')})
    time.sleep(WARM / 2)
    now = time.time_ns() // 1000
    if any(row['end'] > now - WARM * 250_000 for camera in recorder.cameras() for row in recorder.recordings(camera, 'main')[0]):
        raise RuntimeError('it still records')


def figures_at(options, count):
    name = f'{count} cameras'
    print(f'archive, {name}')
    with Setting(options, 'single', count, ',auth=none') as setting:
        for index in range(count):
            setting.add(setting.url(index, 'main'), detection=False)
        setting.wait_recorded(WARM)
        pids = setting.world.recorder_pids()
        ours, bytes_ours = measured(setting, pids)
        setting.check_complete()
        calls = syncs(setting, pids)
        stream = sum(path.stat().st_size for path in (setting.world.home / 'Videos/In Camera').glob('*/main/*/*/*/*.mkv'))
        seconds = sum((row['end'] - row['start']) / 1e6 for camera in setting.world.recorder.cameras()
                      for row in setting.world.recorder.recordings(camera, 'main')[0])
        switch_off(setting)
        off = setting.load()
        setting.stop_recorder()
        alone, bytes_alone = plain(setting)
        nowhere, _ = plain(setting, files=False)
        ffmpeg = by_ffmpeg(setting)
    figures = [
        Figure(f'recording with the archive, {name}', ours.cpu, CPU, off.cpu + max(alone.cpu - nowhere.cpu, 0), 'had it written plain files', 1.1),
        Figure(f'recording with the archive, {name}', ours.cpu, CPU, alone.cpu, 'plain files'),
        Figure(f'the recorder, recording switched off, {name}', off.cpu, CPU, nowhere.cpu, 'fakesink'),
        Figure(f'recording with the archive, {name}', ours.cpu, CPU, ffmpeg.cpu, 'ffmpeg -c copy', 0.25),
        Figure(f'wake-ups, {name}', ours.wakeups, 'a second', alone.wakeups, 'plain files'),
        Figure(f'written, {name}', bytes_ours, 'MB a camera-minute', bytes_alone, 'plain files'),
        Figure(f'in the recorded files, {name}', stream / MB / (seconds / 60), 'MB a camera-minute'),
    ]
    if calls is None:
        print('  (nothing is known of what is synced: strace is not installed, or not allowed)')
    else:
        figures += [Figure(f'{call}, {name}', calls[call], 'a second') for call in SYNCS if calls[call] > 0]
        figures.append(Figure(f'all that is synced, {name}', sum(calls.values()), 'a second'))
    return figures


def run(options):
    figures = []
    # ICAM_COST_CAMERAS=8: only so many, to try it.
    counts = [int(os.environ['ICAM_COST_CAMERAS'])] if 'ICAM_COST_CAMERAS' in os.environ else COUNTS
    for count in counts:
        figures += figures_at(options, count)
    return figures
