"""Who the virtual patients are: people drawn from a documented causal graph, before any anatomy is built."""

from bonedensity.virtual.population.bmd_reference import expected_bmd
from bonedensity.virtual.population.cohort import COHORTS, Cohort, cohort_named
from bonedensity.virtual.population.manifest import person_of, read_manifest, row_of, write_manifest
from bonedensity.virtual.population.otherwise import people_at_another_age, with_values
from bonedensity.virtual.population.people import DEFAULT_COHORT, Region, draw_world, people
from bonedensity.virtual.population.person import Person, Sex
from bonedensity.virtual.population.population_graph import population_graph
from bonedensity.virtual.population.spine_graph import spine_counterfactual, spine_graph
from bonedensity.virtual.population.visits import Interval

__all__ = [
    "COHORTS",
    "DEFAULT_COHORT",
    "Cohort",
    "Interval",
    "Person",
    "Region",
    "Sex",
    "cohort_named",
    "draw_world",
    "expected_bmd",
    "people",
    "people_at_another_age",
    "person_of",
    "population_graph",
    "read_manifest",
    "row_of",
    "spine_counterfactual",
    "spine_graph",
    "with_values",
    "write_manifest",
]
