# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benches read of connections, live links and files."""

import binascii
import os
import socket

from bench import files, marks
from bench.arrivals import Connection, segment_of
from bench.figure import percentile
from bench.live import delays
from bench.viewer import pictures_of, views_of
from harness import tap


def sei(counter):
    code = bytes((0xb2, 0x10)) + (3).to_bytes(2, 'big') + b'\x01\x08' + counter.to_bytes(4, 'big') + bytes(8)
    code += binascii.crc_hqx(code, 0xffff).to_bytes(2, 'big')
    return bytes((6, 5, 36)) + b'incam-test-code1' + code + b'\x80'


def rtp(payload, marker=False, channel=0):
    packet = bytes((0x80, 96 | (0x80 if marker else 0))) + bytes(10) + payload
    return b'$' + bytes((channel,)) + len(packet).to_bytes(2, 'big') + packet


def heard(segments):
    """segments: (offset, bytes); the stamp is the place in the row."""
    connection = Connection()
    for stamp, (offset, data) in enumerate(segments):
        connection.add((0xffffffff - 100 + offset) & 0xffffffff, data, stamp)
    return [(counter, stamp) for *_, counter, stamp in connection.frames]


def picture(counter):
    return rtp(sei(counter)) + rtp(b'\x41' * 60) + rtp(b'\x41' * 60, marker=True)


def row(*parts):
    offset, result = 0, []
    for part in parts:
        result.append((offset, part))
        offset += len(part)
    return result


def test_a_picture_has_come_with_its_last_byte():
    data = picture(7)
    assert heard(row(data)) == [(7, 0)]
    assert heard(row(rtp(b'\x41', channel=1), data[:50], data[50:-1], data[-1:], picture(8))) == [(7, 3), (8, 4)]


def test_words_amid_the_packets_are_passed_over():
    assert heard(row(picture(1), b'RTSP/1.0 200 OK\r\nCSeq: 4', b'\r\n\r\n' + picture(2))) == [(1, 0), (2, 2)]


def test_listening_begins_anywhere():
    data = picture(1)
    assert heard([(0, data[30:]), (1000, picture(2))]) == [(2, 1)]


def test_what_comes_twice_counts_once():
    a, b = picture(1), picture(2)
    assert heard([(0, a), (0, a), (len(a) - 10, a[-10:] + b)]) == [(1, 0), (2, 2)]


def test_what_is_missing_ends_a_picture():
    a, b = picture(1), picture(2)
    assert heard([(0, a[:len(rtp(sei(1)))]), (len(a), b)]) == [(2, 1)]


def test_a_segment_is_taken_out_of_a_packet():
    tcp = (554).to_bytes(2, 'big') + (999).to_bytes(2, 'big') + (5).to_bytes(4, 'big') + bytes(4) + b'\x60' + bytes(11)
    packet = bytearray(b'\x45' + bytes(19) + tcp + b'data' + b'behind')
    packet[2:4] = (20 + len(tcp) + 4).to_bytes(2, 'big')
    packet[9] = 6
    assert segment_of(bytes(packet)) == ((554, 999), 5, b'data')
    packet[9] = 17
    assert segment_of(bytes(packet)) is None


def record(kind, payload, flags=0, codec=1):
    return b'ICLR' + bytes((1, kind, 1, codec)) + flags.to_bytes(4, 'little') + len(payload).to_bytes(4, 'little') + bytes(48) + payload


def test_a_view_is_when_the_last_byte_was_read():
    first, second = record(2, b'one'), record(2, b'two')
    chunks = [(10, record(1, b'caps') + record(2, b'past', flags=4) + first), (20, second[:-1]), (30, second[-1:] + first[:9])]
    assert list(views_of(chunks)) == [(10, b'one'), (30, b'two')]
    assert [(past, unit) for _, past, unit in pictures_of(chunks[0][1])] == [(True, b'past'), (False, b'one')]
    assert not list(pictures_of(record(2, b'sound', codec=16)))


def test_a_picture_that_nobody_saw_is_told():
    came = [[0, 'sub', 1, 1000], [0, 'main', 1, 1100], [0, 'sub', 2, 9000]]
    assert delays(came, [[0, 'sub', 1, 3500]], 0, 5000) == [2.5]
    try:
        delays(came, [[0, 'sub', 1, 3500]], 0, 10000)
    except RuntimeError as error:
        assert 'of 2 pictures that came 1 were not seen' in str(error)
    else:
        raise AssertionError('it was not told')


def test_the_number_in_a_picture_is_found_again():
    jpeg = files.numbered(b'\xff\xd8' + bytes(1000) + b'\xff\xd9', 77, 150_000)
    assert abs(len(jpeg) - 150_000) < 10 and files.number_of(jpeg) == 77
    at = 2
    while jpeg[at] == 0xff and jpeg[at + 1] == 0xfe:
        at += 2 + int.from_bytes(jpeg[at + 2:at + 4], 'big')
    assert jpeg[at:] == bytes(1000) + b'\xff\xd9'


def test_what_is_missing_lies_between():
    assert files.missing([3, 4, 6], [1, 2, 3, 4, 5, 6, 7]) == [5]


def test_a_percentile_is_one_of_the_values():
    assert percentile([4, 1, 3, 2], 50) == 2
    assert percentile(range(1, 101), 95) == 95
    assert percentile([5], 95) == 5


def test_what_is_read_at_once_is_told_by_the_mark():
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(('127.0.0.1', port)) as link:
            def count(*ports):
                return marks.read_at_once([os.getpid()], set(ports))
            assert count(port) == 1 and count(port + 1) == 0
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 4096)
            assert count(port) == 0


if __name__ == '__main__':
    tap.main(globals())
