#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The elements from outside: gst-inspect describes them, gst-launch runs them.

test-plugin.py FOLDER-OF-THE-PLUGIN
"""

import os
import subprocess
import sys
import tempfile

ELEMENTS = {
    'icamrtspbin': 'Source/Network',
    'icamrtspsrc': 'Source/Network',
    'icammjpegsrc': 'Source/Network',
    'icamsegmentsink': 'Sink/File',
    'icamlivesink': 'Sink/Video',
    'icammotion': 'Filter/Analyzer/Video',
}


def main():
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, GST_PLUGIN_PATH=sys.argv[1], GST_REGISTRY=os.path.join(folder, 'registry'),
                   G_DEBUG='')
        print(f'1..{len(ELEMENTS) + 2}')
        number = 0
        for name, klass in ELEMENTS.items():
            number += 1
            said = subprocess.run(['gst-inspect-1.0', name], env=env, capture_output=True, text=True).stdout
            fields = {}
            for line in said.splitlines():
                words = line.split(None, 1)
                if len(words) == 2:
                    fields.setdefault(words[0], words[1])
            good = (klass in fields.get('Klass', '') and len(fields.get('Description', '')) > 20
                    and fields.get('Author') and fields.get('Long-name')
                    # A password is set by a function, never a property that could be read.
                    and 'secret' not in said and 'password' not in said.lower() and 'user-pw' not in said)
            print('ok' if good else 'not ok', number, name)

        path = os.path.join(folder, 'clip.mkv')
        ran = subprocess.run(
            ['gst-launch-1.0', '-q', 'videotestsrc', 'num-buffers=45', '!', 'video/x-raw,width=320,height=240',
             '!', 'x264enc', 'key-int-max=15', 'tune=zerolatency', '!', 'h264parse', '!', 'icamsegmentsink',
             f'location={path}'], env=env, capture_output=True, text=True, timeout=60)
        number += 1
        size = os.path.getsize(path) if os.path.exists(path) else 0
        print('ok' if ran.returncode == 0 and size > 1000 else 'not ok', number, 'gst-launch records')
        if ran.returncode != 0:
            print('#', ran.stderr.replace('\n', '\n# '))

        ran = subprocess.run(
            ['gst-launch-1.0', '-m', 'videotestsrc', 'num-buffers=90', 'pattern=ball', '!',
             'video/x-raw,format=I420,width=320,height=240,framerate=15/1', '!', 'icammotion', '!', 'fakesink'],
            env=env, capture_output=True, text=True, timeout=60)
        number += 1
        print('ok' if ran.returncode == 0 and 'icam-motion, moving=(boolean)true' in ran.stdout else 'not ok',
              number, 'gst-launch sees motion')


if __name__ == '__main__':
    main()
