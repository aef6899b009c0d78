"""What may be said about a parameter beside its type: its default, its limits, its steps."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


class Default:
    """The default value of a parameter."""

    def __init__(self, value: Any = None, *, generator: Callable[[], Any] | None = None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self) -> Any:
        return self._generator() if self._generator else self._value


class Validator:
    """Base of those that refuse values."""

    def validate(self, value: Any) -> None:
        raise NotImplementedError


class NotNone(Validator):
    def validate(self, value: Any) -> None:
        if value is None:
            raise ValueError("Value must not be None")


class IsNone(Validator):
    def validate(self, value: Any) -> None:
        if value is not None:
            raise ValueError("Value must be None")


@dataclass
class IsInstance(Validator):
    classtype: Any

    def validate(self, value: Any) -> None:
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"Value must be of type {self.classtype}, is {value!r}")


@dataclass
class WithinRange(Validator):
    minimum: Any
    maximum: Any

    def validate(self, value: Any) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within [{self.minimum}, {self.maximum}], is {value}")


@dataclass
class Minimum(Validator):
    minimum: Any

    def validate(self, value: Any) -> None:
        if value < self.minimum:
            raise ValueError(f"Value must be at least {self.minimum}, is {value}")


@dataclass
class Maximum(Validator):
    maximum: Any

    def validate(self, value: Any) -> None:
        if value > self.maximum:
            raise ValueError(f"Value must be at most {self.maximum}, is {value}")


@dataclass
class Choice(Validator):
    choices: Any

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"Value is {value!r}, but must be one of {self.choices}")


@dataclass
class Exclude(Validator):
    excludedValues: Any

    def validate(self, value: Any) -> None:
        if value in self.excludedValues:
            raise ValueError(f"Value must not be {value!r}")


@dataclass
class RangeBounds(Validator):
    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        if not (self.minimum <= value.minimum and value.maximum <= self.maximum):
            raise ValueError(f"Range must be within [{self.minimum}, {self.maximum}]")


@dataclass
class Decimals:
    """How many decimals a spin box or slider shows."""

    value: int


@dataclass
class SingleStep:
    """The step of a spin box or slider."""

    value: float


def splitAnnotations(annotated: Any) -> tuple[Any, tuple[Any, ...]]:
    """`Annotated[float, WithinRange(0, 1)]` as its type and its annotations."""
    kind, *annotations = typing.get_args(Annotated[annotated, None])
    return kind, tuple(annotations[:-1])


def unannotatedType(annotated: Any) -> Any:
    return splitAnnotations(annotated)[0]


def findFirstAnnotation(annotations: Any, kind: type) -> Any:
    return next((found for found in annotations if isinstance(found, kind)), None)
