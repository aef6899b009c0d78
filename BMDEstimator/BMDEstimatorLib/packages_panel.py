"""The button that tries the Python packages, and mends what does not work."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from bonedensity.desktop.installer import Installer
from bonedensity.desktop.model_installer import ModelInstaller


class PackagesPanel:
    """Says of both groups of packages whether they work.

    Args:
        ui: The window's widgets.
        installer: Of what the engine needs.
        models: Of what networks need beside it.
    """

    def __init__(self, ui: Any, installer: Installer, models: ModelInstaller) -> None:
        self._ui, self._installer, self._models = ui, installer, models
        ui.packagesLabel.hide()
        ui.packagesButton.connect("clicked()", self._check)

    def _check(self) -> None:
        with slicer.util.WaitCursor():
            found = [self._installer.repair(), self._models.repair()]
        said = [sentence for sentence in found if sentence]
        self._ui.packagesLabel.text = " ".join(said) or _("All packages are there and work.")
        self._ui.packagesLabel.show()
