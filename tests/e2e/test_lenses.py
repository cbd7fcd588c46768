#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device with two lenses and an encoder with four inputs become two and four cameras, each with its own pictures."""

from harness import tap
from harness.wait import wait_for

from house import House, now_us

house = None


def set_up():
    global house
    house = House()
    house.start()


def tear_down():
    house.close()


def test_each_channel_is_a_camera_with_its_own_pictures():
    camera = house.start_camera('--device', 'name=Yard,lenses=2', '--device', 'name=Encoder,channels=4')
    for device, expected in zip(camera.devices, (2, 4)):
        added = house.add_device(device)
        assert len(added) == expected, f'{device["name"]} became {len(added)} cameras'
    cameras = house.recorder.objects('Camera')
    assert len(cameras) == 6
    assert len({each['Channel'] for each in cameras.values()}) == 6
    assert len({each['Name'] for each in cameras.values()}) == 6
    house.wait_recording(cameras, timeout=40)
    house.wait_recorded_until(cameras, now_us() + 2_000_000)

    lives = {path: house.open_live(path) for path in cameras}
    for live in lives.values():
        live.wait_frame(after=now_us())
    shown = {path: {(code.device, code.channel, code.stream) for code in live.codes()}
             for path, live in lives.items()}
    assert all(len(sources) == 1 for sources in shown.values()), f'a wall tile with several sources: {shown}'
    assert len({next(iter(sources)) for sources in shown.values()}) == 6, f'a source shown twice: {shown}'
    for live in lives.values():
        live.close()

    house.stop_recorder()
    pictures = 0
    for path, each in cameras.items():
        device, channel, _ = next(iter(shown[path]))
        for role in ('main', 'sub'):
            for file, codes in house.codes(each['Channel'], role):
                pictures += len(codes)
                wrong = [code for code in codes
                         if (code.device, code.channel, code.stream) != (device, channel, role)]
                assert not wrong, f'{file} holds pictures of others: {wrong[:3]}'
    print(f'# {pictures} recorded pictures looked at')
    assert pictures > 300


tap.main(globals())
