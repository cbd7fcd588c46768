# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording alone, from one camera to sixty-four."""

from . import recording

COUNTS = (1, 8, 16, 32, 64)


def run(options):
    figures = []
    for packets in ('frame', 'single'):
        for count in COUNTS:
            figures += recording.figures_of(options, packets, count)
    return figures
