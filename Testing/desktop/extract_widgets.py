"""Writes widgets.json: what Python may name on the CTK and Slicer classes that the stand-ins know.

Run once, by hand, when a module needs a class that is not there yet:
`python Testing/desktop/extract_widgets.py FULL.json`, where FULL.json lists every class as
`{class: {base, invokable[], properties{name: {type, writable}}, signals[], slots[]}}`, read from the headers of
Slicer and CTK. The full list is large and stays outside the repository; the subset is committed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("widgets.json")
FIELDS = ("base", "invokable", "properties", "signals", "slots")

CLASSES = [
    "ctkCheckBox",
    "ctkCheckableComboBox",
    "ctkCheckablePushButton",
    "ctkCollapsibleButton",
    "ctkCollapsibleGroupBox",
    "ctkColorPickerButton",
    "ctkComboBox",
    "ctkCoordinatesWidget",
    "ctkDirectoryButton",
    "ctkDoubleSlider",
    "ctkDoubleSpinBox",
    "ctkExpandableWidget",
    "ctkFittedTextBrowser",
    "ctkMenuButton",
    "ctkMessageBox",
    "ctkPathLineEdit",
    "ctkPushButton",
    "ctkRangeWidget",
    "ctkSliderWidget",
    "ctkThumbnailLabel",
    "qMRMLCheckableNodeComboBox",
    "qMRMLCollapsibleButton",
    "qMRMLLinearTransformSlider",
    "qMRMLNodeComboBox",
    "qMRMLRangeWidget",
    "qMRMLSegmentSelectorWidget",
    "qMRMLSegmentsTableView",
    "qMRMLSequenceBrowserPlayWidget",
    "qMRMLSequenceBrowserSeekWidget",
    "qMRMLSliceWidget",
    "qMRMLSliderWidget",
    "qMRMLSpinBox",
    "qMRMLSubjectHierarchyComboBox",
    "qMRMLTableView",
    "qMRMLThreeDView",
    "qMRMLThreeDWidget",
    "qMRMLTransformSliders",
    "qMRMLUtils",
    "qMRMLWidget",
    "qSlicerApplication",
    "qSlicerIOManager",
    "qSlicerLayoutManager",
    "qSlicerMarkupsPlaceWidget",
    "qSlicerModuleFactoryManager",
    "qSlicerModuleManager",
    "qSlicerScriptedLoadableModule",
    "qSlicerScriptedLoadableModuleWidget",
    "qSlicerSimpleMarkupsWidget",
    "qSlicerWidget",
]


def decorated_methods(full: dict) -> dict[str, list[str]]:
    """Methods that PythonQt adds to a class from outside: `name(Class*,...)` and `static_Class_name(...)`."""
    added: dict[str, list[str]] = {}
    for decorators in (entry for name, entry in full.items() if name.endswith("PythonQtDecorators")):
        for signature in decorators["slots"]:
            if static := re.fullmatch(r"static_([A-Za-z]+)_(\w+\(.*\))", signature):
                added.setdefault(static[1], []).append(static[2])
            elif member := re.fullmatch(r"(\w+)\((\w+)\*(?:,(.*))?\)", signature):
                added.setdefault(member[2], []).append(f"{member[1]}({member[3] or ''})")
    return added


def subset(full: dict, classes: list[str]) -> dict:
    """The entries of `classes` and of every class they derive from, down to Qt."""
    added = decorated_methods(full)
    chosen: dict[str, dict] = {}
    for start in classes:
        name = start
        while name in full and name not in chosen:
            entry = {field: full[name][field] for field in FIELDS}
            entry["invokable"] = sorted({*entry["invokable"], *added.get(name, [])})
            chosen[name] = entry
            name = entry["base"]
        if start not in chosen:
            raise SystemExit(f"{start} is not in the full list")
    return dict(sorted(chosen.items()))


def render(classes: dict) -> str:
    """One field a line: differences stay readable, the file stays short."""
    blocks = []
    for name, entry in classes.items():
        fields = ",\n".join(f"  {json.dumps(field)}: {json.dumps(entry[field])}" for field in FIELDS)
        blocks.append(f"{json.dumps(name)}: {{\n{fields}\n}}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: extract_widgets.py FULL.json")
    TARGET.write_text(render(subset(json.loads(Path(sys.argv[1]).read_text()), CLASSES)))
    print(f"wrote {TARGET}")
