"""An AP spine DXA as exported, with what a reader looks for pointed at from the known anatomy."""

import numpy as np
from draw_gallery_pen import film, point_at, save, show

from bonedensity.virtual.dxa import SYSTEMS, scan_dxa
from bonedensity.virtual.dxa.display import EXPORT_MM
from bonedensity.virtual.dxa.scanning import SITES
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.posed import PaintedOnce
from bonedensity.virtual.spine import DXA, HEALTHY, make_spine_body
from bonedensity.virtual.spine.arch_style import STYLES

WOMAN = Person("gallery", 21, "female", 56.0, 164.0, 63.0, spine_density=0.5)


def vertebra_axes(body, level):
    """Centre and columns left, back, up of a body (LPS), from its end plates' edges."""
    at = {name: body.landmarks[f"vertebrae_{level}_{name}"] for name in EDGES}
    left = _unit(at["superior_left"] - at["superior_right"])
    top, foot = (at[f"{end}_left"] + at[f"{end}_right"] for end in ("superior", "inferior"))
    up = _unit(top - foot)
    return body.landmarks[f"vertebrae_{level}_centre"], np.column_stack([left, np.cross(up, left), up])


EDGES = ("superior_left", "superior_right", "inferior_left", "inferior_right", "superior_anterior")


def posterior_places(body, level):
    """Pedicles, tips of the transverse processes and of the spinous process (LPS mm)."""
    centre, axes = vertebra_axes(body, level)
    row, style = body.truth["levels"][level], STYLES[level]
    height = (row["height_anterior_mm"] + row["height_posterior_mm"]) / 2
    depth = (row["depth_superior_mm"] + row["depth_inferior_mm"]) / 2
    beside, behind = (row["canal_width_mm"] + row["pedicle_width_mm"]) / 2, depth / 2 + row["canal_depth_mm"]
    reach, above = 0.42 * row["transverse_span_mm"], style.pedicle_rise * height
    rise = style.transverse_rise * (reach - beside)
    places = {
        "pedicle": [(s * beside, depth / 2 + 4.0, above) for s in (-1, 1)],
        "transverse process": [(s * reach, behind - 6.0, above + rise) for s in (-1, 1)],
        "spinous process": [(0.0, behind + 16.0, -style.spinous_low * height - 6.0)],
    }
    return {name: centre + np.array(local) @ axes.T for name, local in places.items()}


def rib_middle(body, name):
    """A place in a rib half way out (LPS mm)."""
    solid = next(bone.solid for bone in body.bones if bone.name == name)
    trial = np.random.default_rng(0).uniform(solid.low, solid.high, (20000, 3))
    inside = trial[solid.distance(trial.astype(np.float32)) < 0]
    aside = np.abs(inside[:, 0])
    return inside[np.abs(aside - np.quantile(aside, 0.55)).argmin()]


def features(body):
    """Name to places (LPS mm)."""
    third, second = posterior_places(body, "L3"), posterior_places(body, "L2")
    marks = {
        "pedicles": third["pedicle"],
        "spinous process": second["spinous process"],
        "transverse process": third["transverse process"][1],
        "upper end plate": (
            body.landmarks["vertebrae_L2_superior_left"] * 0.75 + body.landmarks["vertebrae_L2_superior_right"] * 0.25
        ),
        "lower end plate": (
            body.landmarks["vertebrae_L4_inferior_left"] * 0.3 + body.landmarks["vertebrae_L4_inferior_right"] * 0.7
        ),
        "twelfth rib": rib_middle(body, "rib_right_12"),
    }
    return marks | {level: body.landmarks[f"vertebrae_{level}_centre"] for level in ("L1", "L2", "L3", "L4")}


def scanned(person, variant=HEALTHY, *, bone_mm=0.8, seed=1):
    """A Lunar scan of the spine and its body."""
    body = make_spine_body(person, posture=DXA, variant=variant)
    once = PaintedOnce(body, bone_mm)
    return scan_dxa(once, body, "spine", SYSTEMS["lunar"], np.random.default_rng(seed), repositioned=False), body


def on_export(scan, body, points):
    """(u, v) of places of the body on the exported picture: rays are parallel along y, so landmarks span the plane."""
    names = [f"vertebrae_{level}_{edge}" for level in ("L1", "L4") for edge in ("superior_left", "inferior_right")]
    flat = np.array([body.landmarks[name][[0, 2]] for name in names])
    shown = np.array([scan.truth["landmarks_mm"][name] for name in names])
    to_mm = np.linalg.lstsq(np.c_[flat, np.ones(len(flat))], shown, rcond=None)[0]
    mm = np.c_[np.atleast_2d(points)[:, [0, 2]], np.ones(len(np.atleast_2d(points)))] @ to_mm
    rows, columns = SITES["spine"]
    raw = np.array(scan.bone.shape[::-1])
    pixel = np.array(scan.pixel_mm[::-1])
    return (mm / pixel - (raw - 1) / 2) * pixel / EXPORT_MM + (np.array([columns, rows]) - 1) / 2


def draw_spine():
    """`gallery-spine-dxa.png`."""
    scan, body = scanned(WOMAN)
    figure, (panel,) = film(9.0, 6.6)
    figure.subplots_adjust(0.17, 0.02, 0.83, 0.95)
    show(panel, scan.export, "Lumbar spine, AP DXA (Lunar export): woman of 56 years", low=0.0, high=99.9)
    marks = {name: on_export(scan, body, places) for name, places in features(body).items()}
    for level in ("L1", "L2", "L3", "L4"):
        u, v = marks.pop(level)[0]
        panel.text(u - 135, v, level, color="#ffd24d", fontsize=9, ha="center", va="center")
    point_at(panel, scan.export.shape, marks)
    save(figure, "spine-dxa")


def _unit(vector):
    return vector / np.linalg.norm(vector)
