# SPDX-License-Identifier: GPL-3.0-or-later
"""build-aux/run --demo: test cameras that are found, added, recorded and shown, in a private world."""

import argparse
import datetime
import json
import os
import signal
import sys
import time

from gi.repository import GLib

from .wait import wait_for
from .world import Skip, World

_STARTED = time.monotonic()


def say(text):
    print(f'[{time.monotonic() - _STARTED:5.1f} s] {text}', flush=True)


def iso(microseconds):
    moment = datetime.datetime.fromtimestamp(microseconds / 1e6, datetime.timezone.utc)
    return moment.isoformat(timespec='milliseconds').replace('+00:00', 'Z')


def parse(arguments):
    parser = argparse.ArgumentParser(prog='build-aux/run --demo')
    parser.add_argument('--seconds', type=float)
    parser.add_argument('--screenshot')
    parser.add_argument('--summary')
    parser.add_argument('--keep')
    parser.add_argument('--cameras', type=int, default=4)
    options = parser.parse_args(arguments)
    # A relative path means the folder that the command was given in.
    for name in ('screenshot', 'summary', 'keep'):
        value = getattr(options, name)
        if value:
            setattr(options, name, os.path.abspath(value))
    if options.seconds is None and options.screenshot:
        options.seconds = 30
    if options.keep and os.path.exists(options.keep) and os.listdir(options.keep):
        parser.error(f'{options.keep} is not empty')
    return options


class Demo:
    def __init__(self, options, world):
        self.options = options
        self.world = world
        self.app = None
        self.added = []
        self.ended = False
        self.told = set()

    def services(self):
        world = self.world
        if world.isolated:
            say('A network of its own, with loopback only: nothing of this demo leaves the computer.')
        else:
            say(f'On this computer\'s network: {world.isolation_refused}.')
        world.start_session_bus()
        say('A private session bus.')
        try:
            world.start_avahi()
            say('A private system bus with Avahi, for announcements.')
        except Skip as reason:
            say(f'No Avahi ({reason}): the cameras are added by address.')
        world.start_keyring()
        say('A private keyring.')

    def screen(self):
        """The user's display, or one of ours where there is none or where a picture of it is wanted."""
        world = self.world
        mine = os.environ.get('WAYLAND_DISPLAY') or os.environ.get('DISPLAY')
        if mine and not self.options.screenshot:
            for name in ('DISPLAY', 'XAUTHORITY'):
                if name in os.environ:
                    world.env[name] = os.environ[name]
            if 'DISPLAY' in os.environ and 'XAUTHORITY' not in os.environ:
                world.env['XAUTHORITY'] = os.path.expanduser('~/.Xauthority')
            wayland = os.environ.get('WAYLAND_DISPLAY')
            if wayland:
                # The runtime folder is another one here.
                world.env['WAYLAND_DISPLAY'] = os.path.join(os.environ.get('XDG_RUNTIME_DIR', ''), wayland)
            say('The window opens on your display.')
            return
        world.start_display()
        if mine:
            say(f'The picture is taken on a display of its own, Xvfb {world.display.name}.')
        else:
            say(f'There is no display: Xvfb {world.display.name} stands in for one.')
            if self.options.seconds is None:
                say('Nobody can close its window: press Ctrl+C to end, or give --seconds N.')

    def add(self):
        world, camera = self.world, self.world.cameras[0]
        recorder = world.recorder
        expected = {device['onvif']: device for device in camera.devices}

        def by_address():
            return {found['Address']: found for found in recorder.found() if found['Address'] in expected}

        found = {}
        if world.avahi is not None:
            try:
                wait_for(lambda: len(by_address()) == len(expected), 15, 'announcements of all cameras')
            except AssertionError as error:
                say(str(error))
            found = by_address()
            for address, entry in found.items():
                say(f'Found over mDNS: {entry["Name"]} at {address}.')
        self.found = found
        for address, device in expected.items():
            entry = found.get(address)
            recorder.add(address, camera.user, camera.password, found=entry['Path'] if entry else None)
            self.added.append(device['name'])
            say(f'Added: {device["name"]}.')

        def recording():
            return all(one['State'] == 'recording' for one in recorder.cameras())
        wait_for(recording, 30, 'all cameras to be recorded')
        say('All cameras are recorded.')

    def tell_events(self):
        """Says what began or ended since the last call."""
        names = {camera['Id']: camera['Name'] for camera in self.world.recorder.cameras()}
        for event in reversed(self.world.recorder.events()):
            key = (event['id'], event['end'] != 0)
            if key in self.told:
                continue
            self.told.add(key)
            name = names.get(event['camera'], event['camera'])
            say(f'{name}: {event["kind"]} {"ended" if event["end"] else "began"}.')

    def watch(self):
        end = None if self.options.seconds is None else time.monotonic() + self.options.seconds
        while not self.ended and (end is None or time.monotonic() < end):
            if self.app is not None and not self.app.running():
                if self.app.popen.returncode != 0:
                    raise RuntimeError(f'The window ended with {self.app.popen.returncode}:\n'
                                       + self.app.log_text()[-2000:])
                say('The window was closed.')
                return
            self.tell_events()
            time.sleep(0.25)

    def summary(self):
        recorder = self.world.recorder
        cameras = recorder.cameras()
        names = {camera['Id']: camera['Name'] for camera in cameras}
        streams, segments = [], 0
        for camera in cameras:
            for role in [stream[0] for stream in camera['Streams']]:
                rows, gaps = recorder.recordings(camera, role)
                segments += len(rows)
                streams.append({
                    'camera': camera['Name'], 'stream': role, 'segments': len(rows), 'gaps': len(gaps),
                    'seconds': round(sum(row['end'] - row['start'] for row in rows) / 1e6, 1),
                    'bytes': sum(row['bytes'] for row in rows)})
        events = [{'camera': names.get(event['camera'], event['camera']), 'kind': event['kind'],
                   'start': iso(event['start']), 'end': iso(event['end']) if event['end'] else None}
                  for event in reversed(recorder.events())]
        return {
            'cameras_found': sorted(entry['Name'] for entry in self.found.values()),
            'cameras_added': [camera['Name'] for camera in cameras],
            'seconds_recorded': streams,
            'segments': segments,
            'events': events,
            'archive_folder': recorder.manager()['ArchiveFolder'],
            'kept': bool(self.options.keep),
            'screenshot': self.options.screenshot,
        }

    def run(self):
        self.services()
        self.screen()
        say(f'Starting {self.options.cameras} test cameras; the first time their pictures are made, which takes a while.')
        # Without the code along the top of the pictures, which is for tests.
        self.world.start_camera(*['--device', 'strip=off'] * self.options.cameras)
        self.app = self.world.start_app()
        self.add()
        self.watch()
        if self.options.screenshot:
            self.world.display.screenshot(self.options.screenshot)
            say(f'The picture is in {self.options.screenshot}.')
        result = self.summary()
        if self.options.summary:
            with open(self.options.summary, 'w', encoding='utf-8') as file:
                json.dump(result, file, indent=2, ensure_ascii=False)
                file.write('\n')
        print(f'\nFound {len(result["cameras_found"])} cameras over mDNS, added {len(result["cameras_added"])}, '
              f'{result["segments"]} segments, {len(result["events"])} events.')
        for stream in result['seconds_recorded']:
            print(f'  {stream["camera"]}, {stream["stream"]}: {stream["seconds"]:.1f} s in '
                  f'{stream["segments"]} segments, {stream["bytes"] / 1e6:.1f} MB')
        for event in result['events']:
            print(f'  {event["start"]} {event["camera"]}: {event["kind"]}'
                  + ('' if event['end'] else ' (goes on)'))
        if self.options.keep:
            print(f'Recordings: {result["archive_folder"]}\nDatabases: {self.world.data / "incamera"}')


def main(arguments=None):
    options = parse(arguments)
    with World(keep=options.keep) as world:
        demo = Demo(options, world)

        def end(*_):
            if demo.ended:
                sys.exit(1)
            demo.ended = True
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        try:
            demo.run()
        except (AssertionError, LookupError, OSError, RuntimeError, Skip, GLib.Error) as error:
            print(f'The demo could not go on: {error}', file=sys.stderr)
            for log in ('recorder', 'app', 'camera-0'):
                path = world.logs / f'{log}.log'
                if path.exists() and path.stat().st_size:
                    print(f'-- the end of {log}.log', file=sys.stderr)
                    print(path.read_text(encoding='utf-8', errors='replace')[-1500:], file=sys.stderr)
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
