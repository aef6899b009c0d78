"""What a browser meets first: the key is asked for, and each tab gets a session of its own under a path nobody guesses.

The key in the address keeps out other users of this machine and web pages that try its ports: without it there is no
session, and a session's path is as secret as the key.
"""

from __future__ import annotations

import hmac
import secrets

from aiohttp import web

from bonedensity.web.relay import Relay
from bonedensity.web.tab import Tab

MOST_TABS = 8
"""Sessions at a time: each has a worker process."""

NO_KEY = "Open the address that the terminal shows: it holds the key of this app."
TOO_MANY = "There are {count} sessions already: close a tab, wait half a minute, and load this page again."
ENDED = "This session has ended. Open the address that the terminal shows to begin another."


class Front:
    """Begins, finds and ends sessions.

    Args:
        key: What the address must hold.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._relay = Relay()
        self.tabs: dict[str, Tab] = {}

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(client_max_size=0)
        application.router.add_get("/", self._begin, allow_head=False)
        application.router.add_get("/tab/{token}", self._enter)
        application.router.add_route("*", "/tab/{token}/{path:.*}", self._forward)
        return application

    async def close(self) -> None:
        """End all sessions."""
        for tab in list(self.tabs.values()):
            await tab.close()
        await self._relay.close()

    async def _begin(self, request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.query.get("key", "").encode(), self._key.encode()):
            return _page(NO_KEY, 403)
        if len(self.tabs) >= MOST_TABS:
            return _page(TOO_MANY.format(count=len(self.tabs)), 503)
        token = secrets.token_urlsafe(18)
        tab = Tab(token, on_end=self._ended)
        self.tabs[token] = tab
        await tab.start()
        raise web.HTTPFound(f"/tab/{token}/index.html")

    async def _enter(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(f"/tab/{request.match_info['token']}/index.html")

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        tab = self.tabs.get(request.match_info["token"])
        if tab is None:
            return _page(ENDED, 404)
        return await self._relay.forward(request, tab, request.match_info["path"])

    def _ended(self, tab: Tab) -> None:
        self.tabs.pop(tab.token, None)


def _page(sentence: str, status: int) -> web.Response:
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>BoneDensity</title>"
        '<body style="font:18px sans-serif;margin:15vh auto;max-width:36em;color:#223">'
        f"<h1>BoneDensity</h1><p>{sentence}</p>"
    )
    return web.Response(text=text, content_type="text/html", status=status)
