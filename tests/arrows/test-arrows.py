#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the rooms of src/ include and link, and fails on an arrow that the design does not allow.

The table below is the design's picture of the house (CONTRIBUTING.md). A room sees the rooms that are named in its
row, and no other.
"""

import os
import pathlib
import re
import sys
import tempfile

# Room: what it may include. "media*" is the decoders' side of media only.
ROOMS = {
    'base': (),
    'matroska': ('base',),
    'archive': ('base', 'matroska'),
    'discovery': ('base',),
    'onvif': ('base',),
    'media': ('base', 'matroska'),
    'recorder': ('base', 'matroska', 'archive', 'discovery', 'onvif', 'media'),
    'client': ('base', 'matroska', 'media*'),
    'ctl': ('base', 'client'),
    'app': ('base', 'client', 'media*'),
}
MEDIA_FOR_CLIENTS = ('icam-decoder.h', 'icam-media.h')

# Headers of a library: the rooms that may know it.
LIBRARIES = (
    (r'(gtk|gdk|gsk|graphene)[/.-]|adwaita', ('app',), 'GTK'),
    (r'gst/', ('media', 'recorder', 'client', 'app'), 'GStreamer'),
    (r'avahi-', ('discovery',), 'Avahi'),
    (r'sqlite3', ('archive', 'recorder'), 'SQLite'),
    (r'libsecret/', ('recorder',), 'libsecret'),
    (r'libxml/', ('discovery', 'onvif'), 'libxml2'),
    (r'libsoup/', ('onvif', 'media', 'recorder'), 'libsoup'),
)
# The same in meson's words.
DEPENDENCIES = (
    (r'(gtk|adw)_dep$', 'GTK'),
    (r'gst_\w*dep$', 'GStreamer'),
    (r'avahi_\w+_dep$', 'Avahi'),
    (r'sqlite_dep$', 'SQLite'),
    (r'secret_dep$', 'libsecret'),
    (r'xml_dep$', 'libxml2'),
    (r'soup_dep$', 'libsoup'),
)
# Made by the build, at the top of the include path.
GENERATED = ('config.h', 'icam-recorder1.h', 'icam-resources.h')

INCLUDE = re.compile(r'^[ \t]*#[ \t]*(?:include|import)[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def include_errors(room, quote, header):
    """What is wrong with one include, or None."""
    if quote == '"':
        if header in GENERATED:
            # The generated interface is the door between recorder and client; no other room stands at it.
            if header == 'icam-recorder1.h' and room not in ('recorder', 'client', 'ctl', 'app'):
                return f'{room} knows the recorder\'s interface'
            return None
        other, slash, name = header.partition('/')
        if not slash or '..' in header:
            return f'"{header}" is not written as "room/file.h"'
        if other not in ROOMS:
            return f'"{header}" is of no room'
        if other == room or other in ROOMS[room]:
            return None
        if other == 'media' and 'media*' in ROOMS[room]:
            return None if name in MEDIA_FOR_CLIENTS else f'{room} sees more of media than the decoders: "{header}"'
        return f'{room} must not see {other}: "{header}"'
    for pattern, rooms, library in LIBRARIES:
        if re.match(pattern, header) and room not in rooms:
            return f'{room} must not know {library}: <{header}>'
    if header.partition('/')[0] in ROOMS:
        return f'<{header}> is ours: "{header}"'
    return None


def check_sources(src):
    """Problems in the C files below src, and how many includes were read."""
    problems, count = [], 0
    for room in sorted(path.name for path in src.iterdir() if path.is_dir()):
        if room not in ROOMS:
            problems.append(f'src/{room}: a room that the design does not name')
            continue
        for path in sorted((src / room).rglob('*.[ch]')):
            text = path.read_text(encoding='utf-8')
            for match in INCLUDE.finditer(text):
                count += 1
                wrong = include_errors(room, *match.groups())
                if wrong:
                    line = text.count('\n', 0, match.start()) + 1
                    problems.append(f'src/{path.relative_to(src)}:{line}: {wrong}')
    return problems, count


def check_links(src):
    """Problems in what the rooms' meson.build files link."""
    problems, count = [], 0
    for room, allowed in ROOMS.items():
        path = src / room / 'meson.build'
        if not path.exists():
            problems.append(f'src/{room}: the room has no meson.build')
            continue
        text = re.sub(r'#.*', '', path.read_text(encoding='utf-8'))
        for word in sorted(set(re.findall(r'\b\w+_dep\b', text))):
            count += 1
            ours = re.fullmatch(r'icam_(\w+)_dep', word)
            if ours and ours[1] in ROOMS:
                other = ours[1]
                if other != room and other not in allowed and f'{other}*' not in allowed:
                    problems.append(f'src/{room}/meson.build: {room} must not link {other}')
            for pattern, library in DEPENDENCIES:
                rooms = next(rooms for _, rooms, name in LIBRARIES if name == library)
                if re.fullmatch(pattern, word) and room not in rooms:
                    problems.append(f'src/{room}/meson.build: {room} must not link {library}')
    return problems, count


def test_the_table_only_points_upwards():
    order = list(ROOMS)
    for room, allowed in ROOMS.items():
        for other in allowed:
            assert order.index(other.rstrip('*')) < order.index(room), (room, other)


def test_includes_follow_the_arrows():
    problems, count = check_sources(SRC)
    assert count > 50, f'only {count} includes were found: was the right folder read?'
    assert not problems, '\n'.join(problems)


def test_links_follow_the_arrows():
    problems, count = check_links(SRC)
    assert count > 10, f'only {count} dependencies were found'
    assert not problems, '\n'.join(problems)


PLANTED = {
    'client': ('#include "recorder/icam-session.h"', '#include "archive/icam-archive.h"',
               '#include "media/icam-live-hub.h"', '# include <gtk/gtk.h>'),
    'ctl': ('#include <gst/gst.h>', '#include "media/icam-decoder.h"', '#include "onvif/icam-onvif.h"'),
    'base': ('#include "matroska/icam-mkv.h"', '#include "icam-uuid.h"', '#include "../media/icam-media.h"',
             '#include "icam-recorder1.h"'),
    'media': ('#include "archive/icam-archive.h"', '#include <adwaita.h>', '#include <sqlite3.h>'),
    'recorder': ('#include <gdk/gdk.h>', '#include "client/icam-client.h"'),
    'app': ('#include <libsecret/secret.h>', '#include "discovery/icam-discovery.h"'),
    'kitchen': ('#include <glib.h>',),
}
GOOD = {
    'client': ('#include "media/icam-decoder.h"', '#include "icam-recorder1.h"', '#include "config.h"'),
    'app': ('#include <gtk/gtk.h>', '#include <adwaita.h>', '#include "client/icam-client.h"'),
    'archive': ('#include <sqlite3.h>', '#include "matroska/icam-mkv.h"'),
}


def planted(rooms):
    """A folder of rooms with these lines in them: what is found."""
    with tempfile.TemporaryDirectory() as folder:
        src = pathlib.Path(folder)
        for room, lines in rooms.items():
            (src / room).mkdir()
            for number, line in enumerate(lines):
                (src / room / f'icam-{number}.c').write_text(line + '\n', encoding='utf-8')
        return check_sources(src)[0]


def test_every_planted_arrow_is_found():
    for room, lines in PLANTED.items():
        for line in lines:
            assert planted({room: (line,)}), f'not found in {room}: {line}'


def test_what_is_allowed_is_not_complained_of():
    assert not planted(GOOD), planted(GOOD)


def test_a_planted_link_is_found():
    with tempfile.TemporaryDirectory() as folder:
        src = pathlib.Path(folder)
        for room in ROOMS:
            (src / room).mkdir()
            (src / room / 'meson.build').write_text('', encoding='utf-8')
        assert not check_links(src)[0]
        (src / 'client/meson.build').write_text('dependencies: [icam_recorder_dep, gtk_dep]', encoding='utf-8')
        assert len(check_links(src)[0]) == 2, check_links(src)


if __name__ == '__main__':
    SRC = pathlib.Path(os.environ.get('ICAM_SOURCE_ROOT', pathlib.Path(__file__).resolve().parents[2])) / 'src'
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    from harness import tap
    tap.main(globals())
