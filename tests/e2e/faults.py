# SPDX-License-Identifier: GPL-3.0-or-later
"""A house whose recorder can be killed at a step of its order of writes, and whose clock can be set (icam-recorder-faults.c)."""

import os
import struct

from harness.wait import wait_for

from house import House


class FaultyHouse(House):
    """segment: length of all files, seconds."""

    def __init__(self, segment=None, **options):
        super().__init__(**options)
        self.recorder_program = 'incamera-recorder-faults'
        if segment:
            self.recorder_options = ['--main-segment', str(segment), '--sub-segment', str(segment)]
        self._faults = self.runtime / 'faults'
        self._faults.mkdir()
        self.env['ICAM_FAULTS'] = str(self._faults)
        self.set_clock(0, kept=False)

    def arm(self, *steps):
        """The recorder dies at these steps, one death each, in this order. "STEP" or "STEP COUNT": not the first time it comes there."""
        text = ''.join(f'{step if " " in step else step + " 1"}\n' for step in steps)
        (self._faults / 'die.new').write_text(text, encoding='ascii')
        (self._faults / 'die.new').rename(self._faults / 'die')

    def disarm(self):
        (self._faults / 'die').unlink(missing_ok=True)

    def deaths(self):
        """[(step, UTC in µs)] so far."""
        try:
            lines = (self._faults / 'died').read_text(encoding='ascii').splitlines()
        except FileNotFoundError:
            return []
        return [(step, int(when)) for step, when in (line.split() for line in lines)]

    def wait_deaths(self, count, timeout, what):
        return wait_for(lambda: len(self.deaths()) >= count, timeout, what, interval=0.01)

    def set_clock(self, ahead, kept):
        """ahead: seconds. kept: whether the kernel says that the clock is kept right. Also while the recorder runs."""
        file = os.open(self._faults / 'clock', os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(file, struct.pack('=qq', int(ahead * 1_000_000), kept), 0)
        os.close(file)
