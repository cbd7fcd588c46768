# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness itself: what it starts works, and nothing stays behind."""

import os
import subprocess
import sys

from harness import World, wait_for, Timeout, Skip
from harness import process, tap

WORLD = None


def set_up():
    global WORLD
    WORLD = World()
    WORLD.start_session_bus(recorder=False)


def run(*command, **options):
    return subprocess.run(command, env=WORLD.env, capture_output=True, text=True, timeout=20, check=False, **options)


def test_a_wait_names_what_it_waited_for():
    try:
        wait_for(lambda: 0, 0.1, 'the moon')
    except Timeout as error:
        assert 'the moon' in str(error) and '0' in str(error)
    else:
        raise AssertionError('no timeout')


def test_announcements_are_seen_in_this_world():
    WORLD.start_avahi()
    WORLD.spawn('publish', ['avahi-publish', '-s', 'Front door', '_onvif._tcp', '1234', 'a=b'])
    wait_for(lambda: 'Front' in run('avahi-browse', '-rpt', '_onvif._tcp').stdout, 10, 'the announcement')


def test_keyring_locks_and_unlocks():
    WORLD.start_keyring()
    assert run('secret-tool', 'store', '--label=x', 'a', 'b', input='hidden').returncode == 0
    assert run('secret-tool', 'lookup', 'a', 'b').stdout == 'hidden'
    assert any(item.get('a') == 'b' for item in WORLD.keyring.items())
    WORLD.keyring.lock()
    assert run('secret-tool', 'lookup', 'a', 'b').stdout == ''
    WORLD.keyring.unlock()
    assert run('secret-tool', 'lookup', 'a', 'b').stdout == 'hidden'


def test_display_shows_and_is_kept_as_a_picture():
    WORLD.start_display(width=320, height=200)
    picture = WORLD.folder / 'shot.png'
    WORLD.display.screenshot(picture)
    assert picture.read_bytes().startswith(b'\x89PNG')
    assert WORLD.display.colours() >= 1


def test_accessibility_tree_is_there():
    WORLD.start_accessibility()
    assert WORLD.accessibility.applications() == []


def test_network_is_loopback_only():
    if not WORLD.isolated:
        raise Skip(WORLD.isolation_refused)
    with open('/proc/net/dev', encoding='ascii') as file:
        names = {line.split(':')[0].strip() for line in file if ':' in line}
    with open('/proc/net/route', encoding='ascii') as file:
        routes = [line for line in file if line.strip()][1:]
    assert 'lo' in names and not routes, (names, routes)


def test_nothing_of_the_users_is_named():
    for name in ('HOME', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME'):
        assert WORLD.env[name] != os.environ.get(name)
        assert WORLD.env[name].startswith(str(WORLD.folder.parent))


CHILD = '''
import os, sys
from harness import World
world = World(isolate=False)
world.start_session_bus(recorder=False)
# A grandchild that left its group, as an activated service does.
world.spawn('orphan', ['setsid', '-f', 'sleep', '1000'])
print(world.mark, world.folder, flush=True)
sys.stdin.read()
os.kill(os.getpid(), 9) if sys.argv[1] == 'kill' else world.close()
'''


def marked(mark):
    found = []
    for name in os.listdir('/proc'):
        try:
            with open(f'/proc/{name}/environ', 'rb') as file:
                if f'ICAM_WORLD={mark}'.encode() in file.read().split(b'\0') and process.alive(name):
                    found.append(name)
        except OSError:
            continue
    return found


def leaves_nothing(how):
    with subprocess.Popen([sys.executable, '-c', CHILD, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as child:
        mark, folder = child.stdout.readline().split()
        wait_for(lambda: len(marked(mark)) >= 2, 10, 'the bus and the orphan')
        child.stdin.close()
        child.wait(20)
    wait_for(lambda: not marked(mark), 10, 'the end of all processes')
    wait_for(lambda: not os.path.exists(folder), 10, 'the end of the folder')


def test_nothing_stays_after_the_end():
    leaves_nothing('close')


def test_nothing_stays_after_a_kill():
    leaves_nothing('kill')


def tear_down():
    if WORLD is not None:
        WORLD.close()


if __name__ == '__main__':
    tap.main(globals())
