"""`bonedensity doctor`: what this machine can run."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from bonedensity import __version__
from bonedensity.cli.console import JsonFlag, answer
from bonedensity.drr.device import choose_device
from bonedensity.drr.projector import numba_available

PACKAGES = {
    "numba": "fast projection",
    "cmaes": "registration",
    "SimpleITK": "reading images",
    "pydicom": "reading DICOM",
    "matplotlib": "reports",
    "slicer-core": "scene files outside Slicer",
    "trame": "the browser app (bonedensity app)",
    "torch": "learned models (not needed for CT, projection, registration and densitometry)",
}


def doctor(as_json: JsonFlag = False) -> None:
    """Say which parts work here, and what is missing for the rest."""
    found = {name: _version(name) for name in PACKAGES}
    device = choose_device()
    values = {
        "bonedensity": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "renderer": "numba" if numba_available() else "numpy (slow; pip install numba)",
        "device": {"name": device.name, "reason": device.reason},
        "packages": found,
    }

    def text() -> str:
        lines = [f"bonedensity {__version__}, Python {values['python']}, {values['processors']} processors"]
        lines += [f"{name:12} {found[name] or 'not installed':14} {what}" for name, what in PACKAGES.items()]
        lines.append(f"Device for torch: {device.name}. {device.reason}")
        return "\n".join(lines)

    answer(values, as_json, text)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
