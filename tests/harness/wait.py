# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a condition, never for a time."""

import time

from gi.repository import GLib


class Timeout(AssertionError):
    """A condition did not come true in time. Says which."""


def wait_for(condition, timeout, what, interval=0.05):
    """Calls condition() until it returns something true, and returns that.

    timeout: seconds. what: words for the failure ("the first segment").
    An exception of condition() counts as "not yet"; the last one is told in the failure. Signals of the
    default main context are delivered meanwhile.
    """
    context = GLib.MainContext.default()
    end = time.monotonic() + timeout
    last = None
    while True:
        while context.iteration(False):
            pass
        try:
            value = condition()
            if value:
                return value
            last = f'the last answer was {value!r}'
        except (OSError, ValueError, LookupError, AssertionError, GLib.Error) as error:
            last = f'the last error was {error!r}'
        if time.monotonic() >= end:
            raise Timeout(f'{what}: not within {timeout:g} s ({last})')
        time.sleep(interval)
