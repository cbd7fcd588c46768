#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a camera is recorded, and what becomes of its recordings when the catalogue is lost: recorded only when something happens, with
what was before it; a lost catalogue comes back from the backup and the files by itself while recording goes on."""

import json

from harness import tap
from harness.wait import wait_for

from house import House, now_us

BEFORE_S, AFTER_S = 3, 1

house = camera = path = None


def set_up():
    global house, camera, path
    house = House()
    house.start()
    camera = house.start_camera('--device', 'name=Door')
    camera.control(0, 'actors', 'off')
    path = house.add_device(camera.devices[0])[0]
    house.wait_recording([path])


def tear_down():
    house.close()


def ctl_json(*words, code=0):
    done = house.ctl(*words, json=True, check=False)
    assert done.returncode == code, done
    return json.loads(done.stdout)


def recording():
    return house.camera_properties(path)['Recording']


def last_gap(role='main'):
    return max(house.gaps(path, role), key=lambda gap: gap['start'])


def test_off_is_no_fault():
    house.ctl('record', 'Door', 'off')
    wait_for(lambda: last_gap()['cause'] == 'paused' and last_gap()['end'] == 0, 10, 'the gap')
    properties = house.camera_properties(path)
    assert properties['State'] == 'recording' and properties['Recording'] == 'off' and properties['Problem'][0] == '', properties
    # It can be looked at all the same.
    live = house.open_live(path)
    live.wait_frame()
    live.close()
    assert house.ctl('record', 'Door', 'whenever', check=False).returncode == 2
    house.ctl('record', 'Door', 'mo-su 00:00-24:00')
    wait_for(lambda: last_gap()['end'] != 0, 10, 'recording to go on')
    assert ctl_json('record')[0]['schedule'] == 'mo-su 00:00-24:00'


def test_when_something_happens():
    # While it is unknown whether something moves it is recorded.
    house.ctl('record', 'Door', 'events', '--before', str(BEFORE_S), '--after', str(AFTER_S))
    wait_for(lambda: recording() == 'standby', 40, 'the quiet to be known')
    wait_for(lambda: last_gap()['cause'] == 'no-event', 10, 'the gap')
    gap = last_gap()
    wait_for(lambda: now_us() - gap['start'] > (BEFORE_S + 2) * 1_000_000, 20, 'some quiet seconds')
    segments = len(house.segments(path))
    assert last_gap() == gap, 'it was recorded although nothing happened'

    camera.control(0, 'visit')
    wait_for(lambda: recording() == 'on', 20, 'somebody to be noticed')
    wait_for(lambda: len(house.segments(path)) > segments, 10, 'a recording of it')
    started = house.segments(path)[-1]['start']
    wait_for(lambda: recording() == 'standby', 60, 'quiet again')
    event = house.recorder.events()[0]
    assert started <= event['start'] - (BEFORE_S - 1) * 1_000_000, (started, event)
    wait_for(lambda: last_gap()['start'] > event['start'] and last_gap()['cause'] == 'no-event', 10, 'the gap after it')
    assert last_gap()['start'] >= event['end'] + AFTER_S * 1_000_000 - 500_000, (last_gap(), event)
    house.ctl('record', 'Door', 'always')
    wait_for(lambda: last_gap()['end'] != 0, 10, 'recording to go on')


def test_a_lost_catalogue_comes_back():
    assert ctl_json('archive', 'backup')['folders'] == 1
    assert (house.archive / 'backup' / 'catalogue.sqlite').stat().st_mode & 0o077 == 0
    checked = ctl_json('archive', 'check', '--deep')
    assert not checked['found'] and checked['segments'] >= 3, checked
    known = {(role, segment['seq']) for role in ('main', 'sub') for segment in house.segments(path, role)}
    events = {event['id'] for event in house.recorder.events()}
    causes = {gap['cause'] for gap in house.gaps(path)}
    house.stop_recorder()

    for part in ('', '-wal', '-shm'):
        file = house.databases / f'catalogue.sqlite{part}'
        if file.exists():
            file.write_bytes(b'no database')
    house.activate_recorder()
    house.wait_recording([path])
    wait_for(lambda: known <= {(role, segment['seq']) for role in ('main', 'sub') for segment in house.segments(path, role)}, 20,
             'all recordings to be listed again')
    wait_for(lambda: any(row['code'] == 'catalogue-rebuilt' for row in ctl_json('journal')), 20, 'the rebuild to end')
    assert events <= {event['id'] for event in house.recorder.events()}
    assert causes <= {gap['cause'] for gap in house.gaps(path)}
    assert not ctl_json('archive', 'check', '--deep')['found']

    wait_for(lambda: ctl_json('archive')['age_deletion'] == 'catalogue', 10, 'it to be said that nothing is deleted')
    house.ctl('archive', 'confirm')
    wait_for(lambda: ctl_json('archive')['age_deletion'] != 'catalogue', 10, 'the word to be taken')


def test_recordings_are_moved():
    second = house.runtime / 'second'
    house.ctl('folders', 'add', str(second))
    moved = ctl_json('folders', 'move', 'Door', str(second))
    assert moved['segments'] >= 3 and moved['bytes'] > 0, moved
    assert len(list(second.glob('*/*/*/*/*/*.mkv'))) == moved['segments']
    assert not ctl_json('archive', 'check', '--deep')['found']
    assert house.ctl('folders', 'move', 'Door', '/nowhere', check=False).returncode not in (0, 2)
    assert ctl_json('folders', 'move', 'Door', 'main')['segments'] == moved['segments']
    assert not list(second.glob('*/*/*/*/*/*.mkv'))


def test_a_file_that_is_gone_is_said():
    segment = house.segments(path)[0]
    file = next(house.archive.glob(f'*/main/*/*/*/*-{segment["seq"]}.mkv'))
    file.unlink()
    found = ctl_json('archive', 'check', code=1)
    assert found['found'] == {'missing': 1} and found['findings'][0][1].endswith(file.name), found
    mended = ctl_json('archive', 'check', '--repair')
    assert mended['mended'] == 1, mended
    assert not ctl_json('archive', 'check')['found']
    assert segment['seq'] not in {each['seq'] for each in house.segments(path)}


tap.main(globals())
