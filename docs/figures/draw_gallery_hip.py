"""An AP radiograph of a virtual pelvis with everything that a reader looks for pointed at."""

import numpy as np
from draw_gallery_hip_places import features, shenton
from draw_gallery_pen import LINE, added, blank, point_at, save, show

from bonedensity.drr.physics import XraySettings
from bonedensity.geometry import RigidTransform
from bonedensity.geometry.carm import c_arm_camera
from bonedensity.virtual.hip import STANDING
from bonedensity.virtual.hip.body import make_straight_hips, posed_body
from bonedensity.virtual.hip.variant import HEALTHY
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.posed import PaintedOnce
from bonedensity.virtual.radiographs import Processing, take_radiograph
from bonedensity.virtual.radiographs.geometry import View

WOMAN = Person("gallery", 20, "female", 58.0, 163.0, 62.0, hip_density=0.6, spine_density=0.4)

CLOSE_MM, CLOSE_UPS = 138.0, {
    "right femur, nearer": (
        "femur_right_neck_centre",
        (14.0, 16.0),
        ("greater trochanter", "principal tensile group", "Ward's triangle", "calcar", "lesser trochanter",
         "principal compressive group", "fovea"),
    ),
    "left socket, nearer": (
        "femur_left_head_centre",
        (-8.0, 14.0),
        ("acetabular roof", "teardrop", "ilioischial line", "Shenton's line"),
    ),
}  # fmt: skip
"""Edge of the parts that are shown nearer (mm on the detector), the landmark they lie about, how far their middle lies
from it along columns and rows (mm), and what is pointed at in them."""

SDD_MM, MAGNIFICATION, ABOVE_HIPS_MM, PIXEL_MM = 1150.0, 1.15, 35.0, 0.4


def pelvis_film(body, *, rows, columns, pixel_mm, bone_mm, seed=0, up_mm=ABOVE_HIPS_MM):
    """A radiograph of the whole pelvis and its view."""
    camera = c_arm_camera(
        sdd_mm=SDD_MM,
        source_to_isocentre_mm=SDD_MM / MAGNIFICATION,
        rows=rows,
        columns=columns,
        pixel_spacing_mm=(pixel_mm, pixel_mm),
        isocentre=(0.0, 0.0, up_mm),
    )
    view = View("standing", "AP", None, camera, RigidTransform.identity())
    image = take_radiograph(
        PaintedOnce(body, bone_mm),
        body,
        view,
        settings=XraySettings(),
        processing=Processing(),
        rng=np.random.default_rng(seed),
        marker=False,
    )
    return np.asarray(image.image.array), view


def draw_hip():
    """`gallery-hip-radiograph.png`: the whole pelvis, and two parts of the same film nearer, with their own greys."""
    posture, straight = STANDING, make_straight_hips(WOMAN, HEALTHY)
    body = posed_body(straight, posture)
    image, view = pelvis_film(body, rows=860, columns=980, pixel_mm=PIXEL_MM, bone_mm=1.0)

    def seen(points):
        return view.camera.project(view.world_from_body.apply(np.asarray(points)))

    marks = {name: seen(places) for name, places in features(straight, posture, body).items()}
    line = [seen(part) for part in shenton(straight, posture)]
    marks["Shenton's line"] = line[1][2]
    figure = blank(9.6, 9.1)
    whole = added(figure, (0.175, 0.4, 0.6, 0.555))
    near = {name for _, _, names in CLOSE_UPS.values() for name in names}
    show(whole, image, "Pelvis, AP, standing: woman of 58 years")
    point_at(whole, image.shape, {name: at for name, at in marks.items() if name not in near})
    for left, (title, (landmark, offset, names)) in zip((0.205, 0.515), CLOSE_UPS.items(), strict=True):
        panel = added(figure, (left, 0.03, 0.295, 0.311))
        corner = seen(body.landmarks[landmark]) + (np.array(offset) - CLOSE_MM / 2) / PIXEL_MM
        _close_up(panel, image, np.round(corner).astype(int), title, {name: marks[name] for name in names}, line)
    save(figure, "hip-radiograph")


def _close_up(panel, image, corner, title, marks, line):
    """A square part of the film from its upper left corner (u, v), with names in the outer margin."""
    size = round(CLOSE_MM / PIXEL_MM)
    corner = np.clip(corner, 0, np.array(image.shape[::-1]) - size)
    part = image[corner[1] : corner[1] + size, corner[0] : corner[0] + size]
    show(panel, part, title, low=30.0, high=99.8)
    for points in line if "Shenton's line" in marks else ():
        panel.plot(*(points - corner).T, color=LINE, lw=1.3, ls=(0, (2, 2)))
    side = "left" if title.startswith("right") else "right"
    point_at(panel, part.shape, {name: at - corner for name, at in marks.items()}, side=side, gap=0.068)
