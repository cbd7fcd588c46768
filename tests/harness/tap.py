# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the test_ functions of a module and tells in TAP how it went.

A test raises Skip (of harness.world) with the reason where the machine lacks something.
"""

import os
import sys
import time
import traceback

from .world import Skip


def _comment(text):
    for line in text.rstrip().splitlines():
        print(f'# {line}')


def main(module, only=None):
    """module: globals() of the test program. only: names; else those of the command line, else all.

    A function set_up() of the module runs first; Skip from it skips all. tear_down() runs last. Ends the program.
    """
    tests = [(name, function) for name, function in module.items()
             if name.startswith('test_') and callable(function)]
    wanted = only or sys.argv[1:]
    if wanted:
        tests = [(name, function) for name, function in tests if name in wanted]
    print(f'1..{len(tests)}', flush=True)
    failed = 0
    all_skipped = None
    try:
        if 'set_up' in module:
            module['set_up']()
    except Skip as reason:
        all_skipped = str(reason)
    except BaseException:  # whatever it was, each test is told as failed
        _comment(traceback.format_exc())
        for number, (name, _) in enumerate(tests, 1):
            print(f'not ok {number} - {name}')
        tests, failed = [], 1
    for number, (name, function) in enumerate(tests, 1):
        label = name.removeprefix('test_').replace('_', ' ')
        if all_skipped:
            print(f'ok {number} - {label} # SKIP {all_skipped}', flush=True)
            continue
        start = time.monotonic()
        try:
            function()
            print(f'ok {number} - {label}')
            _comment(f'{time.monotonic() - start:.1f} s')
        except Skip as reason:
            print(f'ok {number} - {label} # SKIP {reason}')
        except Exception:
            failed += 1
            _comment(traceback.format_exc())
            print(f'not ok {number} - {label}')
        sys.stdout.flush()
    try:
        if 'tear_down' in module:
            module['tear_down']()
    except Exception:
        _comment(traceback.format_exc())
        failed += 1
    sys.stdout.flush()
    # Not sys.exit: a GLib thread may still wait for something that was ended.
    os._exit(1 if failed else 0)
