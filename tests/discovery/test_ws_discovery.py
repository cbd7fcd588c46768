# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Discovery against devices that are played here, on loopback and on interfaces of a network of its own, and no Avahi anywhere."""

import shutil
import subprocess
import time
import uuid

from devices import Device, envelope
from harness import Skip, World, tap, wait_for
from hits import Hits

# In ms: the pauses of a real one would make long tests.
PACE = (200, 1600, 700)

WORLD = None
HITS = None


def set_up():
    global WORLD, HITS
    WORLD = World()
    if not WORLD.isolated:
        raise Skip(WORLD.isolation_refused)
    HITS = Hits(WORLD, 0, PACE)


def ip(*words):
    if not shutil.which('ip', path=WORLD.env['PATH']):
        raise Skip('ip is not installed')
    done = subprocess.run(['ip', *words], env=WORLD.env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f'interfaces cannot be made here: {done.stderr.strip()}')
    return done.stdout


def make_interface(name, *addresses):
    """An interface that is up, with nobody behind it."""
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', f'{name}x')
    ip('link', 'set', f'{name}x', 'addrgenmode', 'none')
    ip('link', 'set', f'{name}x', 'up')
    for address in addresses:
        ip('addr', 'add', address, 'dev', name)
    ip('link', 'set', name, 'up')


def ask_anew():
    """Whatever says Hello makes it ask at once."""
    time_of_kick = Device('Kick')
    time_of_kick.hello()
    HITS.wait_named('Kick')
    time_of_kick.bye()
    time_of_kick.stop()
    HITS.wait_gone('Kick')


def test_a_camera_is_found_without_avahi():
    start = time.monotonic()
    camera = Device('Front door', more='onvif://www.onvif.org/hardware/P3818 onvif://www.onvif.org/MAC/B8:A4:4F:A0:4F:26',
                    endpoint='urn:uuid:00075FE0-a604-04a6-e05f-0700075fe05f')
    hit = HITS.wait_named('Front door')[0]
    print(f'# found after {time.monotonic() - start:.2f} s')
    assert HITS.state() == 'absent'
    assert hit['source'] == 'ws-discovery' and hit['address'] == '127.0.0.1' and hit['port'] == 8080, hit
    assert hit['mac'] == 'b8a44fa04f26' and hit['hardware'] == 'P3818' and hit['path'] == '/onvif/device_service', hit
    assert hit['endpoint'] == '00075fe0-a604-04a6-e05f-0700075fe05f' and not hit['secure'], hit
    camera.bye()
    camera.stop()
    HITS.wait_gone('Front door')


def test_a_camera_that_answers_only_to_one_type_is_found():
    for asks in ('transmitter', 'device'):
        camera = Device(f'Only {asks}', answers=lambda asked, asks=asks: asked == asks)
        HITS.wait_named(f'Only {asks}')
        camera.bye()
        camera.stop()
        HITS.wait_gone(f'Only {asks}')


def test_a_camera_that_answers_to_no_type_is_found_and_stays():
    camera = Device('Untyped', answers=lambda asked: asked == 'all')
    camera.hello(full=False)
    HITS.wait_named('Untyped')
    count = len(camera.asked)
    # Asked often enough to be gone if its silence to the others counted.
    wait_for(lambda: len(camera.asked) > count + 30, 30, 'many questions')
    assert HITS.named('Untyped')
    camera.stop()
    HITS.wait_gone('Untyped', 20)


def test_an_address_behind_nat_is_not_followed():
    camera = Device('Behind', address='127.0.0.9', xaddrs='http://203.0.113.5:8081/onvif/device_service http://10.1.1.1/x')
    hit = HITS.wait_named('Behind')[0]
    assert hit['address'] == '127.0.0.9' and hit['port'] == 8081, hit
    camera.bye()
    camera.stop()
    HITS.wait_gone('Behind')


def test_no_address_at_all_means_the_usual_one():
    camera = Device('Bare', xaddrs='')
    hit = HITS.wait_named('Bare')[0]
    assert hit['port'] == 80 and hit['path'] is None, hit
    camera.bye()
    camera.stop()


def test_https_is_told():
    camera = Device('Secure', xaddrs='https://127.0.0.1:8443/onvif/device_service')
    hit = HITS.wait_named('Secure')[0]
    assert hit['secure'] and hit['port'] == 8443, hit
    camera.bye()
    camera.stop()


def test_answers_to_questions_of_others_and_printers_are_ignored():
    strangers = [Device('Of another', relates=lambda asked: f'urn:uuid:{uuid.uuid4()}'), Device('Of nobody', relates=lambda asked: None),
                 Device('Printer', types='tds2:Device wprt:PrintDevice')]
    strangers[2].describe = lambda full=True: Device.describe(strangers[2], full).replace('onvif://', 'ldap://')
    wait_for(lambda: all(len(device.asked) > 6 for device in strangers), 20, 'questions')
    ask_anew()
    endpoints = {f'urn:uuid:{hit["endpoint"]}' for hit in HITS.now().values()}
    for device in strangers:
        assert device.endpoint not in endpoints, device.name
        device.stop()


def test_hello_and_bye():
    camera = Device('Visitor')
    camera.hello()
    HITS.wait_named('Visitor')
    # Nobody can say goodbye for another.
    other = Device('Other', address='127.0.0.8', endpoint=camera.endpoint, answers=lambda asked: False)
    other.bye()
    ask_anew()
    assert not [event for event in HITS.events() if event['event'] == 'disappeared' and event['name'] == 'Visitor']
    camera.answers = lambda asked: False
    start = time.monotonic()
    camera.bye()
    HITS.wait_gone('Visitor')
    print(f'# gone {time.monotonic() - start:.2f} s after its goodbye')
    camera.stop()
    other.stop()


def test_who_falls_silent_goes():
    camera = Device('Silent')
    HITS.wait_named('Silent')
    start = time.monotonic()
    camera.answers = lambda asked: False
    HITS.wait_gone('Silent', 20)
    print(f'# gone after {time.monotonic() - start:.2f} s of silence, with questions every {PACE[2]} ms once it is missed')
    camera.stop()


def test_who_misses_a_question_or_two_stays():
    camera = Device('Lossy')
    HITS.wait_named('Lossy')
    numbers = iter(range(10000))
    camera.answers = lambda asked: next(numbers) % 7 == 6
    count = len(camera.asked)
    wait_for(lambda: len(camera.asked) > count + 30, 30, 'many questions')
    assert [event for event in HITS.events() if event['event'] == 'disappeared' and event['name'] == 'Lossy'] == []
    camera.bye()
    camera.stop()
    HITS.wait_gone('Lossy')


def test_a_change_is_seen():
    camera = Device('Old name')
    HITS.wait_named('Old name')
    camera.name = 'New name'
    camera.hello()
    HITS.wait_named('New name')
    assert not HITS.named('Old name')
    camera.bye()
    camera.stop()
    HITS.wait_gone('New name')


def test_a_camera_that_moved_has_two_addresses_until_the_old_one_is_given_up():
    camera = Device('Mover', address='127.0.0.11')
    HITS.wait_named('Mover')
    camera.address, camera.xaddrs = '127.0.0.12', 'http://127.0.0.12:8080/onvif/device_service'
    camera.hello()
    wait_for(lambda: '127.0.0.12' in {hit['address'] for hit in HITS.named('Mover')}, 10, 'the new address')
    wait_for(lambda: {hit['address'] for hit in HITS.named('Mover')} == {'127.0.0.12'}, 20, 'the old one to go')
    camera.bye()
    camera.stop()


def test_64_kib_are_read():
    camera = Device('Large', padding=63000)
    HITS.wait_named('Large')
    camera.bye()
    camera.stop()
    HITS.wait_gone('Large')


def test_nobody_takes_the_place_of_all_others():
    many = Device('Many', answers=lambda asked: False)
    for number in range(200):
        many.endpoint, many.name = f'urn:uuid:{uuid.uuid4()}', f'Many {number}'
        many.hello()

    def there():
        return [hit for hit in HITS.now().values() if hit['name'].startswith('Many')]
    wait_for(lambda: len(there()) >= 64, 5, 'as many as one may be')
    camera = Device('One more', address='127.0.0.21')
    camera.hello()
    HITS.wait_named('One more')
    assert len(there()) <= 64, len(there())
    wait_for(lambda: not there(), 30, 'them to go')
    for device in (camera, many):
        device.bye()
        device.stop()
    HITS.wait_gone('One more')


def test_nonsense_and_floods():
    camera = Device('Sane', address='127.0.0.20')
    HITS.wait_named('Sane')
    flood = Device('Flood', answers=lambda asked: False)
    data = [b'', b'\0' * 100, b'<' * 60000, b'<a>' * 20000, bytes(range(256)) * 200,
            b'<!DOCTYPE a [<!ENTITY b "' + b'c' * 1000 + b'">]>' + envelope('Bye', '<d:Bye>&b;&b;</d:Bye>'),
            envelope('Hello', '<d:Hello>' + 'x' * 60000 + '</d:Hello>'), envelope('Hello', '<d:Hello/>')]
    start = time.monotonic()
    before = cpu_of(HITS.process.pid)
    for number in range(4000):
        flood.send(data[number % len(data)])
    for number in range(400):
        flood.endpoint, flood.name = f'urn:uuid:{uuid.uuid4()}', f'Flood {number}'
        flood.hello()
    seconds, spent = time.monotonic() - start, cpu_of(HITS.process.pid) - before
    print(f'# {spent:.2f} s of processor time for a flood of {seconds:.1f} s')
    there = [hit for hit in HITS.now().values() if hit['name'].startswith('Flood')]
    assert len(there) <= 64, len(there)
    assert HITS.named('Sane')
    wait_for(lambda: not [hit for hit in HITS.now().values() if hit['name'].startswith('Flood')], 30, 'the flood to go')
    assert HITS.named('Sane')
    for device in (camera, flood):
        device.bye()
        device.stop()
    HITS.wait_gone('Sane')


def cpu_of(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        fields = file.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_interfaces_come_and_go():
    make_interface('d0', '192.0.2.10/24')
    camera = Device('On d0', address='192.0.2.10', interface='d0')
    start = time.monotonic()
    assert HITS.wait_named('On d0')[0]['address'] == '192.0.2.10'
    print(f'# found after {time.monotonic() - start:.2f} s')
    ip('link', 'set', 'd0', 'down')
    HITS.wait_gone('On d0', 5)
    ip('link', 'set', 'd0', 'up')
    HITS.wait_named('On d0')
    # Another network on the same interface.
    ip('addr', 'add', '198.51.100.10/24', 'dev', 'd0')
    second = Device('Second network', address='198.51.100.10', interface='d0')
    HITS.wait_named('Second network')
    second.bye()
    second.stop()
    camera.stop()
    ip('link', 'del', 'd0')
    HITS.wait_gone('On d0', 5)


def test_who_is_on_another_network_is_not_listened_to():
    make_interface('d1', '192.0.2.10/24')
    # On loopback, with an address that is on d1 only.
    camera = Device('Elsewhere', address='192.0.2.10', interface='lo')
    camera.hello()
    wait_for(lambda: len(camera.asked) > 4, 10, 'questions')
    ask_anew()
    assert not HITS.named('Elsewhere'), HITS.now()
    camera.stop()
    ip('link', 'del', 'd1')


def test_ipv6_link_local_has_its_interface():
    make_interface('d2')

    def own():
        words = ip('-6', '-o', 'addr', 'show', 'dev', 'd2', 'scope', 'link').split()
        return words[words.index('inet6') + 1].partition('/')[0] if 'inet6' in words and 'tentative' not in words else None
    try:
        address = wait_for(own, 5, 'an address')
    except AssertionError:
        ip('link', 'del', 'd2')
        raise Skip('there is no IPv6 here') from None
    camera = Device('Six', address=address, interface='d2')
    hit = HITS.wait_named('Six')[0]
    assert hit['address'] == f'{address}%d2' and hit['port'] == 8080, hit
    camera.bye()
    camera.stop()
    HITS.wait_gone('Six')
    ip('link', 'del', 'd2')


def test_it_ends_in_order():
    camera = Device('Last')
    HITS.wait_named('Last')
    assert HITS.process.stop() == 0, HITS.process.log_text()[-2000:]
    lines = HITS.process.log_text().strip().split('\n')
    assert lines[-1] == '{"event": "end"}', lines[-3:]
    assert any('"disappeared"' in line and '"Last"' in line for line in lines[-6:]), lines[-6:]
    camera.stop()


def test_another_program_may_have_the_port_for_itself():
    camera = Device('Alone', exclusive=True)
    hits = Hits(WORLD, 1, PACE)
    hits.wait_named('Alone')
    # Nothing that is only said is heard then.
    camera.answers = lambda asked: False
    hits.wait_gone('Alone', 20)
    camera.hello()
    camera.answers = lambda asked: True
    hits.wait_named('Alone')
    assert hits.process.stop() == 0, hits.process.log_text()[-2000:]
    camera.stop()


def tear_down():
    WORLD.close()


if __name__ == '__main__':
    tap.main(globals())
