"""What the extension says about itself: in CMake, in the Extensions Index entry, in its licence, icons and versions."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
CMAKE = (ROOT / "CMakeLists.txt").read_text()
ENTRY_FILE = Path(__file__).with_name("BoneDensity.json")
ENTRY = json.loads(ENTRY_FILE.read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MODULES = ("BMDEstimator", "SpineDXAGen")
BUNDLED_WITH_SLICER = {"numpy", "scipy", "SimpleITK", "pydicom", "highdicom"}
IN_REPOSITORY = "https://raw.githubusercontent.com/BoneDensity/SlicerBoneDensity/main/"
ICONS = ("Resources/BoneDensity.png", *(f"{name}/Resources/Icons/{name}.png" for name in MODULES))

# Required and optional fields, after Slicer's Schemas/slicer-extension-catalog-entry-schema-v1.0.2.json.
REQUIRED = {"$schema": str, "category": str, "scm_url": str}
OPTIONAL = {
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "dicom_support_rule": str,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}


def cmake_value(name):
    return re.search(rf'set\({name} "([^"]*)"\)', CMAKE).group(1)


def test_index_entry_follows_schema():
    fields = REQUIRED | OPTIONAL
    assert ENTRY.keys() >= REQUIRED.keys()
    assert ENTRY.keys() <= fields.keys()
    assert [key for key, value in ENTRY.items() if not isinstance(value, fields[key])] == []
    assert b"\r" not in ENTRY_FILE.read_bytes()
    assert ENTRY["tier"] in range(1, 6)


def test_index_entry_agrees_with_cmake():
    assert re.search(r"^project\((\w+)\)$", CMAKE, re.MULTILINE).group(1) == ENTRY_FILE.stem
    assert ENTRY["category"] == "Quantification"
    assert ENTRY["scm_url"].removesuffix(".git") == cmake_value("EXTENSION_HOMEPAGE")
    assert ENTRY["scm_url"].rsplit("/", 1)[1].startswith("Slicer")
    assert not ENTRY_FILE.stem.startswith("Slicer")
    assert cmake_value("EXTENSION_DEPENDS") == (" ".join(ENTRY["build_dependencies"]) or "NA")


def test_cmake_here_may_be_as_old_as_debian_12s():
    oldest = re.search(r"cmake_minimum_required\(VERSION ([\d.]+?)\.\.\.", CMAKE).group(1)
    assert tuple(map(int, oldest.split("."))) <= (3, 25)


def test_pictures_named_in_cmake_are_in_the_repository():
    urls = [cmake_value("EXTENSION_ICONURL"), *cmake_value("EXTENSION_SCREENSHOTURLS").split()]
    assert len(urls) >= 2
    assert [url for url in urls if not url.startswith(IN_REPOSITORY) or not url.endswith(".png")] == []
    assert [url for url in urls if not (ROOT / url.removeprefix(IN_REPOSITORY)).is_file()] == []


@pytest.mark.parametrize("name", ICONS)
def test_icon_is_128_pixels_square_with_transparent_corners(name):
    with Image.open(ROOT / name) as icon:
        assert (icon.format, icon.size, icon.mode) == ("PNG", (128, 128), "RGBA")
        assert {icon.getpixel(corner)[3] for corner in ((0, 0), (127, 0), (0, 127), (127, 127))} == {0}
        assert icon.getpixel((64, 64))[3] == 255


def test_licence_is_apache_2_everywhere():
    text = (ROOT / "LICENSE.txt").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["license"] == {"text": "Apache-2.0"}
    assert "\nlicense: Apache-2.0\n" in (ROOT / "CITATION.cff").read_text()


def test_version_is_the_same_everywhere():
    version = PROJECT["version"]
    assert f'__version__ = "{version}"' in (ROOT / "bonedensity" / "__init__.py").read_text()
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("module", MODULES)
def test_requirements_are_the_packages_dependencies_that_slicer_lacks(module):
    lines = (ROOT / module / "Resources" / f"{module}-requirements.txt").read_text().splitlines()
    requirements = {line for line in lines if line and not line.startswith("#")}
    bundled = {line for line in PROJECT["dependencies"] if re.match(r"[\w-]+", line).group() in BUNDLED_WITH_SLICER}
    models = set(PROJECT["optional-dependencies"]["models"])
    networks = ("torch", "safetensors") if module == "SpineDXAGen" else ()
    learned = {line for line in models if line.startswith(networks)} if networks else set()
    assert requirements == set(PROJECT["dependencies"]) - bundled | learned
    assert [line for line in requirements if not re.fullmatch(r"[\w-]+>=[\d.]+", line)] == []
