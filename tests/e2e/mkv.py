# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a Matroska file, byte for byte: a reader that shares nothing with the program's (RFC 9559, RFC 8794)."""

import collections

Track = collections.namedtuple('Track', 'number kind codec private')
Block = collections.namedtuple('Block', 'track time key data')

_SEGMENT, _CLUSTER, _TRACKS, _ENTRY = 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE
_TIMESTAMP, _SIMPLE_BLOCK, _NUMBER, _KIND, _CODEC, _PRIVATE = 0xE7, 0xA3, 0xD7, 0x83, 0x86, 0x63A2
_TOP = {_CLUSTER, 0x114D9B74, 0x1549A966, _TRACKS, 0x1254C367, 0x1C53BB6B, 0x1043A770, 0x1941A469}


def _vint(data, at, keep_marker=False):
    first = data[at]
    length = 9 - first.bit_length()
    value = int.from_bytes(data[at:at + length], 'big')
    if not keep_marker:
        value &= (1 << 7 * length) - 1
        if value == (1 << 7 * length) - 1:
            value = None  # unknown
    return value, at + length


def _elements(data, at, end, until=()):
    """(id, begin, end) of the elements; stops before an id of until, and where the file is torn."""
    while at < end:
        try:
            name, body = _vint(data, at, True)
            if name in until:
                return
            size, body = _vint(data, body)
        except (IndexError, ValueError):
            return
        stop = end if size is None else body + size
        if stop > end:
            return
        yield name, body, stop, size is None
        at = stop


def read(path):
    """(tracks by number, blocks in order) of a file. Blocks have the time in ms as the file counts it."""
    with open(path, 'rb') as file:
        data = file.read()
    tracks, blocks = {}, []

    def cluster(at, end):
        time = 0
        for name, body, stop, _ in _elements(data, at, end, _TOP):
            if name == _TIMESTAMP:
                time = int.from_bytes(data[body:stop], 'big')
            elif name == _SIMPLE_BLOCK:
                number, at = _vint(data, body)
                flags = data[at + 2]
                assert not flags & 0x06, 'lacing'
                offset = int.from_bytes(data[at:at + 2], 'big', signed=True)
                blocks.append(Block(number, time + offset, bool(flags & 0x80), data[at + 3:stop]))
            at = stop
        return at

    def segment(at, end):
        while at < end:
            for name, body, stop, unknown in _elements(data, at, end):
                if name == _CLUSTER:
                    at = cluster(body, stop)
                    if not unknown:
                        at = stop
                    break
                if name == _TRACKS:
                    for entry, entry_body, entry_stop, _ in _elements(data, body, stop):
                        if entry != _ENTRY:
                            continue
                        fields = {field: data[field_body:field_stop]
                                  for field, field_body, field_stop, _ in _elements(data, entry_body, entry_stop)}
                        number = int.from_bytes(fields[_NUMBER], 'big')
                        tracks[number] = Track(number, 'video' if fields[_KIND] == b'\1' else 'audio',
                                               fields[_CODEC].decode(), fields.get(_PRIVATE, b''))
                at = stop
            else:
                return

    for name, body, stop, _ in _elements(data, 0, len(data)):
        if name == _SEGMENT:
            segment(body, stop)
    return tracks, blocks


def nal_units(access_unit):
    """The NAL units of an access unit as it is stored, each behind its length in four bytes."""
    at = 0
    while at < len(access_unit):
        length = int.from_bytes(access_unit[at:at + 4], 'big')
        assert 0 < length <= len(access_unit) - at - 4, 'lengths do not add up'
        yield access_unit[at + 4:at + 4 + length]
        at += 4 + length
