# SPDX-License-Identifier: GPL-3.0-or-later
"""Child processes that end with their parent, and what /proc says about them."""

import ctypes
import os
import signal
import subprocess

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    """What our children leave behind becomes ours, so that the walk of descendants() finds it."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent():
    """For preexec_fn."""
    os.setpgid(0, 0)
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on (state is [0], parent [1], utime [11], stime [12])."""
    with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
        return file.read().rpartition(')')[2].split()


def parents():
    """A dict of pid: parent's pid."""
    result = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                result[int(name)] = int(stat_fields(name)[1])
            except (OSError, IndexError):
                pass
    return result


def descendants(root):
    """All processes below root, root not included."""
    tree = parents()
    found, new = set(), {root}
    while new:
        new = {pid for pid, parent in tree.items() if parent in new} - found
        found |= new
    return found


def alive(pid):
    try:
        return stat_fields(pid)[0] not in 'ZX'
    except OSError:
        return False


def cpu_seconds(pids):
    """User and system time of the processes, their dead children that were waited for included."""
    ticks = 0
    for pid in pids:
        try:
            fields = stat_fields(pid)
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf('SC_CLK_TCK')


def proportional_bytes(pids):
    """PSS of the processes in bytes."""
    total = 0
    for pid in pids:
        try:
            with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
                total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith('Pss:'))
        except OSError:
            continue
    return total


def sleeps(pids):
    """{thread: how often it has slept} of the processes: each is a wake-up later."""
    counts = {}
    for pid in pids:
        try:
            threads = os.listdir(f'/proc/{pid}/task')
        except OSError:
            continue
        for thread in threads:
            try:
                with open(f'/proc/{pid}/task/{thread}/status', encoding='ascii', errors='replace') as file:
                    counts[thread] = sum(int(line.split()[1]) for line in file if line.startswith('voluntary_ctxt_switches:'))
            except OSError:
                continue
    return counts


class Process:
    """A program that was started, with its log."""

    def __init__(self, name, command, env, log, stdin=None, stdout=None, cwd=None, pass_fds=()):
        """stdin: bytes that it is given, then its input ends. stdout: None for the log, else as for Popen."""
        self.name = name
        self.command = [str(word) for word in command]
        self.log = log
        with open(log, 'ab') as sink:
            self.popen = subprocess.Popen(
                self.command, env=env, cwd=cwd, pass_fds=pass_fds,
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                stdout=sink if stdout is None else stdout, stderr=sink, preexec_fn=die_with_parent)
        if stdin is not None:
            self.popen.stdin.write(stdin)
            self.popen.stdin.close()

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def signal(self, number):
        if self.running():
            self.popen.send_signal(number)

    def stop(self, timeout=5):
        """Asks it to end, then makes it. Returns its exit code."""
        if self.running():
            self.popen.terminate()
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.popen.kill()
        return self.popen.wait()

    def kill(self):
        if self.running():
            self.popen.kill()
        return self.popen.wait()

    def log_text(self):
        with open(self.log, encoding='utf-8', errors='replace') as file:
            return file.read()
