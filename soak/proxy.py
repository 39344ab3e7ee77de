"""A TCP fault proxy of our own: between two parts it delays, resets, swallows or half-closes what passes.

Run as `python -m soak.proxy CONTROL LINKS`: CONTROL is the path of a unix socket that takes one JSON object per line
({"link": ..., "mode": ..., "seconds": ...}), LINKS a JSON object of name -> [listen, connect]. An address is
"unix:PATH" or "HOST:PORT".
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import Any

MODES = ("pass", "delay", "reset", "blackhole", "half_close", "cut_at_commit")
_CHUNK = 64 * 1024
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Link:
    """One way between two parts, and what is done to it now. `touched` counts connections that a fault met."""

    def __init__(self, listen: str, connect: str) -> None:
        self.listen, self.connect = listen, connect
        self.mode, self.seconds, self.touched = "pass", 0.0, 0
        self._open: set[Pair] = set()

    def play(self, mode: str, seconds: float) -> None:
        """Change what is done. Connections that lost bytes cannot be mended, so they end with their fault."""
        if mode not in MODES:
            raise ValueError(mode)
        for pair in [pair for pair in self._open if pair.is_broken or mode == "reset"]:
            self.touched += not pair.is_broken
            pair.abort()
        self.mode, self.seconds = mode, seconds
        if mode == "half_close":
            for pair in self._open:
                self.touched += 1
                pair.half_close()

    async def serve(self) -> asyncio.Server:
        return await _listen(self._accept, self.listen)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "reset":
            self.touched += 1
            _abort(writer)
            return
        try:
            far = await _connect(self.connect)
        except OSError:
            _abort(writer)
            return
        pair = Pair(self, (reader, writer), far)
        self._open.add(pair)
        try:
            await pair.run()
        finally:
            self._open.discard(pair)


class Pair:
    """One connection through the proxy: the near side opened it, the far side was opened for it."""

    def __init__(self, link: Link, near: Streams, far: Streams) -> None:
        self.is_broken = False
        self._link, self._near, self._far = link, near, far

    async def run(self) -> None:
        ways = (self._pump(self._near[0], self._far[1], outward=True), self._pump(self._far[0], self._near[1]))
        try:
            await asyncio.gather(*ways)
        except OSError:
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        _abort(self._near[1])
        _abort(self._far[1])

    def half_close(self) -> None:
        """The far side is told that no more will come, while the near side is told nothing."""
        self.is_broken = True
        with contextlib.suppress(OSError, RuntimeError):
            self._far[1].write_eof()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, outward: bool = False) -> None:
        while data := await reader.read(_CHUNK):
            if not await self._passes(data, outward):
                continue
            with contextlib.suppress(RuntimeError):
                writer.write(data)
                await writer.drain()
            if outward and self._link.mode == "cut_at_commit" and b"COMMIT" in data:
                self._cut()
                return
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()

    async def _passes(self, data: bytes, outward: bool) -> bool:
        match self._link.mode:
            case "blackhole":
                self._link.touched += not self.is_broken
                self.is_broken = True
            case "delay" if outward:
                self._link.touched += 1
                await asyncio.sleep(self._link.seconds)
        return not (self.is_broken and self._link.mode == "blackhole")

    def _cut(self) -> None:
        """The server gets the COMMIT and the client never learns what became of it; one connection per wish."""
        self._link.mode = "pass"
        self._link.touched += 1
        _abort(self._near[1])


def _abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _listen(handler: Any, address: str) -> asyncio.Server:
    if address.startswith("unix:"):
        return await asyncio.start_unix_server(handler, address.removeprefix("unix:"))
    host, _, port = address.rpartition(":")
    return await asyncio.start_server(handler, host, int(port))


async def _connect(address: str) -> Streams:
    if address.startswith("unix:"):
        return await asyncio.open_unix_connection(address.removeprefix("unix:"))
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def serve(control: str, links: dict[str, Link]) -> None:
    """Until cancelled."""

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            wish = json.loads(line)
            links[wish["link"]].play(wish["mode"], float(wish.get("seconds", 0)))
            touched = {name: link.touched for name, link in links.items()}
            writer.write(json.dumps(touched).encode() + b"\n")
            await writer.drain()
        writer.close()

    async with contextlib.AsyncExitStack() as stack:
        for link in links.values():
            await stack.enter_async_context(await link.serve())
        # Last, because whoever can connect to it may rely on all links.
        await stack.enter_async_context(await _listen(obey, f"unix:{control}"))
        await asyncio.Event().wait()


def main(control: str, links: str) -> None:
    asyncio.run(serve(control, {name: Link(*ends) for name, ends in json.loads(links).items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
