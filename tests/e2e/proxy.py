# SPDX-License-Identifier: GPL-3.0-or-later
"""A bad network between a recorder and a camera on loopback: what the camera sends arrives in other pieces, some of it late, and now and
then the connection is cut in the middle of it."""

import asyncio
import random
import socket
import struct
import threading
import time


class Proxy:
    """Listens on a port of its own for each camera port that is named. The same seed cuts at the same places of the same stream."""

    def __init__(self, seed, mean_life=12.0):
        """mean_life: seconds that a connection lives on average."""
        self.seed, self.mean_life = seed, mean_life
        self.cuts = []      # (port of the camera, UTC in µs)
        self.pieces = 0
        self.cutting = True  # later connections live on while it is not
        self._ports = {}
        self._tasks = set()
        self._count = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def port_to(self, port, cut=True):
        """The port that leads to a port of a camera. cut: whether connections end before their time."""
        async def listen():
            def accepted(*ends):
                task = asyncio.ensure_future(self._serve(port, cut, *ends))
                self._tasks.add(task)  # the loop itself would forget it
                task.add_done_callback(self._tasks.discard)
            server = await asyncio.start_server(accepted, '127.0.0.1', 0)
            return server.sockets[0].getsockname()[1]
        if port not in self._ports:
            self._ports[port] = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(10)
        return self._ports[port]

    async def _serve(self, port, cut, reader, writer):
        self._count += 1
        dice = random.Random(f'{self.seed}/{port}/{self._count}')
        try:
            camera_reader, camera_writer = await asyncio.open_connection('127.0.0.1', port)
        except OSError:
            writer.close()
            return
        writer.get_extra_info('socket').setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.monotonic() + dice.expovariate(1 / self.mean_life) if cut else None

        async def upwards():
            while data := await reader.read(65536):
                camera_writer.write(data)
                await camera_writer.drain()
        ways = [asyncio.ensure_future(way) for way in (upwards(), self._downwards(port, dice, end, camera_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            # A reset as often as an orderly end.
            reset = dice.random() < 0.5
            for each in (writer, camera_writer):
                try:
                    if reset:
                        each.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                except OSError:
                    pass
                each.transport.abort()

    async def _downwards(self, port, dice, end, reader, writer):
        while True:
            data = await reader.read(dice.choice((64, 1000, 4000, 65536)))
            if not data:
                return
            kind = dice.random()
            if kind < 0.3:  # two and more packets in one
                await asyncio.sleep(dice.random() * 0.05)
                try:
                    data += await asyncio.wait_for(reader.read(65536), 0.05)
                except asyncio.TimeoutError:
                    pass
            if end is not None and self.cutting and time.monotonic() > end:
                writer.write(data[:dice.randrange(len(data))])
                self.cuts.append((port, time.time_ns() // 1000))
                return
            if kind < 0.6:
                pieces = [data]
            elif kind < 0.95:
                places = sorted(dice.randrange(len(data) + 1) for _ in range(dice.randrange(1, 5)))
                pieces = [data[a:b] for a, b in zip([0] + places, places + [len(data)])]
            else:  # byte by byte, where it hurts
                pieces = [data[i:i + 1] for i in range(min(len(data), 40))] + [data[40:]]
            for piece in filter(None, pieces):
                writer.write(piece)
                self.pieces += 1
                await writer.drain()
                # Let it go out as a segment of its own; now and then the next one comes later.
                await asyncio.sleep(dice.choice((0, 0, 0, 0.001, 0.005)) if len(pieces) > 1 else 0)

    def close(self):
        async def end():
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
