"""Draws the icons of the extension and of its modules: `python docs/figures/draw_icons.py`.

Flat shapes on a dark tile, drawn at eight times the size and reduced. Coordinates are those of the 128 pixel icon.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from scipy.interpolate import splev, splprep

ROOT = Path(__file__).resolve().parents[2]
SIZE, SCALE = 128, 8
NIGHT, DEEP = (32, 49, 77), (9, 15, 28)
BONE, BONE_LIGHT, BONE_DARK = (240, 244, 249), (190, 203, 219), (138, 157, 182)
DENSITY = [(56, 96, 214), (22, 172, 190), (112, 204, 92), (252, 206, 66), (242, 92, 62)]
"""Colors of density, low to high."""
RAY, RAY_OVER_BONE = (252, 206, 66), (190, 112, 20)

FEMUR_SHAFT = [
    (62, 140), (62, 112), (61, 99), (56, 90), (54, 83), (57, 76), (56, 70), (50, 62),
    (52, 50), (60, 41), (68, 40), (75, 35), (80, 27), (87, 24), (94, 30), (96, 44),
    (94, 58), (91, 74), (89, 92), (88, 112), (88, 140),
]  # fmt: skip
FEMUR_HEAD = (24, 18, 62, 56)
FEMORAL_NECK = [(64, 33), (77, 46), (54, 74), (40, 62)]
"""A band across the neck; only what lies inside the bone is painted."""
VERTEBRA = [
    (-25, -14), (-12, -15), (0, -14), (12, -15), (25, -14), (27, -11), (23, 0), (27, 12),
    (25, 15), (12, 16), (0, 15), (-12, 16), (-25, 15), (-27, 12), (-23, 0), (-27, -11),
]  # fmt: skip
TRANSVERSE_PROCESSES = [
    (-43, -7), (-34, -9), (-22, -6), (0, -6), (22, -6), (34, -9), (43, -7), (44, -2),
    (36, 1), (22, 4), (0, 4), (-22, 4), (-36, 1), (-44, -2),
]  # fmt: skip


def canvas() -> Image.Image:
    return Image.new("L", (SIZE * SCALE, SIZE * SCALE), 0)


def scaled(points):
    return [(x * SCALE, y * SCALE) for x, y in points]


def smooth(points):
    """A closed smooth curve through the points."""
    x, y = np.array([*points, points[0]], dtype=float).T
    spline, _ = splprep([x, y], s=0, per=True)
    return list(zip(*splev(np.linspace(0, 1, 400), spline), strict=True))


def polygon(points):
    mask = canvas()
    ImageDraw.Draw(mask).polygon(scaled(points), fill=255)
    return mask


def line(start, end, width):
    mask = canvas()
    ImageDraw.Draw(mask).line(scaled([start, end]), fill=255, width=round(width * SCALE))
    return mask


def ellipse(center, x_radius, y_radius):
    mask = canvas()
    (x, y) = center
    ImageDraw.Draw(mask).ellipse(scaled([(x - x_radius, y - y_radius), (x + x_radius, y + y_radius)]), fill=255)
    return mask


def rounded(box, radius):
    mask = canvas()
    ImageDraw.Draw(mask).rounded_rectangle([v * SCALE for v in box], radius * SCALE, fill=255)
    return mask


def soften(mask, radius):
    """The same shape with its corners and notches rounded."""
    blurred = mask.filter(ImageFilter.GaussianBlur(radius * SCALE))
    return blurred.point(lambda value: max(0, min(255, (value - 128) * 24 + 128)))


def inside(mask, width):
    """The mask without its rim."""
    blurred = mask.filter(ImageFilter.GaussianBlur(width * SCALE))
    return ImageChops.multiply(blurred.point(lambda value: max(0, min(255, (value - 205) * 16))), mask)


def gradient(colors, start, end):
    """Colors that run from one point to the other, and are constant across."""
    y, x = np.mgrid[: SIZE * SCALE, : SIZE * SCALE] / SCALE
    along = np.subtract(end, start)
    position = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (along @ along)
    stops = np.linspace(0, 1, len(colors))
    channels = [np.interp(position, stops, [color[i] for color in colors]) for i in range(3)]
    return Image.fromarray(np.stack(channels, axis=-1).round().astype(np.uint8))


def paint(picture, color, mask, opacity=1.0):
    """Lay a color, or a picture of the same size, over the picture where the mask is."""
    picture.paste(color, (0, 0, *picture.size), mask.point(lambda value: round(value * opacity)))


def tile():
    return gradient([NIGHT, DEEP], (40, 4), (88, 124))


def femur():
    mask = polygon(smooth(FEMUR_SHAFT))
    ImageDraw.Draw(mask).ellipse([v * SCALE for v in FEMUR_HEAD], fill=255)
    return soften(mask, 2.2)


def paint_bone(picture, mask):
    """Bone as an X-ray shows it: a bright cortex around a darker inside."""
    paint(picture, BONE, mask)
    paint(picture, gradient([BONE_LIGHT, BONE_DARK], (40, 20), (84, 124)), inside(mask, 2.4))


def draw_extension():
    """A femur with the density of its neck in color, and the color scale."""
    picture, bone = tile(), femur()
    paint_bone(picture, bone)
    paint(picture, gradient(DENSITY, (49, 66), (71, 40)), ImageChops.multiply(polygon(FEMORAL_NECK), inside(bone, 1.6)))
    paint(picture, gradient(DENSITY, (0, 108), (0, 22)), rounded((106, 22, 113, 108), 3.5))
    return picture


def draw_estimator():
    """A femur between an X-ray source and a detector that shows its shadow."""
    picture, bone = tile(), femur()
    source = (14, 64)
    rays = [(114, y) for y in range(16, 113, 24)]
    for end in rays:
        paint(picture, RAY, line(source, end, 1.5), 0.85)
    paint_bone(picture, bone)
    for end in rays:
        paint(picture, RAY_OVER_BONE, ImageChops.multiply(line(source, end, 1.5), bone), 0.75)
    paint(picture, RAY, ellipse(source, 5, 5))
    paint(picture, gradient(DENSITY, (0, 114), (0, 14)), rounded((111, 12, 117, 116), 3))
    return picture


def paint_vertebra(picture, middle, height, opacity):
    """A vertebra from the front, with its processes; `middle` is the y of its center."""
    body = polygon(smooth([(64 + x, middle + height * y) for x, y in VERTEBRA]))
    processes = polygon(smooth([(64 + x, middle + height * y) for x, y in TRANSVERSE_PROCESSES]))
    mask = soften(ImageChops.lighter(body, processes), 1.2)
    drawn = picture.copy()
    paint_bone(drawn, mask)
    paint(drawn, BONE, soften(ellipse((64, middle + 3 * height), 3, 6.5 * height), 0.5))
    paint(picture, drawn, mask, opacity)


def draw_generator():
    """The same vertebra at three ages: each time flatter and fainter."""
    picture = tile()
    for middle, height, opacity in ((31, 1.0, 1.0), (67, 0.88, 0.66), (98, 0.74, 0.36)):
        paint_vertebra(picture, middle, height, opacity)
    return picture


def save(picture, name):
    icon = picture.convert("RGBA")
    icon.putalpha(rounded((2, 2, 126, 126), 26))
    icon.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(ROOT / name, optimize=True)


if __name__ == "__main__":
    save(draw_extension(), "Resources/BoneDensity.png")
    save(draw_estimator(), "BMDEstimator/Resources/Icons/BMDEstimator.png")
    save(draw_generator(), "SpineDXAGen/Resources/Icons/SpineDXAGen.png")
