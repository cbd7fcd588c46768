# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves this process into a network namespace of its own, as root or as a user."""

import ctypes
import fcntl
import os
import socket
import struct

_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x8913, 0x8914
_IFF_UP, _IFF_MULTICAST = 0x1, 0x1000


def _write(path, text):
    with open(path, 'w', encoding='ascii') as file:
        file.write(text)


def _raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack('16sh22x', b'lo', 0)
        flags = struct.unpack('16sh22x', fcntl.ioctl(sock, _SIOCGIFFLAGS, request))[1]
        # Without MULTICAST Avahi takes no notice of an interface.
        flags |= _IFF_UP | _IFF_MULTICAST
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack('16sh22x', b'lo', flags))


def enter():
    """Enters the namespace; loopback is the only network in it.

    Returns None, or why it is not possible here (a container that forbids it, a user in a chroot); then nothing was
    changed.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = _CLONE_NEWNET | (0 if uid == 0 else _CLONE_NEWUSER)
    # Tried in a child first: half of it must not happen to this process.
    child = os.fork()
    if child == 0:
        status = 0
        if _libc.unshare(flags) != 0:
            status = ctypes.get_errno()
        else:
            try:
                _finish(uid, gid)
            except OSError as error:
                status = error.errno
        os._exit(min(status, 255))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        return f'this system allows no network namespace here: {os.strerror(status)}'
    if _libc.unshare(flags) != 0:
        return ('a network namespace can only be entered before a thread is started: '
                + os.strerror(ctypes.get_errno()))
    _finish(uid, gid)
    return None


def _finish(uid, gid):
    if uid != 0:
        _write('/proc/self/setgroups', 'deny')
        _write('/proc/self/uid_map', f'{uid} {uid} 1')
        _write('/proc/self/gid_map', f'{gid} {gid} 1')
    _raise_loopback()
