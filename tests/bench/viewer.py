# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches live links, and notes when each picture could be read. What came is looked at in the end only, so that it is never late.

    python3 -m bench.viewer FILE FD…    until SIGTERM; then FILE has [[device, stream, counter, UTC in µs]…]
"""

import bisect
import itertools
import json
import os
import select
import signal
import struct
import sys
import time

from .files import icamtest

# See src/base/icam-live-record.h.
_HEADER = struct.Struct('<4sBBBBII')
_HEADER_SIZE, _FRAME, _PAST, _FIRST_SOUND = 64, 2, 4, 16


def records_of(data):
    """(end, kind, codec, flags, payload) of the whole records in what came over a link."""
    at = 0
    while at + _HEADER_SIZE <= len(data):
        magic, _version, kind, _role, codec, flags, length = _HEADER.unpack_from(data, at)
        if magic != b'ICLR':
            raise ValueError('not a live record')
        end = at + _HEADER_SIZE + length
        if end > len(data):
            return
        yield end, kind, codec, flags, data[at + _HEADER_SIZE:end]
        at = end


def pictures_of(data):
    """(end, whether it is from before the viewer came, access unit) of the pictures in what came over a link."""
    for end, kind, codec, flags, payload in records_of(data):
        if kind == _FRAME and codec < _FIRST_SOUND:
            yield end, bool(flags & _PAST), payload


def views_of(chunks):
    """(stamp, access unit) of the live pictures in what was read of a link, [(stamp, bytes)…]: by when the last byte was read."""
    ends = list(itertools.accumulate(len(chunk) for _, chunk in chunks))
    for end, past, unit in pictures_of(b''.join(chunk for _, chunk in chunks)):
        if not past:
            yield chunks[bisect.bisect_left(ends, end)][0], unit


def main():
    path, *links = sys.argv[1:]
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    try:
        # It stands for somebody who is not late.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass
    chunks = {int(link): [] for link in links}
    poll = select.epoll()
    for link in chunks:
        os.set_blocking(link, False)
        poll.register(link, select.EPOLLIN)
    while not ended:
        for link, _ in poll.poll(0.2):
            data = os.read(link, 1 << 20)
            # Behind the read: what came while it was busy is not taken for earlier than it was.
            chunks[link].append((time.time_ns() // 1000, data))
            if not data:
                poll.unregister(link)
    seen = []
    for parts in chunks.values():
        for stamp, unit in views_of(parts):
            code = next(filter(None, icamtest.codes_of_stream(unit)), None)
            if code is None:
                raise ValueError('a picture without a code')
            seen.append((code.device, code.stream, code.counter, stamp))
    with open(path, 'w', encoding='ascii') as file:
        json.dump(seen, file)


if __name__ == '__main__':
    main()
