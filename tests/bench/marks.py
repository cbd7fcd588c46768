# SPDX-License-Identifier: GPL-3.0-or-later
"""How a process reads its connections to cameras: each packet at once, because somebody watches, or more at a time. Asked of the kernel, on
copies of its sockets (pidfd_getfd(2), Linux 5.6)."""

import contextlib
import ctypes
import os
import socket

_PIDFD_GETFD = 438
_libc = ctypes.CDLL(None, use_errno=True)


def _copies(pid):
    """Copies of a process's sockets, one after the other."""
    pidfd = os.pidfd_open(pid)
    try:
        for name in os.listdir(f'/proc/{pid}/fd'):
            # What was closed meanwhile is none.
            with contextlib.suppress(FileNotFoundError):
                if not os.readlink(f'/proc/{pid}/fd/{name}').startswith('socket:'):
                    continue
                fd = _libc.syscall(_PIDFD_GETFD, pidfd, int(name), 0)
                if fd < 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                with socket.socket(fileno=fd) as copy:
                    yield copy
    finally:
        os.close(pidfd)


def read_at_once(pids, ports):
    """How many connections of some processes to these ports of cameras are read at each packet."""
    count = 0
    for pid in pids:
        for copy in _copies(pid):
            if copy.family != socket.AF_INET or copy.type != socket.SOCK_STREAM:
                continue
            with contextlib.suppress(OSError):  # not connected
                count += copy.getpeername()[1] in ports and copy.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 1
    return count
