"""Finds the Python package `bonedensity` that belongs to this copy of the extension.

Slicer appends module folders to `sys.path`, so a `bonedensity` elsewhere (in site-packages, say) would be imported
instead of ours, without a word. Both modules carry this same file: it has to work before the package can be imported.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGE = "bonedensity"


def require_bonedensity() -> str:
    """Make sure that `import bonedensity` means our own copy; return the folder that holds it.

    Installed, that is the folder of the module file, which all modules share; in a source checkout, the repository
    root. A worker process needs the same folder on its PYTHONPATH.

    Raises RuntimeError when our copy is missing, or when another one is imported already or would be found first.
    """
    folder = _own_folder()
    found = _found_location()
    if found is None:
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
    elif found != folder / PACKAGE:
        raise RuntimeError(
            f"BoneDensity needs its own Python package in {folder / PACKAGE}, but Python finds another copy in "
            f"{found}: remove that copy (if pip installed it: slicer.util.pip_uninstall('{PACKAGE}') in the Python "
            "console) and restart Slicer."
        )
    return str(folder)


def _own_folder() -> Path:
    module_folder = Path(__file__).resolve().parent.parent
    for folder in (module_folder, module_folder.parent):
        if (folder / PACKAGE / "__init__.py").is_file():
            return folder
    raise RuntimeError(
        f"BoneDensity cannot find its Python package '{PACKAGE}' in {module_folder} or {module_folder.parent}: "
        "install the extension again, or add the modules from a complete checkout of the repository."
    )


def _found_location() -> Path | None:
    """Folder (or file) that `import bonedensity` gives as things stand; None if nothing there could shadow ours."""
    spec = importlib.util.find_spec(PACKAGE)  # if it is imported already, that of the imported one
    if spec is None or spec.origin is None:  # no origin: a bare folder of that name; a package is found before it
        return None
    path = Path(spec.origin).resolve()
    return path.parent if path.name == "__init__.py" else path
