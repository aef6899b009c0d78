"""What a person says of a registration: a verdict, a rating, a note; kept with the case and exported as a table."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from bonedensity.errors import BoneDensityError, UnreadableFileError, UnwritableFileError
from bonedensity.whole_file import written_whole

Verdict = Literal["", "accepted", "rejected"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

LOWEST, HIGHEST = 1, 5
"""Ratings: 1 the bones lie wrong, 5 no visible error."""

COLUMNS = ("case", "reader", "order", "verdict", "rating", "note", "seconds", "blinded", "at")
"""Of the table of ratings."""


@dataclass(frozen=True, slots=True)
class Review:
    """One person's judgement of one registration.

    Attributes:
        verdict: "accepted", "rejected", or "" while open.
        rating: From 1 (wrong) to 5 (no visible error); None while open.
        note: Free text.
        reader: Who; a name or a number.
        seconds: How long the case was looked at; None where nobody measured.
        blinded: The numbers were hidden meanwhile.
        at: When, as ISO 8601 in UTC; "" where unknown.

    Raises:
        BoneDensityError: Another verdict, or a rating out of range.
    """

    verdict: Verdict = ""
    rating: int | None = None
    note: str = ""
    reader: str = ""
    seconds: float | None = None
    blinded: bool = False
    at: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise BoneDensityError(f"“{self.verdict}” is no verdict: accept, reject, or leave it open.")
        if self.rating is not None and not LOWEST <= self.rating <= HIGHEST:
            raise BoneDensityError(f"A rating of {self.rating} is not from {LOWEST} to {HIGHEST}.")

    @property
    def given(self) -> bool:
        """Whether anything was said."""
        return bool(self.verdict or self.rating is not None or self.note)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Review:
        """From `to_json`; what it does not know, it leaves.

        Raises:
            BoneDensityError: As the class.
        """
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        return cls(**known)


def store_review(review: Review, path: Path) -> None:
    """Put a review into a case's `results.json`, as "review"; what else the file holds stays.

    Raises:
        UnreadableFileError: There is a file, but it holds no JSON object.
        UnwritableFileError: The folder cannot be written.
    """
    values = _results(path) if path.exists() else {}
    values["review"] = review.to_json()
    try:
        with written_whole(path) as part:
            part.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnwritableFileError(
            f"The verdict cannot be stored in “{path.name}” ({error.strerror}): check that its folder can be written."
        ) from error


def stored_review(path: Path) -> Review | None:
    """The review in a case's `results.json`; None where there is none.

    Raises:
        UnreadableFileError: The file holds no JSON object.
        BoneDensityError: A verdict or rating that cannot be.
    """
    found = _results(path).get("review") if path.exists() else None
    return Review.from_json(found) if isinstance(found, dict) else None


def write_ratings(rows: Iterable[tuple[str, int, Review]], path: Path) -> None:
    """Write reviews as a table (CSV), one row each: case, place in the order of reading, review.

    Raises:
        UnwritableFileError: The file cannot be written.
    """
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for case, order, review in rows:
                values = {name: "" if value is None else value for name, value in review.to_json().items()}
                writer.writerow({"case": case, "order": order, **values})
    except OSError as error:
        raise UnwritableFileError(
            f"The ratings cannot be written to “{path.name}” ({error.strerror}): choose another folder."
        ) from error


def _results(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"“{path.name}” holds no results that can be read: move it away first.") from error
    if not isinstance(values, dict):
        raise UnreadableFileError(f"“{path.name}” holds no results that can be read: move it away first.")
    return values
