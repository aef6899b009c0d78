"""Pairs of points, marked on the X-ray and in the CT, from which the bones' pose starts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import BoneDensityError
from bonedensity.web.part import Part
from bonedensity.workflows.pair_list import Image, PairList
from bonedensity.workflows.session import Session
from bonedensity.workflows.signals import Signal


class PointsPart(Part[Session]):
    """The list of pairs; pictures ask it for their marks and bring it the clicks.

    Attributes:
        pairs: As marked so far.
        marking: Clicks on pictures mark points, and do not move bones.
        changed: Emitted when marks are to be drawn anew.
    """

    name = "pts"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        missing = self._session.what_is_missing("register")
        return {
            "place_missing": missing,
            "marking": self.marking,
            "rows": [
                {
                    "name": pair.name,
                    "xray": "xray" in pair.points,
                    "ct": "ct" in pair.points,
                    "chosen": pair.name == self.pairs.chosen,
                    "off": self._off(pair.name),
                }
                for pair in self.pairs.pairs
            ],
            "missing": missing or self.pairs.what_is_missing(),
            "next": {"xray": self.pairs.next_name("xray"), "ct": self.pairs.next_name("ct")},
            "fit": self._fit_lines(),
        }

    def take(self, image: Image, point: NDArray[np.float64]) -> str:
        """A click on an image, while `marking`: mark it; returns the pair's name."""
        name = self.pairs.mark(image, point)
        self._tell()
        return name

    def move(self, name: str, image: Image, point: NDArray[np.float64]) -> None:
        """A mark was dragged."""
        self.pairs.move(name, image, point)
        self._tell()

    def _begin(self) -> None:
        self.pairs, self.marking, self.changed = PairList(), False, Signal()
        self._fitted_from: list[Any] = []
        self._of = self._images()
        self._session.changed.connect(self._session_changed)
        self._on(
            mark=self._toggle,
            start=self._start,
            clear=self._clear,
            choose=lambda name: self._act(self.pairs.choose, name),
            remove=lambda name: self._act(self.pairs.remove, name),
        )

    def _toggle(self) -> None:
        if missing := self._session.what_is_missing("register"):
            raise BoneDensityError(missing)
        self.marking = not self.marking
        self._tell()

    def _start(self) -> None:
        if missing := self.pairs.what_is_missing():
            raise BoneDensityError(missing)
        whole = self.pairs.whole()
        self._fitted_from = self._listed()
        self._session.start_from_pairs(whole["ct"], whole["xray"])

    def _clear(self) -> None:
        self.pairs = PairList()
        self._tell()

    def _act(self, act: Any, name: Any) -> None:
        act(str(name))
        self._tell()

    def _tell(self) -> None:
        self.refresh()
        self.changed.emit()

    def _session_changed(self, what: str) -> None:
        """Points belong to the images on which they were marked."""
        before, self._of = self._of, self._images()
        gone = [image for image, array in self._of.items() if array is not before[image]]
        if gone:
            self.pairs.forget(*gone)
            self.marking = False
            self._tell()
        if what == "pairs" and self._session.fitted is not None:
            self.marking = False  # mouse and keys move the bones again
            self._tell()

    def _images(self) -> dict[Image, object]:
        state = self._session.state
        return {"ct": state.ct, "xray": None if state.radiograph is None else state.radiograph.array}

    def _listed(self) -> list[Any]:
        return [(name, *at) for points in self.pairs.whole().values() for name, at in points.items()]

    def _fitted(self) -> dict[str, Any] | None:
        """What the last start found, as long as the pairs are those that it started from."""
        return self._session.fitted if self._fitted_from == self._listed() else None

    def _off(self, name: str) -> str:
        fitted = self._fitted()
        if fitted is None or name not in fitted["distances_mm"]:
            return ""
        return "left out" if name == fitted["outlier"] else f"{fitted['distances_mm'][name]:.1f} mm"

    def _fit_lines(self) -> list[str]:
        fitted = self._fitted()
        return [] if fitted is None else [f"Mean distance at the bone: {fitted['mean_mm']:.1f} mm.", *fitted["notes"]]
