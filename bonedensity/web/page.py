"""What a tab shows: the bar, the two pages, and what both say of the worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import html
from trame_vtk.modules import common as vtk_js

from bonedensity.errors import BoneDensityError
from bonedensity.jobs import WorkerClient
from bonedensity.web.hip.page import HipPage
from bonedensity.web.spine.page import SLOTS, SpinePage

CLIENT = Path(__file__).parent / "client"

MODULE = {
    "serve": {"__bonedensity": str(CLIENT)},
    "scripts": ["__bonedensity/app.js", "__bonedensity/scene.js", "__bonedensity/spine.js"],
    "styles": ["__bonedensity/app.css", "__bonedensity/spine.css"],
    "vue_use": ["bonedensity", "bonedensity_scene", "bonedensity_spine"],
}

THEME = {
    "defaults": {"VBtn": {"variant": "tonal"}},
    "theme": {"defaultTheme": "dark", "themes": {"dark": {"colors": {"primary": "#6cb4ee"}}}},
}

BUG = "The app met an error of this program; the data were kept. Please report what the terminal says."


class Page:
    """Both pages over one worker.

    Args:
        server: The tab's.
        client: The tab's worker.
        folder: For files of the session.
    """

    def __init__(self, server: Any, client: WorkerClient, folder: Path) -> None:
        self._server, self._client = server, client
        self.hip = HipPage(server, client)
        self.spine = SpinePage(server, client, folder)
        server.trigger("open_path")(self._open)
        server.state.update({"page": "hip", "trame__favicon": None})

    def build(self) -> None:
        """Make the page."""
        for module in (vtk_js, MODULE):
            self._server.enable_module(module)
        with VAppLayout(self._server, vuetify_config=THEME), html.Div(classes="bd-app"):
            html.Div((CLIENT / "bar.html").read_text("utf-8"))
            for name, page in (("hip", self.hip), ("spine", self.spine)):
                with html.Div(classes="bd-body", v_show=f"page === '{name}'"):
                    page.build(CLIENT)

    @property
    def picturing(self) -> bool:
        """Whether a picture is on its way."""
        return self.hip.session.desk.picturing or self.spine.session.desk.picturing

    def hear(self) -> None:
        """Hear the worker and draw what it brought; to be called often, within the state's context."""
        try:
            self._client.poll()
            for page in (self.hip, self.spine):
                page.hear()
        except BoneDensityError as error:
            self.hip.foot.fail(str(error))
        except Exception:
            self.hip.foot.fail(BUG)
            self.spine.foot.fail(BUG)
            raise

    def notice(self, sentence: str) -> None:
        """Say something that is no failure."""
        self.hip.foot.say(sentence)
        self.spine.foot.say(sentence)

    def open(self, slot: str, path: Path) -> None:
        """Load a file into a slot of one of the pages."""
        (self.spine if slot in SLOTS else self.hip).open(slot, path)

    def on_upload(self, opened: Callable[[str, str], None]) -> None:
        """Call this with slot and batch once files were uploaded."""
        self._server.trigger("open_upload")(opened)

    def _open(self, slot: str, path: str) -> None:
        self.open(str(slot), Path(str(path)).expanduser())
