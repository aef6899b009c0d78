"""How well two methods, or two repeats of one, agree: the statistics that every study of this package quotes."""

from bonedensity.densitometry.agreement.bland_altman import BlandAltman, bland_altman
from bonedensity.densitometry.agreement.correlation import concordance, pearson
from bonedensity.densitometry.agreement.error_sizes import ErrorSizes, error_sizes
from bonedensity.densitometry.agreement.intraclass import intraclass
from bonedensity.densitometry.agreement.pairs import Estimate
from bonedensity.densitometry.agreement.repeats import Repeatability, least_significant_change, repeatability
from bonedensity.densitometry.agreement.summary import Agreement, agreement

__all__ = [
    "Agreement",
    "BlandAltman",
    "ErrorSizes",
    "Estimate",
    "Repeatability",
    "agreement",
    "bland_altman",
    "concordance",
    "error_sizes",
    "intraclass",
    "least_significant_change",
    "pearson",
    "repeatability",
]
