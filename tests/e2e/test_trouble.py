#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with a camera is noticed, said, and over when the camera is well again."""

import time

from harness import process, tap
from harness.wait import wait_for

from house import House, Refused, file_codes, now_us

house = None
camera = None
paths = {}


def set_up():
    global house, camera
    house = House()
    house.start()
    camera = house.start_camera('--device', 'name=Front door', '--device', 'name=Garden', '--device', 'name=Hall',
                                '--device', 'name=Garage')
    for device in camera.devices[:3]:
        paths[device['index']] = house.add_device(device)[0]
    house.wait_recording(paths.values())
    for path in paths.values():
        house.wait_state(path, 'recording')


def tear_down():
    house.close()


def problem(path):
    return house.camera_properties(path)['Problem'][0]


def ctl_status():
    return house.ctl('status', check=False).stdout


def test_hanging_camera_is_noticed_within_8_s_and_comes_back():
    path = paths[0]
    live = house.open_live(path)
    live.wait_frame()
    camera.control(0, 'hang')
    start, hung = time.monotonic(), now_us()
    wait_for(lambda: house.camera_properties(path)['State'] != 'recording', 12, 'the hang to be noticed', interval=0.02)
    took = time.monotonic() - start
    print(f'# noticed after {took:.1f} s')
    assert took < 8
    wait_for(lambda: problem(path) in ('StreamSilent', 'TimedOut'), 5, 'the cause')
    wait_for(lambda: live.state() not in (None, 'live'), 5, 'viewers to be told')
    assert 'Front door' in ctl_status()
    camera.control(0, 'resume')
    house.wait_state(path, 'recording', 45)
    house.wait_recorded_until([path], now_us() + 1_000_000)
    live.wait_frame(after=now_us())
    gap = next(gap for gap in house.gaps(path) if gap['end'] and gap['start'] < hung + 2_000_000 < gap['end'])
    assert gap['cause'] == 'camera-silent', gap
    assert gap['end'] - gap['start'] > 3_000_000
    live.close()


def test_another_device_at_its_address_is_not_shown_as_it():
    path = paths[1]
    before = house.camera_properties(path)
    live = house.open_live(path)
    live.wait_frame()
    camera.control(1, 'die')
    wait_for(lambda: house.camera_properties(path)['State'] != 'recording', 12, 'the death to be noticed')
    camera.control(1, 'identity', 'SOMEBODY-ELSE')
    camera.control(1, 'revive')
    house.wait_state(path, 'other-device', 45)
    assert house.camera_properties(path)['Identity'] == 'other'
    assert problem(path) == 'OtherDevice'

    # Its pictures are kept, in quarantine: under a channel that is not the old one.
    def quarantined():
        known = {each['Channel'] for each in house.recorder.objects('Camera').values()}
        return [file for file in house.files() if file.relative_to(house.archive).parts[0] not in known
                and file.stat().st_size > 20_000]
    wait_for(quarantined, 20, 'the other device to be recorded in quarantine')
    live.read(0.5)
    assert all(code.generation == 0 for code in live.codes()), 'a live picture of another device'
    for role in ('main', 'sub'):
        for file, codes in house.codes(before['Channel'], role):
            assert all(code.generation == 0 for code in codes), f'{file} holds pictures of another device'
    for file in quarantined():
        assert all(code.device == 1 and code.generation == 1 for code in file_codes(file))
    assert any(gap['cause'] == 'other-device' for gap in house.gaps(path)), house.gaps(path)
    live.close()


def test_dead_web_service_leaves_the_stream_recorded_but_unverified():
    path = paths[2]
    camera.control(2, 'web-dead')
    # Make it connect anew while nobody can say who it is.
    camera.control(2, 'hang')
    wait_for(lambda: house.camera_properties(path)['State'] != 'recording', 12, 'the hang to be noticed')
    camera.control(2, 'resume')
    house.wait_state(path, 'recording', 60)
    properties = house.camera_properties(path)
    assert properties['Identity'] == 'unknown', properties['Identity']
    house.wait_recorded_until([path], now_us())
    assert house.segments(path)[-1]['identity'] == 'unknown'
    live = house.open_live(path)
    assert live.wait_frame()['flags'] & 8, 'live pictures are marked'
    live.close()
    camera.control(2, 'web-alive')


def test_refused_password_says_so_and_comes_back():
    path = paths[0]
    camera.control(0, 'refuse-password')
    camera.control(0, 'hang')
    wait_for(lambda: house.camera_properties(path)['State'] != 'recording', 12, 'the trouble to be noticed')
    camera.control(0, 'resume')
    wait_for(lambda: problem(path) == 'WrongPassword', 45, 'the refused password to be named')
    camera.control(0, 'accept-password')
    house.wait_state(path, 'recording', 75)
    # One stream knows from the other that the password is taken again.
    wait_for(lambda: problem(path) == '', 15, 'the other stream to follow')
    house.wait_recorded_until([path], now_us())


def test_garbage_is_survived():
    path = paths[0]
    worker = house.worker_pid()
    camera.control(0, 'garbage')
    wait_for(lambda: house.camera_properties(path)['State'] != 'recording', 30, 'garbage to be noticed')
    assert house.worker_pid() == worker and process.alive(worker)
    camera.control(0, 'clean')
    house.wait_state(path, 'recording', 75)


def test_wrong_password_on_adding():
    try:
        house.add_device(camera.devices[3], password='not it')
    except Refused as refused:
        assert refused.code == 'WrongPassword', refused
    else:
        raise AssertionError('it was added with a wrong password')
    address = camera.devices[3]['onvif']
    done = house.ctl('add', address, '--user', 'admin', input='not it\n', check=False)
    assert done.returncode == 5 and 'password' in done.stderr.lower(), (done.returncode, done.stderr)
    done = house.ctl('add', address, '--user', 'admin', '--name', 'Garage', input=house.password + '\n')
    assert any(each['Name'] == 'Garage' for each in house.recorder.cameras())


def test_nobody_at_an_address():
    done = house.ctl('add', '127.0.0.1:9', '--user', 'admin', input='x\n', check=False)
    assert done.returncode == 6 and '127.0.0.1' in done.stderr, (done.returncode, done.stderr)
    assert 'unknown error' not in done.stderr.lower()


tap.main(globals())
