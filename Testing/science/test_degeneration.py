"""Bends, spurs and chalk of known size are measured and said; a healthy spine is left in peace."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.anatomy.vertebra import fit_vertebra
from bonedensity.densitometry.degeneration import aortic_chalk_mm3, cobb_angle, spur_mm
from bonedensity.densitometry.flags import CHALK_MM3, SPUR_MM, bone_flags
from bonedensity.imaging import LabelMap

BONES = runpy.run_path(str(Path(__file__).with_name("small_bones.py")))


@pytest.fixture(scope="module")
def spine():
    return BONES["spine_scan"](np.random.default_rng(5))


def bodies_of(labels):
    return [fit_vertebra(labels, name) for name in LUMBAR_L1_L4]


def bent(cobb_deg):
    return BONES["spine_scan"](np.random.default_rng(5), cobb_deg=cobb_deg)


def with_bone(spine, where, label=0, hu=700.0):
    """Voxels whose centres (LPS mm) fulfil a condition become bone."""
    ct, labels = spine
    k, j, i = np.indices(ct.array.shape)
    points = ct.to_patient(np.stack([i, j, k], axis=-1).reshape(-1, 3)).reshape(*ct.array.shape, 3)
    chosen = where(points)
    volume = labels.volume.with_array(np.where(chosen, label or labels.volume.array, labels.volume.array))
    return ct.with_array(np.where(chosen, np.float32(hu), ct.array)), LabelMap(volume, labels.names)


def spur(spine, reach_mm):
    """On the left of L2's upper rim, which lies at x = 22, z = 32."""
    ends = 22.0 + reach_mm
    return with_bone(
        spine,
        lambda p: (p[..., 0] > 14) & (p[..., 0] < ends) & (abs(p[..., 1]) < 6) & (abs(p[..., 2] - 30) < 3),
        label=30,
    )


@pytest.mark.parametrize("cobb_deg", [15.0, 25.0, 40.0])
def test_a_bend_is_measured_to_a_few_degrees(cobb_deg):
    assert cobb_angle(bodies_of(bent(cobb_deg)[1])) == pytest.approx(cobb_deg, abs=4.0)


def test_a_straight_spine_has_no_bend(spine):
    assert cobb_angle(bodies_of(spine[1])) < 3.0
    assert cobb_angle(bodies_of(spine[1])[:2]) == 0.0


@pytest.mark.parametrize("reach_mm", [6.0, 9.0])
def test_a_spur_is_measured_and_its_vertebra_named(spine, reach_mm):
    ct, labels = spur(spine, reach_mm)
    healthy = spur_mm(fit_vertebra(spine[1], "vertebrae_L2"), spine[1])
    found = spur_mm(fit_vertebra(labels, "vertebrae_L2"), labels)
    assert found - healthy == pytest.approx(reach_mm, abs=2.5)
    assert healthy < SPUR_MM < found
    spurs = [flag.where for flag in bone_flags(ct, labels, LUMBAR_L1_L4) if flag.kind == "osteophytes"]
    assert spurs == ["vertebrae_L2"]


def test_chalk_in_the_aorta_is_measured_and_blood_or_bone_is_not(spine):
    def plaques(p):
        wall = np.abs(np.hypot(p[..., 0] - 8, p[..., 1] + 36) - 9) < 1.0
        return wall & (np.abs(p[..., 2]) < 20) & (p[..., 0] > 10)

    ct, labels = with_bone(spine, plaques)
    volume = float((np.asarray(ct.array) != np.asarray(spine[0].array)).sum()) * ct.voxel_volume_mm3
    assert volume > 2 * CHALK_MM3
    assert aortic_chalk_mm3(ct, labels, bodies_of(labels)) == pytest.approx(volume, rel=0.05)
    assert aortic_chalk_mm3(*spine, bodies_of(labels)) == 0.0
    blood = BONES["spine_scan"](np.random.default_rng(5), blood=220.0)
    assert aortic_chalk_mm3(*blood, bodies_of(blood[1])) == 0.0
    assert "calcification" in {flag.kind for flag in bone_flags(ct, labels, LUMBAR_L1_L4)}


def test_a_scoliosis_is_said_once():
    flags = [flag for flag in bone_flags(*bent(25.0), LUMBAR_L1_L4) if flag.kind == "scoliosis"]
    assert len(flags) == 1
    assert "bends to the side" in flags[0].message


def test_a_healthy_spine_has_no_wear(spine):
    assert bone_flags(*spine, LUMBAR_L1_L4) == []
