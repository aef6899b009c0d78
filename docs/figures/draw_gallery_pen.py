"""Pens of the gallery: a grey picture whose features are pointed at from its margins, saved small."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from sketch import plt

FOLDER = Path(__file__).parents[1] / "images"

LARGEST_BYTES = 400_000

PAPER, WORDS, LINE = "#111111", "#f2f2f2", "#ffd24d"
"""Film-black background, its writing, leader lines."""

SIDES = {True: "left", False: "right"}
"""Margins."""

SYNTHETIC = "synthetic: a virtual person"


def film(width, height, columns=1, rows=1, **options):
    """A dark figure (inches) and its panels, row by row."""
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, facecolor=PAPER, **options)
    return figure, [_dark(panel) for panel in axes.ravel()]


def blank(width, height):
    """A dark figure (inches) without panels."""
    return plt.figure(figsize=(width, height), facecolor=PAPER)


def added(figure, place):
    """A panel at a place of a figure: left, bottom, width and height as shares of it."""
    return _dark(figure.add_axes(place))


def _dark(panel):
    panel.set_facecolor(PAPER)
    panel.axis("off")
    return panel


def show(panel, image, title="", *, low=1.0, high=99.7, aspect=1.0):
    """A grey image between two of its percentiles."""
    bottom, top = np.percentile(image, [low, high])
    panel.imshow(image, cmap="gray", vmin=bottom, vmax=top, aspect=aspect, interpolation="bilinear")
    if title:
        panel.set_title(title, color=WORDS, fontsize=10, pad=4)


def point_at(panel, shape, marks, *, side="nearer", size=9, gap=0.045, margin=0.02):
    """Names in the left and right margins with a line to each feature.

    Args:
        panel: Shows an image of that shape (rows, columns).
        shape: Of the image.
        marks: Name to (u, v), or to a list of them: pixel columns and rows.
        side: Margin of the names: "left", "right" or the "nearer" one of each.
        size: Of the letters (points).
        gap: Least distance of two names of 9 points, as a share of the rows.
        margin: Distance of the names from the image, as a share of the columns.
    """
    rows, columns = shape[:2]
    places = {name: np.atleast_2d(np.asarray(at, dtype=float)) for name, at in marks.items()}
    size_px = np.array([columns, rows])
    inside = {name: at for name, at in places.items() if ((at > 0) & (at < size_px)).all()}
    for is_left in (True, False):
        names = [
            n for n, at in inside.items() if (_nearer(at, columns) if side == "nearer" else side) == SIDES[is_left]
        ]
        names.sort(key=lambda name: inside[name][:, 1].mean())
        wanted = np.array([inside[n][:, 1].mean() for n in names])
        heights = _spread(wanted, gap * rows * size / 9, rows)
        for name, height in zip(names, heights, strict=True):
            _leader(panel, name, inside[name], height, is_left, columns, size, margin)
    panel.set_xlim(0, columns)
    panel.set_ylim(rows, 0)


def _nearer(at, columns):
    return SIDES[at[:, 0].mean() < columns / 2]


def _leader(panel, name, at, height, is_left, columns, size, margin):
    x = -margin * columns if is_left else (1 + margin) * columns
    for u, v in at:
        panel.plot([x, u], [height, v], color=LINE, lw=0.7, clip_on=False, solid_capstyle="round")
        panel.plot([u], [v], "o", ms=2.2, color=LINE, clip_on=False)
    panel.text(
        x + (-0.01 if is_left else 0.01) * columns,
        height,
        name,
        color=WORDS,
        fontsize=size,
        ha="right" if is_left else "left",
        va="center",
        clip_on=False,
    )


def _spread(wanted, gap, rows):
    """Heights near the wanted ones, at least `gap` apart, within the picture."""
    heights = wanted.copy()
    for _ in range(400):
        for i in range(len(heights) - 1):
            missing = gap - (heights[i + 1] - heights[i])
            if missing > 0:
                heights[i] -= missing / 2
                heights[i + 1] += missing / 2
        heights = np.clip(heights, 0.02 * rows, 0.98 * rows)
    return heights


def save(figure, name, *, dpi=110):
    """Write `docs/images/gallery-<name>.png` with as many greys as 400 kB allow."""
    figure.text(0.995, 0.006, SYNTHETIC, color="#9a9a9a", fontsize=7, ha="right", va="bottom")
    buffer = BytesIO()
    figure.savefig(buffer, dpi=dpi, facecolor=PAPER, metadata={"Software": None})
    plt.close(figure)
    picture = Image.open(buffer).convert("RGB")
    file = FOLDER / f"gallery-{name}.png"
    for colours in (256, 160, 96, 64, 40, 24):
        picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size <= LARGEST_BYTES:
            break
    else:
        raise SystemExit(f"{file.name} has {file.stat().st_size} bytes even with few greys: draw it smaller.")
    print(f"{file.name}: {picture.size[0]} x {picture.size[1]}, {file.stat().st_size // 1000} kB, {colours} colours")
