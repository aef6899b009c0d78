"""The server: one port, an address with a key, and a session for each browser tab."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
from collections.abc import Callable

from aiohttp import web

from bonedensity.errors import BoneDensityError
from bonedensity.web.front import Front

LOOPBACK = "127.0.0.1"

PORT = 8765
"""Unless told otherwise."""

ANYWHERE = ("0.0.0.0", "::", "")
"""Hosts that mean every address of this machine."""

Told = Callable[[str], None]


def serve(host: str = LOOPBACK, port: int = PORT, *, on_ready: Told = lambda address: None) -> None:
    """Serve until Ctrl-C, or until the system asks this process to end.

    Args:
        host: Address to listen on.
        port: Port; 0 takes any that is free.
        on_ready: Called once with the address to open.

    Raises:
        BoneDensityError: That address cannot be listened on.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serving(host, port, on_ready))


async def serving(host: str, port: int, on_ready: Told) -> None:
    """As `serve`, within a loop that runs; cancelled, it ends its sessions.

    Raises:
        BoneDensityError: As `serve`.
    """
    key = secrets.token_urlsafe(18)
    front = Front(key)
    runner = web.AppRunner(front.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _listen(runner, host, port)
        on_ready(f"http://{shown_host(host)}:{runner.addresses[0][1]}/?key={key}")
        await _told_to_end()
    finally:
        await front.close()
        await runner.cleanup()


async def _told_to_end() -> None:
    """Until the system asks this process to end; Ctrl-C cancels the wait."""
    ended = asyncio.Event()
    with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows has no such signal, nor has a thread
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BoneDensityError(
            f"The app cannot listen on {host}:{port} ({reason}): choose another --port, or --port 0 for a free one."
        ) from error


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches it."""
    return host in ("localhost", "::1") or host.startswith("127.")


def shown_host(host: str) -> str:
    """The host as it stands in an address."""
    if host in ANYWHERE:
        return LOOPBACK
    return f"[{host}]" if ":" in host else host
