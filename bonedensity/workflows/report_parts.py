"""Pieces of HTML that all reports are made of, and the page around them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from importlib import resources
from string import Template

import numpy as np

from bonedensity import __version__
from bonedensity.measurement import Measurement
from bonedensity.workflows import pictures


def page(title: str, subtitle: str, banner: str, content: str) -> str:
    """One HTML file that needs nothing else; title and subtitle are text, banner and content HTML."""
    template = Template(resources.files("bonedensity.workflows").joinpath("report.html").read_text("utf-8"))
    return template.substitute(
        title=escape(title),
        subtitle=escape(subtitle),
        banner=banner,
        content=content,
        scale_colors=_scale_colors(),
        version=__version__,
    )


def card(value: str, label: str, *, good: bool | None = None) -> str:
    """One figure in a box, green or red where it is a verdict."""
    kind = "" if good is None else " good" if good else " bad"
    return f'<div class="card{kind}"><b>{escape(value)}</b><span>{escape(label)}</span></div>'


def figure(picture: pictures.RGB, name: str, caption: str) -> str:
    """A picture (rows, columns, 3 in [0, 1]) with its caption, held in the page itself."""
    data = base64.b64encode(pictures.png(picture)).decode("ascii")
    return (
        f'<figure><img alt="{escape(name)}" src="data:image/png;base64,{data}">'
        f"<figcaption><strong>{escape(name)}</strong> · {escape(caption)}</figcaption></figure>"
    )


def numbers_table(measurements: Iterable[Measurement]) -> str:
    """Rows of name, value, standard uncertainty and unit."""
    rows = []
    for m in measurements:
        uncertainty = "" if m.uncertainty is None else f"{m.uncertainty:.3g}"
        rows.append(
            f'<tr><td>{escape(m.name)}</td><td class="number">{m.value:.4g}</td>'
            f'<td class="number">{uncertainty}</td><td>{escape(m.unit)}{_reference(m.provenance)}</td></tr>'
        )
    return "".join(rows)


def _reference(provenance: dict[str, object]) -> str:
    if "reference" not in provenance:
        return ""
    return f" · {escape(str(provenance['manufacturer']))}, {escape(str(provenance['population']))}; indicative only"


def bullets(title: str, items: Iterable[str]) -> str:
    """A heading with a list below; nothing where there are no items."""
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<h2>{escape(title)}</h2><ul>{lines}</ul>" if lines else ""


def _scale_colors() -> str:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return ", ".join(to_hex(colormaps["cividis"](x)) for x in np.linspace(0, 1, 9))
