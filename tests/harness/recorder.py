# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorder's interface in short words, for tests that are not about the interface (data/dbus/recorder1.xml)."""

import os

from gi.repository import Gio, GLib

from .wait import wait_for

ALL_TIME = (0, 1 << 62)


class Recorder:
    """The recorder of a world, seen over its session bus. Calling it starts it when the bus knows how."""

    def __init__(self, world):
        self._world = world
        self._name = world.recorder_name
        self._root = world.recorder_path
        self.manager_path = self._root + '/manager'

    def call(self, path, kind, method, signature=None, *arguments, fds=(), timeout=30):
        """Calls KIND.METHOD ("Camera", "Rename") and returns (answer, descriptors of the answer)."""
        fd_list = Gio.UnixFDList.new()
        for fd in fds:
            fd_list.append(fd)
        answer, answer_fds = self._world.session.connection.call_with_unix_fd_list_sync(
            self._name, path, f'{self._name}.{kind}', method,
            GLib.Variant(signature, arguments) if signature else None, None, Gio.DBusCallFlags.NONE,
            int(timeout * 1000), fd_list, None)
        return answer.unpack(), answer_fds.steal_fds() if answer_fds is not None else []

    def objects(self, kind):
        """{path: properties} of all objects of a kind ("Camera", "Found" …)."""
        interface = f'{self._name}.{kind}'
        managed = self._world.session.objects(self._name, self._root)
        return {path: dict(interfaces[interface], Path=path)
                for path, interfaces in managed.items() if interface in interfaces}

    def manager(self):
        """The properties of the manager."""
        found = self.objects('Manager')
        if found:
            return next(iter(found.values()))
        return self._world.session.call(self._name, self.manager_path, 'org.freedesktop.DBus.Properties', 'GetAll',
                                        '(s)', f'{self._name}.Manager')[0]

    def found(self):
        return list(self.objects('Found').values())

    def cameras(self):
        """Cameras by their place on the wall."""
        return sorted(self.objects('Camera').values(), key=lambda camera: camera['Position'])

    def camera(self, name):
        """The camera of that name. LookupError when there is none."""
        for camera in self.cameras():
            if camera['Name'] == name:
                return camera
        raise LookupError(f'no camera is called "{name}"')

    def probe(self, address, user='', password=None, found=None, timeout=30):
        """Looks at a device; returns the probe's properties once it is ready or failed."""
        reader, writer = os.pipe()
        try:
            os.write(writer, (password or '').encode())
            os.close(writer)
            options = {'user': GLib.Variant('s', user)}
            if found:
                options['found'] = GLib.Variant('o', found)
            path = self.call(self.manager_path, 'Manager', 'Probe', '(sha{sv})', address, 0, options, fds=[reader])[0][0]
        finally:
            os.close(reader)

        def settled():
            properties = self.objects('Probe').get(path)
            if properties is None:
                raise LookupError(f'the probe {path} is gone')
            return properties if properties['State'] in ('ready', 'failed') else None
        return wait_for(settled, timeout, f'an answer of {address}')

    def add(self, address, user='', password=None, names=None, found=None, timeout=30):
        """Adds a device with all its channels. Returns the paths of its cameras. AssertionError when it refuses."""
        probe = self.probe(address, user, password, found, timeout)
        assert probe['State'] == 'ready', f'{address}: {probe["Problem"]}'
        options = {'names': GLib.Variant('a{ss}', names)} if names else {}
        return self.call(self.manager_path, 'Manager', 'Add', '(oa{sv})', probe['Path'], options, timeout=timeout)[0][0]

    def recordings(self, camera, role='main', span=ALL_TIME):
        """What was recorded of a camera (its properties) and what was not: two lists of dicts."""
        segments, gaps = self.call(camera['Path'], 'Camera', 'ListSegments', '(sxxa{sv})', role, *span, {})[0]
        names = ('channel', 'seq', 'epoch', 'start', 'end', 'bytes', 'state', 'identity')
        return ([dict(zip(names, row)) for row in segments],
                [dict(zip(('start', 'end', 'cause'), row)) for row in gaps])

    def events(self, span=ALL_TIME, camera=None):
        """Events, newest first, as dicts."""
        options = {'camera': GLib.Variant('s', camera['Id'])} if camera else {}
        rows = self.call(self.manager_path, 'Manager', 'ListEvents', '(xxa{sv})', *span, options)[0][0]
        names = ('id', 'camera', 'channel', 'kind', 'start', 'end', 'peak', 'score', 'witnesses', 'thumbnail')
        return [dict(zip(names, row)) for row in rows]

    def live_pictures(self):
        """Bytes of pictures that are kept for whoever comes to look."""
        return self.call(self.manager_path, 'Manager', 'GetMemory', '(a{sv})', {})[0][0]['live-pictures']

    def set_archive_folder(self, folder):
        self.call(self.manager_path, 'Manager', 'SetArchiveFolder', '(sa{sv})', str(folder), {})

    def stop(self):
        self.call(self.manager_path, 'Manager', 'Stop', '(a{sv})', {})
