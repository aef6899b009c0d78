"""What a decomposition of radiographs is learnt from: CTs calibrated, segmented, registered and projected onto them.

The data pipeline of BMD-GAN (Gu et al. 2023, section 2.2 and figure 3), for people of whom both are at hand.
"""

from bonedensity.workflows.ground_truth.cases import ListedCase, ListedXray, read_cases
from bonedensity.workflows.ground_truth.prepare import Prepared, PrepareOptions, prepare
from bonedensity.workflows.ground_truth.projections import HipProjections, HipProjector

__all__ = [
    "HipProjections",
    "HipProjector",
    "ListedCase",
    "ListedXray",
    "PrepareOptions",
    "Prepared",
    "prepare",
    "read_cases",
]
