"""What the cohort's figures are made with: a CT's femur is laid where the radiograph sees it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.cohort.bodies import bodies_for
from bonedensity.virtual.population import COHORTS, people

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from virtual_figures_cohort import hip_figures
from virtual_figures_ct_drr import femur_moved


@pytest.mark.parametrize("posture", ["standing", "abduction"])
def test_the_femur_is_one_rigid_bone_in_all_postures(posture):
    (person,) = people(COHORTS["bmdgan"], 1, 5, region="hip")
    bodies = bodies_for("hip", person)
    before, after = bodies("ct").landmarks, bodies(posture).landmarks
    moved = femur_moved(before, after)
    for name in (name for name in before if name.startswith("femur_right")):
        assert moved.apply(before[name]) == pytest.approx(after[name], abs=0.01)
    assert not np.allclose(moved.matrix, RigidTransform.identity().matrix, atol=1e-3)


def rows_of(people_, error_of_ct):
    """Hips whose CT's DRR strays from the true one by a normal error (g/cm²)."""
    rng, rows = np.random.default_rng(0), []
    for density in rng.normal(0.8, 0.15, people_):
        seen = {
            posture: {"truth_g_cm2": density, "grey": rng.random(), "ct_g_cm2": density + rng.normal(0, error_of_ct)}
            for posture in ("standing", "supine")
        }
        both = {"total-hip": density, "femoral-neck": density}
        rows.append(
            {
                "implant": None,
                "qct": 400 * density,
                "qct_areal": density,
                "slope_ratio": 1.0,
                "views": seen,
                "dxa": both,
            }
            | {
                "dxa_true": both,
                "sex": int(rng.random() < 0.3),
                "age": rng.uniform(30, 90),
                "hip_density": rng.normal(),
                "total_hip_bmd": 1.0,
            }
        )
    return rows


def test_errors_of_the_ct_lower_its_own_correlation_and_not_that_of_the_truth():
    found = {figure.what: figure.value for figure in hip_figures(rows_of(60, 0.08))[0]}
    assert found["Mean of the true DRR against DXA, r, all images"] == pytest.approx(1.0)
    expected = 0.15 / np.hypot(0.15, 0.08)
    assert found["Mean of the CT's DRR against DXA, r, all images"] == pytest.approx(expected, abs=0.06)
    assert found["CT's DRR over four postures, RMS-CV"] > 3


def test_people_without_a_projected_ct_have_no_figure_of_it():
    rows = rows_of(12, 0.01)
    for row in rows:
        for view in row["views"].values():
            del view["ct_g_cm2"]
    assert not any("CT's DRR" in figure.what for figure in hip_figures(rows)[0])
