"""How alike a radiograph and a DRR are: built-in similarities, and a user's own, by name."""

from bonedensity.registration.similarity.correlation import NormalisedCorrelation
from bonedensity.registration.similarity.gradient_correlation import GradientCorrelation
from bonedensity.registration.similarity.gradient_orientation import GradientOrientation
from bonedensity.registration.similarity.local_correlation import LocalCorrelation
from bonedensity.registration.similarity.mutual_information import MutualInformation
from bonedensity.registration.similarity.own import from_function
from bonedensity.registration.similarity.protocol import Similarity, SimilarityFactory, copied
from bonedensity.registration.similarity.registry import known_similarities, register_similarity, similarity_by_name

__all__ = [
    "GradientCorrelation",
    "GradientOrientation",
    "LocalCorrelation",
    "MutualInformation",
    "NormalisedCorrelation",
    "Similarity",
    "SimilarityFactory",
    "copied",
    "from_function",
    "known_similarities",
    "register_similarity",
    "similarity_by_name",
]
