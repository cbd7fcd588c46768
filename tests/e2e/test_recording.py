#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Four cameras for a good minute: every frame that was sent is in a file that plays, under the right channel, and each
visit of an actor is one event, while quiet minutes give none."""

import os

from harness import tap

from house import House, decode_file, icamtest, now_us, probe_file, thumbnail_code

LONG = bool(os.environ.get('ICAM_LONG'))
SECONDS = 600 if LONG else 62
NAMES = ('Front door', 'Garden', 'Garage', 'Street')
# Before a background is known nothing can be said of what moves; actors of that time count neither way.
WARM_UP_US = 8_000_000

house = None
started_us = stopped_us = 0
cameras = {}    # device index: properties
truth = None    # what the camera says that it sent
recorded = {}   # (device index, role): codes in order of the files
events = []
catalogue = {}  # (device index, role): segment rows


def set_up():
    global house
    house = House()
    house.start()


def tear_down():
    house.close()


def need_the_run():
    """What was not recorded cannot be looked at."""
    assert len(recorded) == 2 * len(NAMES) and catalogue and events, 'the run failed'


def test_records_for_a_while():
    """The run that the other tests here look at."""
    global started_us, stopped_us, events, truth
    options = [word for name in NAMES for word in ('--device', f'name={name}')]
    camera = house.start_camera(*options)
    for device in camera.devices:
        path = house.add_device(device)[0]
        cameras[device['index']] = house.camera_properties(path) | {'Path': path}
    paths = [each['Path'] for each in cameras.values()]
    house.wait_recording(paths)
    started_us = now_us()
    house.wait_recorded_until(paths, started_us + SECONDS * 1_000_000, timeout=SECONDS + 30)
    assert all(house.camera_properties(path)['State'] == 'recording' for path in paths)
    events = house.recorder.events()
    stopped_us = now_us()
    for event in events:
        event['lasts'] = not event['end']
        event['end'] = event['end'] or stopped_us
    for index, each in cameras.items():
        for role in ('main', 'sub'):
            catalogue[index, role] = house.segments(each['Path'], role)
    house.stop_recorder()
    truth = icamtest.Log(camera.log_path)
    for index, each in cameras.items():
        for role in ('main', 'sub'):
            recorded[index, role] = [code for _, codes in house.codes(each['Channel'], role) for code in codes]
            assert recorded[index, role], f'{each["Name"]}, {role}: nothing recorded'


def test_every_sent_frame_is_recorded():
    need_the_run()
    missing = []
    total = 0
    for (index, role), codes in recorded.items():
        lost = truth.missing(codes, index, 0, role)
        sent = {frame['counter'] for frame in truth.frames(device=index, channel=0, stream=role)}
        first, last = codes[0].counter, codes[-1].counter
        total += len([counter for counter in sent if first <= counter <= last])
        missing += [f'{cameras[index]["Name"]}, {role}: frame {counter}' for counter in lost]
        assert last - first > (SECONDS - 5) * 15, f'only {last - first} frames of {role}'
        assert len(codes) == len({code.counter for code in codes}), f'{cameras[index]["Name"]}, {role}: a frame twice'
    print(f'# {total} frames were sent, {len(missing)} are missing')
    assert not missing, '; '.join(missing[:20])


def test_every_frame_is_under_its_channel():
    need_the_run()
    for (index, role), codes in recorded.items():
        strangers = [code for code in codes if code.device != index or code.stream != role or code.generation]
        assert not strangers, f'{cameras[index]["Name"]}, {role}: {strangers[:3]}'


def test_every_file_plays():
    need_the_run()
    files = house.files()
    assert len(files) >= 2 * len(NAMES)
    for path in files:
        found = probe_file(path)
        assert found['streams'][0]['codec_name'] == 'h264' and float(found['format']['duration']) > 1, (path, found)
    # One of each kind is decoded from end to end.
    for role in ('main', 'sub'):
        decode_file(house.files(cameras[0]['Channel'], role)[0])


def test_capture_times_are_true():
    """What the catalogue says of a segment's begin and end agrees with when its pictures were taken."""
    need_the_run()
    worst = 0
    for (index, role), rows in catalogue.items():
        for path, codes in house.codes(cameras[index]['Channel'], role):
            seq = int(path.stem.rpartition('-')[2])
            row = next((row for row in rows if row['seq'] == seq and row['state'] == 'closed'), None)
            if row is None:
                continue
            worst = max(worst, abs(row['start'] - codes[0].utc_us), abs(row['end'] - codes[-1].utc_us))
    print(f'# at most {worst / 1000:.0f} ms between the time of a picture and the time that is kept for it')
    assert worst < 300_000


def visits(index):
    """[(from, to)] of the times when somebody was in the picture (UTC, µs), as the camera says."""
    return [(begin['utc_us'], end['utc_us'] if end else stopped_us)
            for begin, end in truth.visits(device=index, channel=0)]


def test_each_visit_is_one_event_and_quiet_is_none():
    need_the_run()
    seen = 0
    for index, each in cameras.items():
        begin, end = recorded[index, 'sub'][0].utc_us, recorded[index, 'sub'][-1].utc_us
        own = [event for event in events if event['camera'] == each['Id']]
        free = list(own)
        for start, stop in visits(index):
            overlapping = [event for event in own if event['start'] < stop + 2_000_000 and event['end'] > start]
            free = [event for event in free if event not in overlapping]
            if start < begin + WARM_UP_US or stop > end - 2_000_000:
                continue
            seen += 1
            assert len(overlapping) == 1, (f'{each["Name"]}: {len(overlapping)} events for the visit at '
                                           f'{(start - begin) / 1e6:.1f} s: {own}')
            event = overlapping[0]
            assert start - 500_000 <= event['start'] <= start + 2_000_000, 'it begins with the visit'
            assert stop - 3_000_000 <= event['end'] <= stop + 10_000_000, 'and ends after it'
            assert event['channel'] == each['Channel'] and 'pixels' in event['witnesses']
            assert start <= event['peak'] <= stop + 500_000 and 0 < event['score'] <= 1
        seconds = lambda utc: round((utc - begin) / 1e6, 1)
        assert not free, (f'{each["Name"]}: events while nothing moved: '
                          f'{[(seconds(event["start"]), seconds(event["end"]), event["score"]) for event in free]} s; visits at '
                          f'{[(seconds(start), seconds(stop)) for start, stop in visits(index)]} s of {seconds(end)} s')
    print(f'# {seen} visits, {len(events)} events')
    assert seen >= len(NAMES), f'only {seen} whole visits in this time'


def test_thumbnails_show_their_own_camera():
    need_the_run()
    house.activate_recorder()
    for event in events:
        if event['witnesses'] == ['device']:
            continue  # nobody looked at the picture yet
        if event['lasts'] and not event['thumbnail']:
            continue  # it had just begun
        assert event['thumbnail'], f'an event without a picture: {event}'
        fd = house.recorder.call(house.recorder.manager_path, 'Manager', 'OpenThumbnail', '(sa{sv})', event['id'], {})[1][0]
        with os.fdopen(fd, 'rb') as file:
            jpeg = file.read()
        assert jpeg.startswith(b'\xff\xd8') and f'channel={event["channel"]}'.encode() in jpeg
        index = next(index for index, each in cameras.items() if each['Channel'] == event['channel'])
        code = thumbnail_code(house, jpeg)
        assert code is None or code.device == index, f'a thumbnail of another camera: {code}'


tap.main(globals())
