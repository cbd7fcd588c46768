# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras, the recorder and a peer side by side, and what each took of the processor over the same span."""

import time
import urllib.parse

from harness import World, process, wait_for


class Setting:
    """A world with N test cameras and a recorder that records none of them yet."""

    def __init__(self, options, packets):
        self.options = options
        self.world = World()
        self.world.password = 'bench'
        missing = self.world.start()
        for reason in missing:
            print(f'  ({reason})')
        specs = []
        for number in range(options.cameras):
            specs += ['--device', f'name=Camera {number + 1},packets={packets}']
        print(f'  {options.cameras} test cameras, {packets} writes')
        self.camera = self.world.start_camera(*specs)
        self.world.activate_recorder()
        self.peers = []

    def url(self, index, role, with_password=False):
        """The address of a stream. with_password: for peers that know no other way; the world is private."""
        url = stream_url(self.camera.devices[index], role)
        if with_password:
            parts = urllib.parse.urlsplit(url)
            account = f'{self.camera.user}:{urllib.parse.quote(self.camera.password, safe="")}@'
            url = parts._replace(netloc=account + parts.netloc.rpartition('@')[2]).geturl()
        return url

    def add(self, address):
        self.world.recorder.add(address, self.camera.user, self.camera.password)

    def wait_recorded(self, seconds, role='main'):
        """Until every camera of the recorder has that much in its newest segments."""
        recorder = self.world.recorder

        def long_enough():
            return all(sum(row['end'] - row['start'] for row in recorder.recordings(camera, role)[0]) >= seconds * 1e6
                       for camera in recorder.cameras())
        wait_for(long_enough, seconds + 60, f'{seconds} s of every camera', interval=0.5)

    def memory(self):
        """PSS of the recorder's processes in MiB."""
        return process.proportional_bytes(self.world.recorder_pids()) / 2**20

    def start_peer(self, name, command):
        self.peers.append(self.world.spawn(name, command))

    def peer_pids(self):
        pids = set()
        for peer in self.peers:
            if not peer.running():
                raise RuntimeError(f'{peer.name} ended: {peer.log_text()[-500:]}')
            pids |= {peer.pid} | process.descendants(peer.pid)
        return pids

    def measure(self):
        """(ours, the peers') in CPU seconds a camera-minute, over the same span of options.seconds."""
        ours, theirs = self.world.recorder_pids(), self.peer_pids()
        if not ours:
            raise RuntimeError('the recorder does not run')
        start = time.monotonic()
        before = process.cpu_seconds(ours), process.cpu_seconds(theirs)
        # What is measured is a span, so here it is the time that is waited for.
        while time.monotonic() < start + self.options.seconds:
            time.sleep(0.25)
            if not all(process.alive(pid) for pid in ours):
                raise RuntimeError('the recorder ended meanwhile')
        after = process.cpu_seconds(ours), process.cpu_seconds(theirs)
        self.peer_pids()
        minutes = (time.monotonic() - start) / 60 * self.options.cameras
        return tuple((new - old) / minutes for old, new in zip(before, after))

    def check_complete(self, role='main'):
        """A recorder that lost what it should have recorded has not earned its figure."""
        recorder = self.world.recorder
        for camera in recorder.cameras():
            if camera['State'] != 'recording':
                raise RuntimeError(f'{camera["Name"]} is not recorded: {camera["State"]}')
            seconds = sum(row['end'] - row['start'] for row in recorder.recordings(camera, role)[0]) / 1e6
            if seconds < self.options.seconds:
                raise RuntimeError(f'{camera["Name"]}: only {seconds:.0f} s were recorded')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.world.close()


def stream_url(device, role):
    """The address of the first channel's stream, from what the test camera says of a device."""
    streams = device['streams']
    for stream in streams:
        if stream['stream'] == role:
            return stream['url']
    raise LookupError(f'{device["name"]} has no {role} stream')
