"""Imports an installed module file as Slicer would, and reports which libraries came along.

Run it in a bare interpreter: `python -I -S import_installed_module.py FOLDER MODULE SITE_PACKAGES`. Slicer's own
modules are stand-ins that accept anything: this asks what is imported, not whether Slicer is used rightly.
"""

import importlib
import importlib.machinery
import json
import sys
from pathlib import Path
from types import ModuleType

SLICER = {"slicer", "vtk", "vtkmodules", "qt", "ctk", "sitkUtils", "SampleData", "DICOMLib"}
KINDS = ("", "Widget", "Logic", "Test")


class AnyClass(type):
    """Classes whose attributes exist whatever their name, and that return the function or class they decorate."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return any_class(name)

    def __call__(cls, *args, **kwargs):
        if len(args) == 1 and callable(args[0]):
            return args[0]
        return super().__call__()


def any_class(name):
    return AnyClass(name, (), {"__getattr__": lambda self, attribute: getattr(type(self), attribute)})


class AnyModule(ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return any_class(name)


class SlicerFinder:
    """Finds every module of Slicer, and under Slicer's names nothing else."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in SLICER:
            return None
        return importlib.machinery.ModuleSpec(name, SlicerFinder, is_package=True)

    @staticmethod
    def create_module(spec):
        module = AnyModule(spec.name)
        if spec.name == "slicer.ScriptedLoadableModule":
            module.__all__ = [f"ScriptedLoadableModule{kind}" for kind in KINDS]
        return module

    @staticmethod
    def exec_module(module):
        pass


def main(folder: Path, name: str, site_packages: Path) -> dict:
    sys.meta_path.insert(0, SlicerFinder)
    # Site-packages goes on the path as a plain folder: no .pth file is read, so no editable install of ours is active.
    sys.path += [str(site_packages), str(folder)]
    module = importlib.import_module(name)
    libraries = {
        Path(loaded.__file__).resolve().relative_to(site_packages).parts[0].partition(".")[0]
        for loaded in list(sys.modules.values())
        if getattr(loaded, "__file__", None) and Path(loaded.__file__).resolve().is_relative_to(site_packages)
    }
    importlib.import_module(f"{name}Lib.find_bonedensity").require_bonedensity()
    return {
        "module": module.__file__,
        "classes": [kind for kind in KINDS if isinstance(vars(module).get(name + kind), type)],
        "libraries": sorted(libraries),
        "bonedensity": importlib.import_module("bonedensity").__file__,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]).resolve(), sys.argv[2], Path(sys.argv[3]).resolve())))
