"""Passes a browser's requests on to its session's own server, which nobody else can reach."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from bonedensity.web.tab import Tab

SECRET = "X-BoneDensity-Session"
"""Header that a session's server asks for; no web page can make a browser send it."""

NOT_PASSED = {"host", "connection", "upgrade", "transfer-encoding", "content-length", "keep-alive", "content-encoding"}
"""Headers of one connection, not of what is passed on."""

LARGEST_MESSAGE = 64 * 2**20
"""Bytes of a message between page and session."""


class Relay:
    """Forwards requests and sockets."""

    def __init__(self) -> None:
        self._client: aiohttp.ClientSession | None = None

    async def forward(self, request: web.Request, tab: Tab, path: str) -> web.StreamResponse:
        """Answer a request by what the tab's server answers."""
        tab.seen()
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request, tab, path)
        headers = {**_passed(request.headers), SECRET: tab.secret}
        body = request.content if request.body_exists else None
        url = f"{tab.address}/{path}"
        async with self._session().request(
            request.method, url, params=request.query, headers=headers, data=body, allow_redirects=False
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=_passed(answer.headers))
            await response.prepare(request)
            async for part in answer.content.iter_chunked(2**16):
                await response.write(part)
            await response.write_eof()
            return response

    async def close(self) -> None:
        """Let all connections go."""
        if self._client is not None:
            await self._client.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            timeout = aiohttp.ClientTimeout(total=None)
            self._client = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        return self._client

    async def _socket(self, request: web.Request, tab: Tab, path: str) -> web.WebSocketResponse:
        page = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE, compress=False)
        await page.prepare(request)
        url, headers = f"{tab.address}/{path}", {SECRET: tab.secret}
        async with self._session().ws_connect(url, headers=headers, max_msg_size=LARGEST_MESSAGE) as inner:
            tab.connected()
            ways = [asyncio.ensure_future(_pump(page, inner)), asyncio.ensure_future(_pump(inner, page))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                tab.disconnected()
                await page.close()
        return page


async def _pump(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    """Every message of one side to the other, until one of them closes."""
    async for message in source:
        if message.type == aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type == aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)


def _passed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in NOT_PASSED}
