# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as a goal that was met."""

from bench.figure import Figure, table
from harness import tap


def test_a_ratio_is_held_against_the_goal():
    assert Figure('a', 1.4, 's', 1.0, 'p', 1.5).met is True
    assert Figure('a', 1.6, 's', 1.0, 'p', 1.5).met is False


def test_a_value_without_a_peer_is_held_against_the_goal():
    assert Figure('m', 5, 'MiB', goal=6).met is True
    assert Figure('m', 7, 'MiB', goal=6).met is False


def test_a_peer_that_did_nothing_meets_no_goal():
    assert Figure('a', 1, 's', 0.0, 'p', 1.5).met is False


def test_no_goal_is_neither():
    assert Figure('a', 1, 's', 2, 'p').met is None


def test_the_record_has_every_key():
    record = Figure('a', 1, 's', 2, 'p', 1.5).record()
    assert list(record) == ['name', 'ours', 'peer', 'peer_name', 'unit', 'ratio', 'goal', 'met']
    assert record['ratio'] == 0.5


def test_the_table_tells_a_miss():
    text = '\n'.join(table([Figure('a', 2, 's', 1, 'p', 1.5)]))
    assert 'MISSED' in text and '2.00' in text


if __name__ == '__main__':
    tap.main(globals())
