"""Figures that need no cohort: what the graph gives back, conservation of mass, plain bodies, time."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from virtual_figures_people import SIDE
from virtual_figures_table import Figure

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES, femur_name
from bonedensity.densitometry.areal import parallel_areal_image
from bonedensity.drr.attenuation import linear_attenuation, mass_attenuation
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.virtual.cohort import CohortOptions, write_cohort
from bonedensity.virtual.cohort.bodies import bodies_for
from bonedensity.virtual.dxa import SYSTEMS, scan_dxa
from bonedensity.virtual.dxa.decomposition import bone_image
from bonedensity.virtual.plain_bodies import step_wedge
from bonedensity.virtual.population import COHORTS, draw_world, people, row_of, write_manifest
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.population.spine_graph import SCALES, WEIGHTS
from bonedensity.virtual.posed import PaintedOnce

STEPS = (0.6, 0.8, 1.0, 1.3)
"""g/cm² of the wedge, L1 to L4."""


def edges_of_the_graph(seed: int, count: int = 5000) -> Figure:
    """Each attribute regressed on its causes, all standardised: the edge that is farthest from the published one."""
    table = draw_world(COHORTS["ukbiobank"], count, seed=seed).predict()
    errors = {}
    for effect, causes in WEIGHTS.items():
        columns = [SCALES[cause].z(np.asarray(table[cause], np.float64)) for cause in causes]
        known = np.column_stack([*columns, np.ones(count)])
        found = np.linalg.lstsq(known, SCALES[effect].z(np.asarray(table[effect], np.float64)), rcond=None)[0]
        errors |= {f"{cause} to {effect}": abs(f - w) for f, (cause, w) in zip(found, causes.items(), strict=False)}
    worst = max(errors, key=lambda edge: errors[edge])
    return Figure("Spine graph, edge farthest from the published", errors[worst], 0, 0.05, 3, "", f"{worst}, n {count}")


def mass_figures(folder: Path) -> list[Figure]:
    """Mass of a femur in its CT's voxels, in a parallel projection of them, and as mean areal density times area."""
    density = read_ct(folder / "density.nii.gz").with_array(read_ct(folder / "density.nii.gz").array, unit="mg/cm³")
    labels = read_label_map(folder / "labels.nii.gz", TOTALSEGMENTATOR_NAMES)
    bone = labels.mask([femur_name(SIDE)])
    voxels = float(np.asarray(density.array, np.float64)[bone].sum() * density.voxel_volume_mm3 * 1e-6)
    axes = {"right": np.array([1.0, 0, 0]), "down": np.array([0, 0, -1.0])}
    image = parallel_areal_image(density, bone, bone, **axes)
    projected = float(image.density.sum(dtype=np.float64) * (image.pixel_area_cm2 or 0))
    return [
        Figure("Mass, CT to DRR", 100 * (projected / voxels - 1), -1, 1, 2, "%", f"{voxels:.1f} g"),
        Figure("Mass, DRR to aBMD times area", 100 * (image.bmc_g / projected - 1), -1, 1, 2, "%"),
    ]


def painted_mass(folder: Path, person: Person) -> Figure:
    """Mineral of all bones as painted within the CT's reach against that of the CT's true density."""
    volume = read_ct(folder / "density.nii.gz")
    in_ct = float(np.asarray(volume.array, np.float64).sum() * volume.voxel_volume_mm3 * 1e-6)
    low = volume.index_to_patient[2, 3] - volume.spacing[2] / 2
    high = low + volume.spacing[2] * volume.array.shape[0]
    body = bodies_for("hip", person)("ct")
    once, total = PaintedOnce(body, CohortOptions().bone_mm), 0.0
    for bone in body.bones:
        painted = once.bone(bone.name)
        z = painted.lattice.axes((slice(None),) * 3)[0]
        inside = (z >= low) & (z < high)
        mineral = np.asarray(painted.mineral.array)[inside]
        total += float(mineral.sum(dtype=np.float64) * painted.lattice.voxel_mm**3 * 1e-6)
    return Figure("Mass, painted bones to CT", 100 * (in_ct / total - 1), -1, 1, 2, "%", f"{total:.0f} g")


def wedge_figures(repeats: int = 4) -> list[Figure]:
    """Areal density at the middle of each step, mean of repeated scans, on both scanners: the worst step."""
    body = step_wedge(STEPS)
    once, figures = PaintedOnce(body, 1.5), []
    for name, system in SYSTEMS.items():
        scans = [
            scan_dxa(once, body, "spine", system, np.random.default_rng(seed), repositioned=False)
            for seed in range(repeats)
        ]
        image = np.mean([scan.bone for scan in scans], axis=0) / system.spine_scale
        errors = []
        for region, areal in zip(scans[0].regions, STEPS, strict=False):
            row, column = (round(float(n.mean())) for n in np.nonzero(region.mask))
            down, aside = (round(10 / p) for p in system.pixel_mm)
            core = image[row - down : row + down + 1, column - aside : column + aside + 1]
            errors.append(float(core.mean()) / areal - 1)
        worst = max(errors, key=abs)
        figures.append(Figure(f"Step wedge, DXA ({name}), worst of {len(STEPS)} steps", 100 * worst, -1, 1, 2, "%"))
    return figures


def fat_figures() -> list[Figure]:
    """Error of 1 g/cm² with 20 mm of 200 mm more fat beside the bone than over it, against the formula's."""
    figures = []
    for name, system in SYSTEMS.items():
        silent, bone = replace(system, photons_per_mm2=float("inf")), np.abs(np.arange(240) - 119.5) < 30
        fat = np.where(bone, 30.0, 50.0)
        low, high = (_attenuated(kev, fat, bone) for kev in (silent.low_kev, silent.high_kev))
        ratio, mineral = low[0] / high[0], [_mineral(kev) for kev in (silent.low_kev, silent.high_kev)]
        theory = float((low[120] - ratio * high[120]) / (mineral[0] - ratio * mineral[1])) - 1
        image = bone_image(np.tile(low, (40, 1)), np.tile(high, (40, 1)), silent)[0]
        found = float(image[20, 110:130].mean()) - 1
        figures.append(
            Figure(f"Fat error, DXA ({name}), over that of the formula", found / theory, 0.9, 1.1, 3, "",
                   f"{100 * found:+.1f} %, formula {100 * theory:+.1f} %", "models sheet 7.6")
        )  # fmt: skip
    return figures


def seconds_per_hip(seed: int) -> Figure:
    """CT of 1.5 mm with labels, four radiographs and DXA of one hip, written; the second person of two.

    Processor time is what counts: on a machine at rest the wall time is no longer.
    """
    persons = people(COHORTS["bmdgan"], 2, seed, region="hip")
    options = CohortOptions(dxa=(COHORTS["bmdgan"].dxa_system,))
    with tempfile.TemporaryDirectory() as folder:
        write_cohort("hip", persons[:1], Path(folder), options=options)  # compiles
        started, worked = time.perf_counter(), time.process_time()
        write_cohort("hip", persons[1:], Path(folder), options=options)
        wall, cpu = time.perf_counter() - started, time.process_time() - worked
    load = os.getloadavg()[0]
    return Figure("One hip person, CT, 4 radiographs and DXA, processor", cpu, 0, 20, 1, "s",
                  f"wall {wall:.0f} s at load {load:.0f} on {os.cpu_count()} cores")  # fmt: skip


def seconds_per_1000_rows(seed: int) -> Figure:
    """Drawing and writing metadata."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        write_manifest([row_of(p) for p in people(COHORTS["bmdgan"], 1000, seed, region="hip")], Path(folder) / "m.csv")
        return Figure("1000 rows of metadata, processor", time.process_time() - started, 0, 1, 2, "s")


def _attenuated(kev: float, fat: NDArray[np.float64], bone: NDArray[np.bool_]) -> NDArray[np.float64]:
    """-log of what arrives along 200 mm, with 1 g/cm² of mineral where there is bone."""
    soft = linear_attenuation("adipose", kev) * fat + linear_attenuation("soft_tissue", kev) * (200 - fat)
    return np.asarray(soft + np.where(bone, _mineral(kev), 0.0))


def _mineral(kev: float) -> float:
    return mass_attenuation("hydroxyapatite", kev)
