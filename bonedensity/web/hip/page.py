"""CT, X-ray, registration and density: five steps beside one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trame.widgets import html

from bonedensity.errors import BoneDensityError
from bonedensity.jobs import WorkerClient
from bonedensity.registration.config import Level
from bonedensity.web.foot import Foot
from bonedensity.web.hip.choices import ALL
from bonedensity.web.hip.ct import CtPart
from bonedensity.web.hip.estimate import EstimatePart
from bonedensity.web.hip.picture import PicturePart
from bonedensity.web.hip.points import PointsPart
from bonedensity.web.hip.register import RegisterPart
from bonedensity.web.hip.results import ResultsPart
from bonedensity.web.hip.scene import ScenePart
from bonedensity.web.hip.second import SecondPart
from bonedensity.web.hip.slices import SlicesPart
from bonedensity.web.hip.xray import XrayPart
from bonedensity.web.part import Part
from bonedensity.workflows.session import Session

SECTIONS = ("ct", "xray", "reg", "est", "res")

INPUTS = {
    "step": "ct",
    "beside": "",
    "seed": 1,
    "region": "total-hip",
    "side": "R",
    "sex": "F",
    "age": None,
    "ct_engine": "bayesian-unet",
    "ct_engine_path": "",
    "ct_method": "nominal",
    "ct_kvp": 120,
}
"""What the page's own fields begin with."""

LEVELS: tuple[Level, ...] = ()
"""Of the registration; none: its own."""


class HipPage:
    """One case.

    Args:
        server: The tab's.
        client: The tab's worker.
    """

    def __init__(self, server: Any, client: WorkerClient) -> None:
        self._server = server
        self.session = Session(client, levels=LEVELS)
        self.foot = Foot(server, self.session.desk, "hip_foot")
        register, self._results = RegisterPart(server, self.session), ResultsPart(server, self.session)
        server.state.update({"choices": ALL, "notice": "", "done": {}, **INPUTS})
        points = PointsPart(server, self.session)
        self._picture = PicturePart(server, self.session, lambda: register.step, points)
        self._slices, self._scene = SlicesPart(server, self.session, points), ScenePart(server, self.session, points)
        self._second = SecondPart(server, self.session, lambda: self._picture.look)
        self._parts: tuple[Part[Session], ...] = (
            CtPart(server, self.session),
            XrayPart(server, self.session),
            register,
            EstimatePart(server, self.session),
            self._results,
            self._picture,
            self._second,
            points,
            self._slices,
            self._scene,
        )
        self._stale = True
        self.session.changed.connect(self._changed)
        self.session.desk.busy_changed.connect(lambda title: self._changed("busy"))
        self.refresh()

    def build(self, client: Path) -> None:
        """Make the page's elements; the templates lie in `client`."""

        def template(name: str) -> str:
            return (client / f"{name}.html").read_text("utf-8")

        with html.Div(classes="bd-side"):
            html.Div(template("hip_steps"))
            with html.Div(classes="bd-sections"):
                for name in SECTIONS:
                    html.Div(template(name), v_show=f"step === '{name}'", id=f"section-{name}", classes="bd-section")
            html.Div(self.foot.template(template("foot")), classes="bd-foot")
        html.Div(template("picture"), classes="bd-view")

    def hear(self) -> None:
        """After the worker was heard: go on, and draw what changed."""
        self.session.settle()
        if self._stale:
            self.refresh()
        self._picture.draw()
        self._second.draw()
        self._slices.draw()
        self._scene.draw()

    def refresh(self) -> None:
        """Show the session as it stands."""
        self._stale = False
        for part in self._parts:
            part.refresh()
        state = self.session.state
        self._server.state.notice = notice_of(state.synthetic_ct, state.truth is not None)
        self._server.state.done = {
            "ct": bool(state.ct is not None and state.bones),
            "xray": state.camera is not None,
            "reg": state.outcome is not None,
            "est": state.estimated is not None,
            "res": bool(state.measurements),
        }

    def open(self, slot: str, path: Path) -> None:
        """Load a file into "ct", "labels", "xray" or "second"."""
        session = self.session
        load = {
            "ct": session.load_ct,
            "labels": session.load_labels,
            "xray": session.load_radiograph,
            "second": self._second.load,
        }.get(slot)
        if load is None:
            session.desk.fail(BoneDensityError(f"“{slot}” takes no files."))
        else:
            load(path)

    def write(self, path: Path) -> None:
        """Write the report (.html or .pdf).

        Raises:
            BoneDensityError: There is nothing to report, or it cannot be written.
        """
        self._results.write(path)

    def _changed(self, what: str) -> None:
        if what not in ("preview", "rims"):
            self._stale = True


def notice_of(synthetic_ct: bool, synthetic_xray: bool) -> str:
    """What every look at the page must say."""
    parts = [name for name, is_so in (("CT", synthetic_ct), ("X-ray", synthetic_xray)) if is_so]
    said = f"Synthetic: {' and '.join(parts)} of no real person. " if parts else ""
    return said + "Research use only, not for diagnosis."
