"""A row of diseases: hips on radiographs, spines on radiographs from the side and the front."""

import numpy as np
from draw_gallery_hip import WOMAN as HIP_WOMAN
from draw_gallery_hip import pelvis_film
from draw_gallery_pen import film, save
from draw_gallery_spine import WOMAN as SPINE_WOMAN

from bonedensity.drr.physics import XraySettings
from bonedensity.virtual.hip import STANDING as HIP_STANDING
from bonedensity.virtual.hip import HipVariant, SideVariant, make_hip_body
from bonedensity.virtual.posed import PaintedOnce
from bonedensity.virtual.radiographs import Processing, random_spine_view, take_radiograph
from bonedensity.virtual.spine import STANDING, Fracture, SpineVariant, make_spine_body

HIPS = {
    "osteoarthritis, grade 4": SideVariant(grade=4),
    "dysplasia": SideVariant(dysplasia=True),
    "total hip replacement": SideVariant(implant="total_hip"),
}

SPURS = dict.fromkeys(("L1", "L2", "L3", "L4"), (6.0, 7.0, 6.5, 5.0))

SPINES = {
    "wedge fracture of L1": ("LATERAL", SpineVariant(fractures={"L1": Fracture("wedge", 0.38)})),
    "scoliosis, 28°": ("AP", SpineVariant(cobb_deg=28.0)),
    "osteophytes": ("AP", SpineVariant(osteophytes=SPURS, disc_loss=dict.fromkeys(("L2", "L3", "L4"), 0.35))),
    "aortic calcification": ("LATERAL", SpineVariant(aortic_calcification=24.0)),
}


def hip_film(variant):
    """The right hip of the woman of the first figure with one disease."""
    body = make_hip_body(HIP_WOMAN, HIP_STANDING, HipVariant({"R": variant}))
    image, _ = pelvis_film(body, rows=430, columns=800, pixel_mm=0.5, bone_mm=1.0, up_mm=0.0)
    return image[:, :430]


def spine_film(direction, variant):
    """A standing spine with one disease."""
    body = make_spine_body(SPINE_WOMAN, posture=STANDING, variant=variant)
    middle = body.landmarks["vertebrae_L2_centre"].copy()
    view = random_spine_view(direction, np.random.default_rng(4), middle=middle, tall_mm=240.0)
    lateral = direction == "LATERAL"
    settings = XraySettings(kvp=91.0 if lateral else 76.0, photons_per_mm2=3e7 if lateral else 3e6)
    processing = Processing(coarse_gain=0.45, fine_gain=2.0) if lateral else Processing()
    taken = take_radiograph(
        PaintedOnce(body, 1.0),
        body,
        view,
        settings=settings,
        processing=processing,
        rng=np.random.default_rng(2),
        marker=False,
    )
    return np.asarray(taken.image.array)


def draw_hip_diseases():
    """`gallery-hip-disease.png`."""
    figure, panels = film(10.0, 3.6, columns=len(HIPS))
    figure.subplots_adjust(0.005, 0.04, 0.995, 0.92, wspace=0.02)
    for panel, (title, variant) in zip(panels, HIPS.items(), strict=True):
        _show(panel, hip_film(variant), title)
    save(figure, "hip-disease")


def draw_spine_diseases():
    """`gallery-spine-disease.png`."""
    figure, panels = film(9.0, 5.0, columns=len(SPINES))
    figure.subplots_adjust(0.005, 0.03, 0.995, 0.94, wspace=0.02)
    for panel, (title, (direction, variant)) in zip(panels, SPINES.items(), strict=True):
        _show(panel, spine_film(direction, variant), title)
    save(figure, "spine-disease")


def _show(panel, image, title):
    panel.imshow(image, cmap="gray", interpolation="bilinear")
    panel.set_title(title, color="#f2f2f2", fontsize=9, pad=3)
