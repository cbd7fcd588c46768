#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""32 cameras on two networks, and no Avahi: all are found, each once; those that move are followed, and are never taken for one another.
Then one camera that is found both ways."""

import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid

from harness import tap
from harness.wait import wait_for
from harness.world import Skip

from house import House, file_codes, now_us

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'discovery'))

from devices import Device  # noqa: E402

EACH = 16
# Each network: our interface, our address, the cameras' interface, and where their addresses begin.
NETWORKS = [('r0', '192.0.2.1', 'c0', '192.0.2.'), ('r1', '198.51.100.1', 'c1', '198.51.100.')]


class Town(House):
    """A house whose cameras live on networks of their own."""

    inside = None  # the process in whose network the next camera starts

    def program(self, name):
        path = super().program(name)
        if name != 'incamera-test-camera' or self.inside is None:
            return path
        script = self.runtime / f'camera-in-{self.inside.pid}'
        script.write_text(f'#!/bin/sh\nexec nsenter -t {self.inside.pid} -n "{path}" "$@"\n', encoding='utf-8')
        script.chmod(0o700)
        return script

    def run(self, *words, inside=None):
        """Runs a command, in the network of a process."""
        prefix = ['nsenter', '-t', str(inside.pid), '-n'] if inside else []
        done = subprocess.run(prefix + list(words), env=self.env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f'{" ".join(words)}: {done.stderr.strip()}')

    def make_network(self, ours, our_address, theirs):
        """A pair of interfaces, one of them in a network of its own. Returns the process that holds it."""
        if any(shutil.which(word, path=self.env['PATH']) is None for word in ('ip', 'nsenter', 'unshare')):
            raise Skip('ip, nsenter or unshare is not installed')
        holder = self.spawn(f'network-{theirs}', ['unshare', '-n', 'sleep', 'infinity'])
        own = subprocess.run(['readlink', '/proc/self/ns/net'], capture_output=True, text=True, check=True).stdout
        wait_for(lambda: subprocess.run(['readlink', f'/proc/{holder.pid}/ns/net'], capture_output=True, text=True,
                                        check=True).stdout != own, 10, 'a network')
        try:
            self.run('ip', 'link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs)
        except RuntimeError as error:
            raise Skip(f'no interfaces can be made here: {error}') from None
        self.run('ip', 'link', 'set', theirs, 'netns', str(holder.pid))
        self.run('ip', 'addr', 'add', f'{our_address}/24', 'dev', ours)
        self.run('ip', 'link', 'set', ours, 'up')
        self.run('ip', 'link', 'set', 'lo', 'up', inside=holder)
        self.run('ip', 'link', 'set', theirs, 'up', inside=holder)
        return holder


house = None
networks, cameras = [], []
first = second = None  # cameras that are recorded: properties


def set_up():
    global house
    house = Town()
    if not house.isolated:
        raise Skip(house.isolation_refused)
    house.start_session_bus()
    house.start_system_bus()
    house.start_keyring()
    for number, (ours, our_address, theirs, prefix) in enumerate(NETWORKS):
        holder = house.make_network(ours, our_address, theirs)
        # The first of a network takes the others with it when it goes: it is nobody's.
        house.run('ip', 'addr', 'add', f'{prefix}2/24', 'dev', theirs, inside=holder)
        for index in range(EACH):
            house.run('ip', 'addr', 'add', f'{prefix}{11 + index}/24', 'dev', theirs, inside=holder)
        house.inside = holder
        options = [word for index in range(EACH)
                   for word in ('--device', f'name=Camera {number}-{index},address={prefix}{11 + index},mdns=no'
                                + (',xaddr=203.0.113.5' if index == 5 else ''))]
        # Number 5 says that it is somewhere else, as behind NAT. Another seed: other serial numbers.
        cameras.append(house.start_camera('--wsd-interface', theirs, '--seed', str(number + 1), '--no-mdns', *options))
        networks.append(holder)
    house.inside = None


def tear_down():
    house.close()


def found():
    return house.recorder.found()


def test_32_cameras_on_two_networks_within_5_s_of_the_start():
    expected = {device['onvif']: device['name'] for camera in cameras for device in camera.devices}
    assert len(expected) == 2 * EACH, expected
    start = time.monotonic()
    house.activate_recorder()
    started = time.monotonic() - start
    wait_for(lambda: len([each for each in found() if each['Kind'] == 'onvif']) >= len(expected), 20, 'all cameras')
    took = time.monotonic() - start
    print(f'# the recorder was there after {started:.2f} s, {len(expected)} cameras were found after {took:.2f} s')
    assert took < 5, f'it took {took:.1f} s'
    there = {each['Address']: each['Name'] for each in found()}
    assert there == expected, 'each by its own address and name'
    assert all(each['Sources'] == ['ws-discovery'] for each in found())
    assert house.recorder.manager()['DiscoveryState'] == 'absent', 'Avahi is absent, and it is said'


def test_none_is_there_twice_however_often_they_are_asked():
    # Hello makes everybody be asked again.
    for camera in cameras:
        camera.control('all', 'revive')
    start = now_us()
    wait_for(lambda: now_us() > start + 4_000_000, 10, 'questions and answers')
    assert len(found()) == 2 * EACH, [(each['Name'], each['Address']) for each in found()]


def add(device):
    hit = next(each for each in found() if each['Address'] == device['onvif'])
    path = house.recorder.add(hit['Address'], 'admin', house.password, found=hit['Path'])[0]
    house.wait_recording([path])
    return house.camera_properties(path) | {'Path': path}


def device_of(camera):
    return house.recorder.objects('Device')[house.camera_properties(camera['Path'])['Device']]


def move(number, index, new, silent=False):
    """A camera gets another address, as a router does it: the old one is nobody's any more. silent: its connections are not closed."""
    holder, theirs = networks[number], NETWORKS[number][2]
    old = cameras[number].devices[index]['address']
    if silent:
        house.run('ip', 'addr', 'del', f'{old}/24', 'dev', theirs, inside=holder)
    house.run('ip', 'addr', 'add', f'{new}/24', 'dev', theirs, inside=holder)
    cameras[number].control(index, 'move', new)
    if not silent:
        house.run('ip', 'addr', 'del', f'{old}/24', 'dev', theirs, inside=holder)
    cameras[number].devices[index]['address'] = new
    cameras[number].devices[index]['onvif'] = f'{new}:{cameras[number].devices[index]["onvif"].rpartition(":")[2]}'


def test_a_camera_that_moved_is_followed():
    global first
    first = add(cameras[0].devices[0])
    assert device_of(first)['Address'] == cameras[0].devices[0]['onvif']
    start = time.monotonic()
    moved_at = now_us()
    move(0, 0, '192.0.2.99')
    wait_for(lambda: device_of(first)['Address'] == cameras[0].devices[0]['onvif'], 40, 'the new address')
    followed = time.monotonic() - start
    house.wait_recorded_until([first['Path']], moved_at + 1_000_000, timeout=40)
    print(f'# followed after {followed:.2f} s, recorded again after {time.monotonic() - start:.2f} s')
    properties = house.wait_state(first['Path'], 'recording')
    assert properties['Identity'] == 'same' and properties['Channel'] == first['Channel']
    assert len(house.recorder.cameras()) == 1


def test_the_list_forgets_the_old_address():
    wait_for(lambda: len(found()) == 2 * EACH and cameras[0].devices[0]['onvif'] in {each['Address'] for each in found()}, 10,
             'the list')
    mine = [each for each in found() if each['Device'] != '/']
    assert [each['Address'] for each in mine] == [cameras[0].devices[0]['onvif']], mine


def test_a_camera_that_vanished_and_appears_elsewhere_is_followed():
    start = time.monotonic()
    moved_at = now_us()
    # It announces itself long before it is missed at its old address.
    move(0, 0, '192.0.2.97', silent=True)
    wait_for(lambda: device_of(first)['Address'] == cameras[0].devices[0]['onvif'], 60, 'the new address')
    followed = time.monotonic() - start
    house.wait_recorded_until([first['Path']], moved_at + 1_000_000, timeout=40)
    print(f'# followed after {followed:.2f} s, recorded again after {time.monotonic() - start:.2f} s')
    assert house.wait_state(first['Path'], 'recording')['Identity'] == 'same'


def test_two_cameras_that_change_places_stay_themselves():
    global second
    second = add(cameras[0].devices[1])
    a, b = cameras[0].devices[0]['address'], cameras[0].devices[1]['address']
    moved_at = now_us()
    # Over a third one: two cannot have the same address at any time. The ports change with it.
    move(0, 1, '192.0.2.98')
    move(0, 0, b)
    move(0, 1, a)
    for camera, device in ((first, cameras[0].devices[0]), (second, cameras[0].devices[1])):
        wait_for(lambda camera=camera, device=device: device_of(camera)['Address'] == device['onvif'], 60, 'the new address')
    house.wait_recorded_until([first['Path'], second['Path']], moved_at + 3_000_000, timeout=60)
    for path in (first['Path'], second['Path']):
        assert house.wait_state(path, 'recording', 30)['Identity'] == 'same'


def test_a_camera_that_names_a_host_that_nobody_reaches_is_added():
    third = add(cameras[1].devices[5])
    assert house.camera_properties(third['Path'])['Identity'] == 'same'
    house.recorder.call(third['Path'], 'Camera', 'Remove', '(a{sv})', {})


def test_goodbye_and_a_new_camera_are_seen():
    cameras[1].control(3, 'die')
    gone = cameras[1].devices[3]['onvif']
    wait_for(lambda: gone not in {each['Address'] for each in found()}, 5, 'the camera to go')
    cameras[1].control(3, 'revive')
    wait_for(lambda: gone in {each['Address'] for each in found()}, 10, 'the camera to come back')


def test_a_network_that_goes_takes_its_cameras_with_it():
    house.run('ip', 'link', 'set', 'r1', 'down')
    wait_for(lambda: not [each for each in found() if each['Address'].startswith(NETWORKS[1][3])], 10, 'the cameras to go')
    assert len(found()) == EACH
    house.run('ip', 'link', 'set', 'r1', 'up')
    wait_for(lambda: len(found()) == 2 * EACH, 20, 'the cameras to come back')


def test_a_camera_that_is_found_both_ways_is_there_once():
    camera = house.start_camera('--wsd-interface', 'lo', '--seed', '3', '--device', 'name=Hall')
    hall = camera.devices[0]

    def there():
        return [each for each in found() if each['Address'].startswith('127.0.0.1') or hall['address'] in each['Address']]
    wait_for(lambda: len(there()) == 1, 10, 'the camera')
    house.start_avahi()
    wait_for(lambda: sorted(there()[0]['Sources']) == ['mdns', 'ws-discovery'], 20, 'both ways')
    wait_for(lambda: len(there()) == 1 and there()[0]['Name'] == 'Hall' and there()[0]['Kind'] == 'onvif', 10, 'one camera')
    told = next(each for each in house.ctl('discover', '--seconds', '1', json=True).json if each['name'] == 'Hall')
    assert sorted(told['sources']) == ['mdns', 'ws-discovery'], told
    assert re.search('Hall .*(mdns, ws-discovery|ws-discovery, mdns)', house.ctl('discover', '--seconds', '1').stdout)
    path = there()[0]['Path']
    house.stop_avahi()
    wait_for(lambda: there()[0]['Sources'] == ['ws-discovery'], 10, 'mDNS to be gone')
    assert there()[0]['Path'] == path, 'it is the same'
    camera.stop()
    wait_for(lambda: not there(), 10, 'it to go when it said goodbye')


def test_what_seemed_to_be_two_is_one_when_something_tells():
    camera = house.start_camera('--wsd-interface', 'lo', '--no-mdns', '--seed', '4', '--device', 'name=Attic')
    attic = camera.devices[0]
    host, port = attic['onvif'].split(':')
    mac = f'macaddress={attic["mac"].replace(":", "")}'

    def there():
        return sorted((each for each in found() if host in each['Address']), key=lambda each: each['Kind'])
    wait_for(lambda: [each['Kind'] for each in there()] == ['onvif'], 10, 'the camera')
    path = there()[0]['Path']
    house.start_avahi()
    # A stream of which only the hardware address is known, then a service that has both.
    house.spawn('publish-stream', ['avahi-publish', '-s', 'Stream', '_rtsp._tcp', str(attic['rtsp_port']), mac])
    wait_for(lambda: [each['Kind'] for each in there()] == ['onvif', 'stream'], 10, 'the stream')
    house.spawn('publish-onvif', ['avahi-publish', '-s', 'Service', '_onvif._tcp', port, mac])
    wait_for(lambda: [(each['Path'], each['Kind']) for each in there()] == [(path, 'onvif')], 10, 'one camera')
    assert sorted(there()[0]['Sources']) == ['mdns', 'ws-discovery'] and there()[0]['Name'] == 'Attic', there()
    house.stop_avahi()
    camera.stop()
    wait_for(lambda: not there(), 10, 'it to go')


class Tunnel:
    """A port of an address that is the same port of another one. hide: an operation that the camera behind it shall not know."""

    def __init__(self, listen, target, hide=None):
        self.target, self.hide = target, hide
        self.socket = socket.socket(socket.AF_INET6 if ':' in listen[0] else socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(listen)
        self.socket.listen()
        self.sockets = [self.socket]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near = self.socket.accept()[0]
                far = socket.create_connection(self.target)
            except OSError:
                return
            self.sockets += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    def _copy(self, one, other):
        try:
            while data := one.recv(65536):
                if self.hide:
                    data = data.replace(self.hide, b'X' * len(self.hide))
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()


def test_a_camera_with_nothing_but_a_link_local_address_is_found_and_recorded():
    with open('/proc/net/if_inet6', encoding='ascii') as file:
        rows = [line.split() for line in file]
    own = next((row[0] for row in rows if row[5] == 'r0' and row[0].startswith('fe80')), None)
    if own is None:
        raise Skip('there is no IPv6 here')
    address = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(own))
    camera = house.start_camera('--no-mdns', '--seed', '5', '--device', 'name=Six,wsd=no')
    six = camera.devices[0]
    port = int(six['onvif'].rpartition(':')[2])
    for each in (port, six['rtsp_port']):
        Tunnel((address, each, 0, socket.if_nametoindex('r0')), ('127.0.0.1', each))
    # It says that it is somewhere else, as behind NAT.
    device = Device('Six', address=address, interface='r0', endpoint=f'urn:uuid:{six["uuid"]}',
                    xaddrs=f'http://203.0.113.5:{port}/onvif/device_service')
    device.hello()
    expected = f'[{address}%r0]:{port}'
    hit = wait_for(lambda: next((each for each in found() if each['Address'] == expected), None), 10, 'the camera')
    assert hit['Kind'] == 'onvif' and hit['Name'] == 'Six', hit
    path = house.recorder.add(hit['Address'], 'admin', house.password, found=hit['Path'])[0]
    house.wait_recording([path])
    assert house.camera_properties(path)['Identity'] == 'same'
    house.recorder.call(path, 'Camera', 'Remove', '(a{sv})', {})
    device.stop()
    camera.stop()


def check_followed_without_endpoint(seed, endpoint_of, restart):
    """A camera that does not know what its endpoint is called, and gets another address."""
    camera = house.start_camera('--no-mdns', '--seed', str(seed), '--device', 'name=Shy,wsd=no')
    shy = camera.devices[0]
    ports = [int(shy['onvif'].rpartition(':')[2]), shy['rtsp_port']]

    def open_at(address):
        return [Tunnel((address, port), ('127.0.0.1', port), hide=b'GetEndpointReference') for port in ports]
    tunnels = open_at('127.0.0.50')
    device = Device('Shy', address='127.0.0.50', endpoint=endpoint_of(shy), xaddrs='')
    device.xaddrs = f'http://127.0.0.50:{ports[0]}/onvif/device_service'
    device.hello()
    hit = wait_for(lambda: next((each for each in found() if each['Address'] == f'127.0.0.50:{ports[0]}'), None), 10, 'the camera')
    path = house.recorder.add(hit['Address'], 'admin', house.password, found=hit['Path'])[0]
    house.wait_recording([path])
    if restart:
        house.stop_recorder()
    for tunnel in tunnels:
        tunnel.stop()
    tunnels = open_at('127.0.0.51')
    device.address, device.xaddrs = '127.0.0.51', f'http://127.0.0.51:{ports[0]}/onvif/device_service'
    moved_at = now_us()
    if restart:
        house.activate_recorder()
    device.hello()
    wait_for(lambda: device_of({'Path': path})['Address'] == f'127.0.0.51:{ports[0]}', 30, 'the new address')
    house.wait_recorded_until([path], moved_at + 1_000_000)
    assert house.wait_state(path, 'recording')['Identity'] == 'same'
    house.recorder.call(path, 'Camera', 'Remove', '(a{sv})', {})
    device.bye()
    device.stop()
    for tunnel in tunnels:
        tunnel.stop()
    camera.stop()


def test_a_camera_that_does_not_tell_its_endpoint_is_followed_by_what_it_announced_before():
    check_followed_without_endpoint(6, lambda shy: f'urn:uuid:{uuid.uuid4()}', restart=False)


def test_a_camera_whose_endpoint_ends_with_its_hardware_address_is_followed_after_a_restart():
    check_followed_without_endpoint(7, lambda shy: f'urn:uuid:5f5a69c2-e0ae-504f-829b-{shy["mac"].replace(":", "")}', restart=True)


def test_a_hit_is_a_hint_until_it_answers():
    asked = socket.create_server(('127.0.0.1', 0))
    asked.settimeout(10)
    device = Device('Nobody', xaddrs=f'http://127.0.0.1:{asked.getsockname()[1]}/onvif/device_service')
    device.hello()
    connection = asked.accept()[0]
    assert connection.recv(65536).startswith(b'POST /onvif/device_service'), 'it is asked'
    connection.sendall(b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    connection.close()
    # Asked once more, and not believed meanwhile.
    asked.accept()[0].close()
    assert 'Nobody' not in {each['Name'] for each in found()}
    device.bye()
    device.stop()
    asked.close()


def test_nothing_was_asked_but_who_is_on_our_networks():
    rows = house.recorder.call(house.recorder.manager_path, 'Manager', 'ListConnections', '(a{sv})', {})[0][0]
    ours = ('192.0.2.', '198.51.100.', '127.', '239.255.255.250', 'ff02::c', 'fe80:')
    assert {row[1] for row in rows if row[0] == 'discovery'} == {'239.255.255.250', 'ff02::c'}, rows
    assert all(row[1].startswith(ours) for row in rows), rows


def test_no_picture_lies_under_another_camera():
    house.stop_recorder()
    for camera, index in ((first, 0), (second, 1)):
        seen = set()
        for role in ('main', 'sub'):
            for path in house.files(camera['Channel'], role):
                seen |= {code.device for code in file_codes(path)}
        assert seen == {index}, (camera['Name'], seen)


if __name__ == '__main__':
    tap.main(globals())
