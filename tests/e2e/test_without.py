#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that the recorder leans on is missing: said plainly, nothing crashes, nothing is lost."""

import contextlib
import os
import shutil
import sqlite3

from harness import process, tap
from harness.wait import wait_for

from house import House, Refused, file_codes, now_us

house = None
path = None


def set_up():
    """Without Avahi, to begin with."""
    global house, path
    house = House()
    house.start_session_bus()
    house.start_system_bus()
    house.start_keyring()


def tear_down():
    house.close()


def test_recorder_not_running():
    services = house.session.services
    hidden = services.with_suffix('.hidden')
    os.rename(services, hidden)
    house.session.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'ReloadConfig')
    done = house.ctl('list', check=False)
    assert done.returncode == 3 and 'recorder' in done.stderr.lower(), (done.returncode, done.stderr)
    os.rename(hidden, services)
    house.session.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'ReloadConfig')
    house.activate_recorder()
    assert house.ctl('list').returncode == 0


def test_avahi_absent():
    global path
    wait_for(lambda: house.recorder.manager()['DiscoveryState'] == 'absent', 10, 'discovery to say that Avahi is absent')
    done = house.ctl('discover', '--seconds', '1', check=False)
    assert 'avahi' in (done.stdout + done.stderr).lower(), (done.returncode, done.stdout, done.stderr)
    # An address can be given all the same.
    camera = house.start_camera('--device', 'name=Front door,mdns=no,wsd=no')
    path = house.add_device(camera.devices[0])[0]
    house.wait_recording([path])
    house.wait_state(path, 'recording')


def test_keyring_locked():
    house.stop_recorder()
    house.keyring.lock()
    house.activate_recorder()
    house.wait_state(path, 'waiting')
    assert house.recorder.manager()['KeyringState'] == 'locked'
    assert 'keyring' in house.ctl('status', check=False).stdout.lower()
    wait_for(lambda: [gap for gap in house.gaps(path) if gap['cause'] == 'keyring-locked'], 5, 'the gap to say why')
    done = house.ctl('add', '127.0.0.1:9', '--user', 'admin', input='x\n', check=False)
    assert done.returncode != 0
    house.keyring.unlock()
    house.wait_state(path, 'recording', 20)
    house.wait_recorded_until([path], now_us())


def oldest():
    return min(row['start'] for role in ('main', 'sub') for row in house.segments(path, role))


def test_oldest_recording_is_known():
    """From the start, and as soon as the oldest was deleted."""
    def floor(value):
        with contextlib.closing(sqlite3.connect(house.databases / 'config.sqlite')) as config, config:
            config.execute('INSERT OR REPLACE INTO setting VALUES (?, ?)', ('floor-bytes', value))

    before = oldest()
    house.stop_recorder()
    house.activate_recorder()
    assert house.recorder.manager()['OldestRecording'] == before
    house.stop_recorder()
    # No disk has so much room.
    floor('9000000000000000000')
    house.activate_recorder()
    wait_for(lambda: oldest() > before and house.recorder.manager()['OldestRecording'] == oldest(), 15,
             'the oldest to be another')
    house.stop_recorder()
    floor('1')
    house.activate_recorder()
    house.wait_state(path, 'recording', 20)
    house.wait_recorded_until([path], now_us())


def test_keyring_that_locks_later_stops_nothing():
    house.keyring.lock()
    wait_for(lambda: house.recorder.manager()['KeyringState'] == 'locked', 10, 'the lock to be seen')
    camera = house.cameras[-1]
    camera.control(0, 'die')
    wait_for(lambda: house.camera_properties(path)['State'] != 'recording', 15, 'the death to be noticed')
    camera.control(0, 'revive')
    house.wait_state(path, 'recording', 45)
    house.keyring.unlock()


def test_archive_folder_not_writable():
    worker = house.worker_pid()
    # Even root cannot write into what is a file.
    obstacle = house.home / 'obstacle'
    obstacle.write_text('no folder')
    try:
        house.recorder.set_archive_folder(obstacle / 'archive')
    except Exception as error:
        assert 'Archive' in str(error) or isinstance(error, Refused), error
    else:
        raise AssertionError('a folder that cannot be was accepted')
    house.wait_recorded_until([path], now_us())
    assert house.worker_pid() == worker and process.alive(worker)


def taken_away(problem, sentence):
    """What stands where the archive was makes itself known, and live goes on; returns when it was first said."""
    worker = house.worker_pid()
    wait_for(lambda: house.recorder.manager()['ArchiveProblem'][0] == problem, 15, f'the folder\'s trouble, {problem}')
    said = now_us()
    status = house.ctl('status', check=False).stdout
    assert str(house.archive) in status and sentence in status, status
    live = house.open_live(path)
    live.wait_frame(after=now_us())
    live.close()
    wait_for(lambda: [gap for gap in house.gaps(path) if gap['cause'] == 'disk-error' and gap['end'] == 0], 10,
             'the gap that lasts')
    assert house.worker_pid() == worker and process.alive(worker)
    return said


def brought_back(away, said):
    """Without a restart recording goes on, what was there is there, and a gap says what is missing."""
    worker = house.worker_pid()
    os.rename(away, house.archive)
    wait_for(lambda: house.recorder.manager()['ArchiveProblem'][0] == '', 30, 'the folder to be well again')
    house.wait_recorded_until([path], now_us())
    gaps = [gap for gap in house.gaps(path) if gap['cause'] == 'disk-error' and gap['start'] < said + 200000 and gap['end'] > said]
    assert len(gaps) == 1, house.gaps(path)
    before = [row for row in house.segments(path) if row['end'] <= gaps[0]['start'] + 1000]
    assert before and gaps[0]['start'] - before[-1]['end'] < 1000, (before, gaps)
    file = next(file for file in house.files(before[-1]['channel'], 'main') if file.stem.endswith(f'-{before[-1]["seq"]}'))
    assert file_codes(file), 'what was written until then plays'
    assert house.worker_pid() == worker and process.alive(worker)


def test_archive_folder_replaced_by_a_file():
    """It breaks while recording goes on: said, kept as a gap, and over when the folder is back."""
    away = house.archive.with_name('away')
    os.rename(house.archive, away)
    house.archive.write_text('no folder')
    said = taken_away('ArchiveNotWritable', 'Nothing can be written')
    os.remove(house.archive)
    brought_back(away, said)


def test_archive_folder_moved_away():
    away = house.archive.with_name('away')
    os.rename(house.archive, away)
    said = taken_away('ArchiveMissing', 'is missing')
    assert not house.archive.exists(), 'nothing is made in its place'
    brought_back(away, said)


def test_archive_folder_unmounted():
    """An empty folder is what an unmounted disk leaves."""
    away = house.archive.with_name('away')
    os.rename(house.archive, away)
    house.archive.mkdir()
    said = taken_away('ArchiveMissing', 'is missing')
    assert not list(house.archive.iterdir()), 'nothing is written beside the disk'
    house.archive.rmdir()
    brought_back(away, said)


def test_wrong_disk_is_refused():
    """Two archives swapped at mount: the other one carries another id."""
    house.stop_recorder()
    other = house.home / 'other'
    shutil.copytree(house.archive, other)
    ini = other / 'incamera-archive.ini'
    text = ini.read_text(encoding='utf-8')
    import re
    ini.write_text(re.sub(r'[0-9a-f]{32}', '0123456789abcdef0123456789abcdef', text), encoding='utf-8')
    assert ini.read_text(encoding='utf-8') != text, 'the mark holds an id'
    mine = house.archive.with_name('mine')
    os.rename(house.archive, mine)
    os.rename(other, house.archive)
    before = set(house.files())
    house.activate_recorder()
    wait_for(lambda: house.recorder.manager()['ArchiveProblem'][0] == 'ArchiveWrong', 15, 'the wrong disk to be refused')
    assert set(house.files()) == before, 'nothing is written to it'
    os.rename(house.archive, other)
    os.rename(mine, house.archive)
    wait_for(lambda: house.recorder.manager()['ArchiveProblem'][0] == '', 30, 'the right disk to be taken')
    house.wait_recorded_until([path], now_us())


tap.main(globals())
