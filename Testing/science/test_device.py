"""The device is chosen with a reason that a person understands, and torch is not imported for it where it is absent."""

import subprocess
import sys

import pytest

from bonedensity.drr import device
from bonedensity.drr.device import choose_device, require_torch, torch_available
from bonedensity.drr.projector import resolve_backend
from bonedensity.errors import DeviceError, MissingDependencyError


@pytest.fixture
def without_torch(monkeypatch):
    monkeypatch.setattr(device, "torch_available", lambda: False)
    monkeypatch.setitem(sys.modules, "torch", None)  # an import would fail


def test_without_torch_the_processor_is_chosen_and_the_reason_says_why(without_torch):
    name, reason = choose_device()
    assert name == "cpu"
    assert "PyTorch is not installed" in reason
    assert reason.endswith(".")


def test_without_torch_what_needs_it_says_how_to_install_it(without_torch):
    for use in (require_torch, lambda: resolve_backend("torch")):
        with pytest.raises(MissingDependencyError, match=r"pip install 'bonedensity\[models\]'"):
            use()


@pytest.mark.parametrize("wanted", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused_by_name(wanted, without_torch):
    with pytest.raises(DeviceError, match=f"“{wanted}” cannot be used: .*choose auto or cpu"):
        choose_device(wanted)


def test_an_unknown_device_is_refused_with_the_known_ones():
    with pytest.raises(DeviceError, match="choose auto, cuda, mps, cpu"):
        choose_device("tpu")


def test_the_processor_can_be_asked_for():
    assert choose_device("cpu") == ("cpu", "The processor was asked for.")


@pytest.mark.skipif(not torch_available(), reason="PyTorch is not installed")
def test_with_torch_there_is_a_device_and_a_reason():
    name, reason = choose_device()
    assert name in ("cuda", "mps", "cpu")
    assert reason.endswith(".")
    assert "not installed" not in reason


def test_projection_registration_and_the_command_line_do_not_import_torch():
    code = "import sys, bonedensity.drr, bonedensity.registration, bonedensity.cli.main; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
