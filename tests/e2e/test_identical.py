#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras of each kind over a network that cuts what they send anywhere and ends connections at random: what is in the files is what was
sent, byte for byte, and what is missing lies in a gap that the catalogue names."""

import collections
import os
import random
import urllib.parse
import zlib

from harness import process, tap
from harness.wait import wait_for

import mkv
from house import House, icamtest, now_us
from proxy import Proxy

LONG = bool(os.environ.get('ICAM_LONG'))
SECONDS = int(os.environ.get('ICAM_SECONDS') or (1800 if LONG else 40))
SEED = int(os.environ.get('ICAM_SEED') or random.SystemRandom().randrange(1 << 31))

KINDS = [
    'codec=h264,audio=aac,packets=single',
    'codec=h264,audio=g711',
    'codec=h265,packets=single',
    'codec=h264,mjpeg',
    'codec=h265,audio=aac',
]
KINDS = [KINDS[index % len(KINDS)] for index in range(16 if LONG else len(KINDS))]

house = proxy = None
cameras = {}                                  # device index: properties
kinds = {}                                    # device index: of KINDS
truth = None
rows = collections.defaultdict(list)          # device index: gaps
segments = {}                                 # device index: {number: its row}
found = collections.defaultdict(list)         # device index: [(file, tracks, blocks)]


def set_up():
    global house, proxy
    house = House()
    house.start()
    proxy = Proxy(SEED, mean_life=40 if LONG else 15)


def tear_down():
    proxy.close()
    house.close()


def is_jpeg(index):
    return 'mjpeg' in kinds[index]


def add(device):
    """Adds a device by the address of its stream, as it is seen behind the network."""
    if is_jpeg(device['index']):
        url = urllib.parse.urlsplit(device['mjpeg'])
    else:
        url = urllib.parse.urlsplit(next(stream['url'] for stream in device['streams'] if stream['stream'] == 'main'))
    address = url._replace(netloc=f'127.0.0.1:{proxy.port_to(url.port)}').geturl()

    def added():
        # Connections end while it looks at the camera too.
        try:
            return house.recorder.add(address, 'admin', house.password)
        except AssertionError as error:
            print(f'# {error}')
            return None
    path = wait_for(added, 60, f'{address} to be added')[0]
    cameras[device['index']] = house.camera_properties(path) | {'Path': path}


def test_records_over_a_bad_network():
    global truth
    print(f'# ICAM_SEED={SEED}, {SECONDS} s, {len(KINDS)} cameras')
    options = [word for index, kind in enumerate(KINDS) for word in ('--device', f'name=Camera {index + 1},{kind}')]
    camera = house.start_camera(*options)
    proxy.cutting = False
    for device in camera.devices:
        kinds[device['index']] = KINDS[device['index']]
        add(device)
    paths = [each['Path'] for each in cameras.values()]
    house.wait_recording(paths, roles=('main',))
    worker = house.worker_pid()
    proxy.cutting = True
    end = now_us() + SECONDS * 1_000_000
    wait_for(lambda: now_us() > end, SECONDS + 10, 'the time to pass', interval=0.2)
    proxy.cutting = False
    house.wait_recorded_until(paths, now_us(), roles=('main',), timeout=60)
    assert house.worker_pid() == worker and process.alive(worker)
    for index, each in cameras.items():
        recorded, rows[index] = house.recorder.recordings(each)
        segments[index] = {row['seq']: row for row in recorded}
    house.stop_recorder()
    truth = icamtest.Log(camera.log_path)
    for index, each in cameras.items():
        for path in house.files(each['Channel'], 'main'):
            found[index].append((path, *mkv.read(path)))
    print(f'# {len(proxy.cuts)} connections cut, {proxy.pieces} pieces')
    assert len(proxy.cuts) >= len(KINDS) // 2, 'the network was not bad enough'


def video_of(index):
    """(file, track, block) of all pictures of a camera."""
    for path, tracks, blocks in found[index]:
        for block in blocks:
            if tracks[block.track].kind == 'video':
                yield path, tracks[block.track], block


def code_and_crc(track, block):
    """What a picture says of itself, and the checksum as the camera makes it: of its slices."""
    if track.codec == 'V_MJPEG':
        return icamtest.code_of_jpeg(block.data), zlib.crc32(block.data)
    code, crc = None, 0
    for nal in mkv.nal_units(block.data):
        code = icamtest.code_of_unit(nal) or code
        if nal[0] & 0x1F in (1, 5) if track.codec == 'V_MPEG4/ISO/AVC' else (nal[0] >> 1) & 0x3F < 32:
            crc = zlib.crc32(nal, crc)
    return code, crc


def sent_by(index):
    """{counter: (checksums, UTC)} of the pictures that a camera sent; one that it sent again has as many checksums."""
    sent = {}
    entries = truth._all('jpeg', device=index) if is_jpeg(index) else truth.frames(device=index, channel=0, stream='main')
    for entry in entries:
        sent.setdefault(entry['counter'], ([], entry['utc_us']))[0].append(int(entry['crc'], 16))
    return sent


def row_of(index, path):
    """A file's row, by the number in its name."""
    return segments[index][int(path.stem.rpartition('-')[2])]


def is_said(index, before, after):
    """Whether the catalogue names what is missing between two files: a camera's clock and the recorder's may differ by what the network took,
    but by the recorder's own nothing may lie between the end of the one and the start of the other that no gap covers."""
    if before == after:
        return False
    at, end = row_of(index, before)['end'], row_of(index, after)['start']
    if at >= end:
        return False
    for row in sorted(rows[index] + list(segments[index].values()), key=lambda row: row['start']):
        if row['start'] <= at < row['end'] <= end:
            at = row['end']
    return at == end


def test_pictures_are_what_was_sent():
    total = lost = 0
    for index in cameras:
        assert found[index], f'{KINDS[index]}: nothing recorded'
        sent, have = sent_by(index), collections.Counter()
        first, last_in = {}, {}  # counter: the file
        last = None, 0
        for path, track, block in video_of(index):
            code, crc = code_and_crc(track, block)
            assert code is not None, f'{KINDS[index]}: a picture without a code'
            assert code.device == index and code.counter in sent, f'{KINDS[index]}: {code} was not sent'
            assert crc in sent[code.counter][0], f'{KINDS[index]}: picture {code.counter} is another than was sent'
            # The camera may send the newest picture again when it has another client.
            assert last[0] != path or last[1] < code.counter or last[1] == code.counter and len(sent[code.counter][0]) > 1, \
                f'{path}: out of order at picture {code.counter}'
            last = path, code.counter
            have[code.counter] += 1
            first.setdefault(code.counter, path)
            last_in[code.counter] = path
        # A new connection begins with a key frame, which the one before may have had.
        twice = [counter for counter, times in have.items() if times > len(sent[counter][0])]
        assert not twice, f'{KINDS[index]}: pictures {twice[:5]} more often than they were sent'
        missing, unsaid, single = 0, [], 0
        recorded = sorted(have)
        for before, after in zip(recorded, recorded[1:]):
            lost_here = [counter for counter in range(before + 1, after) if counter in sent]
            missing += len(lost_here)
            if not lost_here or is_said(index, last_in[before], first[after]):
                continue
            # The times of a new connection may be ahead of the old one's by as much as a single picture between them lasts: no gap is seen then.
            if len(lost_here) == 1 and last_in[before] != first[after]:
                single += 1
            else:
                unsaid.append((last_in[before].name, lost_here, first[after].name))
        print(f'# {KINDS[index]}: {len(have)} pictures, {missing} missing in {len(rows[index])} gaps, {single} single ones')
        assert not unsaid, f'{KINDS[index]}: {len(unsaid)} missing outside of the gaps {rows[index]}: {unsaid[:5]}'
        total += len(have)
        lost += missing
    print(f'# {total} pictures compared, {lost} missing, each in a gap')
    assert total > SECONDS * 5 * len(KINDS), 'too little was recorded'


def test_sound_is_what_was_sent():
    for index in cameras:
        if 'audio' not in KINDS[index]:
            continue
        # In order of sending; the loop repeats, so a packet alone says little: runs of them are compared.
        sent = collections.defaultdict(dict)
        for entry in truth._all('sound', device=index):
            sent[entry['session']][entry['counter']] = int(entry['crc'], 16)
        by_counter = {}
        for packets in sent.values():
            by_counter.update(packets)
        assert by_counter, 'the camera logged no sound'
        places = collections.defaultdict(list)
        for counter, crc in by_counter.items():
            places[crc].append(counter)
        recorded = runs = 0
        for path, tracks, blocks in found[index]:
            sums = [zlib.crc32(block.data) for block in blocks if tracks[block.track].kind == 'audio']
            for crc in sums:
                assert crc in places, f'{path}: sound that was not sent'
            recorded += len(sums)
            # Each packet is followed by what was sent behind it, but where a connection was cut.
            at = set()
            for crc in sums:
                step = {counter + 1 for counter in at} & set(places[crc])
                runs += not step
                at = step or set(places[crc])
        print(f'# {KINDS[index]}: {recorded} packets of sound in {runs} runs')
        assert recorded > SECONDS * 5, 'too little sound was recorded'
        assert runs <= len(found[index]) + len(rows[index]), 'sound is missing where nothing was cut'


tap.main(globals())
