# SPDX-License-Identifier: GPL-3.0-or-later
"""build-aux/run: the window and the recorder of this tree, against the real network.

The user's session bus, display and keyring are used as an installed program would; what is missing is started
privately and said.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

from gi.repository import Gio, GLib

from .world import PROGRAMS


def say(text):
    print(text, flush=True)


def recorder_name(build):
    for line in (build / 'config.h').read_text(encoding='utf-8').splitlines():
        if line.startswith('#define ICAM_RECORDER_NAME '):
            return line.split('"')[1]
    raise RuntimeError('config.h names no recorder')


def without_a_bus():
    """Starts this program once more under a bus of its own, with a keyring if there is one."""
    if shutil.which('dbus-run-session') is None:
        say('There is no session bus, and no dbus-run-session to start one.')
        return 1
    say('There is no session bus: a private one is started. The recorder ends with it, when the window is closed.')
    env = dict(os.environ, ICAM_PRIVATE_BUS='1')
    return subprocess.call(['dbus-run-session', '--', sys.executable, '-m', 'harness.desktop'], env=env)


def start_display(env):
    """Xvfb, until this process ends. Returns it."""
    reader, writer = os.pipe()
    server = subprocess.Popen(['Xvfb', '-displayfd', str(writer), '-screen', '0', '1280x720x24', '-nolisten', 'tcp',
                               '-noreset'], pass_fds=(writer,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader, encoding='ascii') as file:
        number = file.readline().strip()
    if not number:
        raise RuntimeError('There is no display, and Xvfb did not start.')
    env.update(DISPLAY=f':{number}', GDK_BACKEND='x11')
    say(f'There is no display: Xvfb :{number} stands in for one. Press Ctrl+C to end.')
    return server


class Activation:
    """Tells the session bus how to start the recorder of this tree, for as long as this runs."""

    def __init__(self, build, bus):
        self._bus = bus
        self._name = recorder_name(build)
        runtime = os.environ.get('XDG_RUNTIME_DIR')
        # dbus-daemon reads services from here too; they vanish with the session.
        self._file = pathlib.Path(runtime, 'dbus-1/services', f'{self._name}.service') if runtime else None
        self._command = build / PROGRAMS['incamera-recorder']
        self.process = None

    def _call(self, method, signature=None, *arguments):
        return self._bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', method,
                                   GLib.Variant(signature, arguments) if signature else None, None,
                                   Gio.DBusCallFlags.NONE, 5000, None).unpack()

    def start(self, env):
        if self._call('NameHasOwner', '(s)', self._name)[0]:
            pid = self._call('GetConnectionUnixProcessID', '(s)', self._name)[0]
            try:
                path = os.readlink(f'/proc/{pid}/exe')
            except OSError:
                path = f'process {pid}'
            say(f'A recorder runs already ({path}): the window uses it.')
            return
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(f'[D-BUS Service]\nName={self._name}\nExec={self._command}\n', encoding='utf-8')
            self._call('ReloadConfig')
            if self._name in self._call('ListActivatableNames')[0]:
                return
        self.process = subprocess.Popen([str(self._command)], env=env)

    def end(self):
        if self._file is not None and self._file.exists():
            self._file.unlink()
            self._call('ReloadConfig')
        if self._call('NameHasOwner', '(s)', self._name)[0]:
            say('The recorder goes on recording. To end it: '
                f'gdbus call --session --dest {self._name} --object-path /{self._name.replace(".", "/")}/manager '
                f'--method {self._name}.Manager.Stop "{{}}"')


def main():
    build = pathlib.Path(os.environ['ICAM_BUILD_DIR'])
    try:
        bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    except GLib.Error:
        if os.environ.get('ICAM_PRIVATE_BUS'):
            raise
        return without_a_bus()
    bus.set_exit_on_close(False)
    env = dict(os.environ)
    data_dirs = env.get('XDG_DATA_DIRS') or '/usr/local/share:/usr/share'
    env.update(GSETTINGS_SCHEMA_DIR=str(build / 'data'), XDG_DATA_DIRS=f'{build / "data"}:{data_dirs}')
    private = bool(env.pop('ICAM_PRIVATE_BUS', None))
    try:
        Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
    except GLib.Error:
        say('There is no system bus, so no Avahi: cameras that only announce themselves are not found. '
            'Add them by their address.')
    display = None
    if not env.get('WAYLAND_DISPLAY') and not env.get('DISPLAY'):
        display = start_display(env)
    activation = Activation(build, bus)
    activation.start(env)
    app = subprocess.Popen([str(build / PROGRAMS['incamera'])], env=env)
    signal.signal(signal.SIGINT, lambda *_: app.terminate())
    signal.signal(signal.SIGTERM, lambda *_: app.terminate())
    code = app.wait()
    if not private:
        activation.end()
    elif activation.process is not None:
        activation.process.terminate()
        activation.process.wait()
    if display is not None:
        display.terminate()
    return 0 if code in (0, -signal.SIGTERM) else code


if __name__ == '__main__':
    sys.exit(main())
