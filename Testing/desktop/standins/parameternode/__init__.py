"""`slicer.parameterNodeWrapper`: what Slicer's package of that name offers to module code."""

from __future__ import annotations

import types

from .annotations import (
    Choice,
    Decimals,
    Default,
    Exclude,
    IsInstance,
    IsNone,
    Maximum,
    Minimum,
    NotNone,
    RangeBounds,
    SingleStep,
    Validator,
    WithinRange,
    findFirstAnnotation,
    splitAnnotations,
    unannotatedType,
)
from .pack import FloatRange, isParameterPack, parameterPack
from .wrapper import (
    SlicerParameterNamePropertyName,
    findChildWidgetForParameter,
    isParameterNodeWrapper,
    parameterNodeWrapper,
)

__all__ = [
    "Choice",
    "Decimals",
    "Default",
    "Exclude",
    "FloatRange",
    "IsInstance",
    "IsNone",
    "Maximum",
    "Minimum",
    "NotNone",
    "RangeBounds",
    "SingleStep",
    "SlicerParameterNamePropertyName",
    "Validator",
    "WithinRange",
    "findChildWidgetForParameter",
    "findFirstAnnotation",
    "isParameterNodeWrapper",
    "isParameterPack",
    "parameterNodeWrapper",
    "parameterPack",
    "splitAnnotations",
    "unannotatedType",
]


def build() -> types.ModuleType:
    """The module object that goes into sys.modules["slicer.parameterNodeWrapper"]."""
    module = types.ModuleType("slicer.parameterNodeWrapper", __doc__)
    module.__dict__.update({name: globals()[name] for name in __all__}, __all__=__all__)
    return module
