# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes when the last packet of each picture of the test camera arrived, by the kernel's stamp: the one that the recorder gets too, for it is
taken once, where a packet enters the network stack. Listens beside on the loopback of a world.

    python3 -m bench.arrivals FILE PORT…    until SIGTERM; then FILE has {"lost": packets, "frames": [[device, stream, counter, UTC in µs]…]}
"""

import json
import signal
import socket
import struct
import sys
import time

from .files import icamtest

_SO_TIMESTAMPNS, _SO_RCVBUFFORCE = 35, 33
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_ETH_P_IP = 0x0800
# Long enough that listening costs little, short enough that the socket's buffer holds what comes.
_PAUSE = 0.05


class Connection:
    """What a camera sends over one connection, from any point on: RTP amid RTSP (RFC 2326, 10.12)."""

    def __init__(self):
        self._expected = None
        self._buffer = b''
        self._synced = False
        self._code = None
        self.frames = []  # (device, stream, counter, stamp)

    def add(self, sequence, payload, stamp):
        """A TCP segment and when it arrived."""
        known = (self._expected - sequence) & 0xffffffff if self._expected is not None else 0
        if known >= 1 << 31 or not self._synced:
            # Something is missing: on at a segment that begins and ends with a packet.
            self._buffer, self._code, known = b'', None, 0
            self._synced = payload[:1] == b'$' and _rest(payload) == b''
        elif known >= len(payload):
            return
        self._expected = (sequence + len(payload)) & 0xffffffff
        if self._synced:
            self._buffer += payload[known:]
            self._buffer = _rest(self._buffer, lambda channel, packet: self._take(channel, packet, stamp))
            self._synced = self._buffer is not None

    def _take(self, channel, packet, stamp):
        if channel % 2 or len(packet) < 12:
            return
        self._code = icamtest.code_of_unit(packet[12 + 4 * (packet[0] & 0x0f):]) or self._code
        if packet[1] & 0x80 and self._code:
            self.frames.append((self._code.device, self._code.stream, self._code.counter, stamp))
            self._code = None


def _rest(data, take=lambda channel, packet: None):
    """Takes the whole packets at the begin of data. Returns what is left, or None if that is neither RTP nor RTSP."""
    at = 0
    while at + 4 <= len(data):
        if data[at:at + 1] == b'$':
            end = at + 4 + int.from_bytes(data[at + 2:at + 4], 'big')
            if end > len(data):
                break
            take(data[at + 1], data[at + 4:end])
        elif data[at:at + 4] == b'RTSP':
            end = data.find(b'\r\n\r\n', at) + 4
            if end < 4:
                break
        else:
            return None
        at = end
    return data[at:]


def segment_of(packet):
    """(ports, sequence, payload) of an IPv4 packet, or None if it is not TCP."""
    header = (packet[0] & 0x0f) * 4
    if packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
        return None
    source, target, sequence = struct.unpack_from('>HHI', packet, header)
    return (source, target), sequence, packet[header + (packet[header + 12] >> 4) * 4:int.from_bytes(packet[2:4], 'big')]


def main():
    path, *ports = sys.argv[1:]
    ports = set(map(int, ports))
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    connections = {}
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as listener:
        listener.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        listener.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        listener.bind(('lo', _ETH_P_IP))
        while not ended:
            time.sleep(_PAUSE)
            try:
                while True:
                    packet, extra, _, _ = listener.recvmsg(1 << 16, 64, socket.MSG_DONTWAIT)
                    seconds, nanoseconds = struct.unpack('qq', extra[0][2])
                    segment = segment_of(packet)
                    if segment and segment[0][0] in ports and segment[2]:
                        connection = connections.setdefault(segment[0], Connection())
                        connection.add(segment[1], segment[2], seconds * 1_000_000 + nanoseconds // 1000)
            except BlockingIOError:
                pass
        _, lost = struct.unpack('II', listener.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
    with open(path, 'w', encoding='ascii') as file:
        json.dump({'lost': lost, 'frames': [frame for connection in connections.values() for frame in connection.frames]}, file)


if __name__ == '__main__':
    main()
