# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recorder wrote, seen as the plain files that they are."""

import pathlib
import sys

_TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS / 'lib'), str(_TESTS / 'e2e')]

import icamtest  # noqa: E402
import mkv  # noqa: E402

# In front of the number that a picture of the bench's own server carries in a comment (a COM segment).
_NUMBER = b'incam-bench '
_DIGITS = 10


def pictures(world, camera, role='main'):
    """The pictures of a camera (its properties) in order, as they are stored."""
    archive = world.home / 'Videos/In Camera'
    for path in sorted(archive.glob(f'{camera["Channel"]}/{role}/*/*/*/*.mkv'), key=lambda path: path.name):
        tracks, blocks = mkv.read(path)
        for block in blocks:
            if tracks[block.track].kind == 'video':
                yield block.data


def code_of(picture):
    """What a picture of the test camera says of itself: None if it says nothing."""
    return next(filter(None, map(icamtest.code_of_unit, mkv.nal_units(picture))), None)


def numbered(jpeg, number, size):
    """The JPEG with a number in it, made up to a size with comments."""
    text = _NUMBER + str(number).zfill(_DIGITS).encode()
    room = size - len(jpeg)
    parts = [jpeg[:2]]
    while room > 4 or text:
        length = max(len(text), min(room - 4, 60_000))
        parts.append(b'\xff\xfe' + (length + 2).to_bytes(2, 'big') + text.ljust(length, b'.'))
        room -= length + 4
        text = b''
    return b''.join(parts) + jpeg[2:]


def number_of(jpeg):
    """The number that numbered() wrote. ValueError without one."""
    at = jpeg.index(_NUMBER, 0, 100) + len(_NUMBER)
    return int(jpeg[at:at + _DIGITS])


def missing(recorded, sent):
    """What was sent between the first and the last that was recorded, and was not."""
    have = set(recorded)
    return sorted(number for number in sent if min(have) < number < max(have) and number not in have)
