"""Which device the torch renderer runs on, and why, in words."""

from __future__ import annotations

import platform
from functools import cache
from importlib.util import find_spec
from typing import Literal, NamedTuple

from bonedensity.errors import DeviceError, MissingDependencyError

DeviceName = Literal["auto", "cuda", "mps", "cpu"]
"""cuda: an NVIDIA or AMD card. mps: an Apple processor's graphics. auto: the first of these that is there, else cpu."""

DEVICES = ("auto", "cuda", "mps", "cpu")

BYTES_PER_GIB = 1024**3


class Device(NamedTuple):
    """The device, and one sentence that says why it was taken."""

    name: str
    reason: str


@cache
def torch_available() -> bool:
    """Whether PyTorch is installed; nothing is imported."""
    return find_spec("torch") is not None


@cache
def triton_available() -> bool:
    """Whether Triton is installed; nothing is imported."""
    return find_spec("triton") is not None


def require_torch() -> None:
    """Refuse where PyTorch is not installed.

    Raises:
        MissingDependencyError: It is not.
    """
    if not torch_available():
        raise MissingDependencyError(
            "The “torch” renderer needs PyTorch (pip install 'bonedensity[models]'); the others work without it."
        )


def choose_device(wanted: DeviceName = "auto") -> Device:
    """The device for projections with torch.

    Args:
        wanted: By name, or `auto`.

    Returns:
        Its name (cuda, mps or cpu) and the reason.

    Raises:
        DeviceError: A name that is unknown, or a device asked for by name that is not there.
    """
    if wanted not in DEVICES:
        raise DeviceError(f"The device “{wanted}” is unknown: choose {', '.join(DEVICES)}.")
    if wanted == "cpu":
        return Device("cpu", "The processor was asked for.")
    absent = {}
    for name, look in (("cuda", _look_for_cuda), ("mps", _look_for_mps)):
        if wanted in ("auto", name):
            found, words = look()
            if found:
                return Device(name, words)
            absent[name] = words
    if wanted != "auto":
        raise DeviceError(f"The device “{wanted}” cannot be used: {absent[wanted]}; choose auto or cpu.")
    return Device("cpu", f"The processor is used: {absent['cuda']}, and {absent['mps']}.")


def _look_for_cuda() -> tuple[bool, str]:
    if not torch_available():
        return False, "PyTorch is not installed"
    import torch

    if not torch.cuda.is_available():
        built = torch.version.cuda or torch.version.hip
        return False, "PyTorch finds no graphics card" if built else "this PyTorch is built without CUDA"
    card = torch.cuda.get_device_properties(torch.cuda.current_device())
    kernel = "with its Triton kernel" if triton_available() else "without Triton, so slower than it could be"
    return True, f"The graphics card {card.name} ({card.total_memory / BYTES_PER_GIB:.0f} GiB) is used, {kernel}."


def _look_for_mps() -> tuple[bool, str]:
    if platform.system() != "Darwin":
        return False, "there is no Apple graphics processor"
    if not torch_available():
        return False, "PyTorch is not installed"
    import torch

    if not torch.backends.mps.is_available():
        return False, "PyTorch cannot use this Apple processor's graphics"
    return True, "The Apple processor's graphics (Metal) are used."
