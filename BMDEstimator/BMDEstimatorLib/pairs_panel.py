"""Point pairs on CT and X-ray, from which the bones get their first pose."""

from __future__ import annotations

from html import escape

import slicer
from slicer.i18n import tr as _

from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.desktop.buttons import enable
from bonedensity.scene.markups import landmarks_to_node, node_to_landmarks
from bonedensity.scene.picking import pixel_of

FEWEST = 3

COLORS = {"ctPoints": (0.34, 0.78, 1.0), "xrayPoints": (1.0, 0.70, 0.10)}


class PairsPanel(Panel):
    """Places points and starts from them."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self._left_out: tuple[str, ...] = ()
        ui.ctPlaceButton.connect("clicked()", lambda: self._place("ctPoints", _("Points on CT")))
        ui.xrayPlaceButton.connect("clicked()", lambda: self._place("xrayPoints", _("Points on X-ray")))
        ui.pairsButton.connect("clicked()", self._start)

    def refresh(self) -> None:
        """What can be done, and how far each pair was off."""
        missing = self._session.what_is_missing("register")
        enable(self._ui.ctPlaceButton, missing, _("Place points on the CT, one after another; a right click ends it."))
        tip = _("Place the same points on the X-ray in the red view, in the same order.")
        enable(self._ui.xrayPlaceButton, missing, tip)
        enable(
            self._ui.pairsButton,
            missing or self._lacks(),
            _("Find the pose that brings the CT’s points onto the X-ray’s."),
        )
        self._say()

    def _lacks(self) -> str:
        parameters = self._parameters()
        nodes = (None, None) if parameters is None else (parameters.ctPoints, parameters.xrayPoints)
        counts = [0 if node is None else len(node_to_landmarks(node)) for node in nodes]
        if min(counts) >= FEWEST:
            return ""
        text = _(
            "Mark at least three points on both images, four to know how well they fit; there are {ct} and {xray}."
        )
        return text.format(ct=counts[0], xray=counts[1])

    def _say(self) -> None:
        found, label = self._session.fitted, self._ui.pairsLabel
        label.setVisible(found is not None)
        if found is None:
            return
        lines = [
            "{name}: {mm}".format(
                name=escape(name), mm=_("left out") if name == found["outlier"] else f"{distance:.1f} mm"
            )
            for name, distance in found["distances_mm"].items()
        ]
        mean = _("Mean distance at the bone: {mm} mm.").format(mm=f"{found['mean_mm']:.1f}")
        notes = [escape(note, quote=False) for note in found["notes"]]
        if self._left_out:
            notes.append(_("Without a partner: {names}.").format(names=escape(", ".join(self._left_out))))
        label.text = "<br>".join([f"<b>{mean}</b>", " · ".join(lines), *notes])

    def _place(self, slot: str, name: str) -> None:
        parameters = self._parameters()
        node = getattr(parameters, slot)
        if node is None:
            node = landmarks_to_node(
                slicer.mrmlScene, {}, slicer.mrmlScene.GenerateUniqueName(name), color=COLORS[slot]
            )
            setattr(parameters, slot, node)
        selection = slicer.mrmlScene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
        interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        if selection is None or interaction is None:
            return
        selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
        selection.SetActivePlaceNodeID(node.GetID())
        interaction.SetPlaceModePersistence(1)
        interaction.SetCurrentInteractionMode(interaction.Place)

    def _start(self) -> None:
        parameters = self._parameters()
        self._feedback.begin("register")
        on_ct = node_to_landmarks(parameters.ctPoints)
        placed = node_to_landmarks(parameters.xrayPoints)
        ct_to_world = parameters.ct.GetParentTransformNode()
        if ct_to_world is not None:
            from bonedensity.scene.transforms import node_to_transform

            back = node_to_transform(ct_to_world).inverse()
            on_ct = {name: back.apply(point) for name, point in on_ct.items()}
        on_xray = {name: pixel_of(parameters.xray, point) for name, point in placed.items()}
        found = self._session.start_from_pairs(on_ct, on_xray)
        self._left_out = () if found is None else found.left_out
