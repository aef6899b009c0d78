"""The spine DXA of a person at another age or build: form, sliders, sweep, and three pictures side by side."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trame.widgets import html

from bonedensity.errors import BoneDensityError
from bonedensity.jobs import WorkerClient
from bonedensity.web.foot import Foot
from bonedensity.web.spine.corners import CornersPart
from bonedensity.web.spine.graph import GraphPart
from bonedensity.web.spine.in_ct import InCtPart
from bonedensity.web.spine.person import PersonPart
from bonedensity.web.spine.results import SpineResultsPart
from bonedensity.web.spine.see import FINE_PX, SpineSee
from bonedensity.web.spine.what_if import WhatIfPart
from bonedensity.workflows.spine.session import SpineSession

NOTICE = "Counterfactuals are synthetic. Research use only, not for diagnosis."

PICTURED = ("dxa", "view", "answer", "sweep", "abduction", "do")
"""Changes after which the pictures are others."""

SLOTS = ("dxa", "person", "spine_ct", "spine_labels", "spine_session")
"""Where files go."""


class SpinePage:
    """One person.

    Args:
        server: The tab's.
        client: The tab's worker.
        folder: Where exports are written.
    """

    def __init__(self, server: Any, client: WorkerClient, folder: Path) -> None:
        self._server, self._folder = server, folder / "spine-export"
        self.session = SpineSession(client)
        self.foot = Foot(server, self.session.desk, "spine_foot")
        self._person = PersonPart(server, self.session)
        self._what = WhatIfPart(server, self.session)
        self._graph = GraphPart(server, self.session)
        self._corners = CornersPart(server, self.session, FINE_PX)
        self._results = SpineResultsPart(server, self.session)
        self._in_ct = InCtPart(server, self.session)
        self._see = SpineSee(server, self.session)
        self._stale, self._drawn = True, False
        self._looked: Any = None
        server.state.update({"spine": {"notice": NOTICE}, "spine_step": "who", "sweep_name": "age"})
        server.trigger("what_export")(self._export)
        self.session.changed.connect(self._changed)
        self.session.desk.busy_changed.connect(lambda title: self._changed("busy"))
        self.session.choose_model()
        self.refresh()

    def build(self, client: Path) -> None:
        """Make the page's elements; the templates lie in `client`."""

        def template(name: str) -> str:
            return (client / f"{name}.html").read_text("utf-8")

        with html.Div(classes="bd-side"):
            html.Div(template("spine_steps"))
            with html.Div(classes="bd-sections"):
                for name in ("who", "what", "graph", "out"):
                    html.Div(
                        template(f"spine_{name}"),
                        v_show=f"spine_step === '{name}'",
                        id=f"section-{name}",
                        classes="bd-section",
                    )
            html.Div(self.foot.template(template("foot")), classes="bd-foot")
        html.Div(template("spine_pictures"), classes="bd-view")

    def hear(self) -> None:
        """After the worker was heard: go on, play on, and draw what changed."""
        self.session.settle()
        self._stale = self._what.play_on() or self._stale
        shown = self.session.state.answer
        if self._stale or shown is not self._looked:
            self.refresh()
        if not self._drawn or shown is not self._looked:
            self._drawn, self._looked = True, shown
            self._see.draw(shown)

    def refresh(self) -> None:
        """Show the session as it stands."""
        self._stale = False
        self._person.refresh()
        self._what.refresh()
        self._graph.refresh()
        self._corners.refresh()
        answer = self.session.state.answer
        if answer is None or answer.full:  # not while a slider moves
            self._results.refresh()
            self._in_ct.refresh()

    def open(self, slot: str, path: Path) -> None:
        """Load a file into one of `SLOTS`."""
        session = self.session
        load: Callable[[Path], None] = {
            "dxa": session.load_dxa,
            "person": session.load_attributes,
            "spine_ct": session.load_ct,
            "spine_labels": session.load_ct_labels,
            "spine_session": session.open_saved,
        }[slot]
        session.guarded(lambda: load(path))

    def write(self, path: Path) -> None:
        """Put the files of the last export into one archive.

        Raises:
            BoneDensityError: Nothing was exported.
        """
        if not self.session.written:
            raise BoneDensityError("Nothing was exported yet: press “Prepare files” first.")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(self._folder.rglob("*")):
                archive.write(file, file.relative_to(self._folder))

    def _export(self) -> None:
        self._folder.mkdir(exist_ok=True)
        self.session.export(self._folder)

    def _changed(self, what: str) -> None:
        self._stale = True
        self._what.changed(what)
        if what in PICTURED:
            self._drawn = False
