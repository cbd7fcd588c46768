# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that prints what discovery finds, for the tests of it."""

import json
import os
import pathlib

from harness import wait_for


class Hits:
    """icam-print-hits in a world. pace: how often WS-Discovery asks (first, longest, patience; ms)."""

    def __init__(self, world, number, pace=()):
        program = pathlib.Path(os.environ['ICAM_BUILD_DIR']) / 'tests/discovery/icam-print-hits'
        env = dict(world.env, G_DEBUG='gc-friendly,fatal-warnings')
        self.process = world.spawn(f'hits-{number}', [program, *map(str, pace)], env=env)

    def events(self):
        assert self.process.running(), self.process.log_text()[-2000:]
        lines = []
        for line in self.process.log_text().split('\n')[:-1]:
            if line.startswith('{'):
                lines.append(json.loads(line))
        return lines

    def state(self):
        states = [event for event in self.events() if event['event'] == 'state']
        return states[-1]['state'] if states else 'starting'

    def now(self):
        """What is there, by key."""
        there = {}
        for event in self.events():
            if event['event'] == 'appeared':
                assert event['key'] not in there, event
                there[event['key']] = event
            elif event['event'] == 'disappeared':
                del there[event['key']]
        return there

    def named(self, name):
        return [hit for hit in self.now().values() if hit['name'] == name]

    def wait_named(self, name, count=1, timeout=10):
        return wait_for(lambda: self.named(name) if len(self.named(name)) == count else None, timeout, f'{count} of {name!r}')

    def wait_gone(self, name, timeout=10):
        wait_for(lambda: not self.named(name), timeout, f'{name!r} to go')
