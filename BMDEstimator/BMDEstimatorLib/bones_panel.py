"""The first section's segmentation: any engine by name, with its doubt."""

from __future__ import annotations

import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.ct_choices import Engine
from BMDEstimatorLib.ct_panel import LABEL_FILES
from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.desktop.buttons import enable, say

NETWORKS = (Engine.BAYESIAN_UNET, Engine.MONAI_BUNDLE)
"""Engines that need PyTorch."""

NEEDS_PATH = (Engine.MONAI_BUNDLE, Engine.LABELS)


class BonesPanel(Panel):
    """Engine, its folder or file, and what it found."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        ui.segmentButton.connect("clicked()", self._segment)
        ui.modelPathButton.connect("clicked()", self._choose)

    def refresh(self) -> None:
        """Enable what can be done; say what was found and how."""
        parameters, ui = self._parameters(), self._ui
        engine = Engine.BAYESIAN_UNET if parameters is None else parameters.engine
        missing = self._session.what_is_missing("labels") or self._path_missing(engine)
        enable(ui.segmentButton, missing, self._tip(engine))
        takes = engine is not Engine.THRESHOLD
        ui.modelPathEdit.enabled = ui.modelPathButton.enabled = takes
        hints = {
            Engine.BAYESIAN_UNET: _("weights that are shipped"),
            Engine.MONAI_BUNDLE: _("folder of the bundle"),
            Engine.LABELS: _("label file"),
            Engine.THRESHOLD: "",
        }
        ui.modelPathEdit.placeholderText = hints[engine]
        self._say_found()

    def _path_missing(self, engine: Engine) -> str:
        parameters = self._parameters()
        if engine not in NEEDS_PATH or parameters is None or parameters.modelPath:
            return ""
        return _("Choose the bundle's folder.") if engine is Engine.MONAI_BUNDLE else _("Choose the label file.")

    def _tip(self, engine: Engine) -> str:
        ct = self._session.state.ct
        if ct is None:
            return ""
        from bonedensity.segmentation.memory import needed_gib

        text = _("Find the bones of this CT; about {gib} GiB of memory are needed.")
        return text.format(gib=f"{needed_gib(ct, engine.value):.1f}")

    def _say_found(self) -> None:
        found = self._session.state.bones_found
        line = ""
        if found is not None:
            line = _("{engine}, {seconds} s.").format(engine=found.engine, seconds=f"{found.seconds:.1f}")
            if found.confidence is not None:
                line += " " + _("Confidence {value}.").format(value=f"{found.confidence:.2f}")
        notes = [] if found is None else list(found.notes)
        say(self._ui.bonesFoundLabel, line, notes, _("How the bones were found, and how far it may be trusted."))

    def _choose(self) -> None:
        parameters, section = self._parameters(), self._ui.ctSection
        if parameters.engine is Engine.LABELS:
            path = qt.QFileDialog.getOpenFileName(section, _("Open the bones"), "", LABEL_FILES)
        else:
            path = qt.QFileDialog.getExistingDirectory(section, _("Open the folder of a model"), "")
        if path:
            parameters.modelPath = path

    def _segment(self) -> None:
        parameters = self._parameters()
        self._feedback.begin("ct")
        if parameters.engine in NETWORKS and (refusal := self._ensure_models()):
            self._feedback.fail(refusal)
            return
        self._session.segment(parameters.engine.value, path=parameters.modelPath)
