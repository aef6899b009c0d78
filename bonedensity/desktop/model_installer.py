"""What networks need: PyTorch by Slicer's own extension, the rest by pip; all else works without them."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bonedensity.desktop.installer import BROKEN, Check, Installer, agreed
from bonedensity.desktop.package_check import broken_packages

TORCH = ">=2.2"
"""The oldest that is tried: the last one for Slicer on a Mac."""

NO_EXTENSION = (
    "Networks need PyTorch: install the extension “PyTorch” with Slicer's Extensions Manager, restart Slicer and press "
    "the button again; all that needs no network works without it."
)

NO_TORCH = "Networks are off without PyTorch: press the button again when Slicer may install it (some 200 MB to 3 GB)."

OFF = (
    "Networks are off without the Python packages {names}: press the button again when Slicer may install them "
    "(internet connection needed)."
)

logger = logging.getLogger(__name__)


class ModelInstaller(Installer):
    """Installs PyTorch, and then what a requirements file names.

    Args:
        requirements: File of the packages beside PyTorch.
        requester: The module's title, shown in the question.
        check: Tries packages after they were installed.
    """

    def __init__(self, requirements: str | Path, requester: str, *, check: Check = broken_packages) -> None:
        super().__init__(requirements, requester, off=OFF, check=check)

    @property
    def names(self) -> list[str]:
        """Packages that it is about, PyTorch first."""
        return ["torch", *super().names]

    def ensure(self) -> str:
        """Ask the user and install what is missing; "" when all is there, else why not, as one sentence."""
        return self._ensure_torch() or super().ensure()

    def repair(self) -> str:
        """Install again what does not work, and look once more; "" when all works, else what does not."""
        broken = self._check(["torch"])
        if broken and torch_is_there():
            utilities = _torch_utilities()
            if utilities is None:
                return BROKEN.format(name="torch", why=broken["torch"]) + " " + NO_EXTENSION
            if not agreed(self._requester, ["torch"]):
                return NO_TORCH
            utilities.uninstallTorch()
        return self._ensure_torch() or super().repair()

    def _ensure_torch(self) -> str:
        if torch_is_there():
            return ""
        utilities = _torch_utilities()
        if utilities is None:
            return NO_EXTENSION
        try:
            installed = utilities.installTorch(askConfirmation=True, torchVersionRequirement=TORCH)
        except Exception as error:  # no network, no wheel, no room: whatever the extension says
            logger.warning("PyTorch was not installed: %s", error)
            return NO_TORCH
        return "" if installed is not None else NO_TORCH

    def _lines(self, names: Sequence[str]) -> list[str]:
        """PyTorch is never given to pip: its extension chooses the build for this machine."""
        return super()._lines([name for name in names if name != "torch"])


def torch_is_there() -> bool:
    """Whether PyTorch is installed; nothing is imported."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("torch") is not None


def _torch_utilities() -> Any:
    """The logic of Slicer's PyTorch extension; None where it is not installed."""
    try:
        import PyTorchUtils  # type: ignore[import-not-found]  # of Slicer's extension
    except ImportError:
        return None
    return PyTorchUtils.PyTorchUtilsLogic()
