"""Packages that Slicer does not bring: asked for at first use, once, and never at start-up."""

from __future__ import annotations

import importlib.metadata
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bonedensity.desktop.package_check import broken_packages

KEPT = ("numpy", "scipy", "SimpleITK", "pydicom", "highdicom", "vtk", "requests", "packaging", "torch", "torchvision")
"""Packages of Slicer itself and of its PyTorch extension: an installation may not change their versions."""

OFF = (
    "Registration is off without the Python packages {names}: press the button again when Slicer may install them "
    "(internet connection needed)."
)

BROKEN = "The Python package {name} is there but does not work ({why}): press “Check packages” to repair it."

Check = Callable[[Sequence[str]], dict[str, str]]
"""Tells of each package that does not work why."""

logger = logging.getLogger(__name__)


class Installer:
    """Installs what a module's requirements file names.

    Args:
        requirements: `<Module>-requirements.txt`.
        requester: The module's title, shown in the question.
        off: Said when the user declines or there is no network; {names} are the packages.
        check: Tries packages after they were installed.
    """

    def __init__(
        self, requirements: str | Path, requester: str, *, off: str = OFF, check: Check = broken_packages
    ) -> None:
        self._path = Path(requirements)
        self._requester, self._off, self._check = requester, off, check
        self._complete = False

    @property
    def names(self) -> list[str]:
        """Packages that it is about."""
        return [str(item.name) for item in _packaging().load_requirements(self._path)]

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
        with constraints_file() as constraints:
            try:
                packaging.pip_ensure(
                    requirements, constraints=constraints, requester=self._requester, prompt_restart=False
                )
            except Exception as error:  # declined, no network, no wheel: whatever pip or Slicer says
                logger.warning("The packages of %s were not installed: %s", self._requester, error)
                return self._off.format(names=", ".join(self.names))
        return self.state()

    def state(self) -> str:
        """Try the packages in a process of their own; "" when all work, else which does not, as one sentence."""
        broken = self._check(self.names)
        return next((BROKEN.format(name=name, why=why) for name, why in broken.items()), "")

    def repair(self) -> str:
        """Install again what does not work, and look once more; "" when all works, else what does not."""
        broken = list(self._check(self.names))
        if broken and not agreed(self._requester, broken):
            return self._off.format(names=", ".join(broken))
        if broken:
            self._complete = False
            with constraints_file() as constraints:
                try:
                    _packaging().pip_install(["--force-reinstall", "--no-deps", *self._lines(broken)], constraints)
                except Exception as error:  # no network, no permission: whatever pip says
                    logger.warning("The packages of %s were not repaired: %s", self._requester, error)
                    return self._off.format(names=", ".join(broken))
        return self.ensure() or (self.state() if broken else "")

    def _lines(self, names: Sequence[str]) -> list[str]:
        return [str(item) for item in _packaging().load_requirements(self._path) if str(item.name) in names]


def agreed(requester: str, names: Sequence[str]) -> bool:
    """Ask whether packages that do not work may be installed again."""
    import slicer

    text = f"{requester} finds Python packages that do not work: {', '.join(names)}. Install them again?"
    return bool(slicer.util.confirmOkCancelDisplay(text, windowTitle=requester))


@contextmanager
def constraints_file() -> Iterator[Path]:
    """A file with the versions that pip may not change, for as long as pip runs."""
    with tempfile.TemporaryDirectory(prefix="bonedensity-pip-") as folder:
        path = Path(folder) / "constraints.txt"
        path.write_text("".join(f"{line}\n" for line in kept_versions()), encoding="utf-8")
        yield path


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
