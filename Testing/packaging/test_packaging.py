"""The extension, configured and installed by CMake against a stand-in for Slicer, holds all it needs and no more.

What the stand-in cannot prove: that Slicer itself discovers and loads the modules.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = Path("Testing/packaging/slicer-stand-in")
MODULES = [name for name in ("BMDEstimator", "SpineDXAGen") if (ROOT / name / f"{name}.py").is_file()]
SITE_PACKAGES = sysconfig.get_path("purelib")
BUNDLED_WITH_SLICER = {"numpy", "scipy", "SimpleITK", "pydicom", "highdicom"}
BROUGHT_BY_THOSE = {"PIL", "jpeg_ls", "_CharLS", "typing_extensions", "packaging"}
TRIED_BY_PYDICOM = {"pylibjpeg", "openjpeg", "_openjpeg"}  # it goes on without them where they are not installed
ALLOWED = BUNDLED_WITH_SLICER | BROUGHT_BY_THOSE | TRIED_BY_PYDICOM


def test_spine_module_exists():
    assert "SpineDXAGen" in MODULES


@pytest.fixture(scope="module")
def checkout():
    """Every file that git knows or would add, relative to the repository root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted({name for name in names if (ROOT / name).is_file()})


@pytest.fixture
def copied_checkout(checkout, tmp_path):
    copy = tmp_path / "copy"
    needed = ("CMakeLists.txt", "LICENSE.txt", "Testing/CMakeLists.txt")
    needed += ("bonedensity/", "BMDEstimator/", "SpineDXAGen/", STAND_IN.as_posix())
    for name in checkout:
        if name.startswith(needed):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return configure_and_install(ROOT, tmp_path_factory.mktemp("packaging"))


def configure(source, build):
    command = ["cmake", "-C", source / STAND_IN / "no-compiler.cmake", "-S", source, "-B", build]
    command += [f"-DSlicer_DIR={source / STAND_IN}"]
    return subprocess.run(command, capture_output=True, text=True)


def install(build, prefix):
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, capture_output=True)
    return prefix / "lib" / "Slicer-5.12" / "qt-scripted-modules"


def configure_and_install(source, place):
    configured = configure(source, place / "build")
    assert configured.returncode == 0, configured.stderr
    return install(place / "build", place / "installed")


def files_to_deliver(names):
    """Where each file of the modules and the package must arrive, relative to Slicer's folder of scripted modules."""
    delivered = set()
    for name in names:
        top, _, rest = name.partition("/")
        if rest and Path(name).name != "CMakeLists.txt":
            if top in ("BMDEstimator", "SpineDXAGen"):
                delivered.add(rest)
            elif top == "bonedensity":
                delivered.add(name)
    return delivered


def files_under(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def plant(copy, name, text=""):
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_text(text)
    return name


def run_python(*arguments, folder=None):
    """Run a bare interpreter: no environment variables, no site-packages, the current folder not on the path."""
    command = [sys.executable, "-I", "-S", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONUTF8": "1"})


# What arrives


def test_every_file_of_modules_and_package_is_installed_and_nothing_else(checkout, installed):
    delivered = files_to_deliver(checkout)
    assert delivered >= {"SpineDXAGen.py", "Resources/UI/SpineDXAGen.ui", "bonedensity/py.typed"}
    assert files_under(installed) == delivered, "left: installed; right: in the checkout"


@pytest.mark.parametrize(
    "name",
    [
        "bonedensity/newlayer/deep/new.py",
        "bonedensity/newlayer/table.json",
        "SpineDXAGen/SpineDXAGenLib/panels/new.py",
        "SpineDXAGen/Resources/UI/SpineDXAGenNew.ui",
        "SpineDXAGen/Resources/Icons/SpineDXAGenNew.png",
    ],
)
def test_new_file_is_installed_without_being_listed(copied_checkout, tmp_path, name):
    plant(copied_checkout, name)
    assert files_to_deliver([name]) <= files_under(configure_and_install(copied_checkout, tmp_path))


@pytest.mark.parametrize(
    "name", ["bonedensity/drr/kernel.cu", "SpineDXAGen/Resources/table.csv", "SpineDXAGen/more.py"]
)
def test_comparison_notices_new_file_that_is_not_installed(copied_checkout, tmp_path, name):
    plant(copied_checkout, name)
    missing = files_to_deliver([name]) - files_under(configure_and_install(copied_checkout, tmp_path))
    assert missing == files_to_deliver([name]) != set()


def test_file_added_after_configuring_is_installed_by_the_next_build(copied_checkout, tmp_path):
    configure_and_install(copied_checkout, tmp_path)
    plant(copied_checkout, "bonedensity/geometry/later.py")
    subprocess.run(["cmake", "--build", tmp_path / "build"], check=True, capture_output=True)
    assert "bonedensity/geometry/later.py" in files_under(install(tmp_path / "build", tmp_path / "again"))


def test_resources_of_each_module_carry_its_name(checkout):
    resources = [Path(name) for name in checkout if name.split("/")[0] in MODULES and "/Resources/" in name]
    assert resources
    assert [path.as_posix() for path in resources if not path.name.startswith(path.parts[0])] == []


def test_two_modules_with_the_same_resource_are_refused(copied_checkout, tmp_path):
    for module in ("BMDEstimator", "SpineDXAGen"):
        plant(copied_checkout, f"{module}/Resources/UI/Shared.ui")
    configured = configure(copied_checkout, tmp_path / "build")
    assert configured.returncode != 0
    assert "'Resources/UI/Shared.ui'" in configured.stderr


def test_listed_file_that_is_missing_is_refused(copied_checkout, tmp_path):
    (copied_checkout / "SpineDXAGen" / "SpineDXAGen.py").unlink()
    configured = configure(copied_checkout, tmp_path / "build")
    assert configured.returncode != 0
    assert "nonexistent file 'SpineDXAGen.py'" in configured.stderr


def test_slicer_would_run_the_tests_of_both_modules(installed):
    build = installed.parents[3] / "build"
    listing = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, check=True, capture_output=True, text=True)
    names = {test["name"] for test in json.loads(listing.stdout)["tests"]}
    for module in ("BMDEstimator", "SpineDXAGen"):
        assert {f"py_{module}", f"py_nomainwindow_qSlicer{module}ModuleGenericTest"} <= names


# What the installed modules import


@pytest.mark.parametrize("module", MODULES)
def test_installed_module_imports_only_what_slicer_bundles(installed, tmp_path, module):
    script = Path(__file__).with_name("import_installed_module.py")
    done = run_python(script, installed, module, SITE_PACKAGES, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["module"] == str(installed / f"{module}.py")
    assert report["classes"] == ["", "Widget", "Logic", "Test"]
    assert set(report["libraries"]) <= ALLOWED
    assert report["bonedensity"] == str(installed / "bonedensity" / "__init__.py")


@pytest.mark.parametrize("library", ["numba", "cmaes", "matplotlib", "typer", "rich"])
def test_import_check_notices_library_that_slicer_lacks(copied_checkout, tmp_path, library):
    module = copied_checkout / "SpineDXAGen" / "SpineDXAGen.py"
    module.write_text(module.read_text().replace("import slicer\n", f"import slicer\nimport {library}\n", 1))
    folder = configure_and_install(copied_checkout, tmp_path)
    done = run_python(Path(__file__).with_name("import_installed_module.py"), folder, "SpineDXAGen", SITE_PACKAGES)
    assert library in set(json.loads(done.stdout)["libraries"]) - ALLOWED


# The guard that finds the package

ASK = """
import sys
elsewhere = [entry for entry in sys.argv[2].split("|") if entry]
sys.path[:0] = elsewhere
if sys.argv[3] == "imported first":
    import bonedensity
    del sys.path[: len(elsewhere)]
sys.path.append(sys.argv[1])
before = list(sys.path)
from SpineDXAGenLib.find_bonedensity import require_bonedensity
folder = require_bonedensity()
import bonedensity
print(folder, bonedensity.__file__, sys.path[0] == folder, sys.path == before, sep="\\n")
"""


def ask_guard(module_folder, *path, imported=""):
    return run_python("-c", ASK, module_folder, "|".join(map(str, path)), imported)


@pytest.fixture
def foreign(tmp_path):
    plant(tmp_path, "foreign/bonedensity/__init__.py")
    return tmp_path / "foreign"


def test_guard_is_the_same_file_in_both_modules():
    copies = {(ROOT / f"{m}/{m}Lib/find_bonedensity.py").read_bytes() for m in ("BMDEstimator", "SpineDXAGen")}
    assert len(copies) == 1


def test_guard_finds_installed_package_beside_module(installed):
    folder, package, _, _ = ask_guard(installed).stdout.splitlines()
    assert (folder, package) == (str(installed), str(installed / "bonedensity" / "__init__.py"))


def test_guard_puts_repository_root_first_in_source_checkout():
    folder, package, first, _ = ask_guard(ROOT / "SpineDXAGen").stdout.splitlines()
    assert (folder, package, first) == (str(ROOT), str(ROOT / "bonedensity" / "__init__.py"), "True")


@pytest.mark.parametrize("imported", ["", "imported first"])
def test_guard_accepts_editable_install_of_same_checkout(tmp_path, imported):
    answer = ask_guard(ROOT / "SpineDXAGen", tmp_path, ROOT, imported=imported)
    folder, _, _, path_untouched = answer.stdout.splitlines()
    assert (folder, path_untouched) == (str(ROOT), "True"), answer.stderr


def test_guard_goes_before_bare_folder_of_same_name(installed, tmp_path):
    (tmp_path / "data" / "bonedensity").mkdir(parents=True)
    _, package, _, _ = ask_guard(installed, tmp_path / "data").stdout.splitlines()
    assert package == str(installed / "bonedensity" / "__init__.py")


@pytest.mark.parametrize("imported", ["", "imported first"])
@pytest.mark.parametrize("place", ["installed", "checkout"])
def test_guard_refuses_foreign_copy_and_says_what_where_and_how_to_mend(installed, foreign, place, imported):
    own = installed if place == "installed" else ROOT
    answer = ask_guard(installed if place == "installed" else ROOT / "SpineDXAGen", foreign, imported=imported)
    assert answer.stdout == ""
    assert answer.stderr.splitlines()[-1] == (
        f"RuntimeError: BoneDensity needs its own Python package in {own / 'bonedensity'}, "
        f"but Python finds another copy in {foreign / 'bonedensity'}: remove that copy "
        "(if pip installed it: slicer.util.pip_uninstall('bonedensity') in the Python console) and restart Slicer."
    )


def test_guard_says_when_package_is_missing(tmp_path):
    library = tmp_path / "modules" / "SpineDXAGenLib"
    library.mkdir(parents=True)
    shutil.copy2(ROOT / "SpineDXAGen" / "SpineDXAGenLib" / "find_bonedensity.py", library)
    last_line = ask_guard(tmp_path / "modules").stderr.splitlines()[-1]
    assert last_line.startswith("RuntimeError: BoneDensity cannot find its Python package 'bonedensity' in ")
    assert "install the extension again" in last_line
