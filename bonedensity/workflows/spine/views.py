"""How an export lies: proposals, orientation, crop, pixel size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.generators.chvae.reading.dxa_image import DxaImage
from bonedensity.workflows.spine.state import Dxa, View
from bonedensity.workflows.spine.sweeps import SpineSweeps
from bonedensity.workflows.worker import Order


class SpineViews(SpineSweeps):
    """Sets the export upright for the network; the export itself is never changed."""

    def ask_for_proposal(self) -> None:
        """For an image of the scene: let the worker look how it lies."""
        state = self.state
        assert state.dxa is not None
        asked = state.dxa

        def done(value: dict[str, Any]) -> None:
            if self.state.dxa is not asked:
                return
            if value["proposal"] is not None:
                self._propose(value["proposal"])
            else:
                self.desk.noticed.emit(value["doubt"])
            self.begin()

        parameters = {"image": self.desk.put("export", asked.array), "name": asked.name}
        self.desk.run(Order("spine_propose", parameters, "looking how the image lies", done, ("dxa",)))

    def accept_proposal(self) -> None:
        """Set the image upright and crop it as proposed."""
        if self.state.proposal is not None:
            self.set_view(self.state.proposal)

    def set_view(self, view: View) -> None:
        """Look at the export otherwise.

        A crop that does not fit is said and not taken.
        """
        state = self.state
        if state.dxa is None or (state.view is not None and (view.orientation, view.crop) == (
            state.view.orientation, state.view.crop
        )):  # fmt: skip
            return
        try:
            check_view(view, state.dxa)
        except BoneDensityError as error:
            self.desk.fail(error)
            return
        self._stop_what_rests_on("dxa")
        state.view, state.proposal = view, None
        state.found = None
        if not state.marked:
            state.outline = None
        self._forget_abduction()
        for what in ("view", "proposal", "corners"):
            self.changed.emit(what)
        self.begin()

    def turn(self) -> None:
        """One quarter turn to the left, uncropped."""
        self._reorient(quarter_turns=(self._orientation().quarter_turns + 1) % 4)

    def mirror(self) -> None:
        """Exchange left and right, uncropped."""
        self._reorient(mirrored=not self._orientation().mirrored)

    def invert(self) -> None:
        """Exchange dark and bright, uncropped."""
        self._reorient(inverted=not self._orientation().inverted)

    def set_pixel_mm(self, size: float | None) -> None:
        """State the pixel size in mm (square pixels); None for not known."""
        state = self.state
        wanted = None if not size else (float(size), float(size))
        if state.dxa is None or wanted == state.dxa.pixel_mm:
            return
        state.dxa = replace(state.dxa, pixel_mm=wanted, spacing_source="user" if wanted else "")
        self._forget_abduction()
        self.changed.emit("view")
        self.begin()

    def _reorient(self, **changes: Any) -> None:
        if self.state.dxa is not None:
            self.set_view(View.whole(self.state.dxa.array, replace(self._orientation(), **changes)))

    def _propose(self, values: dict[str, Any]) -> None:
        proposal = View.of(values)
        if proposal.reasons:
            self.state.proposal = proposal
            self.changed.emit("proposal")


def check_view(view: View, dxa: Dxa) -> None:
    """Refuse a crop that does not fit.

    Raises:
        GeometryError: It is too small, or reaches beyond the image.
    """
    upright = view.orientation.apply(dxa.array)
    DxaImage(upright, View.whole(dxa.array, view.orientation).crop, name=dxa.name).with_crop(view.crop)
