"""What a module asks of Slicer around its window: messages, packages, translations. All of it is recorded."""

from __future__ import annotations

import logging
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import slicer
from PySide6.QtWidgets import QMessageBox

Button = QMessageBox.StandardButton
YES_LIKE = (Button.Yes, Button.Ok, Button.Retry)
NO_LIKE = (Button.No, Button.Cancel, Button.Close)


@dataclass
class Recorder:
    """What the user would have seen; emptied before each test."""

    messages: list[tuple[str, str]] = field(default_factory=list)  # ("error" | "warning" | "info" | "question", text)
    details: list[str] = field(default_factory=list)  # the detailed texts of error messages
    status: list[str] = field(default_factory=list)
    selected_modules: list[str] = field(default_factory=list)
    pip_ensured: list[dict[str, Any]] = field(default_factory=list)
    pip_installed: list[list[str]] = field(default_factory=list)
    answers: list[bool] = field(default_factory=list)  # to the questions to come; yes where the list is empty
    pip_declined: bool = False  # True: the user refuses to install packages
    pip_missing: bool = False  # True: pip_check says that something is missing

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]

    def texts(self, level: str) -> list[str]:
        return [text for kind, text in self.messages if kind == level]


recorder = Recorder()


def message_display(level: int, text: str, testing_value: Any, mainWindowNeeded: bool = False, **options: Any) -> Any:
    """Takes the place of slicer.util._messageDisplay: no window opens, the text is kept, a question is answered."""
    buttons = options.get("standardButtons")
    question = buttons is not None and any(buttons & button for button in NO_LIKE)
    kind = "question" if question else logging.getLevelName(level).lower()
    recorder.messages.append((kind, text))
    if "detailedText" in options:
        recorder.details.append(options["detailedText"])
    if not question:
        return Button.Ok
    answer = recorder.answers.pop(0) if recorder.answers else True
    return next(button for button in (YES_LIKE if answer else NO_LIKE) if buttons & button)


def message_box(text: str, parent: Any = None, **options: Any) -> Any:
    return message_display(logging.INFO, text, None, **options)


def delay_display(message: str, autoCloseMsec: int = 1000, parent: Any = None, **options: Any) -> None:
    recorder.messages.append(("info", message))
    slicer.app.processEvents()


def show_status_message(message: str, duration: int = 0) -> bool:
    recorder.status.append(message)
    return True


def select_module(module: Any) -> None:
    recorder.selected_modules.append(module if isinstance(module, str) else module.name)


def refuse_pip(requirements: Any, *_: Any, **__: Any) -> None:
    raise RuntimeError(f"pip_install({requirements!r}): nothing may be installed here; modules use slicer.packaging")


def complete_util() -> None:
    """Puts the recorded versions in slicer-core's own slicer.util; everything else there stays as it is."""
    util = slicer.util
    util._messageDisplay, util.messageBox, util.delayDisplay = message_display, message_box, delay_display
    util.showStatusMessage, util.selectModule = show_status_message, select_module
    util.pip_install = util.pip_uninstall = refuse_pip


def load_requirements(path: str | Path) -> list[Any]:
    """Requirements of a file; as Slicer's, it skips comments and lines that begin with a dash."""
    from packaging.requirements import Requirement

    lines = (line.strip() for line in Path(path).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def requirement_list(requirements: Any) -> list[str]:
    if isinstance(requirements, str):
        return requirements.split()
    return [str(item) for item in (requirements if isinstance(requirements, (list, tuple)) else [requirements])]


def pip_check(req: Any) -> bool:
    """Answers what the test says, without looking at this environment."""
    requirement_list(req)
    return not recorder.pip_missing


def pip_ensure(
    requirements: Any,
    constraints: str | Path | None = None,
    skip_packages: list[str] | None = None,
    prompt_install: bool = True,
    prompt_restart: bool = True,
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> list[str] | None:
    """Records the request; declines as the user would when the test says so."""
    called = {"requirements": requirement_list(requirements), "constraints": constraints, "requester": requester}
    recorder.pip_ensured.append(called)
    if recorder.pip_declined and prompt_install:
        raise RuntimeError("User declined to install required packages")
    recorder.pip_missing = False
    return [] if skip_packages is not None else None


def pip_install(requirements: Any, constraints: str | Path | None = None, **_: Any) -> None:
    """Records the request; nothing is installed."""
    recorder.pip_installed.append(requirement_list(requirements))


def build_packaging() -> types.ModuleType:
    module = types.ModuleType("slicer.packaging", "slicer.packaging that installs nothing and records all")
    module.load_requirements, module.pip_check, module.pip_ensure = load_requirements, pip_check, pip_ensure
    module.pip_install, module.pip_uninstall = pip_install, refuse_pip
    module.isPipInstallInProgress = lambda: False
    return module


def build_i18n() -> types.ModuleType:
    module = types.ModuleType("slicer.i18n", "Texts stay as they were written")
    module.tr = lambda text: text
    module.translate = lambda context, text: text
    return module


class SampleDataLogic:
    """SampleData's registry."""

    registered: list[dict[str, Any]] = []  # noqa: RUF012 - one registry for the process
    categories: list[str] = []  # noqa: RUF012

    @classmethod
    def registerCustomSampleDataCategory(cls, category: str, title: str | None = None) -> None:
        cls.categories.append(category)

    @classmethod
    def registerCustomSampleDataSource(
        cls,
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFiles: Any = None,
        loadFileProperties: Any = None,
        checksums: Any = None,
    ) -> None:
        require_equally_many(uris, fileNames, nodeNames)
        cls.registered.append(
            {
                "category": category,
                "sampleName": sampleName,
                "uris": uris,
                "checksums": checksums,
                "customDownloader": customDownloader,
                "thumbnailFileName": thumbnailFileName,
            }
        )


def require_equally_many(uris: Any, fileNames: Any, nodeNames: Any) -> None:
    """As Slicer's SampleDataSource: each is one string or a list of as many as there are addresses, also without any.

    Raises:
        TypeError, ValueError: Slicer would not make the tile.
    """
    if isinstance(uris, str):
        return
    if not isinstance(uris, (list, tuple)):
        raise TypeError(f"a SampleDataSource needs uris, also where nothing is downloaded, not {uris!r}")
    if not len(uris) == len(fileNames) == len(nodeNames or uris):
        raise ValueError("All fields of sample data source must have the same length")


def build_sample_data() -> types.ModuleType:
    module = types.ModuleType("SampleData", "Keeps what modules register, downloads nothing")
    module.SampleDataLogic = SampleDataLogic
    return module
