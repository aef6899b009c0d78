"""The counterfactual's change in the person's CT, as its projected DXA before and after."""

from __future__ import annotations

from typing import Any

from bonedensity.virtual.dxa.display import GREY_PER_G_CM2
from bonedensity.web.images import still
from bonedensity.web.part import Part
from bonedensity.workflows.spine import pictures
from bonedensity.workflows.spine.in_ct import said_of_volume
from bonedensity.workflows.spine.session import SpineSession


class InCtPart(Part[SpineSession]):
    """See the module."""

    name = "vol"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        session = self._session
        return {
            "need": session.what_is_missing("volume"),
            "virtual_missing": session.what_is_missing("virtual ct"),
            "missing": session.what_is_missing("volume"),
            "ct_missing": session.what_is_missing("ct"),
            "labels_missing": session.what_is_missing("ct labels"),
            "loaded": self._line(),
            "shown": said_of_volume(session.state),
            "pictures": self._pictures(),
        }

    def _begin(self) -> None:
        self._drawn: tuple[Any, list[dict[str, str]]] = (None, [])
        self._on(virtual=self._session.make_virtual_ct, show=self._session.show_volume)

    def _line(self) -> str:
        ct, labels = self._session.state.ct, self._session.state.labels
        if ct is None:
            return ""
        size = " × ".join(str(count) for count in ct.array.shape[::-1])
        return f"{ct.name}: {size} voxels, {'its bones are not known yet' if labels is None else 'with its bones'}"

    def _pictures(self) -> list[dict[str, str]]:
        """Projected bone mineral on a Lunar export's greys; made once a change."""
        volume = self._session.state.volume
        if volume is None:
            return []
        if self._drawn[0] is not volume:
            before, after = (GREY_PER_G_CM2 * volume[name] for name in ("factual", "counterfactual"))
            made = {
                "CT as it is": pictures.grey_picture(before),
                "stretched (synthetic)": pictures.grey_picture(after),
                "difference (synthetic)": pictures.difference_picture(after - before),
            }
            self._drawn = (volume, [{"title": title, "src": still(picture)} for title, picture in made.items()])
        return self._drawn[1]
