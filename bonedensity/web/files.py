"""Files from the browser to the session's folder, and reports back; nothing goes anywhere else."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from bonedensity.errors import BoneDensityError

if TYPE_CHECKING:
    from bonedensity.web.page import Page

HEADERS = (".mhd", ".nhdr", ".hdr")
"""Of formats whose numbers lie in a second file: of several files, one of these is the one to read."""

BATCH = re.compile(r"[0-9a-f-]{36}")

CHUNK = 2**20

TYPES = {".html": "text/html", ".pdf": "application/pdf", ".zip": "application/zip"}


def add_file_routes(application: web.Application, folder: Path, page: Page) -> None:
    """Take uploads into a folder, and hand out what a page writes."""

    async def upload(request: web.Request) -> web.Response:
        batch, name = request.match_info["batch"], Path(request.query.get("name", "")).name
        if not BATCH.fullmatch(batch) or not name or name in (".", ".."):
            raise web.HTTPBadRequest(text="That file has no name that can be used.")
        into = folder / "uploads" / batch
        try:
            await _store(request, into / name)
        except OSError as error:
            raise web.HTTPInsufficientStorage(text=f"“{name}” was not stored ({error.strerror}).") from error
        return web.Response(text="stored")

    async def download(request: web.Request) -> web.StreamResponse:
        name, write = {
            "report.html": ("bone-density.html", page.hip.write),
            "report.pdf": ("bone-density.pdf", page.hip.write),
            "report.zip": ("spine.zip", page.spine.write),
            "session.zip": ("spine-session.zip", page.spine.session.save),
        }[request.match_info["name"]]
        path = folder / name
        try:
            await asyncio.to_thread(write, path)
        except BoneDensityError as error:
            raise web.HTTPConflict(text=str(error)) from error
        named = {"Content-Disposition": f'attachment; filename="{path.name}"', "Content-Type": TYPES[path.suffix]}
        return web.FileResponse(path, headers=named)

    def open_upload(slot: str, batch: str) -> None:
        if BATCH.fullmatch(str(batch)):
            page.open(str(slot), what_to_read(folder / "uploads" / str(batch)))

    application.router.add_post("/upload/{batch}", upload)
    application.router.add_get(r"/download/{name:report\.(?:html|pdf|zip)|session\.zip}", download)
    page.on_upload(open_upload)


def what_to_read(folder: Path) -> Path:
    """Of the files of one upload: the only one, the header among several, or else the folder, as for DICOM."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if len(files) == 1:
        return files[0]
    return next((path for path in files if path.suffix.lower() in HEADERS), folder)


async def _store(request: web.Request, path: Path) -> None:
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    with path.open("wb") as file:
        async for part in request.content.iter_chunked(CHUNK):
            await asyncio.to_thread(file.write, part)
