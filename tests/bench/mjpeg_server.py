# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends JPEG pictures to one client after another over HTTP, each with a number, and notes how long each send took. Prints its address.

    python3 -m bench.mjpeg_server NOTES SIZE A-SECOND JPEG…    NOTES gets a line a picture: number, UTC in µs, µs that the send took
"""

import itertools
import pathlib
import socket
import sys
import time

from .files import numbered

_BOUNDARY = 'picture'
_HEAD = f'HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={_BOUNDARY}\r\n\r\n'


def serve(client, numbers, pictures, size, interval, notes):
    request = b''
    while b'\r\n\r\n' not in request:
        data = client.recv(4096)
        if not data:
            return
        request += data
    client.sendall(_HEAD.encode())
    due = time.monotonic()
    for number in numbers:
        picture = numbered(pictures[number % len(pictures)], number, size)
        part = f'--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n'.encode() + picture + b'\r\n'
        time.sleep(max(due - time.monotonic(), 0))
        due += interval
        start = time.monotonic_ns()
        client.sendall(part)
        took = (time.monotonic_ns() - start) // 1000
        notes.write(f'{number} {time.time_ns() // 1000} {took}\n')


def main():
    path, size, rate, *jpegs = sys.argv[1:]
    pictures = [pathlib.Path(jpeg).read_bytes() for jpeg in jpegs]
    numbers = itertools.count()
    with socket.create_server(('127.0.0.1', 0)) as server, open(path, 'w', encoding='ascii', buffering=1) as notes:
        print(f'http://127.0.0.1:{server.getsockname()[1]}/stream', flush=True)
        while True:
            client, _ = server.accept()
            with client:
                try:
                    serve(client, numbers, pictures, int(size), 1 / float(rate), notes)
                except OSError:
                    pass  # it left


if __name__ == '__main__':
    main()
