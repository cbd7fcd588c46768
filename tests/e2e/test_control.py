#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people tell cameras themselves: to move, to remember places, to have another password, clock or picture. What the
camera says of itself afterwards is asked by another client."""

import contextlib
import json
import math
import pathlib
import sys

from gi.repository import GLib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'camera'))

import onvif_client as onvif  # noqa: E402
from harness import tap  # noqa: E402
from harness.wait import wait_for  # noqa: E402

from house import KEY, House, Refused, now_us, refusals  # noqa: E402

house = None
camera = None
paths = []


def set_up():
    global house, camera
    house = House()
    house.start()
    camera = house.start_camera('--no-mdns', '--device', 'name=Gate,ptz,quiet', '--device', 'name=Hall,auth=token,quiet',
                                '--device', 'name=Old,path=/live,quiet', '--device', 'name=Yard,sub=1280x704,quiet')
    for device in (*camera.devices[:2], camera.devices[3]):
        paths.extend(house.add_device(device))
    house.wait_recording(paths)
    wait_for(lambda: house.camera_properties(paths[0])['Ptz'], 20, 'what can be moved')


def tear_down():
    house.close()


def call(path, method, signature, *arguments):
    with refusals():
        return house.recorder.call(path, 'Camera', method, signature, *arguments)


def ask(body, service='device', password=None, device=0):
    status, answer = onvif.call(f'http://{camera.devices[device]["onvif"]}/onvif/{service}_service', body,
                                header=onvif.token('admin', password or house.password))
    return answer if status == 200 else None


def place():
    answer = ask('<p:GetStatus xmlns:p="http://www.onvif.org/ver20/ptz/wsdl"><p:ProfileToken>profile0_main</p:ProfileToken>'
                 '</p:GetStatus>', 'ptz')
    numbers = [float(part.split('"')[0]) for part in answer.split('x="')[1:]]
    moving = 'MOVING' in answer
    return numbers[0], float(answer.split('y="')[1].split('"')[0]), numbers[1], moving


def refused(code, *arguments):
    try:
        call(*arguments)
    except Refused as error:
        assert error.code == code, error
        return str(error)
    raise AssertionError(f'{arguments[1]} was not refused')


def test_what_moves_says_so():
    assert house.camera_properties(paths[0])['Ptz'] == ['pan-tilt', 'zoom', 'absolute']
    assert house.camera_properties(paths[1])['Ptz'] == []
    refused('NotSupported', paths[1], 'PtzMove', '(ddda{sv})', 1.0, 0.0, 0.0, {})


def test_a_move_ends_when_nobody_holds_it():
    house.ctl('ptz', 'Gate', 'right', '--speed', '1')
    assert place()[3]
    wait_for(lambda: not place()[3], 5, 'the move to end')
    pan = place()[0]
    assert 0.3 < pan < 0.9, pan
    # The next call does not wait for the end of the first.
    house.ctl('ptz', 'Gate', 'up', '--seconds', '5')
    house.ctl('ptz', 'Gate', 'stop')
    assert not place()[3] and place()[1] < 1


def test_places_are_remembered():
    house.ctl('ptz', 'Gate', 'go', '--pan=-0.5', '--tilt=0.25', '--zoom=0.5')
    wait_for(lambda: not place()[3], 10, 'the place')
    assert all(math.isclose(a, b, abs_tol=0.001) for a, b in zip(place()[:3], (-0.5, 0.25, 0.5))), place()
    assert house.ctl('ptz', 'Gate', 'where').stdout.strip() == '--pan=-0.500 --tilt=0.250 --zoom=0.500'
    house.ctl('ptz', 'Gate', 'save', 'The drive')
    house.ctl('ptz', 'Gate', 'home')
    wait_for(lambda: place() == (0.0, 0.0, 0.0, False), 10, 'home')
    house.ctl('ptz', 'Gate', 'preset', 'The drive')
    wait_for(lambda: math.isclose(place()[0], -0.5, abs_tol=0.001), 10, 'the drive')
    assert house.ctl('ptz', 'Gate', 'presets').stdout == 'The drive\n'
    refused('InvalidArgument', paths[0], 'PtzSetPreset', '(ssa{sv})', '', 'The drive', {})
    refused('OutOfRange', paths[0], 'PtzGo', '(ddda{sv})', 2.0, 0.0, 0.0, {})
    refused('NotFound', paths[0], 'PtzGotoPreset', '(sa{sv})', 'nowhere', {})
    house.ctl('ptz', 'Gate', 'forget', 'The drive')
    assert house.ctl('ptz', 'Gate', 'preset', 'The drive', check=False).returncode == 4


def test_what_is_not_allowed_is_no_wrong_password():
    camera.control(0, 'level', 'user')
    said = refused('NotPermitted', paths[0], 'PtzMove', '(ddda{sv})', 1.0, 0.0, 0.0, {})
    assert 'admin' in said
    done = house.ctl('ptz', 'Gate', 'left', check=False)
    assert done.returncode == 9 and 'does not allow' in done.stderr, done
    camera.control(0, 'level', 'operator')
    house.ctl('ptz', 'Gate', 'left')
    assert house.ctl('device', 'reboot', 'Gate', check=False).returncode == 9
    camera.control(0, 'level', 'administrator')
    assert house.camera_properties(paths[0])['State'] == 'recording'


def test_a_picture_is_made_another_way_and_back():
    before = call(paths[0], 'SetImaging', '(a{sv}a{sv})', {'brightness': GLib.Variant('d', 80.0), 'ir-cut': GLib.Variant('s', 'off')},
                  {})[0][0]
    assert before == {'brightness': 50.0, 'ir-cut': 'auto'}, before
    settings = call(paths[0], 'GetImaging', '(a{sv})', {})[0][0]
    assert settings['brightness'] == 80 and settings['ir-cut'] == 'off' and settings['contrast'] == 50
    refused('OutOfRange', paths[0], 'SetImaging', '(a{sv}a{sv})', {'brightness': GLib.Variant('d', 101.0)}, {})
    shown = house.ctl('device', 'imaging', 'Gate', '--brightness', '50', '--ir-cut', 'auto').stdout
    assert 'auto' in shown and '80' not in shown, shown


def device_of(path):
    return house.camera_properties(path)['Device']


def test_a_clock_is_set_and_set_back():
    camera.control(1, 'clock', '-7200')
    with refusals():
        before = house.recorder.call(device_of(paths[1]), 'Device', 'SetClock', '(a{sv}a{sv})',
                                     {'offset': GLib.Variant('x', 0), 'zone': GLib.Variant('s', 'CET-1CEST,M3.5.0,M10.5.0/3')}, {})[0][0]
        assert abs(before['offset'] + 7200_000_000) < 3_000_000 and before['zone'] == 'UTC0', before
        now = house.recorder.call(device_of(paths[1]), 'Device', 'GetClock', '(a{sv})', {})[0][0]
        assert abs(now['offset']) < 3_000_000 and now['zone'].startswith('CET') and not now['ntp'], now
        wanted = {key: GLib.Variant({bool: 'b', int: 'x', str: 's'}[type(value)], value) for key, value in before.items()}
        house.recorder.call(device_of(paths[1]), 'Device', 'SetClock', '(a{sv}a{sv})', wanted, {})
        now = house.recorder.call(device_of(paths[1]), 'Device', 'GetClock', '(a{sv})', {})[0][0]
    assert abs(now['offset'] + 7200_000_000) < 3_000_000 and now['zone'] == 'UTC0', now
    said = house.ctl('device', 'clock', 'Hall', '--set').stdout
    assert 'slow' in said and 'The clock is right.' in said, said


def sub_of(path):
    return next((width, height) for role, _codec, width, height, _rate, _audio in house.camera_properties(path)['Streams']
                if role == 'sub')


def pictures_a_second(live):
    """Of what comes from a key frame on; and how many pictures there are from it to the next."""
    live.wait_frame()
    del live.records[:]

    def group():
        live.read(0.05)
        keys = [index for index, frame in enumerate(live.frames()) if frame['flags'] & KEY]
        return live.frames()[keys[0]:keys[1] + 1] if len(keys) > 1 else None
    pictures = wait_for(group, 10, 'a group of pictures', interval=0)
    return (len(pictures) - 1) / ((pictures[-1]['utc'] - pictures[0]['utc']) / 1e6), len(pictures) - 1


def test_better_settings_are_offered_and_made():
    path = paths[2]
    camera.control(3, 'clock', '3600')
    asked = json.loads(house.ctl('defaults', 'Yard', '--json').stdout)
    proposed = {change['setting']: (change['now'], change['proposed']) for change in asked['changes']}
    assert proposed['size'] == ([1280, 704], [640, 360]) and proposed['rate'] == (15, 10), proposed
    assert proposed['key-frames'] == (30, 20) and abs(proposed['time'][0] - 3600) < 3, proposed
    assert not asked['undo'] and sub_of(path) == (1280, 704), 'asking changed something'

    camera.control(3, 'level', 'user')
    done = house.ctl('defaults', 'Yard', '--apply', check=False)
    assert done.returncode == 9 and 'does not allow' in done.stderr, done
    camera.control(3, 'level', 'administrator')

    since = now_us()
    said = house.ctl('defaults', 'Yard', '--apply').stdout
    assert '640' in said and '1280' in said, said
    wait_for(lambda: sub_of(path) == (640, 360), 10, 'the smaller picture')
    wait_for(lambda: house.camera_properties(path)['DetectorState'] == 'healthy', 10, 'the detector')
    with contextlib.closing(house.open_live(path, 'sub')) as live:
        rate, group = pictures_a_second(live)
    assert math.isclose(rate, 10, abs_tol=0.5) and group == 20, (rate, group)
    assert abs(house.recorder.call(device_of(path), 'Device', 'GetClock', '(a{sv})', {})[0][0]['offset']) < 3_000_000
    house.wait_recorded_until([path], now_us())
    new = [segment for segment in house.segments(path, 'sub') if segment['start'] >= since]
    assert new and not [gap for gap in house.gaps(path, 'sub') + house.gaps(path, 'main') if gap['start'] >= since], (new, house.gaps(path, 'sub'))
    assert not json.loads(house.ctl('defaults', 'Yard', '--json').stdout)['changes']


def test_relays_are_switched():
    house.ctl('device', 'relay', 'Gate', '--relay', 'relay1', '--on')
    assert [record['active'] for record in camera.records() if record['t'] == 'relay'] == [True]
    assert 'relay1' in house.ctl('device', 'relay', 'Gate').stdout
    assert house.ctl('device', 'relay', 'Gate', '--relay', 'relay9', '--off', check=False).returncode == 4


def test_a_new_password_is_kept_when_the_camera_has_it():
    since = now_us()
    weak = house.ctl('device', 'password', 'Gate', input='abc\n', check=False)
    assert weak.returncode == 1 and 'password' in weak.stderr, weak
    assert ask('<tds:GetDeviceInformation/>'), 'the old password'
    new = 'another & better <one>'
    said = house.ctl('device', 'password', 'Gate', 'Hall', input=new + '\n')
    assert new not in said.stdout + said.stderr
    for device in (0, 1):
        assert ask('<tds:GetDeviceInformation/>', password=new, device=device), 'the new password'
        assert not ask('<tds:GetDeviceInformation/>', device=device), 'the old password'
    # Nothing of the recording was lost by it, and what is asked afterwards is asked with the new one.
    house.ctl('ptz', 'Gate', 'home')
    house.wait_recorded_until(paths, now_us())
    for path in paths:
        assert not [gap for gap in house.gaps(path) if gap['start'] >= since], house.gaps(path)
        assert house.recorder.objects('Device')[device_of(path)]['FactoryPassword'] is False
    # A recorder that starts anew finds it in the keyring.
    house.stop_recorder()
    house.activate_recorder()
    started = now_us()
    house.wait_recorded_until(paths, started)


def test_better_settings_are_unmade_long_afterwards():
    # By another recorder than the one that made them. The clock is not made wrong again.
    path = paths[2]
    undone = json.loads(house.ctl('defaults', 'Yard', '--undo', '--json').stdout)
    assert {change['setting'] for change in undone['changes']} == {'size', 'rate', 'key-frames'}, undone
    wait_for(lambda: sub_of(path) == (1280, 704), 10, 'the larger picture')
    assert not json.loads(house.ctl('defaults', 'Yard', '--json').stdout)['undo']


def test_a_camera_without_onvif_is_found_by_its_stream():
    camera.control(2, 'web-dead')
    address = f'127.0.0.1:{camera.devices[2]["rtsp_port"]}'
    probe = house.recorder.probe(address, user='admin', password=house.password)
    assert probe['State'] == 'ready', probe
    path = house.recorder.call(house.recorder.manager_path, 'Manager', 'Add', '(oa{sv})', probe['Path'], {})[0][0][0]
    house.wait_recording([path], roles=['main'])
    device = house.recorder.objects('Device')[device_of(path)]
    assert device['Kind'] == 'rtsp' and device['Address'] == f'rtsp://{address}/live', device


def test_a_reboot_is_a_gap_and_no_more():
    house.ctl('device', 'reboot', 'Gate')
    wait_for(lambda: house.camera_properties(paths[0])['State'] != 'recording', 20, 'the camera to go')
    house.wait_state(paths[0], 'recording', timeout=30)


if __name__ == '__main__':
    tap.main(globals())
