# SPDX-License-Identifier: GPL-3.0-or-later
"""A display without a screen, and a hand for it: screenshots, keys, clicks, the accessibility tree."""

import os
import subprocess

from gi.repository import Gio, GLib

from .wait import wait_for


class Display:
    """An Xvfb of its own."""

    def __init__(self, world, width=1280, height=720):
        self._world = world
        reader, writer = os.pipe()
        self.process = world.spawn(
            'xvfb', ['Xvfb', '-displayfd', writer, '-screen', '0', f'{width}x{height}x24', '-nolisten', 'tcp',
                     '-noreset'], pass_fds=(writer,))
        os.close(writer)
        with os.fdopen(reader, encoding='ascii') as file:
            number = file.readline().strip()
        if not number:
            raise RuntimeError('Xvfb did not start:\n' + self.process.log_text()[-2000:])
        self.name = f':{number}'
        world.env.update(DISPLAY=self.name, GDK_BACKEND='x11', GSK_RENDERER='cairo', LIBGL_ALWAYS_SOFTWARE='1')
        world.env.pop('WAYLAND_DISPLAY', None)

    def _run(self, *command):
        result = subprocess.run([str(word) for word in command], env=self._world.env, capture_output=True,
                                timeout=30, check=False, text=True)
        if result.returncode != 0:
            raise OSError(f'{command[0]}: {result.stderr.strip()}')
        return result.stdout

    def screenshot(self, path):
        """Keeps a picture of the whole screen as PNG."""
        self._run('import', '-silent', '-window', 'root', f'png:{path}')
        return path

    def colours(self):
        """How many different colours the screen shows: 1 for a black one."""
        return int(self._run('import', '-silent', '-window', 'root', '-format', '%k', 'info:'))

    def windows(self, title=''):
        """The ids of visible windows whose title contains title."""
        try:
            return self._run('xdotool', 'search', '--onlyvisible', '--name', title or '.').split()
        except OSError:
            return []

    def geometry(self, window):
        """(x, y, width, height) of a window on the screen."""
        values = dict(line.split('=') for line in self._run('xdotool', 'getwindowgeometry', '--shell', window).split())
        return tuple(int(values[name]) for name in ('X', 'Y', 'WIDTH', 'HEIGHT'))

    def resize(self, window, width, height):
        self._run('xdotool', 'windowmove', window, 0, 0, 'windowsize', '--sync', window, width, height)

    def click(self, x, y, button=1):
        self._run('xdotool', 'mousemove', int(x), int(y), 'click', button)

    def move(self, x, y):
        self._run('xdotool', 'mousemove', int(x), int(y))

    def key(self, window, *keys):
        """Presses keys ("Return", "ctrl+e") in a window: without a window manager nothing is active."""
        self._run('xdotool', 'windowfocus', '--sync', window, 'key', '--clearmodifiers', *keys)

    def type(self, window, text):
        # From standard input, so that a password stands in no argument.
        result = subprocess.run(['xdotool', 'windowfocus', '--sync', str(window), 'type', '--file', '-'],
                                env=self._world.env, input=text, capture_output=True, timeout=30, check=False,
                                text=True)
        if result.returncode != 0:
            raise OSError(f'xdotool: {result.stderr.strip()}')


class Accessibility:
    """The accessibility tree of the programs on the world's session bus.

    Make it after the display and before the program: GTK 4.8 registers with a registry that is there already, and
    only then. It sets the addresses in this process's own environment too, because the library reads them there.
    """

    def __init__(self, world):
        self._world = world
        self._launcher = world.spawn('at-spi-bus', ['/usr/libexec/at-spi-bus-launcher'])
        address = wait_for(lambda: world.session.call('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress')[0],
                           10, 'the accessibility bus')
        world.env['AT_SPI_BUS_ADDRESS'] = address
        world.env['GTK_A11Y'] = 'atspi'
        self._registry = world.spawn('at-spi-registry', ['/usr/libexec/at-spi2-registryd'])
        bus = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

        def registered():
            return bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                 'NameHasOwner', GLib.Variant('(s)', ('org.a11y.atspi.Registry',)), None,
                                 Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]
        wait_for(registered, 10, 'the accessibility registry')
        bus.close_sync(None)
        for name in ('AT_SPI_BUS_ADDRESS', 'DBUS_SESSION_BUS_ADDRESS', 'DISPLAY'):
            os.environ[name] = world.env[name]
        import gi
        gi.require_version('Atspi', '2.0')
        from gi.repository import Atspi
        self.atspi = Atspi
        Atspi.init()
        Atspi.set_timeout(3000, 5000)

    def applications(self):
        desktop = self.atspi.get_desktop(0)
        children = (desktop.get_child_at_index(i) for i in range(desktop.get_child_count()))
        return [child for child in children if child is not None]

    def walk(self, root=None, limit=3000):
        """Yields the nodes below root (below all applications by default), at most limit of them."""
        queue = [root] if root is not None else self.applications()
        for _ in range(limit):
            if not queue:
                return
            node = queue.pop(0)
            yield node
            try:
                count = min(node.get_child_count(), 200)
                queue.extend(child for child in map(node.get_child_at_index, range(count)) if child is not None)
            except GLib.Error:
                continue  # it went while we looked

    def find(self, role=None, name=None, contains=None, showing=True, root=None):
        """The first node with this role name ("push button") and this name, or None."""
        for node in self.walk(root):
            try:
                if role is not None and node.get_role_name() != role:
                    continue
                label = node.get_name() or ''
                if name is not None and label != name:
                    continue
                if contains is not None and contains not in label:
                    continue
                if showing and not node.get_state_set().contains(self.atspi.StateType.SHOWING):
                    continue
                return node
            except GLib.Error:
                continue
        return None

    def wait_find(self, timeout=10, **what):
        return wait_for(lambda: self.find(**what), timeout, f'on the screen: {what}')

    def press(self, node):
        """Does a node's first action, as a click would."""
        if node.get_n_actions() < 1 or not node.do_action(0):
            raise OSError(f'nothing to press: {node.get_role_name()} "{node.get_name()}"')

    def describe(self, root=None, limit=3000):
        """The tree as text, for a failure's log."""
        lines = []
        for node in self.walk(root, limit):
            try:
                lines.append(f'{node.get_role_name()} "{node.get_name()}"')
            except GLib.Error:
                continue
        return '\n'.join(lines)
