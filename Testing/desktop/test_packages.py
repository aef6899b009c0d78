"""Packages in Slicer: asked for at first use, tried in a process of their own, repaired after a question."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest
from standins.environment import recorder as slicer_recorder

from bonedensity.desktop import model_installer
from bonedensity.desktop.installer import Installer, kept_versions
from bonedensity.desktop.model_installer import ModelInstaller
from bonedensity.desktop.package_check import broken_packages


@pytest.fixture
def requirements(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("numba>=0.59\ncmaes>=0.11\n")
    return path


@pytest.fixture(autouse=True)
def fresh(slicer_app):
    """Empty records."""


class Check:
    """Says that some packages are broken, until they were installed again."""

    def __init__(self, *broken):
        self.broken = set(broken)

    def __call__(self, names):
        if slicer_recorder.pip_installed:
            self.broken = set()
        return {name: "ImportError: no such symbol" for name in names if name in self.broken}


def test_a_fresh_process_tells_which_packages_work():
    found = broken_packages(["json", "no_such_package_at_all"])
    assert list(found) == ["no_such_package_at_all"]
    assert "ModuleNotFoundError" in found["no_such_package_at_all"]


def test_a_package_that_ends_the_process_is_broken_and_harms_nobody(tmp_path, monkeypatch):
    (tmp_path / "deadly_package.py").write_text("import os; os._exit(9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert list(broken_packages(["deadly_package"])) == ["deadly_package"]


def test_what_is_installed_is_tried_before_it_is_used(requirements, recorder):
    recorder.pip_missing = True
    said = Installer(requirements, "Tester", check=Check("cmaes")).ensure()
    assert recorder.pip_ensured
    assert said.startswith("The Python package cmaes is there but does not work")
    assert "Check packages" in said


def test_slicers_own_packages_and_pytorch_are_kept(requirements, recorder):
    kept = {line.partition("==")[0] for line in kept_versions()}
    assert {"numpy", "scipy", "SimpleITK", "pydicom", "vtk"} <= kept
    assert "torch" in kept


def test_a_broken_package_is_installed_again_after_a_question(requirements, recorder):
    assert Installer(requirements, "Tester", check=Check("cmaes")).repair() == ""
    assert any("cmaes" in text for text in recorder.texts("question"))
    assert recorder.pip_installed == [["--force-reinstall", "--no-deps", "cmaes>=0.11"]]


def test_declining_the_repair_installs_nothing(requirements, recorder):
    recorder.answers.append(False)
    said = Installer(requirements, "Tester", check=Check("cmaes")).repair()
    assert "cmaes" in said
    assert recorder.pip_installed == []


def test_nothing_is_asked_when_all_works(requirements, recorder):
    assert Installer(requirements, "Tester", check=Check()).repair() == ""
    assert recorder.texts("question") == []
    assert recorder.pip_installed == []


class Extension(types.ModuleType):
    """A stand-in for the PyTorch extension."""

    def __init__(self, installed):
        super().__init__("PyTorchUtils")
        self.calls = calls = []

        class PyTorchUtilsLogic:
            def installTorch(self, askConfirmation=False, torchVersionRequirement=None):
                calls.append(("install", askConfirmation, torchVersionRequirement))
                return installed

            def uninstallTorch(self):
                calls.append(("uninstall",))

        self.PyTorchUtilsLogic = PyTorchUtilsLogic


def test_without_the_extension_the_user_is_told_where_to_get_it(requirements, recorder, monkeypatch):
    monkeypatch.setattr(model_installer, "torch_is_there", lambda: False)
    said = ModelInstaller(requirements, "Tester", check=Check()).ensure()
    assert "Extensions Manager" in said
    assert recorder.pip_ensured == []


def test_pytorch_comes_by_its_extension_and_is_asked_first(requirements, recorder, monkeypatch):
    extension = Extension(installed=object())
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension)
    monkeypatch.setattr(model_installer, "torch_is_there", lambda: False)
    recorder.pip_missing = True
    assert ModelInstaller(requirements, "Tester", check=Check()).ensure() == ""
    assert extension.calls == [("install", True, ">=2.2")]
    assert not any("torch" in line for line in recorder.pip_ensured[-1]["requirements"])


def test_declining_pytorch_leaves_everything_as_it_was(requirements, recorder, monkeypatch):
    monkeypatch.setitem(sys.modules, "PyTorchUtils", Extension(installed=None))
    monkeypatch.setattr(model_installer, "torch_is_there", lambda: False)
    said = ModelInstaller(requirements, "Tester", check=Check()).ensure()
    assert said.startswith("Networks are off without PyTorch")
    assert recorder.pip_ensured == []


def test_a_broken_pytorch_is_taken_out_and_put_back_by_its_extension_alone(requirements, recorder, monkeypatch):
    extension = Extension(installed=object())
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension)
    there = iter([True, False, True, True, True])
    monkeypatch.setattr(model_installer, "torch_is_there", lambda: next(there))
    broken = Check("torch")

    def check(names):
        return broken(names) if len(extension.calls) < 2 else {}

    assert ModelInstaller(requirements, "Tester", check=check).repair() == ""
    assert [call[0] for call in extension.calls] == ["uninstall", "install"]
    assert recorder.pip_installed == []


def test_the_button_says_what_it_found(module_factory, recorder):
    widget = module_factory("BMDEstimator")
    widget.window.packages._installer._check = Check()
    widget.window.packages._models._check = Check()
    widget.ui.packagesButton.click()
    assert widget.ui.packagesLabel.text == "All packages are there and work."


WITHOUT_TORCH = """
import sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "monai", "safetensors"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Nowhere())
from bonedensity.jobs.tasks import registry
import bonedensity.workflows.session, bonedensity.estimators
from bonedensity.densitometry import Calibration
from bonedensity.densitometry import measure
from bonedensity.drr.render import render
from bonedensity.virtual import make_hip_patient
patient = make_hip_patient(1, spacing_mm=4.0)
result = measure(patient.ct, patient.labels, region="proximal-femur", side="R", calibration=Calibration.nominal())
from bonedensity.geometry import c_arm_camera
camera = c_arm_camera(sdd_mm=1150, source_to_isocentre_mm=1000, rows=32, columns=32, pixel_spacing_mm=(12, 12))
from bonedensity.workflows.setup import centred_pose
image = render(patient.ct, camera, centred_pose(patient.labels, ["femur_right"])[0])
print(result.measurements[0].value > 0, image.max() > 0)
"""


def test_ct_projection_and_densitometry_work_without_pytorch():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True)
    assert done.stdout.strip() == "True True", done.stderr[-1500:]
