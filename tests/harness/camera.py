# SPDX-License-Identifier: GPL-3.0-or-later
"""The test camera: one process that plays several devices."""

import json
import os
import socket
import threading

from .wait import wait_for


class TestCamera:
    """A running incamera-test-camera.

    devices: what it said of its devices on start (a list of dicts, by index). user, password: what they want.
    """

    __test__ = False

    def __init__(self, world, options, password, user='admin', timeout=120):
        number = world.count('camera')
        self.user, self.password = user, password
        self.log_path = world.logs / f'camera-{number}-frames.jsonl'
        self._socket = str(world.runtime / f'camera-{number}')
        secret = world.runtime / f'camera-{number}-password'
        secret.write_text(password, encoding='utf-8')
        secret.chmod(0o600)
        # The pictures are encoded once and kept beside the build.
        env = dict(world.env, XDG_CACHE_HOME=str(world.shared_cache))
        reader, writer = os.pipe()
        self.process = world.spawn(
            f'camera-{number}',
            [world.program('incamera-test-camera'), '--log', self.log_path, '--control', self._socket,
             '--user', user, '--password-file', secret, *options], env=env, stdout=writer)
        os.close(writer)
        self.devices = []
        self._ready = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._read, args=(reader,), daemon=True).start()

        def ready():
            if self._ended.is_set() and not self._ready.is_set():
                raise RuntimeError(f'The test camera ended at once with {self.process.popen.wait()}:\n'
                                   + self.process.log_text()[-2000:])
            return self._ready.is_set()
        wait_for(ready, timeout, 'the test camera')

    def _read(self, reader):
        with os.fdopen(reader, encoding='utf-8') as lines:
            for line in lines:
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if record.get('ready'):
                    self._ready.set()
                else:
                    self.devices.append(record)
        self._ended.set()

    def control(self, *words):
        """Gives a command ("0", "hang") and returns its answer. Raises ValueError when it was refused."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(30)
            sock.connect(self._socket)
            sock.sendall((' '.join(str(word) for word in words) + '\n').encode())
            with sock.makefile(encoding='utf-8') as answers:
                answer = answers.readline().strip()
        if not answer.startswith('ok'):
            raise ValueError(f'the test camera refused {words}: {answer}')
        return answer

    def records(self):
        """The log of what was sent so far, a dict a line. A line that is being written is left out."""
        try:
            with open(self.log_path, encoding='utf-8') as file:
                text = file.read()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.split('\n')[:-1] if line]

    def stop(self):
        return self.process.stop()
