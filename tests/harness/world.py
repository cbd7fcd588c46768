# SPDX-License-Identifier: GPL-3.0-or-later
"""The private world itself."""

import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

from . import namespace, process
from .bus import Bus, Keyring
from .camera import TestCamera
from .display import Accessibility, Display
from .process import Process
from .recorder import Recorder
from .wait import wait_for

_SOURCE = pathlib.Path(__file__).resolve().parents[2]

PROGRAMS = {
    'incamera': 'src/app/incamera',
    'incameractl': 'src/ctl/incameractl',
    'incamera-recorder': 'src/recorder/incamera-recorder',
    'incamera-recorder-faults': 'tests/e2e/incamera-recorder-faults',
    'incamera-test-camera': 'tests/camera/incamera-test-camera',
}

_AVAHI_CONFIG = '''[server]
host-name={host}
use-ipv4=yes
use-ipv6=no
allow-interfaces={interfaces}
enable-dbus=yes
ratelimit-interval-usec=1000000
ratelimit-burst=1000
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
[rlimits]
'''


class Skip(Exception):
    """Something that the machine does not offer; its text says what."""


class Ctl(subprocess.CompletedProcess):
    """What incameractl answered: returncode, stdout, stderr, and its JSON."""

    @property
    def json(self):
        """The document, or a list of them when there is one a line."""
        try:
            return json.loads(self.stdout)
        except ValueError:
            return [json.loads(line) for line in self.stdout.splitlines() if line.strip()]


class World:
    """Folders, an environment for children, and what was started. Ends everything on close()."""

    def __init__(self, build=None, keep=None, isolate=True):
        """build: the build folder (else $ICAM_BUILD_DIR). keep: a folder to stay behind instead of a scratch one.

        isolate: a network of its own with loopback only, where the system allows it; isolated says whether,
        isolation_refused why not.
        """
        build = build or os.environ.get('ICAM_BUILD_DIR')
        if not build:
            raise ValueError('Where are the programs? Set ICAM_BUILD_DIR to the build folder.')
        self.build = pathlib.Path(build).resolve()
        self._scratch = pathlib.Path(tempfile.mkdtemp(prefix='icam-'))
        self.folder = pathlib.Path(keep).resolve() if keep else self._scratch / 'world'
        self.folder.mkdir(parents=True, exist_ok=True)
        self.runtime = self._scratch / 'r'  # short, for socket paths
        self.runtime.mkdir(mode=0o700)
        self.settings = self._scratch / 'settings'
        self.settings.mkdir()
        self.logs = self.folder / 'logs'
        self.home = self.folder / 'home'
        self.data = self.home / '.local/share'
        self.shared_cache = self.build / 'cache'
        for path in (self.logs, self.data, self.home / '.config', self.home / '.cache',
                     self.home / 'Videos', self.shared_cache):
            path.mkdir(parents=True, exist_ok=True)
        (self.home / '.config/user-dirs.dirs').write_text('XDG_VIDEOS_DIR="$HOME/Videos"\n', encoding='ascii')
        self.mark = secrets.token_hex(8)
        self.password = f'k{secrets.token_hex(4)}+/&=%{secrets.token_hex(2)}'
        self._numbers = {}
        self.processes = []
        self.session = self.system = self.keyring = self.display = self.accessibility = self.avahi = None
        self.cameras = []
        self._recorder = None
        self.recorder_program, self.recorder_options = 'incamera-recorder', []

        self._watcher, self._watch = self._start_watcher()
        process.become_subreaper()
        self.isolation_refused = namespace.enter() if isolate else 'not asked for'
        self.isolated = self.isolation_refused is None
        self.env = self._environment()

    # -- what children see

    def _environment(self):
        env = {name: value for name, value in os.environ.items()
               if name in ('PATH', 'LANG', 'LANGUAGE', 'LD_LIBRARY_PATH', 'TERM', 'TZ', 'USER', 'LOGNAME')
               or name.startswith(('ASAN_', 'UBSAN_', 'LSAN_', 'LC_', 'GST_DEBUG', 'ICAM_'))}
        env.setdefault('LC_ALL', 'C.UTF-8')
        env.setdefault('PATH', '/usr/local/bin:/usr/bin:/bin')
        env['PATH'] += ':/usr/sbin:/sbin'
        env.update(
            HOME=str(self.home), XDG_DATA_HOME=str(self.data), XDG_CONFIG_HOME=str(self.home / '.config'),
            XDG_CACHE_HOME=str(self.home / '.cache'), XDG_STATE_HOME=str(self.home / '.local/state'),
            XDG_RUNTIME_DIR=str(self.runtime), TMPDIR=str(self.runtime),
            XDG_DATA_DIRS=f'{self.build / "data"}:/usr/local/share:/usr/share', XDG_CURRENT_DESKTOP='GNOME',
            GSETTINGS_SCHEMA_DIR=str(self.build / 'data'), GSETTINGS_BACKEND='memory',
            GST_REGISTRY=str(self.shared_cache / 'gst-registry.bin'), GTK_A11Y='none', NO_AT_BRIDGE='1',
            GIO_USE_VFS='local', GTK_USE_PORTAL='0', ICAM_WORLD=self.mark,
            # Known before anything listens there: children may be started in any order.
            DBUS_SESSION_BUS_ADDRESS=f'unix:path={self.runtime}/session-bus',
            DBUS_SYSTEM_BUS_ADDRESS=f'unix:path={self.runtime}/system-bus')
        return env

    def program(self, name):
        """The path of a program of ours in the build folder."""
        path = self.build / PROGRAMS[name]
        if not os.access(path, os.X_OK):
            raise Skip(f'{name} is not built')
        return path

    def count(self, what):
        """0, 1, 2 … for each word."""
        number = self._numbers.get(what, 0)
        self._numbers[what] = number + 1
        return number

    def spawn(self, name, command, env=None, **options):
        """Starts a program that ends with the world. Its output goes to logs/NAME.log."""
        if shutil.which(str(command[0]), path=self.env['PATH']) is None:
            raise Skip(f'{command[0]} is not installed')
        child = Process(name, command, self.env if env is None else env, self.logs / f'{name}.log', **options)
        self.processes.append(child)
        return child

    # -- services

    def start_session_bus(self, recorder=True):
        """A session bus. recorder: it starts the built recorder when somebody asks for it."""
        self.session = Bus(self, 'session')
        if recorder:
            self.session.add_service(self.recorder_name, self.recorder_command())
        self.session.start()
        return self.session

    def start_system_bus(self):
        self.system = Bus(self, 'system')
        self.system.start()
        return self.system

    def start_avahi(self, interfaces='lo'):
        """Avahi on a system bus of its own. Skip where it is not installed."""
        if self.system is None:
            self.start_system_bus()
        number = self.count('avahi')
        folder = self.runtime / f'avahi-{number}'
        config = self.settings / 'avahi.conf'
        config.write_text(_AVAHI_CONFIG.format(host=f'icam-{self.mark[:6]}', interfaces=interfaces), encoding='ascii')
        shim = self.build / 'tests/harness/icam-avahi-shim.so'
        if not shim.exists():
            raise Skip('the tests are not built')
        self.avahi = self.spawn(
            f'avahi-{number}', ['avahi-daemon', '-f', config, '--no-drop-root', '--no-chroot', '--no-rlimits'],
            env=dict(self.env, LD_PRELOAD=str(shim), ICAM_AVAHI_DIR=str(folder)))

        def running():
            if not self.avahi.running():
                raise RuntimeError('avahi-daemon ended at once:\n' + self.avahi.log_text()[-2000:])
            return self.system.call('org.freedesktop.Avahi', '/', 'org.freedesktop.Avahi.Server', 'GetState')[0] == 2
        wait_for(running, 20, 'Avahi')
        return self.avahi

    def stop_avahi(self):
        self.avahi.stop()
        self.avahi = None

    def start_keyring(self, **options):
        self.keyring = Keyring(self, **options)
        return self.keyring

    def start_display(self, **options):
        self.display = Display(self, **options)
        return self.display

    def start_accessibility(self):
        self.accessibility = Accessibility(self)
        return self.accessibility

    def start(self, display=False, accessibility=False):
        """All services at once. Returns a list of what could not be had, in words."""
        missing = []
        self.start_session_bus()
        try:
            self.start_avahi()
        except Skip as reason:
            missing.append(str(reason))
            if self.system is None:
                self.start_system_bus()
        self.start_keyring()
        if display:
            self.start_display()
        if accessibility:
            self.start_accessibility()
        return missing

    # -- programs of ours

    def start_camera(self, *options, **more):
        """A test camera. Its devices want the user "admin" and the world's password unless told otherwise."""
        more.setdefault('password', self.password)
        camera = TestCamera(self, options, **more)
        self.cameras.append(camera)
        return camera

    @property
    def recorder_name(self):
        """The recorder's name on the bus, as the build made it."""
        if not hasattr(self, '_recorder_name'):
            for line in (self.build / 'config.h').read_text(encoding='utf-8').splitlines():
                if line.startswith('#define ICAM_RECORDER_NAME '):
                    self._recorder_name = line.split('"')[1]
        return self._recorder_name

    @property
    def recorder_path(self):
        return '/' + self.recorder_name.replace('.', '/')

    def recorder_command(self):
        """What the bus starts. Its log is logs/recorder.log."""
        log = self.logs / 'recorder.log'
        # exec keeps the process that the bus watches the recorder itself.
        return ['/bin/sh', '-c', 'log=$1; shift; exec "$0" "$@" >>"$log" 2>&1', str(self.program(self.recorder_program)), str(log),
                *self.recorder_options]

    def start_recorder(self, *options, env=None):
        """Starts the recorder directly, as a service manager would, and waits for its name on the bus."""
        number = self.count('recorder')
        child = self.spawn('recorder' if number == 0 else f'recorder-{number}',
                           [self.program(self.recorder_program), *self.recorder_options, *options], env=dict(self.env, **(env or {})))

        def owned():
            if not child.running():
                raise RuntimeError('The recorder ended at once:\n' + child.log_text()[-2000:])
            return self.worker_pid()
        wait_for(owned, 20, 'the recorder on the bus')
        return child

    def activate_recorder(self, env=None):
        """Has the bus start the recorder, and waits for it. env: more for the recorder's environment."""
        if env:
            self.session.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                              'UpdateActivationEnvironment', '(a{ss})', env)
        self.session.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                          'StartServiceByName', '(su)', self.recorder_name, 0, timeout=30)
        return wait_for(self.worker_pid, 20, 'the recorder on the bus')

    def worker_pid(self):
        """The process that owns the recorder's name, or None."""
        return self.session.owner_pid(self.recorder_name)

    def recorder_pids(self):
        """Parent and worker of the recorder (and what they started)."""
        executable = str(self.program(self.recorder_program))
        found = set()
        for pid in process.descendants(os.getpid()):
            try:
                if os.readlink(f'/proc/{pid}/exe') == executable:
                    found.add(pid)
            except OSError:
                continue
        return found

    def parent_pid(self):
        """The recorder's small parent process, or None."""
        pids = self.recorder_pids()
        tree = process.parents()
        tops = [pid for pid in pids if tree.get(pid) not in pids]
        return tops[0] if tops else None

    @property
    def recorder(self):
        """The recorder's interface in short words."""
        if self._recorder is None:
            self._recorder = Recorder(self)
        return self._recorder

    def ctl(self, *arguments, input='', json=False, check=True, timeout=30, env=None):
        """Runs incameractl. input: what stands on its standard input (a password). check: raise on a failure."""
        command = [str(self.program('incameractl')), *map(str, arguments)]
        if json:
            command.append('--json')
        done = subprocess.run(command, env=dict(self.env, **(env or {})), input=input, capture_output=True, text=True,
                              timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f'incameractl {" ".join(map(str, arguments))} ended with {done.returncode}: '
                                 f'{(done.stderr or done.stdout).strip()}')
        return Ctl(done.args, done.returncode, done.stdout, done.stderr)

    def start_ctl(self, *arguments, stdin=b''):
        """incameractl in the background (watch). Its output goes to logs/ctl-N.log."""
        return self.spawn(f'ctl-{self.count("ctl")}', [self.program('incameractl'), *arguments], stdin=stdin)

    def start_app(self, *arguments, env=None):
        """The window."""
        number = self.count('app')
        return self.spawn('app' if number == 0 else f'app-{number}', [self.program('incamera'), *arguments],
                          env=dict(self.env, **(env or {})))

    # -- the end

    def _start_watcher(self):
        """A process that removes the scratch folder, and ends what is left when this one was killed and could not."""
        reader, writer = os.pipe()
        child = os.fork()
        if child:
            os.close(reader)
            return child, writer
        os.setsid()
        os.close(writer)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while os.read(reader, 1):
            pass
        kill_marked(self.mark)
        shutil.rmtree(self._scratch, ignore_errors=True)
        os._exit(0)

    def close(self):
        """Ends all processes, the recorder first and gently, and removes the folders unless they are kept."""
        recorder = set()
        if self.session is not None:
            try:
                recorder = self.recorder_pids()
            except Skip:
                pass
            for pid in recorder:
                _signal(pid, signal.SIGTERM)
            end = time.monotonic() + 10
            while any(process.alive(pid) for pid in recorder) and time.monotonic() < end:
                _reap(recorder)
                time.sleep(0.02)
        for bus in (self.session, self.system):
            if bus is not None:
                bus.close()
        for child in reversed(self.processes):
            if child.running():
                child.popen.terminate()
        end = time.monotonic() + 2
        while any(child.running() for child in self.processes) and time.monotonic() < end:
            time.sleep(0.02)
        for _ in range(50):
            rest = {pid for pid in process.descendants(os.getpid()) if self._is_of_this_world(pid)}
            for pid in rest:
                _signal(pid, signal.SIGKILL)
            for child in self.processes:
                child.popen.poll()
            _reap(rest)
            if not rest:
                break
            time.sleep(0.02)
        # It removes the scratch folder.
        os.close(self._watch)
        os.waitpid(self._watcher, 0)

    def _is_of_this_world(self, pid):
        if any(child.pid == pid for child in self.processes):
            return process.alive(pid)
        try:
            with open(f'/proc/{pid}/environ', 'rb') as file:
                return f'ICAM_WORLD={self.mark}'.encode() in file.read().split(b'\0') and process.alive(pid)
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def kill_marked(mark):
    """Kills every process that carries a world's mark in its environment."""
    for _ in range(5):
        found = False
        for name in os.listdir('/proc'):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            try:
                with open(f'/proc/{name}/environ', 'rb') as file:
                    marked = f'ICAM_WORLD={mark}'.encode() in file.read().split(b'\0')
            except OSError:
                continue
            if marked:
                found = True
                _signal(int(name), signal.SIGKILL)
        if not found:
            return
        time.sleep(0.05)


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _reap(pids):
    """Collects those that became our children when their own parent ended."""
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass
