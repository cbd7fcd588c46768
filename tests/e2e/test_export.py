#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was recorded as films: players take them, they begin where they should, say what they are, and leave nothing behind that is not
whole. Stills of a moment."""

import json
import os
import pathlib
import re
import signal
import struct
import subprocess

from harness import tap
from harness.wait import wait_for

from house import House, file_codes, icamtest, now_us

FRAME_US = 1_000_000 // 15
# What a page must not take for its own.
NAMES = {'Front <b>"door"</b> & co': 'audio=aac', 'Garage': 'audio=g711', 'Street': 'codec=h265'}
SECONDS = 4

house = None
cameras = {}  # name: properties
begin = end = 0


def set_up():
    global house, begin, end
    house = House()
    house.start()
    camera = house.start_camera(*[word for name, more in NAMES.items() for word in ('--device', f'name={name},{more}')])
    paths = []
    for device in camera.devices:
        path = house.add_device(device)[0]
        paths.append(path)
        cameras[device['name']] = house.camera_properties(path) | {'Path': path}
    house.wait_recording(paths, roles=('main',))
    begin = max(min(row['start'] for row in house.segments(path)) for path in paths) + 2_500_000
    end = begin + SECONDS * 1_000_000
    house.wait_recorded_until(paths, end + 500_000, roles=('main',))


def tear_down():
    house.close()


def at(us):
    """A time as it is written, with what a second has after the point."""
    seconds, rest = divmod(us, 1_000_000)
    done = subprocess.run(['date', '-u', '-d', f'@{seconds}', '+%Y-%m-%dT%H:%M:%S'], capture_output=True, text=True, check=True)
    return f'{done.stdout.strip()}.{rest:06}Z'


def export(name, target, *more, from_us=None):
    """Through the command line; what it says of it."""
    return json.loads(house.ctl('export', name, '--from', at(from_us or begin), '--to', at(end), '--json', *more, str(target)).stdout)


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False, env=house.env)
    assert done.returncode == 0, f'{command}: {done.stdout[-400:]} {done.stderr[-800:]}'
    return done


def probe(path):
    done = run('ffprobe', '-v', 'error', '-show_entries', 'stream=codec_name,codec_type:format=format_name,duration:format_tags', '-of', 'json', path)
    assert not done.stderr.strip(), done.stderr
    found = json.loads(done.stdout)
    return {stream['codec_name'] for stream in found['streams']}, found['format']


def check_plays(path):
    """From end to end, without a word."""
    done = run('ffmpeg', '-v', 'error', '-xerror', '-i', path, '-map', '0', '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-')
    assert not done.stderr.strip(), done.stderr
    done = run('gst-launch-1.0', '-q', 'playbin', f'uri={path.as_uri()}', 'video-sink=fakesink sync=false', 'audio-sink=fakesink sync=false')
    assert 'WARN' not in done.stdout + done.stderr and 'ERROR' not in done.stdout + done.stderr, done


def boxes(path):
    data, found, place = pathlib.Path(path).read_bytes(), [], 0
    while place < len(data):
        size, kind = struct.unpack_from('>I4s', data, place)
        found.append(kind.decode())
        place += struct.unpack_from('>Q', data, place + 8)[0] if size == 1 else size
    return found


def first_by_ffmpeg(path):
    run('ffmpeg', '-v', 'error', '-y', '-i', path, '-frames:v', '1', house.runtime / 'first.png')
    return icamtest.visual_codes_of_file(house.runtime / 'first.png')[0]


def first_by_gstreamer(path):
    picture = house.runtime / 'first-gst.png'
    run('gst-launch-1.0', '-q', 'filesrc', f'location={path}', '!', 'decodebin', '!', 'videoconvert', '!', 'pngenc', 'snapshot=true', '!',
        'filesink', f'location={picture}')
    return icamtest.visual_codes_of_file(picture)[0]


def test_mp4():
    name = next(iter(NAMES))
    path = house.runtime / 'a.mp4'
    said = export(name, path)
    assert said['format'] == 'mp4' and said['reason'] is None and said['bytes'] == path.stat().st_size, said
    # From the key frame before, two seconds at most, to the end.
    assert begin - 2_100_000 <= said['from_us'] <= begin and abs(said['to_us'] - end) <= 2 * FRAME_US, said
    kinds = boxes(path)
    assert kinds[0] == 'ftyp' and kinds.index('moov') < kinds.index('mdat'), kinds
    codecs, form = probe(path)
    assert codecs == {'h264', 'aac'} and 'mp4' in form['format_name'], (codecs, form)
    assert form['tags']['title'].startswith(name) and cameras[name]['Channel'] in form['tags']['comment'], form
    assert form['tags']['creation_time'].startswith(at(said['from_us'])[:19]), (form, said)
    check_plays(path)
    codes = file_codes(path)
    assert [code.counter for code in codes] == list(range(codes[0].counter, codes[-1].counter + 1)), 'pictures are missing'
    assert len(codes) >= SECONDS * 15 - 1
    # None of its own is left.
    assert not list(house.runtime.glob('*.part'))


def test_exact_beginning():
    wanted_us = begin + 700_000  # in the middle of a group of pictures
    for name in (next(iter(NAMES)), 'Street'):
        path = house.runtime / 'exact.mp4'
        said = export(name, path, '--exact', '--force', from_us=wanted_us)
        assert said['exact'] and -100 <= said['from_us'] - wanted_us <= 2 * FRAME_US, said
        found = run('ffprobe', '-v', 'error', '-show_entries', 'packet=codec_type,pts_time,flags', '-of', 'csv=p=0', path).stdout.split()
        hidden = [line for line in found if line.startswith('video') and 'D' in line.split(',')[2]]
        assert (len(hidden) > 0) == (said['hidden_us'] > 0), (hidden, said)
        # Sound from before it is not in the file at all, but for less than a picture's time.
        assert not [line for line in found if line.startswith('audio') and float(line.split(',')[1]) < -0.07], found
        # What is still in the file is not what a player shows first.
        codes = file_codes(path)
        first = [first_by_ffmpeg(path), first_by_gstreamer(path)]
        assert None not in first and first[0].counter == first[1].counter, first
        if name != 'Street':  # the strip of H.265 counts its loop
            assert first[0].counter == codes[len(hidden)].counter == codes[0].counter + len(hidden), (hidden[-2:], first, codes[0], found[-6:])
        assert abs(float(probe(path)[1]['duration']) - (end - wanted_us) / 1e6) < 0.4, probe(path)
    check_plays(path)


def test_what_mp4_cannot_hold():
    said = export('Garage', house.runtime / 'garage.mp4', '--exact')
    path = house.runtime / 'garage.mkv'
    assert said['format'] == 'matroska' and said['reason'] == 'sound' and not said['exact'] and said['file'] == str(path), said
    assert not (house.runtime / 'garage.mp4').exists()
    codecs, form = probe(path)
    assert codecs == {'h264', 'pcm_mulaw'} and 'matroska' in form['format_name'], (codecs, form)
    tags = {key.lower(): value for key, value in form['tags'].items()}
    assert tags['title'].startswith('Garage') and cameras['Garage']['Channel'] in tags['comment'], form
    assert tags['creation_time'].startswith(at(said['from_us'])[:19]), (form, said)
    check_plays(path)


def test_folder():
    folder = house.runtime / 'films'
    said = json.loads(house.ctl('export', '--all', '--from', at(begin), '--to', at(end), '--json', str(folder)).stdout)
    assert {each['format'] for each in said} == {'mp4', 'matroska'} and len(said) == len(NAMES), said
    assert {path.name for path in folder.iterdir()} == {each['file'] for each in said} | {'index.html'}
    page = (folder / 'index.html').read_text(encoding='utf-8')
    assert '<b>' not in page and 'Front &lt;b&gt;&quot;door&quot;&lt;/b&gt; &amp; co' in page, page
    assert '<script' not in page and not re.search('(src|href)="(?!\\./)', page), page
    assert page.count('<video') == len(NAMES)
    assert all(probe(folder / each['file'])[1]['tags']['title'].startswith(tuple(NAMES)) for each in said)


def test_nothing_is_left_of_what_is_not_whole():
    small = house.runtime / 'small'
    small.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small], check=True)
    try:
        for target in (small / 'a.mp4', small / 'a.mkv', small / 'films/'):
            done = house.ctl('export', 'Street', '--from', at(begin), '--to', at(end), '--json', f'{target}/' if target.name == 'films' else str(target),
                             check=False)
            assert done.returncode != 0, done
            error = json.loads(done.stderr)['error']
            assert error['code'] == 'NoSpace' and int(error['parameters']['needed']) > int(error['parameters']['free']), error
            assert not list(small.iterdir()), list(small.iterdir())
    finally:
        subprocess.run(['umount', small], check=True)


def test_cancelled():
    """Nothing is left. The recorder is held as soon as the file is begun; if it was done already, once more."""
    worker, part = house.worker_pid(), house.runtime / 'cancelled.mp4.part'
    for _ in range(10):
        child = house.start_ctl('export', 'Street', '--from', at(begin), '--to', at(end), '--force', str(part.with_suffix('')))
        wait_for(lambda: part.exists() or not child.running(), 10, 'the file to be begun', interval=0)
        os.kill(worker, signal.SIGSTOP)
        try:
            os.kill(child.pid, signal.SIGINT)
            wait_for(lambda: not child.running(), 10, 'the command to end')
        finally:
            os.kill(worker, signal.SIGCONT)
        assert not part.exists()
        if child.popen.returncode != 0:
            break
        part.with_suffix('').unlink()
    assert child.popen.returncode != 0 and not part.with_suffix('').exists(), child.log_text()


def test_stills():
    for ending, magic in (('png', b'\x89PNG'), ('jpg', b'\xff\xd8')):
        path = house.runtime / f'still.{ending}'
        said = json.loads(house.ctl('snapshot', 'Garage', '--at', at(begin + 1_234_567), '--json', str(path)).stdout)
        assert path.read_bytes().startswith(magic)
        assert cameras['Garage']['Channel'].encode() in path.read_bytes()[:300]
        # What was showing then.
        assert 0 <= begin + 1_234_567 - said['time_us'] <= 2 * FRAME_US, said
        code = icamtest.visual_codes_of_file(path)[0]
        assert code is not None and abs(code.utc_us - said['time_us']) < FRAME_US, (code, said)
    assert house.ctl('snapshot', 'Garage', '--at', at(now_us() - 86_400_000_000), str(path), check=False).returncode != 0


tap.main(globals())
