"""A session's report as an HTML file that needs nothing else, and as a PDF."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from bonedensity.errors import UnwritableFileError
from bonedensity.workflows.report_parts import bullets, card, figure, numbers_table, page
from bonedensity.workflows.session_report import TITLE, ReportContent

if TYPE_CHECKING:
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

PAGE_IN = (8.27, 11.69)
"""A4, upright."""

LINES_A_PAGE = 46
LETTERS_A_LINE = 96
TOP, LEFT, VALUES, LINE = 0.94, 0.08, 0.62, 0.0175
"""First line, left border, column of values and line height, as shares of the page."""

HEAD = (
    '<table><thead><tr><th>Quantity</th><th class="number">Value</th><th class="number">Standard uncertainty</th>'
    "<th>Unit</th></tr></thead><tbody>"
)


def report_page(content: ReportContent) -> str:
    """The report as HTML."""
    parts = []
    if content.verdict is not None:
        value, label, good = content.verdict
        parts.append(f'<section><div class="cards">{card(value, label, good=good)}</div></section>')
    drawn = "".join(figure(one.pixels, one.name, one.caption) for one in content.pictures)
    parts.append(f'<h2>Pictures</h2><div class="pictures">{drawn}</div>' if drawn else "")
    if content.measurements:
        parts.append(f"<h2>Numbers</h2>{HEAD}{numbers_table(content.measurements)}</tbody></table>")
    parts.append(bullets("Doubts", content.doubts))
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in content.method)
    parts.append(f"<h2>How it was done</h2><table><tbody>{rows}</tbody></table>" if rows else "")
    parts.append(bullets("Notes", content.notes))
    return page(TITLE, content.subtitle, escape(content.banner), "".join(parts))


def write_report_html(content: ReportContent, path: Path) -> None:
    """Write the report as HTML.

    Raises:
        UnwritableFileError: It cannot be written there.
    """
    try:
        path.write_text(report_page(content), encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from None


def write_report_pdf(content: ReportContent, path: Path) -> None:
    """Write the report as PDF, A4: text first, then two pictures a page.

    Raises:
        UnwritableFileError: It cannot be written there.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    try:
        with PdfPages(path, metadata={"Title": TITLE, "Creator": "BoneDensity"}) as pages:
            _write_text(pages, _lines(content))
            for first in range(0, len(content.pictures), 2):
                _write_pictures(pages, content, first)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> UnwritableFileError:
    return UnwritableFileError(f"The report “{path}” was not written: {error.strerror or error}.")


def _lines(content: ReportContent) -> list[tuple[str, bool]]:
    """Every line of text, and whether it is a heading."""
    import textwrap

    found: list[tuple[str, bool]] = [(TITLE, True), (content.subtitle, False), (content.banner, False)]
    if content.verdict is not None:
        found.append((f"{content.verdict[0].capitalize()}: {content.verdict[1]}", False))
    sections = (
        ("Numbers", [_number_line(m.name, str(m)) for m in content.measurements]),
        ("Doubts", [f"• {said}" for said in content.doubts]),
        ("How it was done", [f"{name}: {value}" for name, value in content.method]),
        ("Notes", [f"• {said}" for said in content.notes]),
    )
    for heading, texts in sections:
        if texts:
            found += [("", False), (heading, True)]
            found += [
                (line, False)
                for each in texts
                for line in textwrap.wrap(each, LETTERS_A_LINE, expand_tabs=False, replace_whitespace=False)
            ]
    return found


def _number_line(name: str, value: str) -> str:
    return f"{name}\t{value}"


def _blank_page() -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=PAGE_IN)
    FigureCanvasAgg(made)
    return made


def _write_text(pages: PdfPages, lines: list[tuple[str, bool]]) -> None:
    for first in range(0, len(lines), LINES_A_PAGE):
        paper = _blank_page()
        for row, (line, heading) in enumerate(lines[first : first + LINES_A_PAGE]):
            weight, size = ("bold", 13) if heading else ("normal", 9.5)
            for left, part in zip((LEFT, VALUES), line.replace("$", r"\$").split("\t"), strict=False):
                paper.text(left, TOP - row * LINE, part, fontsize=size, fontweight=weight, va="top")
        pages.savefig(paper)


def _write_pictures(pages: PdfPages, content: ReportContent, first: int) -> None:
    paper = _blank_page()
    for place, one in enumerate(content.pictures[first : first + 2]):
        axes = paper.add_axes((LEFT, 0.53 - 0.47 * place, 1 - 2 * LEFT, 0.4))
        axes.imshow(one.pixels.clip(0, 1))
        axes.axis("off")
        axes.set_title(f"{one.name}: {one.caption}", fontsize=10)
    pages.savefig(paper)
