"""The fault proxy does to a connection just what it is told, and nothing to the next one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from soak.proxy import Link

SECONDS = 5.0


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers every line with the same line, and the end with "ended"."""
    with contextlib.suppress(OSError):
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
        writer.write(b"ended\n")
        await writer.drain()
    writer.close()


class Near:
    """The side that opened the connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, words: str) -> None:
        self._writer.write(f"{words}\n".encode())
        await self._writer.drain()

    async def hears(self, seconds: float = SECONDS) -> str | None:
        """The next line; empty when the connection has ended, None when nothing comes for so long."""
        try:
            return (await asyncio.wait_for(self._reader.readline(), seconds)).decode().strip()
        except TimeoutError:
            return None
        except ConnectionError:
            return ""

    def hang_up(self) -> None:
        self._writer.transport.abort()


@contextlib.asynccontextmanager
async def _link(folder: Path) -> AsyncIterator[tuple[Link, Callable[[], Awaitable[Near]]]]:
    far, near = folder / "far", folder / "near"
    link = Link(f"unix:{near}", f"unix:{far}")
    opened: list[Near] = []

    async def call() -> Near:
        opened.append(Near(*await asyncio.open_unix_connection(str(near))))
        return opened[-1]

    async with await asyncio.start_unix_server(_echo, str(far)), await link.serve():
        try:
            yield link, call
        finally:
            for each in opened:
                each.hang_up()
            await asyncio.sleep(0.05)


def _play(folder: Path, scene: Callable[[Link, Callable[[], Awaitable[Near]]], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with _link(folder) as (link, call):
            await scene(link, call)

    asyncio.run(asyncio.wait_for(whole(), 4 * SECONDS))


def test_without_a_fault_everything_passes(tmp_path: Path) -> None:
    async def scene(link: Link, call: Callable[[], Awaitable[Near]]) -> None:
        near = await call()
        await near.say("hello")
        assert await near.hears() == "hello"
        assert link.touched == 0

    _play(tmp_path, scene)


def test_a_reset_ends_open_and_new_connections_until_it_is_over(tmp_path: Path) -> None:
    async def scene(link: Link, call: Callable[[], Awaitable[Near]]) -> None:
        near = await call()
        await near.say("hello")
        assert await near.hears() == "hello"
        link.play("reset", 0)
        assert await near.hears() == ""
        assert await (await call()).hears() == ""
        link.play("pass", 0)
        later = await call()
        await later.say("again")
        assert await later.hears() == "again"
        assert link.touched == 2

    _play(tmp_path, scene)


def test_a_black_hole_swallows_and_such_a_connection_is_never_used_again(tmp_path: Path) -> None:
    async def scene(link: Link, call: Callable[[], Awaitable[Near]]) -> None:
        near, untouched = await call(), await call()
        link.play("blackhole", 0)
        await near.say("hello")
        assert await near.hears(0.3) is None
        link.play("pass", 0)
        assert await near.hears() == ""
        await untouched.say("still here")
        assert await untouched.hears() == "still here"

    _play(tmp_path, scene)


def test_a_delay_is_late_and_whole(tmp_path: Path) -> None:
    async def scene(link: Link, call: Callable[[], Awaitable[Near]]) -> None:
        near = await call()
        link.play("delay", 0.4)
        await near.say("slow")
        assert await near.hears(0.2) is None
        assert await near.hears() == "slow"

    _play(tmp_path, scene)


def test_a_half_close_is_told_to_the_far_side_alone(tmp_path: Path) -> None:
    async def scene(link: Link, call: Callable[[], Awaitable[Near]]) -> None:
        near = await call()
        await near.say("hello")
        assert await near.hears() == "hello"
        link.play("half_close", 0)
        assert await near.hears() == "ended"

    _play(tmp_path, scene)


def test_a_cut_at_commit_lets_the_commit_through_and_the_answer_not(tmp_path: Path) -> None:
    async def scene(link: Link, call: Callable[[], Awaitable[Near]]) -> None:
        near = await call()
        link.play("cut_at_commit", 0)
        await near.say("INSERT")
        assert await near.hears() == "INSERT"
        await near.say("COMMIT")
        assert await near.hears() == ""
        other = await call()
        await other.say("COMMIT")
        assert await other.hears() == "COMMIT"

    _play(tmp_path, scene)


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sideways"):
        Link("unix:a", "unix:b").play("sideways", 0)
