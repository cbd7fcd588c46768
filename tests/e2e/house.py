# SPDX-License-Identifier: GPL-3.0-or-later
"""A house under test: the harness's world with a recorder in it, seen as an independent client sees it.

Everything here goes over D-Bus or reads the plain files of the archive; nothing is taken from the program's own
client library, so a mistake on one side does not hide one on the other.
"""

import contextlib
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import time

from gi.repository import Gio, GLib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))

import icamtest  # noqa: E402
from harness import process  # noqa: E402
from harness.wait import wait_for  # noqa: E402
from harness.world import World  # noqa: E402

_LIVE_HEADER = struct.Struct('<4sBBBBII16sIIqqq')
CAPS, FRAME, STATE = 1, 2, 3
KEY, DISCONT, PAST, UNVERIFIED = 1, 2, 4, 8


def picture_code(access_unit):
    """What one picture (a byte stream) says of itself."""
    return next(filter(None, icamtest.codes_of_stream(access_unit)), None)


def file_codes(path):
    """What the pictures in a file say of themselves; a picture without a code is an error."""
    codes = icamtest.codes_of_file(path, log_level='fatal')
    assert None not in codes, f'{path}: a picture without a code'
    return codes


def thumbnail_code(house, jpeg):
    """What a thumbnail shows of the strip in the camera's picture, or None if it is too small to be read."""
    path = house.runtime / 'thumbnail.jpg'
    path.write_bytes(jpeg)
    return icamtest.visual_codes_of_file(path)[0]


class Refused(Exception):
    """The recorder answered with one of its errors; code is the frozen name."""

    def __init__(self, code, text):
        super().__init__(f'{code}: {text}')
        self.code = code


@contextlib.contextmanager
def refusals():
    """Turns an error of the recorder into Refused."""
    try:
        yield
    except GLib.Error as error:
        name = Gio.DBusError.get_remote_error(error) or ''
        if '.Error.' not in name:
            raise
        raise Refused(name.rpartition('.')[2], error.message) from None


class Live:
    """The viewer's end of a live link, with a parser of its own for the records."""

    def __init__(self, fd):
        self.socket = socket.socket(fileno=fd)
        self.socket.setblocking(False)
        self._buffer = b''
        self.ended = False
        self.records = []

    def read(self, timeout=0.0):
        """Takes what is there; returns the new records as dicts."""
        new = []
        if not self.ended and select.select([self.socket], [], [], timeout)[0]:
            try:
                while True:
                    data = self.socket.recv(1 << 18)
                    if not data:
                        self.ended = True
                        break
                    self._buffer += data
            except BlockingIOError:
                pass
            except ConnectionResetError:
                self.ended = True
        while len(self._buffer) >= _LIVE_HEADER.size:
            (magic, version, kind, role, codec, flags, length, channel, epoch, _duration, utc, pts,
             dts) = _LIVE_HEADER.unpack_from(self._buffer)
            assert magic == b'ICLR' and version == 1, 'not a live record'
            if len(self._buffer) < _LIVE_HEADER.size + length:
                break
            payload = self._buffer[_LIVE_HEADER.size:_LIVE_HEADER.size + length]
            self._buffer = self._buffer[_LIVE_HEADER.size + length:]
            new.append(dict(kind=kind, role=role, codec=codec, flags=flags, channel=channel.hex(), epoch=epoch,
                            utc=utc, pts=pts, dts=dts, payload=payload))
        self.records += new
        return new

    def frames(self):
        """Video frames so far."""
        return [record for record in self.records if record['kind'] == FRAME and record['codec'] < 16]

    def codes(self):
        """What the pictures so far say of themselves."""
        return [picture_code(frame['payload']) for frame in self.frames()]

    def wait_frame(self, timeout=10, after=0):
        """The first frame that was taken later than `after` (UTC, µs)."""
        def seen():
            self.read(0.02)
            return next((frame for frame in self.frames() if frame['utc'] > after), None)
        return wait_for(seen, timeout, 'a live frame', interval=0)

    def state(self):
        """The newest state that was told, or None."""
        self.read()
        states = [record for record in self.records if record['kind'] == STATE]
        return states[-1]['payload'].decode() if states else None

    def close(self):
        self.socket.close()


class House(World):
    """A world with a recorder in it."""

    def __init__(self, **options):
        # ICAM_KEEP names a folder where everything stays to be looked at.
        super().__init__(keep=os.environ.get('ICAM_KEEP'), **options)
        self.archive = self.home / 'Videos/In Camera'
        self.databases = self.data / 'incamera'

    def start(self, recorder=True, **options):
        """All services, and the recorder by activation. Raises Skip for what the machine lacks."""
        missing = super().start(**options)
        if recorder:
            self.activate_recorder()
        return missing

    def camera_properties(self, path):
        return self.recorder.objects('Camera')[path]

    def add_device(self, device, names=None, **options):
        """Adds a device of a test camera, under its own name if it has one channel. Returns camera paths."""
        options.setdefault('user', 'admin')
        options.setdefault('password', self.password)
        with refusals():
            probe = self.recorder.probe(device['onvif'], **options)
            if probe['State'] != 'ready':
                raise Refused(probe['Problem'][0], str(probe['Problem'][1]))
            if names is None:
                names = {row[0]: device['name'] if len(probe['Channels']) == 1 else f'{device["name"]} {index + 1}'
                         for index, row in enumerate(probe['Channels'])}
            return self.recorder.call(self.recorder.manager_path, 'Manager', 'Add', '(oa{sv})', probe['Path'],
                                      {'names': GLib.Variant('a{ss}', names)})[0][0]

    def segments(self, path, role='main'):
        return self.recorder.recordings({'Path': path}, role)[0]

    def gaps(self, path, role='main'):
        return self.recorder.recordings({'Path': path}, role)[1]

    def open_live(self, path, role='sub'):
        with refusals():
            return Live(self.recorder.call(path, 'Camera', 'OpenLive', '(sa{sv})', role, {})[1][0])

    def wait_state(self, path, state, timeout=15):
        """Waits for a camera's state; returns its properties."""
        def reached():
            properties = self.camera_properties(path)
            return properties if properties['State'] == state else None
        return wait_for(reached, timeout, f'the camera to be {state}')

    def wait_recording(self, paths, roles=('main', 'sub'), timeout=20):
        """Waits until each stream of each camera has a segment."""
        wait_for(lambda: all(self.segments(path, role) for path in paths for role in roles), timeout,
                 'the first segments')

    def wait_recorded_until(self, paths, utc, roles=('main', 'sub'), timeout=30):
        """Waits until each stream is recorded beyond a time (UTC, µs)."""
        def recorded():
            return all(max([row['end'] for row in self.segments(path, role)], default=0) > utc
                       for path in paths for role in roles)
        wait_for(recorded, timeout, 'the recordings to go on')

    def stop_recorder(self, timeout=20):
        """Ends the recorder orderly and waits until nothing of it is left."""
        pids = self.recorder_pids()
        os.kill(self.parent_pid(), signal.SIGTERM)
        wait_for(lambda: not any(process.alive(pid) for pid in pids), timeout, 'the recorder to end')

    # -- the archive as plain files

    def files(self, channel=None, role=None):
        """Segment files by name, which is in order of time."""
        return sorted(self.archive.glob(f'{channel or "*"}/{role or "*"}/*/*/*/*.mkv'), key=lambda path: path.name)

    def codes(self, channel, role):
        """[(file, codes)] of a stream: what the pictures in each file say of themselves."""
        return [(path, file_codes(path)) for path in self.files(channel, role)]


def probe_file(path):
    """What ffprobe says of a file; an error of it fails the test."""
    done = subprocess.run(
        ['ffprobe', '-v', 'error', '-count_packets', '-select_streams', 'v', '-show_entries',
         'stream=codec_name,nb_read_packets:format=duration', '-of', 'json', path],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), f'{path} does not play: {done.stderr}'
    return json.loads(done.stdout)


def decode_file(path):
    """Decodes a file from end to end; a word of the decoder fails the test."""
    done = subprocess.run(['ffmpeg', '-v', 'warning', '-xerror', '-i', path, '-map', '0:v', '-fps_mode', 'passthrough',
                           '-enc_time_base', '-1', '-f', 'null', '-'], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), f'{path} does not decode: {done.stderr}'


def now_us():
    return time.time_ns() // 1000
