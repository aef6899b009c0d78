"""Strict stand-ins with which Slicer's scripted modules run without Slicer.

`install()` gives the process modules named `qt` and `ctk` (PySide6 with PythonQt's manners) and completes the
`slicer` package of slicer-core, whose MRML scene is the real one. Nothing outside Slicer's own names is offered:
see allowlist.py. What this cannot prove is that the module loads in the real program.
"""

from __future__ import annotations

import ctypes
import os
import sys
import types
from typing import Any

__all__ = ["install"]


def install() -> Any:
    """Makes `import qt, ctk, slicer` work as in Slicer; a second call changes nothing. Returns the slicer package."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import slicer

    if "qt" in sys.modules and hasattr(slicer, "app"):
        return slicer
    import slicer.util
    from PySide6 import QtWidgets

    from . import manner

    keep_constants_alive()
    if QtWidgets.QApplication.instance() is None:
        slicer.standin_qapplication = QtWidgets.QApplication(["Slicer"])
    manner.install()
    from . import ctkwidgets, qtmodule

    sys.modules["qt"], sys.modules["ctk"] = qtmodule.build(), ctkwidgets.build()
    complete_slicer(slicer)
    return slicer


def keep_constants_alive() -> None:
    """Gives None, True and False references to spare: PySide6 6.12 loses one in each call that returns them.

    From Python 3.12 on they cannot die; before, the process aborts after some thousands of calls into Qt, or when it
    ends.
    """
    if sys.version_info < (3, 12):
        for constant in (None, True, False):
            ctypes.c_ssize_t.from_address(id(constant)).value += 1 << 40


def complete_slicer(slicer: Any) -> None:
    """Adds to slicer-core's package what only the desktop program has."""
    from . import allowlist, application, environment, modules, parameternode, scripted
    from . import mrmlviews as mrmlviews
    from .standin import standin_class

    slicer.app = application.Application()
    slicer.mrmlScene = application.build_scene(slicer.app)
    slicer.modules = modules.build_modules(slicer.mrmlScene, slicer.app.applicationLogic())
    slicer.selfTests = {}
    for name in allowlist.entries():
        if name.startswith("q"):
            setattr(slicer, name, standin_class(name))
    scripted_module = types.ModuleType("slicer.ScriptedLoadableModule", scripted.__doc__)
    scripted_module.__dict__.update({n: getattr(scripted, n) for n in scripted.__all__}, __all__=scripted.__all__)
    parts = {
        "ScriptedLoadableModule": scripted_module,
        "parameterNodeWrapper": parameternode.build(),
        "packaging": environment.build_packaging(),
        "i18n": environment.build_i18n(),
    }
    for name, module in parts.items():
        setattr(slicer, name, module)
        sys.modules[f"slicer.{name}"] = module
    sys.modules["SampleData"] = environment.build_sample_data()
    environment.complete_util()
