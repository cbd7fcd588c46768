# SPDX-License-Identifier: GPL-3.0-or-later
"""One measured figure and the table of them."""

import dataclasses
import math


@dataclasses.dataclass
class Figure:
    """peer and goal are None where there is none. goal: the highest ratio where there is a peer, else the highest value."""

    name: str
    ours: float
    unit: str
    peer: float | None = None
    peer_name: str | None = None
    goal: float | None = None

    @property
    def ratio(self):
        return self.ours / self.peer if self.peer else None

    @property
    def met(self):
        if self.goal is None:
            return None
        return (self.ours if self.peer_name is None else self.ratio or float('inf')) <= self.goal

    def record(self):
        """As it stands in the JSON."""
        def rounded(value):
            return None if value is None else round(value, 4)
        return {'name': self.name, 'ours': rounded(self.ours), 'peer': rounded(self.peer), 'peer_name': self.peer_name,
                'unit': self.unit, 'ratio': rounded(self.ratio), 'goal': self.goal, 'met': self.met}


def percentile(values, percent):
    """The smallest of the values that so many percent of them do not exceed."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100) - 1, 0)]


def table(figures):
    """The figures as lines of text."""
    head = ('', 'ours', 'peer', 'ratio', 'goal', '', 'unit')
    rows = [head]
    for figure in figures:
        goal = '' if figure.goal is None else f'{figure.goal:g}' + (' times' if figure.peer_name else '')
        rows.append((figure.name, f'{figure.ours:.3f}',
                     '' if figure.peer is None else f'{figure.peer:.3f} ({figure.peer_name})',
                     '' if figure.ratio is None else f'{figure.ratio:.2f}', goal,
                     {None: '', True: 'met', False: 'MISSED'}[figure.met], figure.unit))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return [' | '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
