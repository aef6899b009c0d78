"""Registrations that succeed and registrations that fail, each with its signs and its error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from decision_bodies import Body, body, names

from bonedensity.drr.physics import random_settings
from bonedensity.drr.xray import simulate_radiograph
from bonedensity.errors import BoneDensityError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.registration import Level, RegistrationConfig, RegistrationResult, View, register
from bonedensity.registration.articulated import (
    BASE_LEVELS,
    JOINT_LEVELS,
    JOINT_PRIOR,
    NEIGHBOUR_LEVELS,
    NEIGHBOUR_PRIOR,
    PELVIS,
)
from bonedensity.registration.config import DEFAULT_LEVELS, Prior
from bonedensity.registration.error import pose_error, surface_points
from bonedensity.registration.one_by_one import views_around
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region
from bonedensity.registration.register import FixedBones
from bonedensity.registration.uncertainty import in_plane_moments
from bonedensity.virtual.moved import with_bone_moved

HIP = (*PELVIS, "femur_right")
LUMBAR = ("vertebrae_L5", "vertebrae_L4", "vertebrae_L3", "vertebrae_L2", "vertebrae_L1")
PROPER = ("pelvis", "whole hip", "two views", "femur after pelvis", "vertebra after chain", "vertebra after spine")
"""Kinds that are registered as one should; the others are meant to fail, and their lucky ends are no false alarms."""

VERTEBRA, FEMUR = "vertebrae_L4", "femur_right"

TRUTH = np.array([8.0, 8.0, 8.0, 10.0, 10.0, 10.0])
NEAR = np.array([20.0, 20.0, 20.0, 20.0, 20.0, 60.0])
FAR = np.array([40.0, 40.0, 40.0, 50.0, 50.0, 100.0])
JOINT = np.array([8.0, 8.0, 8.0, 0.0, 0.0, 0.0])
NEIGHBOUR = np.array([4.0, 4.0, 4.0, 1.5, 1.5, 1.5])
"""Reaches of uniform errors (3 degrees, 3 mm)."""

WHOLE = DEFAULT_LEVELS
POOR = tuple(replace(level, generations=5) for level in WHOLE)
FREE = Prior()


@dataclass(frozen=True)
class Shot:
    """One X-ray of a body, with the true pose of the whole and of what moved in it."""

    body: Body
    camera: PinholeCamera
    views: list[View]
    truth: RigidTransform
    motions: dict[str, RigidTransform]
    rng: np.random.Generator

    def true_pose(self, bones: Sequence[str]) -> RigidTransform:
        return self.truth @ self.motions.get(bones[0], RigidTransform.identity())

    def centre(self, bones: Sequence[str]) -> np.ndarray:
        return surface_points(self.body.labels, bones).mean(axis=0)

    def start(self, bones: Sequence[str], reach: np.ndarray) -> RigidTransform:
        frame = ViewFrame(self.camera, self.true_pose(bones), self.centre(bones))
        return frame.pose(self.rng.uniform(-1, 1, 6) * reach)


def shot(group: str, number: int) -> Shot:
    """The X-ray of that number: every second of a body whose femur and vertebra moved, two in five with two views."""
    rng = np.random.default_rng([{"fit": 1, "test": 2}[group], number])
    one = body(names(group)[number % len(names(group))])
    pixel = float(rng.uniform(0.8, 1.0))
    sdd = float(rng.uniform(1050, 1250))
    second = float(rng.uniform(30, 90))
    centre = surface_points(one.labels, PELVIS).mean(axis=0)
    cameras = [_camera(sdd, pixel, angle) for angle in ((0.0, second) if number % 5 in (0, 2) else (0.0,))]
    truth = ViewFrame(cameras[0], RigidTransform.from_translation(-centre), centre).pose(rng.uniform(-1, 1, 6) * TRUTH)
    source, motions = one.source, {}
    if (number + number // len(names(group))) % 2:
        for bone, reach in ((FEMUR, JOINT), (VERTEBRA, NEIGHBOUR)):
            about = one.joint if bone == FEMUR else surface_points(one.labels, [bone]).mean(axis=0)
            motions[bone] = RigidTransform.from_parameters(rng.uniform(-1, 1, 6) * reach, centre=about)
            source = with_bone_moved(source, one.source_labels, bone, motions[bone])
    images = [simulate_radiograph(source, c, truth, settings=random_settings(rng), seed=rng).array for c in cameras]
    views = [View(image, camera, body_region(image)) for image, camera in zip(images, cameras, strict=True)]
    return Shot(one, cameras[0], views, truth, motions, rng)


def cases(group: str, number: int, *, proper: bool = False, spines: bool = False) -> Iterator[dict[str, Any]]:
    """All registrations of one X-ray, or some; a start that is refused outright is no case.

    Args:
        group: "fit" or "test".
        number: Of the X-ray.
        proper: Only what is made as one should.
        spines: Only the vertebrae other than L4, each after the spine and each a level off.
    """
    one = shot(group, number)
    for kind, attempt in _spine_attempts(one) if spines else _attempts(one, number, group).items():
        if proper and kind not in PROPER:
            continue
        try:
            tried = attempt()
        except BoneDensityError as refusal:
            print(f"\n{group} {number}, {kind}: {refusal}", file=sys.stderr)
            continue
        yield {"group": group, "number": number, "body": one.body.name, "kind": kind, **_row(one, tried)}


@dataclass(frozen=True)
class Tried:
    """A registration, of which bones, under which prior, and with which camera; whether any pose would be right."""

    result: RegistrationResult
    bones: tuple[str, ...]
    prior: Prior
    camera: PinholeCamera
    possible: bool = True


def _attempts(one: Shot, number: int, group: str) -> dict[str, Callable[[], Tried]]:
    view = one.views[0]
    found = _try(one, [view], PELVIS, one.start(PELVIS, NEAR), BASE_LEVELS)
    spine = _try(one, [view], (*LUMBAR, *PELVIS), one.start(PELVIS, NEAR), BASE_LEVELS).result.world_from_ct
    attempts: dict[str, Callable[[], Tried]] = {
        "pelvis": lambda: found,
        "pelvis, far start": lambda: _try(one, [view], PELVIS, one.start(PELVIS, FAR), WHOLE[1:]),
        "pelvis, poor budget": lambda: _try(one, [view], PELVIS, one.start(PELVIS, NEAR), POOR),
        "femur after pelvis": lambda: _femur(one, found.result.world_from_ct),
        "vertebra after chain": lambda: _vertebra(one, spine, VERTEBRA),
        "vertebra, one level off": lambda: _vertebra(one, spine, VERTEBRA, levels_off=1 if number // 3 % 2 else -1),
        "femur alone": lambda: _try(one, [view], (FEMUR,), one.start([FEMUR], NEAR), WHOLE),
    }
    if not one.motions:
        attempts["whole hip"] = lambda: _try(one, [view], HIP, one.start(HIP, NEAR), WHOLE)
        attempts["another patient"] = lambda: _another(one, number, group)
    else:
        attempts["wrong distance"] = lambda: _try(
            one, [_wrong_distance(view, one.rng)], PELVIS, one.start(PELVIS, NEAR), WHOLE
        )
    if len(one.views) > 1:
        bones = PELVIS if one.motions else HIP
        attempts["two views"] = lambda: _try(one, one.views, bones, one.start(PELVIS, NEAR), WHOLE)
        attempts["two views, far start"] = lambda: _try(one, one.views, bones, one.start(PELVIS, FAR), WHOLE[1:])
    if number % 5 == 1:
        attempts["noise"] = lambda: _noise(one)
    return attempts


def _spine_attempts(one: Shot) -> list[tuple[str, Callable[[], Tried]]]:
    """Every vertebra but L4, which `_attempts` has; a wrong level is the one above, of L1 the one below."""
    spine = _try(one, one.views[:1], (*LUMBAR, *PELVIS), one.start(PELVIS, NEAR), BASE_LEVELS).result.world_from_ct
    attempts: list[tuple[str, Callable[[], Tried]]] = []
    for bone in (name for name in LUMBAR if name != VERTEBRA):
        off = -1 if bone == LUMBAR[-1] else 1
        attempts.append(("vertebra after spine", partial(_vertebra, one, spine, bone)))
        attempts.append(("vertebra, one level off", partial(_vertebra, one, spine, bone, levels_off=off)))
    return attempts


def _another(one: Shot, number: int, group: str) -> Tried:
    """The CT of the next body on this X-ray, from the true pose of this one."""
    other = replace(one, body=body(names(group)[(number + 1) % len(names(group))]))
    start = one.truth @ RigidTransform.from_translation(one.centre(PELVIS) - other.centre(PELVIS))
    return replace(_try(other, one.views[:1], PELVIS, start, WHOLE), possible=False)


def _noise(one: Shot) -> Tried:
    blank = View(one.rng.normal(2000, 300, one.views[0].image.shape).astype(np.float32), one.camera)
    return replace(_try(one, [blank], PELVIS, one.start(PELVIS, NEAR), WHOLE), possible=False)


def _try(
    one: Shot, views: list[View], bones: Sequence[str], start: RigidTransform, levels: tuple[Level, ...],
    prior: Prior = FREE, centre: np.ndarray | None = None, fixed: Sequence[FixedBones] = (),
) -> Tried:  # fmt: skip
    config = RegistrationConfig(levels=levels, prior=prior, seed=int(one.rng.integers(2**31)))
    result = register(
        one.body.ct, views, initial=start, config=config, labels=one.body.labels, bones=bones, centre=centre,
        fixed=fixed,
    )  # fmt: skip
    return Tried(result, tuple(bones), prior, views[0].camera)


def _femur(one: Shot, base: RigidTransform) -> Tried:
    fixed = [FixedBones(PELVIS, base)]
    near = _near(one, FEMUR, base)
    return _try(one, near, (FEMUR,), base, JOINT_LEVELS, JOINT_PRIOR, one.body.joint, fixed)


def _vertebra(one: Shot, base: RigidTransform, bone: str, *, levels_off: int = 0) -> Tried:
    wanted = LUMBAR[LUMBAR.index(bone) + levels_off]
    shift = RigidTransform.from_translation(one.centre([wanted]) - one.centre([bone]))
    behind = [FixedBones((*(v for v in LUMBAR if v != bone), *PELVIS), base)] if levels_off == 0 else []
    start = base @ shift
    near = _near(one, bone, start)
    return _try(one, near, (bone,), start, NEIGHBOUR_LEVELS, NEIGHBOUR_PRIOR, None, behind)


def _near(one: Shot, bone: str, pose: RigidTransform) -> list[View]:
    """The first view, compared only around a bone's projection."""
    return views_around(one.views[:1], one.body.ct, one.body.labels, bone, pose)


def _camera(sdd_mm: float, pixel_mm: float, angle: float) -> PinholeCamera:
    return c_arm_camera(
        sdd_mm=sdd_mm, source_to_isocentre_mm=sdd_mm - 130, rows=448, columns=448,
        pixel_spacing_mm=(pixel_mm, pixel_mm), primary_deg=angle,
    )  # fmt: skip


def _wrong_distance(view: View, rng: np.random.Generator) -> View:
    """The same image with a source-to-detector distance 10 to 30 % off."""
    camera = view.camera
    factor = 1 + float(rng.uniform(0.1, 0.3)) * float(rng.choice([-1, 1]))
    wrong = PinholeCamera.from_source_to_detector_distance(
        sdd_mm=camera.sdd_mm * factor, rows=camera.rows, columns=camera.columns,
        pixel_spacing_mm=camera.pixel_spacing_mm, camera_from_world=camera.camera_from_world,
    )  # fmt: skip
    return replace(view, camera=wrong)


def _row(one: Shot, tried: Tried) -> dict[str, Any]:
    result, quality = tried.result, tried.result.quality
    truth = one.true_pose(tried.bones)
    points = surface_points(one.body.labels, tried.bones)
    error = pose_error(result.world_from_ct, truth, points, tried.camera)
    here = ViewFrame(tried.camera, result.world_from_ct, result.centre)
    assert quality.uncertainty is not None
    assert quality.signs is not None
    return {
        "in_plane_mm": error.in_plane_mm if tried.possible else None,
        "depth_mm": error.depth_mm,
        "similarity": quality.similarity,
        "agreement_mm": quality.agreement_mm,
        "visible_share": quality.visible_share,
        "turned_deg": (result.world_from_ct @ result.initial.inverse()).angle_deg,
        "seconds": result.seconds,
        "signs": quality.signs.to_json(),
        "error": here.parameters(truth).tolist(),
        "information": quality.uncertainty.information.tolist(),
        "apart": quality.uncertainty.apart.tolist(),
        "spread": tried.prior.spread.scale.tolist(),
        "moments": in_plane_moments(points, here).tolist(),
    }
