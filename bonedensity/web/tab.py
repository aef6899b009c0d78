"""One browser tab: its server, its worker process, its pages; all of it ends with the tab."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from trame_server import Server

from bonedensity.jobs import WorkerClient
from bonedensity.web.files import add_file_routes
from bonedensity.web.page import Page
from bonedensity.web.relay import SECRET

POLL_S = 0.02
"""How often the worker is heard."""

POLL_PICTURE_S = 0.004
"""How often while a picture is on its way: the hand on the mouse waits for it."""

GRACE_S = 30.0
"""How long a session outlives its page: a page that is loaded again finds it as it was."""


class Tab:
    """A session.

    Args:
        token: Names it in the address.
        on_end: Called once it has ended.

    Attributes:
        token: As given.
        secret: What its server asks of every request.
        address: Of its server, once it was started.
        client: Its worker.
        page: What it shows.
    """

    def __init__(self, token: str, on_end: Callable[[Tab], None]) -> None:
        self.token, self._on_end = token, on_end
        self.secret, self.address = secrets.token_urlsafe(18), ""
        self.folder = Path(tempfile.mkdtemp(prefix="bonedensity-app-"))
        self.client = WorkerClient(on_restart=lambda sentence: self.page.notice(sentence))
        self.server = Server(name=f"bonedensity-{token}", client_type="vue3")
        self.page = Page(self.server, self.client, self.folder)
        self._pages, self._seen_at, self._ended = 0, time.monotonic(), False
        self._tasks: list[asyncio.Future[None]] = []

    async def start(self) -> None:
        """Begin to answer."""
        self.server.cli.set_defaults(nosignalhandlers=True)
        self.server.state.trame__title = "BoneDensity"
        self.page.build()
        self.server.controller.on_server_bind.add(self._bind)
        task = self.server.start(
            exec_mode="task", host="127.0.0.1", port=0, open_browser=False, show_connection_info=False, timeout=0
        )
        self._tasks.append(task)
        await self.server.ready
        self.address = f"http://127.0.0.1:{self.server.port}"
        self._tasks.append(asyncio.ensure_future(self._live()))

    def seen(self) -> None:
        """Its page asked for something."""
        self._seen_at = time.monotonic()

    def connected(self) -> None:
        """A page has opened its socket: the worker starts while the user still looks."""
        self._pages += 1
        self.client.start()

    def disconnected(self) -> None:
        """A page has gone."""
        self._pages -= 1
        self.seen()

    async def close(self) -> None:
        """End everything that belongs to it."""
        if self._ended:
            return
        self._ended = True
        self._on_end(self)
        with contextlib.suppress(Exception):
            await self.server.stop()
        await asyncio.to_thread(self.client.close)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _live(self) -> None:
        """Hear the worker and draw, until the page has been gone for long enough."""
        while not self._ended:
            if not self._pages and time.monotonic() - self._seen_at > GRACE_S:
                await self.close()
                return
            with self.server.state:
                self.page.hear()
            await asyncio.sleep(POLL_PICTURE_S if self.page.picturing else POLL_S)

    def _bind(self, inner: Any) -> None:
        application: web.Application = inner.app
        application.middlewares.append(_asks_for(self.secret))
        add_file_routes(application, self.folder, self.page)


def _asks_for(secret: str) -> Middleware:
    """Refuses every request that did not come through the front."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not secrets.compare_digest(request.headers.get(SECRET, ""), secret):
            raise web.HTTPForbidden
        return await handler(request)

    return guard
