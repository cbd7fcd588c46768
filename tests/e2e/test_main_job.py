#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera announces itself over mDNS, is found, added with its password, recorded and seen live, within ten seconds."""

import json
import time

from harness import process, tap
from harness.wait import wait_for
from harness.world import Skip

from house import House, now_us

house = None


def set_up():
    global house
    house = House()
    missing = house.start()
    if missing:
        raise Skip('; '.join(missing))


def tear_down():
    house.close()


def test_announcement_to_first_frame_within_10_s():
    camera = house.start_camera('--device', 'name=Front door,mdns=yes,wsd=no')
    device = camera.devices[0]
    start = time.monotonic()

    def found():
        return next((each for each in house.recorder.found() if each['Kind'] == 'onvif' and each['Device'] == '/'),
                    None)
    hit = wait_for(found, 10, 'the announced camera')
    seen = time.monotonic() - start
    assert hit['Name'], 'it has a name'
    path = house.recorder.add(hit['Address'], user='admin', password=house.password, found=hit['Path'])[0]
    house.recorder.call(path, 'Camera', 'Rename', '(sa{sv})', 'Front door', {})
    live = house.open_live(path)
    frame = live.wait_frame()
    house.wait_recording([path])
    took = time.monotonic() - start
    print(f'# found after {seen:.2f} s; recorded and live after {took:.2f} s')
    assert seen < 2.5, f'it took {seen:.1f} s to be found'
    assert took < 10, f'it took {took:.1f} s'

    properties = house.camera_properties(path)
    assert frame['channel'] == properties['Channel'], 'a live frame carries its channel'
    assert abs(now_us() - live.wait_frame(after=now_us() - 300_000)['utc']) < 2_000_000, 'live is live'
    assert properties['Identity'] == 'same'
    assert house.recorder.objects('Device')[properties['Device']]['Serial'] == device['serial']
    wait_for(lambda: all(each['Device'] == properties['Device'] for each in house.recorder.found()), 5,
             'the found camera to be known as ours')
    live.close()


def test_found_camera_goes_when_it_dies():
    assert house.recorder.found(), 'it is still found'
    house.cameras[0].control(0, 'die')
    wait_for(lambda: not house.recorder.found(), 8, 'the dead camera to go from the list')
    house.cameras[0].control(0, 'revive')
    wait_for(house.recorder.found, 8, 'the camera to be found again')


def test_state_after_a_restart_is_what_it_was():
    before = house.recorder.camera('Front door')
    path = before['Path']
    house.wait_state(path, 'recording', 45)
    segments = house.segments(path)
    house.stop_recorder()
    stopped = now_us()
    old = {(row['seq'], row['start']) for row in segments}
    house.activate_recorder()
    after = wait_for(lambda: house.recorder.camera('Front door'), 5, 'the camera')
    assert all(after[name] == before[name] for name in ('Path', 'Channel', 'Device', 'Added', 'Position'))
    house.wait_state(path, 'recording', 20)
    kept = {(row['seq'], row['start']) for row in house.segments(path)}
    assert {(row['seq'], row['start']) for row in segments} <= kept, 'what was recorded is still listed'

    def told():
        rows = sorted(house.segments(path), key=lambda row: row['seq'])
        # A segment that began just before the stop may not be listed among the old ones.
        new = next((row for row in rows if (row['seq'], row['start']) not in old and row['end'] >= stopped), None)
        if new is None:
            return False
        # A camera that begins with the pictures of its last seconds may leave nothing out.
        before = rows[rows.index(new) - 1]
        return new['start'] <= before['end'] + 200_000 or any(
            gap['cause'] == 'recorder-stopped' and gap['end'] for gap in house.gaps(path))
    wait_for(told, 15, 'the stop as a gap with its cause')


def test_diagnose_says_step_by_step_what_works():
    # What its streams are is known a moment after they have come.
    wait_for(lambda: [row[2] > 0 for row in house.recorder.camera('Front door')['Streams']] == [True, True], 10, 'both streams')
    steps = json.loads(house.ctl('diagnose', 'Front door', '--json').stdout)
    said = {each['step']: each for each in steps}
    assert not [each for each in steps if each['verdict'] == 'bad'], steps
    assert {'address', 'device', 'authentication', 'identity', 'state', 'stream', 'rate', 'key-frames', 'detection'} <= set(said), steps
    assert sum('RTSP over TCP, read by In Camera itself' in each['text'] for each in steps) == 2, steps
    assert house.password not in json.dumps(steps)
    nobody = house.ctl('diagnose', '127.0.0.1:1', check=False)
    assert nobody.returncode == 1 and 'Nothing answers' in nobody.stdout, nobody


def test_avahi_restart_and_nonsense_are_survived():
    house.stop_avahi()
    state = lambda: house.recorder.manager()['DiscoveryState']
    wait_for(lambda: state() == 'absent', 10, 'discovery to say that Avahi is absent')
    house.start_avahi()
    wait_for(lambda: state() == 'running', 15, 'discovery to run again')
    worker = house.worker_pid()
    nonsense = [
        house.spawn(f'nonsense-{number}', ['avahi-publish', '-s', name, kind, port, *texts])
        for number, (name, kind, port, texts) in enumerate([
            ('"; reboot $(id) \x1b[31m', '_onvif._tcp', '1', ['x' * 250, 'macaddress=zz:\x01']),
            ('ünï', '_rtsp._tcp', '65535', ['path=../../../../etc/passwd', '=']),
            ('a' * 63, '_axis-video._tcp', '9', ['macaddress=' + 'f' * 200])])]
    house.start_camera('--seed', '7', '--device', 'name=Garden,mdns=yes,wsd=no')
    garden = house.cameras[-1].devices[0]
    port = garden['onvif'].rpartition(':')[2].partition('/')[0]
    wait_for(lambda: any(port in each['Address'] for each in house.recorder.found()), 15, 'a real camera amid nonsense')
    for each in house.recorder.found():
        assert all(character.isprintable() for character in each['Name'] + each['Hardware'] + each['Address']), each
    assert house.worker_pid() == worker and process.alive(worker), 'the recorder lives'
    for each in nonsense:
        each.stop()


tap.main(globals())
