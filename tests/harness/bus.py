# SPDX-License-Identifier: GPL-3.0-or-later
"""Private D-Bus daemons and the keyring on one of them."""

from xml.sax.saxutils import escape

from gi.repository import Gio, GLib

from .wait import wait_for

_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_message_unix_fds">64</limit>
</busconfig>
'''


class Bus:
    """A bus daemon of its own with a folder of services of its own, and a connection to it."""

    def __init__(self, world, name):
        self.name = name
        self.socket = str(world.runtime / f'{name}-bus')
        self.address = f'unix:path={self.socket}'
        self.services = world.settings / f'{name}-services'
        self.services.mkdir()
        self._config = world.settings / f'{name}-bus.conf'
        self._config.write_text(_CONFIG.format(socket=escape(self.socket), services=escape(str(self.services))),
                                encoding='utf-8')
        self._world = world
        self._connection = None
        self.process = None

    def add_service(self, name, command):
        """The bus starts command when somebody asks for name. Before start()."""
        quoted = ' '.join(GLib.shell_quote(str(word)) for word in command)
        (self.services / f'{name}.service').write_text(
            f'[D-BUS Service]\nName={name}\nExec={quoted}\n', encoding='utf-8')

    def start(self):
        self.process = self._world.spawn(
            f'{self.name}-bus', ['dbus-daemon', '--nofork', '--nopidfile', f'--config-file={self._config}'])
        wait_for(lambda: self.connection is not None, 10, f'the {self.name} bus')

    @property
    def connection(self):
        if self._connection is None or self._connection.is_closed():
            self._connection = Gio.DBusConnection.new_for_address_sync(
                self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
            self._connection.set_exit_on_close(False)
        return self._connection

    def call(self, name, path, interface, method, signature=None, *arguments, timeout=10):
        """Calls a method and returns its answer unpacked (a tuple)."""
        parameters = GLib.Variant(signature, arguments) if signature else None
        return self.connection.call_sync(name, path, interface, method, parameters, None,
                                         Gio.DBusCallFlags.NONE, int(timeout * 1000), None).unpack()

    def owner_pid(self, name):
        """The process that owns a name, or None. Starts nothing."""
        try:
            return self.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                             'GetConnectionUnixProcessID', '(s)', name)[0]
        except GLib.Error:
            return None

    def objects(self, name, path):
        """What the ObjectManager at path manages: {path: {interface: {property: value}}}."""
        return self.call(name, path, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects')[0]

    def close(self):
        if self._connection is not None and not self._connection.is_closed():
            try:
                self._connection.close_sync(None)
            except GLib.Error:
                pass  # the daemon was faster


class Keyring:
    """gnome-keyring on a private bus, unlocked with a password that is worth nothing."""

    NAME = 'org.freedesktop.secrets'
    PATH = '/org/freedesktop/secrets'
    SERVICE = 'org.freedesktop.Secret.Service'
    DEFAULT = '/org/freedesktop/secrets/aliases/default'

    def __init__(self, world, password='scratch'):
        self._bus = world.session
        self._password = password
        self.process = world.spawn(
            'keyring', ['gnome-keyring-daemon', '--foreground', '--unlock', '--components=secrets'],
            stdin=password.encode())
        wait_for(lambda: not self.locked(), 15, 'the keyring')

    def collection(self):
        """The path of the default collection; "/" while there is none."""
        return self._bus.call(self.NAME, self.PATH, self.SERVICE, 'ReadAlias', '(s)', 'default')[0]

    def locked(self):
        path = self.collection()
        if path == '/':
            return True
        return self._bus.call(self.NAME, path, 'org.freedesktop.DBus.Properties', 'Get', '(ss)',
                              'org.freedesktop.Secret.Collection', 'Locked')[0]

    def lock(self):
        self._bus.call(self.NAME, self.PATH, self.SERVICE, 'Lock', '(ao)', [self.collection()])
        wait_for(self.locked, 5, 'the keyring to lock')

    def unlock(self):
        """Unlocks it the way the log-in does: with the password and without a prompt."""
        session = self._bus.call(self.NAME, self.PATH, self.SERVICE, 'OpenSession', '(sv)', 'plain',
                                 GLib.Variant('s', ''))[1]
        secret = (session, b'', self._password.encode(), 'text/plain')
        self._bus.call(self.NAME, self.PATH, 'org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface',
                       'UnlockWithMasterPassword', '(o(oayays))', self.collection(), secret)
        wait_for(lambda: not self.locked(), 5, 'the keyring to unlock')

    def items(self):
        """The attributes of all items, as dicts. Their secrets are not read."""
        paths = self._bus.call(self.NAME, self.collection(), 'org.freedesktop.DBus.Properties', 'Get', '(ss)',
                               'org.freedesktop.Secret.Collection', 'Items')[0]
        return [self._bus.call(self.NAME, path, 'org.freedesktop.DBus.Properties', 'Get', '(ss)',
                               'org.freedesktop.Secret.Item', 'Attributes')[0] for path in paths]
