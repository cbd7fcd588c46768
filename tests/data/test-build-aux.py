# SPDX-License-Identifier: GPL-3.0-or-later
"""The four commands of build-aux, as far as they can be tried without building anything."""

import json
import pathlib
import subprocess
import tempfile

from harness import tap

AUX = pathlib.Path(__file__).resolve().parents[2] / 'build-aux'


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def tally(*records):
    """What testlog says of these records of meson."""
    with tempfile.NamedTemporaryFile('w', suffix='.json') as log:
        log.writelines(json.dumps(record) + '\n' for record in records)
        log.flush()
        done = run(AUX / 'testlog', f'unit={log.name}')
    return done.returncode, done.stdout.splitlines()


def test_each_single_test_is_counted():
    code, lines = tally({'name': 'a', 'result': 'OK', 'stdout': '1..3\nok 1 /x\nok 2 - y # SKIP no net\nok 3 z\n'},
                        {'name': 'b', 'result': 'OK', 'stdout': 'no TAP'})
    assert lines[-1] == '3 passed, 0 failed, 1 skipped' and code == 0, lines
    assert any('no net' in line for line in lines), lines


def test_a_failure_fails():
    code, lines = tally({'name': 'a', 'result': 'FAIL', 'returncode': 1, 'stdout': '1..2\nok 1 /x\nnot ok 2 /y\n'})
    assert lines[-1] == '1 passed, 1 failed, 0 skipped' and code == 1, lines


def test_a_failure_tells_why():
    code, lines = tally({'name': 'a', 'result': 'FAIL', 'returncode': 1,
                         'stdout': '1..2\n# of another\nok 1 /x\n# boom\nnot ok 2 /y\n'})
    assert code == 1 and any('boom' in line for line in lines) and not any('another' in line for line in lines), lines


def test_what_passes_the_second_time_is_named():
    bad = {'name': 'p:unit / a', 'result': 'FAIL', 'returncode': 1, 'stdout': '1..2\nok 1 /x\n# boom\nnot ok 2 /y\n'}
    good = bad | {'result': 'OK', 'returncode': 0, 'stdout': '1..2\nok 1 /x\nok 2 /y\n'}
    with tempfile.TemporaryDirectory() as folder:
        first, second = pathlib.Path(folder, 'first.json'), pathlib.Path(folder, 'second.json')
        first.write_text(json.dumps(bad) + '\n' + json.dumps(good | {'name': 'p:unit / b'}) + '\n')
        assert run(AUX / 'testlog', '--failed', first).stdout == 'a\n'
        second.write_text(json.dumps(good) + '\n')
        done = run(AUX / 'testlog', f'unit~{second}', f'unit={first}')
        assert done.returncode == 0 and done.stdout.splitlines()[-1] == '4 passed, 0 failed, 0 skipped', done.stdout
        assert 'Unsteady' in done.stdout and 'boom' in done.stdout, done.stdout
        # Of another suite, broken again, or not run at all: it stays failed.
        for arguments in ((f'asan~{second}', f'unit={first}'), (f'unit~{folder}/none', f'unit={first}')):
            done = run(AUX / 'testlog', *arguments)
            assert done.returncode == 1 and done.stdout.splitlines()[-1] == '3 passed, 1 failed, 0 skipped', done.stdout
        second.write_text(json.dumps(bad) + '\n')
        done = run(AUX / 'testlog', f'unit~{second}', f'unit={first}')
        assert done.returncode == 1 and done.stdout.splitlines()[-1] == '3 passed, 1 failed, 0 skipped', done.stdout
        assert 'Unsteady' not in done.stdout, done.stdout


def test_a_crash_after_good_tests_fails():
    code, lines = tally({'name': 'a', 'result': 'ERROR', 'returncode': -6, 'stdout': '1..2\nok 1 /x\n'})
    assert lines[-1] == '1 passed, 1 failed, 0 skipped' and code == 1, lines


def test_a_time_out_fails():
    code, lines = tally({'name': 'a', 'result': 'TIMEOUT', 'returncode': -9, 'stdout': ''})
    assert lines[-1] == '0 passed, 1 failed, 0 skipped' and code == 1, lines


def test_no_test_at_all_fails():
    code, lines = tally()
    assert code == 1 and lines[-1].startswith('0 passed, 1 failed'), lines
    assert run(AUX / 'testlog').returncode == 1
    assert run(AUX / 'testlog', 'unit=/nonexistent').returncode == 1


def test_a_failed_build_fails():
    done = run(AUX / 'testlog', 'clang!')
    assert done.returncode == 1 and done.stdout.splitlines()[-1] == '0 passed, 1 failed, 0 skipped', done.stdout


def test_packages_are_named_once_with_their_reason():
    done = run(AUX / 'deps', '--list')
    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(names) == len(set(names)) > 30
    assert all(len(line.split()) > 1 for line in done.stdout.splitlines())


def test_deps_can_tell_without_installing():
    done = run(AUX / 'deps', '--dry-run')
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(('Nothing is missing.', 'Would install: ')), done.stdout


def test_wrong_options_are_refused():
    for command in ('deps', 'run', 'check', 'bench'):
        done = run(AUX / command, '--no-such-option')
        assert done.returncode == 2 and 'Usage' in done.stderr, (command, done)
        done = run(AUX / command, '--help')
        assert done.returncode == 0 and 'Usage' in done.stdout, (command, done)


if __name__ == '__main__':
    tap.main(globals())
