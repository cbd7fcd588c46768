# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras, the recorder and its peers, and what each took of the machine while it did the same work."""

import dataclasses
import os
import sys
import time
import urllib.parse

from harness import World, process, wait_for

# Settled: what is allocated once is allocated.
WARM = 10
# Looks at memory, and the seconds between them, which do not go into those of a group.
MOMENTS, APART = 12, 0.37


@dataclasses.dataclass
class Load:
    """What some processes took over a span."""

    cpu: float      # CPU seconds a camera-minute
    wakeups: float  # a second: how often a thread that had slept ran again
    threads: int
    memory: float   # MiB, shared pages in proportion


class Setting:
    """A world with N test cameras and a recorder that records none of them yet."""

    def __init__(self, options, packets, count=None, spec=''):
        self.options = options
        self.count = count or options.cameras
        self.world = World()
        self.world.password = 'bench'
        for reason in self.world.start():
            print(f'  ({reason})')
        self.camera = self.start_cameras(packets, spec)
        self.world.activate_recorder()
        self.peers = []

    def start_cameras(self, packets, spec):
        specs = []
        for number in range(self.count):
            specs += ['--device', f'name=Camera {number + 1},packets={packets}{spec}']
        print(f'  {self.count} test cameras, {packets} writes')
        return self.world.start_camera(*specs)

    def url(self, index, role, with_password=False):
        """The address of a stream. with_password: for peers that know no other way; the world is private."""
        url = stream_url(self.camera.devices[index], role)
        if with_password:
            parts = urllib.parse.urlsplit(url)
            account = f'{self.camera.user}:{urllib.parse.quote(self.camera.password, safe="")}@'
            url = parts._replace(netloc=account + parts.netloc.rpartition('@')[2]).geturl()
        return url

    def add(self, address, detection=True):
        recorder = self.world.recorder
        known = {camera['Path'] for camera in recorder.cameras()}
        recorder.add(address, self.camera.user, self.camera.password)
        if not detection:
            for camera in recorder.cameras():
                if camera['Path'] not in known:
                    recorder.call(camera['Path'], 'Camera', 'SetDetection', '(ba{sv})', False, {})

    def wait_recorded(self, seconds, role='main'):
        """Until every camera of the recorder has that much in its newest segments."""
        recorder = self.world.recorder

        def long_enough():
            return all(sum(row['end'] - row['start'] for row in recorder.recordings(camera, role)[0]) >= seconds * 1e6
                       for camera in recorder.cameras())
        wait_for(long_enough, seconds + 60, f'{seconds} s of every camera', interval=0.5)

    def memory(self):
        """Of the recorder's processes, in MiB."""
        return process.proportional_bytes(self.world.recorder_pids()) / 2**20

    def memories(self):
        """(memory, and how much of it is pictures for whoever comes to look, in MiB), each the mean of some moments of a group of pictures."""
        pids, moments = self.world.recorder_pids(), []
        for _ in range(MOMENTS):
            moments.append((process.proportional_bytes(pids) / 2**20, self.world.recorder.live_pictures() / 2**20))
            time.sleep(APART)
        return tuple(sum(values) / MOMENTS for values in zip(*moments))

    def start_module(self, name, *arguments, **options):
        """A module of the bench in a process of its own."""
        env = dict(self.world.env, PYTHONPATH=os.environ['PYTHONPATH'], PYTHONDONTWRITEBYTECODE='1')
        return self.world.spawn(f'{name}-{self.world.count(name)}', [sys.executable, '-m', f'bench.{name}', *arguments], env=env, **options)

    def stop_recorder(self):
        """Ends it in order."""
        pids = self.world.recorder_pids()
        self.world.recorder.stop()
        wait_for(lambda: not any(process.alive(pid) for pid in pids), 30, 'the recorder to end')

    def start_peer(self, name, command):
        self.peers.append(self.world.spawn(name, command))

    def stop_peers(self):
        for peer in self.peers:
            peer.kill()
        self.peers = []

    def peer_pids(self):
        pids = set()
        for peer in self.peers:
            if not peer.running():
                raise RuntimeError(f'{peer.name} ended: {peer.log_text()[-500:]}')
            pids |= {peer.pid} | process.descendants(peer.pid)
        return pids

    def loads(self, *groups):
        """A Load for each group of processes, over the same span of options.seconds."""
        start = time.monotonic()
        before = [(process.cpu_seconds(pids), process.sleeps(pids)) for pids in groups]
        # What is measured is a span, so here it is the time that is waited for.
        while time.monotonic() < start + self.options.seconds:
            time.sleep(0.25)
            if not all(process.alive(pid) for pids in groups for pid in pids):
                raise RuntimeError('something that is measured ended meanwhile')
        after = [(process.cpu_seconds(pids), process.sleeps(pids)) for pids in groups]
        span = time.monotonic() - start
        return [Load((new[0] - old[0]) / (span / 60 * self.count),
                     sum(count - old[1].get(thread, 0) for thread, count in new[1].items()) / span,
                     len(new[1]), process.proportional_bytes(pids) / 2**20)
                for old, new, pids in zip(before, after, groups)]

    def load(self):
        """The recorder's."""
        pids = self.world.recorder_pids()
        if not pids:
            raise RuntimeError('the recorder does not run')
        return self.loads(pids)[0]

    def peer_load(self):
        load = self.loads(self.peer_pids())[0]
        self.stop_peers()
        return load

    def check_complete(self, role='main', seconds=None):
        """A recorder that lost what it should have recorded has not earned its figure."""
        recorder = self.world.recorder
        for camera in recorder.cameras():
            if camera['State'] != 'recording':
                raise RuntimeError(f'{camera["Name"]} is not recorded: {camera["State"]}')
            recorded = sum(row['end'] - row['start'] for row in recorder.recordings(camera, role)[0]) / 1e6
            if recorded < (self.options.seconds if seconds is None else seconds):
                raise RuntimeError(f'{camera["Name"]}: only {recorded:.0f} s were recorded')

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        log = self.world.logs / 'recorder.log'
        if kind is not None and log.exists():
            print('  the recorder said at last:', *log.read_text(encoding='utf-8', errors='replace').splitlines()[-8:], sep='\n    ')
        self.world.close()


def stream_url(device, role):
    """The address of the first channel's stream, from what the test camera says of a device."""
    streams = device['streams']
    for stream in streams:
        if stream['stream'] == role:
            return stream['url']
    raise LookupError(f'{device["name"]} has no {role} stream')
