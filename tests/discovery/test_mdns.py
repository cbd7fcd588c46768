# SPDX-License-Identifier: GPL-3.0-or-later
"""Discovery against a real Avahi in a world of its own: comes, goes, absent, restarted, and full of nonsense."""

import json
import os
import socket
import struct
import time
import zlib

from harness import Skip, World, tap, wait_for
from hits import Hits

WORLD = None
HITS = None


def set_up():
    global WORLD, HITS
    WORLD = World()
    WORLD.start_session_bus(recorder=False)
    WORLD.start_system_bus()
    HITS = Hits(WORLD, 0)


def publish(name, service='_onvif._tcp', port=8080, *txt):
    return WORLD.spawn(f'publish-{WORLD.count("publish")}', ['avahi-publish', '-s', name, service, port, *txt])


def test_without_avahi_it_says_so():
    wait_for(lambda: HITS.state() == 'absent', 10, 'the state')
    assert HITS.events()[-1]['error'] == 'NoAvahi'


def test_avahi_appears():
    WORLD.start_avahi()
    wait_for(lambda: HITS.state() == 'running', 5, 'the state')
    assert HITS.events()[-1]['error'] == ''


def test_a_camera_appears_soon_and_goes():
    start = time.monotonic()
    camera = publish('Front door', '_onvif._tcp', 8899, 'macaddress=B8:A4:4F:A0:4F:26', 'hardware=P3818', 'path=/onvif/x',
                     'uuid=00075FE0-a604-04a6-e05f-0700075fe05f')
    hit = HITS.wait_named('Front door')[0]
    took = time.monotonic() - start
    assert took < 3, took
    print(f'# appeared after {took:.2f} s')
    assert hit['source'] == 'mdns' and hit['service'] == '_onvif._tcp' and hit['port'] == 8899, hit
    assert hit['address'] == '127.0.0.1' and hit['mac'] == 'b8a44fa04f26' and hit['hardware'] == 'P3818', hit
    assert hit['path'] == '/onvif/x' and hit['endpoint'] == '00075fe0-a604-04a6-e05f-0700075fe05f', hit
    start = time.monotonic()
    camera.stop()
    HITS.wait_gone('Front door', 4)
    print(f'# disappeared after {time.monotonic() - start:.2f} s')


def test_all_types_are_seen():
    services = ['_onvif._tcp', '_rtsp._tcp', '_axis-video._tcp', '_psia._tcp']
    cameras = [publish('Yard', service, 8000 + number) for number, service in enumerate(services)]
    hits = HITS.wait_named('Yard', len(services))
    assert {hit['service'] for hit in hits} == set(services)
    for camera in cameras:
        camera.stop()
    HITS.wait_gone('Yard')


def test_a_web_server_is_reported_only_where_it_speaks_of_a_camera():
    servers = [publish('Printer', '_http._tcp', 80), publish('Router', '_http._tcp', 81, 'path=/admin'),
               publish('Box 1', '_http._tcp', 82, 'type=ipcamera'), publish('Garage camera', '_http._tcp', 83)]
    HITS.wait_named('Box 1')
    HITS.wait_named('Garage camera')
    assert not HITS.named('Printer') and not HITS.named('Router')
    for server in servers:
        server.stop()
    HITS.wait_gone('Garage camera')


def test_names_that_a_shell_would_run_are_only_names():
    names = ['$(touch /tmp/x); `reboot`', '"; DROP TABLE camera; --', '<b>&lt;Küche</b> \\ 101', '../../etc/passwd', '%s%n%d']
    cameras = [publish(name, '_onvif._tcp', 9000 + number) for number, name in enumerate(names)]
    for name in names:
        HITS.wait_named(name)
    for camera in cameras:
        camera.stop()
    for name in names:
        HITS.wait_gone(name)


# -- packets that no honest program would send

def dns_name(*labels):
    return b''.join(bytes([len(label)]) + label for label in labels) + b'\0'


def record(name, kind, data, ttl=120, flush=False):
    return name + struct.pack('>HHIH', kind, 0x8001 if flush else 1, ttl, len(data)) + data


def announce(instance, port, address, txt, ttl=120):
    """The records of a service instance as Bonjour would send them."""
    service = (b'_onvif', b'_tcp', b'local')
    full = dns_name(instance, *service)
    host = dns_name(b'host-%08x' % zlib.crc32(instance), b'local')
    return [record(dns_name(*service), 12, full, ttl),
            record(full, 33, struct.pack('>HHH', 0, 0, port) + host, ttl, True),
            record(full, 16, b''.join(bytes([len(item)]) + item for item in txt) or b'\0', ttl, True),
            record(host, 1, socket.inet_aton(address), ttl, True)]


def send(records):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('127.0.0.1'))
        sock.bind(('127.0.0.1', 5353))
        sock.sendto(struct.pack('>HHHHHH', 0, 0x8400, 0, len(records), 0, 0) + b''.join(records), ('224.0.0.251', 5353))


def test_nonsense_on_the_wire():
    if not WORLD.isolated:
        raise Skip(WORLD.isolation_refused)
    txt = [b'macaddress=zz', b'path=' + bytes(range(1, 32)), b'\xff\xfe=\xff', b'=', b'model=' + b'\xf0\x28' * 100, b'hw=a\0b',
           b'uuid=' + b'A' * 250] + [b'x' * 255] * 3
    good = [b'model=\xc3\x28 good \x07', b'path=/\x01', b'macaddress=b8a44fa04f27']
    send(announce(b'Port nought', 0, '127.0.0.1', []))
    send(announce(b'\xff\xfe\xfd \x01\x02', 80, '127.0.0.1', txt))
    send(announce(b'Nowhere', 80, '0.0.0.0', txt))
    send(announce(b'Everywhere', 80, '224.0.0.1', txt))
    send(announce(b'Odd \xe2\x80\xaecamera', 8081, '127.0.0.1', good))
    hit = HITS.wait_named('Odd camera')[0]
    assert hit['mac'] == 'b8a44fa04f27' and hit['path'] is None, hit
    assert 'good' in hit['hardware'], hit
    send([os.urandom(40)] * 5)
    # It still works.
    camera = publish('Sane', '_onvif._tcp', 8085)
    HITS.wait_named('Sane')
    for name in ('Port nought', 'Nowhere', 'Everywhere'):
        assert not HITS.named(name), HITS.now()
    assert all(hit['port'] != 0 and hit['address'] == '127.0.0.1' for hit in HITS.now().values()), HITS.now()
    camera.stop()
    HITS.wait_gone('Sane')
    send(announce(b'Odd \xe2\x80\xaecamera', 8081, '127.0.0.1', good, ttl=0))
    HITS.wait_gone('Odd camera')


def test_a_change_is_seen():
    if not WORLD.isolated:
        raise Skip(WORLD.isolation_refused)
    send(announce(b'Mover', 8081, '127.0.0.1', [b'model=one']))
    assert HITS.wait_named('Mover')[0]['hardware'] == 'one'
    # Each sending puts the end of the old records off by a second (RFC 6762, section 10.2).
    wait_for(lambda: send(announce(b'Mover', 8082, '127.0.0.1', [b'model=two'])) or HITS.named('Mover')[0]['port'] == 8082, 10,
             'the change', interval=1.5)
    wait_for(lambda: HITS.named('Mover')[0]['hardware'] == 'two', 10, 'the other change')
    send(announce(b'Mover', 8082, '127.0.0.1', [b'model=two'], ttl=0))
    HITS.wait_gone('Mover')


def test_avahi_dies_and_comes_back():
    publish('Gate', '_onvif._tcp', 8091)
    HITS.wait_named('Gate')
    WORLD.avahi.kill()
    wait_for(lambda: HITS.state() == 'absent', 5, 'the state')
    wait_for(lambda: not HITS.now(), 5, 'what Avahi told to go with it')
    WORLD.start_avahi()
    wait_for(lambda: HITS.state() == 'running', 10, 'the state')
    camera = publish('Gate', '_onvif._tcp', 8091)
    HITS.wait_named('Gate')
    camera.stop()
    HITS.wait_gone('Gate')


def test_the_bus_dies_and_comes_back():
    WORLD.avahi.stop()
    WORLD.system.process.kill()
    wait_for(lambda: HITS.state() == 'absent', 5, 'the state')
    os.unlink(WORLD.system.socket)
    WORLD.system.start()
    WORLD.start_avahi()
    wait_for(lambda: HITS.state() == 'running', 15, 'the state')
    camera = publish('Gate', '_onvif._tcp', 8091)
    HITS.wait_named('Gate')
    camera.stop()
    HITS.wait_gone('Gate')


def test_it_ends_in_order():
    publish('Last', '_onvif._tcp', 8092)
    HITS.wait_named('Last')
    assert HITS.process.stop() == 0, HITS.process.log_text()[-2000:]
    lines = HITS.process.log_text().strip().split('\n')
    assert json.loads(lines[-1])['event'] == 'end'
    assert any('"disappeared"' in line and '"Last"' in line for line in lines[-4:]), lines[-4:]


def tear_down():
    WORLD.close()


if __name__ == '__main__':
    tap.main(globals())
