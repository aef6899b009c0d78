"""Pens for the drawings of docs/frames.md: one look, colours safe for colour-blind readers, same bytes each run."""

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.patches import Arc, Circle, Ellipse, FancyArrowPatch, FancyBboxPatch, Polygon

FOLDER = Path(__file__).parent

INK, GREY, PALE, BODY, EDGE = "#222222", "#666666", "#dddddd", "#e9ecef", "#9aa5ad"
X, Y, Z, BEAM, HELP = "#d55e00", "#009e73", "#0072b2", "#e69f00", "#aa4499"
"""Okabe and Ito: vermilion, bluish green, blue, orange; and Tol's purple."""

FEMUR = [(-1.1, 1.2), (-0.5, 1.55), (0.1, 1.2), (0.25, 0.6), (0.95, 0.75), (1.25, 0.2), (1.0, -2.7), (0.2, -2.7)]
FEMUR += [(0.1, -0.3), (-0.5, 0.25), (-1.05, 0.35), (-1.35, 0.8)]
"""Outline of an upper femur."""

plt.rcParams.update(
    {"font.family": "DejaVu Sans", "font.size": 12, "mathtext.fontset": "dejavusans", "text.color": INK}
)


def sheet(width, height, titles):
    """A figure with one clear panel per title, side by side; 1 unit is the same length in both directions."""
    figure, axes = plt.subplots(1, len(titles), figsize=(width, height), squeeze=False)
    for panel, title in zip(axes[0], titles, strict=True):
        panel.set_aspect("equal")
        panel.axis("off")
        panel.set_title(title, fontsize=13, fontweight="bold", pad=10)
    return figure, list(axes[0])


def frame(panel, x0, x1, y0, y1):
    """What the panel shows."""
    panel.set_xlim(x0, x1)
    panel.set_ylim(y0, y1)


def save(figure, name):
    figure.tight_layout(pad=0.6)
    figure.savefig(
        FOLDER / f"{name}.png",
        dpi=120,
        facecolor="white",
        metadata={"Software": None},
        bbox_inches="tight",
        pad_inches=0.15,
    )
    plt.close(figure)


def by(point, right, up):
    """The place so far from another."""
    return point[0] + right, point[1] + up


def say(panel, x, y, text, color=INK, size=12, **options):
    panel.text(x, y, text, color=color, fontsize=size, **{"ha": "center", "va": "center", "zorder": 9, **options})


def arrow(panel, start, end, color=INK, width=2.4, style="-|>", head=16, **options):
    panel.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=style, mutation_scale=head, lw=width, color=color, shrinkA=0, shrinkB=0,
            **{"zorder": 6, **options},
        )
    )  # fmt: skip


def turn(panel, start, end, bend, color=INK, **options):
    """A bent arrow; a positive `bend` bulges to the right of the way from start to end."""
    arrow(panel, start, end, color, connectionstyle=f"arc3,rad={bend}", **options)


def measure(panel, start, end, color=GREY, width=1.4):
    """A dimension line with a head at each end."""
    arrow(panel, start, end, color, width, style="<|-|>", head=11)


def line(panel, *points, color=INK, width=1.6, dash="-", **options):
    panel.plot(*np.transpose(points), color=color, lw=width, ls=dash, **{"zorder": 4, **options})


def dot(panel, x, y, color=INK, radius=0.09):
    panel.add_patch(Circle((x, y), radius, color=color, zorder=8))


def shape(panel, points, face=BODY, edge=EDGE, width=1.4, **options):
    panel.add_patch(Polygon(points, closed=True, fc=face, ec=edge, lw=width, **{"zorder": 2, **options}))


def box(panel, x, y, width, height, face=BODY, edge=EDGE, radius=0.12, **options):
    panel.add_patch(
        FancyBboxPatch(
            (x, y), width, height, boxstyle=f"round,pad=0,rounding_size={radius}", fc=face, ec=edge, lw=1.4,
            **{"zorder": 2, **options},
        )
    )  # fmt: skip


def blob(panel, x, y, width, height, face=BODY, edge=EDGE, **options):
    panel.add_patch(Ellipse((x, y), width, height, fc=face, ec=edge, lw=1.4, **{"zorder": 2, **options}))


def into_page(panel, x, y, color, radius=0.2):
    panel.add_patch(Circle((x, y), radius, fc="white", ec=color, lw=2.2, zorder=7))
    d = radius * 0.62
    line(panel, (x - d, y - d), (x + d, y + d), color=color, width=2, zorder=8)
    line(panel, (x - d, y + d), (x + d, y - d), color=color, width=2, zorder=8)


def out_of_page(panel, x, y, color, radius=0.2):
    panel.add_patch(Circle((x, y), radius, fc="white", ec=color, lw=2.2, zorder=7))
    dot(panel, x, y, color, radius * 0.4)


def source(panel, x, y, radius=0.16):
    panel.add_patch(Circle((x, y), radius, fc=BEAM, ec=INK, lw=1.2, zorder=8))


def arc(panel, centre, radius, start_deg, end_deg, color=INK):
    panel.add_patch(Arc(centre, 2 * radius, 2 * radius, theta1=start_deg, theta2=end_deg, color=color, lw=2, zorder=5))


def person(panel, x, y, scale=1.0, mirrored=False):
    """Someone who faces us; their left is on our right, unless mirrored. (x, y) is the middle of the trunk."""
    s = scale
    box(panel, x - 0.62 * s, y - 0.95 * s, 1.24 * s, 1.9 * s, radius=0.3 * s)
    panel.add_patch(Circle((x, y + 1.45 * s), 0.4 * s, fc=BODY, ec=EDGE, lw=1.4, zorder=2))
    for side in (-1, 1):
        box(panel, x + side * 0.86 * s - 0.16 * s, y - 0.95 * s, 0.32 * s, 1.75 * s, radius=0.15 * s)
        box(panel, x + side * 0.33 * s - 0.25 * s, y - 2.6 * s, 0.5 * s, 1.85 * s, radius=0.2 * s, zorder=1)
    heart = -0.18 * s if mirrored else 0.18 * s
    panel.add_patch(Ellipse((x + heart, y + 0.45 * s), 0.42 * s, 0.52 * s, angle=35, fc="#c9cfd4", ec="none", zorder=3))


def cross_section(panel, x, y, scale=1.0):
    """A trunk seen from the feet, front up: the patient's left is on our right."""
    blob(panel, x, y, 3.0 * scale, 1.9 * scale)
    panel.add_patch(Circle((x, y - 0.5 * scale), 0.2 * scale, fc="white", ec=EDGE, lw=1.4, zorder=3))
    for side in (-1, 1):
        panel.add_patch(Circle((x + side * 0.85 * scale, y), 0.24 * scale, fc="white", ec=EDGE, lw=1.4, zorder=3))


def shown_person(panel, x, *, mirrored, label):
    box(panel, x - 1.2, -6.9, 2.4, 3.0, face="white", edge=INK, radius=0.02, zorder=0)
    person(panel, x, -5.2, 0.52, mirrored)
    left, right = ("L", "R") if mirrored else ("R", "L")
    say(panel, x - 0.95, -4.2, left, INK, 13, fontweight="bold")
    say(panel, x + 0.95, -4.2, right, INK, 13, fontweight="bold")
    say(panel, x, -7.5, label, GREY, 11)


def lying_patient(panel):
    """On the back, head to our right: seen from the patient's left side."""
    box(panel, -1.5, -0.55, 3.6, 1.1, radius=0.5)
    box(panel, -4.1, -0.4, 2.9, 0.75, radius=0.3, zorder=1)
    blob(panel, 2.65, 0.02, 1.0, 1.0)
    shape(panel, [(2.78, 0.48), (2.66, 0.68), (2.52, 0.48)], zorder=1)
    say(panel, 3.8, 0, "head", GREY, 11)
    say(panel, -3.6, 0.75, "feet", GREY, 11)
