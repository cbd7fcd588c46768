# SPDX-License-Identifier: GPL-3.0-or-later
"""Sixteen cameras that are recorded while all their sub streams are watched, as a kiosk does; and while viewers come and go."""

import json
import os
import time

from harness import wait_for

from . import files, marks
from .figure import Figure, percentile
from .recording import CPU
from .setting import WARM, Setting

COUNT = 16
SWITCHES = 8
# Seconds with some pictures of each stream, between two switches.
PAUSE = 1


def open_all(setting, role='sub'):
    """The viewers' ends of a live link a camera, as descriptors."""
    recorder = setting.world.recorder
    return [recorder.call(camera['Path'], 'Camera', 'OpenLive', '(sa{sv})', role, {})[1][0] for camera in recorder.cameras()]


def start_viewer(setting):
    """One client that watches all."""
    path = setting.world.runtime / 'viewer'
    links = open_all(setting)
    viewer = setting.start_module('viewer', path, *links, pass_fds=links)
    for link in links:
        os.close(link)
    return viewer, path


def wait_watched(setting, count):
    """Until so many streams are read packet by packet, because somebody watches."""
    ports = {device['rtsp_port'] for device in setting.camera.devices}
    wait_for(lambda: marks.read_at_once(setting.world.recorder_pids(), ports) == count, 20, f'{count} streams to be watched')


def outcome(child, path):
    """What one of our processes has to say in the end."""
    if child.stop(60) != 0:
        raise RuntimeError(f'{child.name} failed: {child.log_text()[-500:]}')
    return json.loads(path.read_text(encoding='ascii'))


def now_us():
    return time.time_ns() // 1000


def delays(arrivals, views, start, end, stream='sub'):
    """From the arrival of each picture to its view, in ms, of those that arrived in between. RuntimeError for one that was not seen."""
    seen = {tuple(key): stamp for *key, stamp in views}
    wanted = {tuple(key): stamp for *key, stamp in arrivals if key[1] == stream and start <= stamp < end}
    missing = [key for key in wanted if key not in seen]
    if missing or not wanted:
        raise RuntimeError(f'of {len(wanted)} pictures that came {len(missing)} were not seen: {missing[:5]}')
    return [(seen[key] - stamp) / 1000 for key, stamp in wanted.items()]


def watched(setting):
    """(load, delays in ms) while all are watched."""
    ports = {device['rtsp_port'] for device in setting.camera.devices}
    heard = setting.world.runtime / 'arrivals'
    listener = setting.start_module('arrivals', heard, *ports)
    viewer, seen = start_viewer(setting)
    wait_watched(setting, COUNT)
    start = now_us()
    load = setting.load()
    # What came in the last moments may be on its way.
    end = now_us() - 500_000
    views, arrivals = outcome(viewer, seen), outcome(listener, heard)
    if arrivals['lost']:
        raise RuntimeError(f'{arrivals["lost"]} packets were not heard')
    return load, delays(arrivals['frames'], views, start, end)


def come_and_go(setting):
    """Watched and not, in turn, each for as long as a picture may take."""
    for _ in range(SWITCHES):
        viewer, seen = start_viewer(setting)
        wait_watched(setting, COUNT)
        time.sleep(PAUSE)
        if not outcome(viewer, seen):
            raise RuntimeError('nobody saw anything')
        wait_watched(setting, 0)
        time.sleep(PAUSE)


def lost(setting):
    """How many pictures were sent and are not in the files, of both streams of all cameras."""
    log = files.icamtest.Log(setting.camera.log_path)
    count = 0
    for camera in setting.cameras:
        for role in ('main', 'sub'):
            codes = [files.code_of(picture) for picture in files.pictures(setting.world, camera, role)]
            if not codes or None in codes:
                raise RuntimeError(f'{camera["Name"]}, {role}: no pictures, or pictures without a code')
            count += len(log.missing(codes, codes[0].device, codes[0].channel, role))
    return count


def run(options):
    name = f'{COUNT} cameras'
    print(f'live, {name}')
    with Setting(options, 'single', COUNT) as setting:
        for device in setting.camera.devices:
            setting.add(device['onvif'], detection=False)
        setting.wait_recorded(WARM)
        alone = setting.load()
        load, late = watched(setting)
        come_and_go(setting)
        setting.check_complete()
        setting.cameras = setting.world.recorder.cameras()
        setting.stop_recorder()
        missing = lost(setting)
    what = 'from the arrival of a picture\'s last packet (kernel\'s stamp) to the viewer\'s read'
    return [
        Figure(f'recording main and sub, {name}, all sub streams watched', load.cpu, CPU, alone.cpu, 'not watched'),
        Figure(f'wake-ups, {name}, all sub streams watched', load.wakeups, 'a second', alone.wakeups, 'not watched'),
        Figure(f'{what}, p50', percentile(late, 50), 'ms'),
        Figure(f'{what}, p95', percentile(late, 95), 'ms', goal=10),
        Figure(f'{what}, longest of {len(late)}', max(late), 'ms'),
        Figure(f'pictures lost while viewers come and go {SWITCHES} times', missing, 'pictures', goal=0),
    ]
