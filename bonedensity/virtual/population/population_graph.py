"""The whole graph of a cohort."""

from __future__ import annotations

from functools import cache

from bonedensity.virtual.population.build_nodes import build_nodes, root_nodes
from bonedensity.virtual.population.clinic_nodes import chest_nodes, laboratory_nodes
from bonedensity.virtual.population.cohort import Cohort
from bonedensity.virtual.population.density_nodes import density_nodes
from bonedensity.virtual.population.graph import CausalGraph
from bonedensity.virtual.population.life_nodes import life_nodes


@cache
def population_graph(cohort: Cohort) -> CausalGraph:
    """Causes before effects: roots, build, life, density, clinic.

    The seven spine attributes obey the published equations (`spine_graph`); a cohort alters only the roots, intercepts,
    the spread of weight and the scales of blood values.
    """
    return CausalGraph(
        {
            **root_nodes(cohort),
            **build_nodes(cohort),
            **life_nodes(),
            **density_nodes(cohort),
            **laboratory_nodes(cohort),
            **chest_nodes(),
        }
    )
