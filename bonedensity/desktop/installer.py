"""Packages that Slicer does not bring: asked for at first use, once, and never at start-up."""

from __future__ import annotations

import importlib.metadata
import logging
import tempfile
from pathlib import Path
from typing import Any

KEPT = ("numpy", "scipy", "SimpleITK", "pydicom", "highdicom", "vtk", "requests", "packaging")
"""Packages of Slicer itself: an installation may not change their versions."""

OFF = (
    "Registration is off without the Python packages {names}: press the button again when Slicer may install them "
    "(internet connection needed)."
)

logger = logging.getLogger(__name__)


class Installer:
    """Installs what a module's requirements file names.

    Args:
        requirements: `<Module>-requirements.txt`.
        requester: The module's title, shown in the question.
    """

    def __init__(self, requirements: str | Path, requester: str) -> None:
        self._path = Path(requirements)
        self._requester = requester
        self._complete = False

    def missing(self) -> bool:
        """Whether something has to be installed."""
        if not self._complete:
            packaging = _packaging()
            self._complete = bool(packaging.pip_check(packaging.load_requirements(self._path)))
        return not self._complete

    def ensure(self) -> str:
        """Ask the user and install what is missing; "" when all is there, else why not, as one sentence."""
        if not self.missing():
            return ""
        packaging = _packaging()
        requirements = packaging.load_requirements(self._path)
        with tempfile.TemporaryDirectory(prefix="bonedensity-pip-") as folder:
            constraints = Path(folder) / "constraints.txt"
            constraints.write_text("".join(f"{line}\n" for line in kept_versions()), encoding="utf-8")
            try:
                packaging.pip_ensure(
                    requirements, constraints=constraints, requester=self._requester, prompt_restart=False
                )
            except Exception as error:  # declined, no network, no wheel: whatever pip or Slicer says
                logger.warning("The packages of %s were not installed: %s", self._requester, error)
                return OFF.format(names=", ".join(str(item.name) for item in requirements))
        return ""


def kept_versions() -> list[str]:
    """Slicer's own packages with the versions they have now, as pip constraints."""
    lines = []
    for name in KEPT:
        try:
            lines.append(f"{name}=={importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return lines


def _packaging() -> Any:
    import slicer.packaging

    return slicer.packaging
