# SPDX-License-Identifier: GPL-3.0-or-later
"""The room against the test camera: what it is, its channels, authentication, and its faults."""

import os
import pathlib
import subprocess

from harness import World, tap, wait_for

WORLD = None
CAMERA = None
DEVICES = ['auth=digest', 'auth=token,clock-offset=-220000000', 'auth=both,lenses=2', 'auth=none,extra-view']


class Answer:
    """What icam-ask-device printed: single values by name, channels with their streams."""

    def __init__(self, text):
        self.values, self.channels, self.error = {}, [], None
        for line in text.splitlines():
            words = line.split(' ')
            if len(words) > 2 and words[1] == 'error':
                self.error = (words[0], words[2])
            elif words[0] == 'channel':
                self.channels.append((words[1], []))
            elif words[0] == 'stream':
                self.channels[-1][1].append(words[1:])
            else:
                self.values[words[0]] = line.partition(' ')[2]


def ask(address, user='admin', password=None):
    program = pathlib.Path(os.environ['ICAM_BUILD_DIR']) / 'tests/onvif/icam-ask-device'
    command = [str(program), address] + ([user] if user else [])
    done = subprocess.run(command, env=dict(WORLD.env, G_DEBUG='gc-friendly,fatal-warnings'), input=password or WORLD.password,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, 1), (done.returncode, done.stderr)
    return Answer(done.stdout)


def address(index):
    return CAMERA.devices[index]['onvif']


def set_up():
    global WORLD, CAMERA
    WORLD = World()
    options = [word for spec in DEVICES for word in ('--device', spec)]
    CAMERA = WORLD.start_camera('--no-mdns', *options, timeout=300)


def check_identity(index):
    answer = ask(address(index))
    device = CAMERA.devices[index]
    assert answer.error is None, answer.error
    assert answer.values['serial'] == device['serial'], (answer.values, device)
    assert answer.values['mac'] == device['mac'].replace(':', '').lower(), (answer.values, device)
    assert answer.values['endpoint'] == device['uuid'].lower(), (answer.values, device)
    assert answer.values['name'] == device['name'], (answer.values, device)
    return answer


def test_digest_only():
    assert check_identity(0).values['auth'] == 'digest'


def test_token_only_with_a_clock_seven_years_behind():
    answer = check_identity(1)
    assert answer.values['auth'] == 'token'
    assert abs(int(answer.values['clock']) / 1e6 + 220000000) < 5, answer.values


def test_two_lenses_are_two_channels():
    answer = check_identity(2)
    assert len(answer.channels) == 2, answer.channels
    uris = set()
    for _, streams in answer.channels:
        assert [stream[:4] for stream in streams] == [['main', 'h264', '1280', '720'], ['sub', 'h264', '640', '360']], streams
        uris.update(stream[6] for stream in streams)
    assert len(uris) == 4, uris


def test_another_view_is_neither_main_nor_sub():
    answer = check_identity(3)
    assert answer.values['auth'] == 'none'
    (_, streams), = answer.channels
    assert [stream[0] for stream in streams] == ['main', 'sub', 'view'], streams


def test_wrong_and_missing_password():
    assert ask(address(0), password='wrong').error == ('info', 'WrongPassword')
    assert ask(address(1), password='wrong').error == ('info', 'WrongPassword')
    assert ask(address(0), user=None).error == ('info', 'PasswordNeeded')
    assert ask(address(1), user=None).error == ('info', 'PasswordNeeded')


def test_faults():
    def says(error):
        answer = ask(address(0)).error
        return answer is not None and answer[1] == error
    CAMERA.control(0, 'refuse-password')
    wait_for(lambda: says('WrongPassword'), 10, 'the refusal')
    CAMERA.control(0, 'accept-password')
    CAMERA.control(0, 'hang')
    wait_for(lambda: says('TimedOut'), 15, 'the hang')
    CAMERA.control(0, 'resume')
    CAMERA.control(0, 'web-dead')
    wait_for(lambda: says('Unreachable') or says('TimedOut'), 15, 'the death of the web service')
    CAMERA.control(0, 'web-alive')
    CAMERA.control(0, 'garbage')
    wait_for(lambda: says('NotACamera') or says('BadAnswer'), 15, 'the garbage')
    CAMERA.control(0, 'clean')
    check_identity(0)
    CAMERA.control(0, 'identity', 'ANOTHER-1')
    assert ask(address(0)).values['serial'] == 'ANOTHER-1'


def tear_down():
    WORLD.close()


if __name__ == '__main__':
    tap.main(globals())
