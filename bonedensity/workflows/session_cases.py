"""A session that goes through a list of cases and keeps what a person says of each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.geometry import PinholeCamera
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.registration.config import Level
from bonedensity.workflows.case_list import CaseFiles, CaseList, find_cases
from bonedensity.workflows.review import Review, store_review, write_ratings
from bonedensity.workflows.session_facts import Bone
from bonedensity.workflows.session_search import SessionSearch, pose_of
from bonedensity.workflows.worker import Order, Worker


class SessionCases(SessionSearch):
    """Cases and reviews; emits `changed("review")` (what was said), "review renewed" (nothing is said yet) and "cases".

    Attributes:
        cases: The list; None before one was opened.
        review: Of the registration that is shown.
        blinded: Reviews are given without the numbers.
    """

    def __init__(self, worker: Worker, *, levels: Sequence[Level] = ()) -> None:
        super().__init__(worker, levels=levels)
        self.cases: CaseList | None = None
        self.review = Review()
        self.blinded = False
        self._opened_at = time.monotonic()
        self.changed.connect(self._renew_review)

    def open_cases(self, path: str | Path, *, seed: int | None = None) -> None:
        """Take a folder or table of cases, in random order with a seed, and open the first that is not judged yet."""
        try:
            found = find_cases(Path(path))
        except BoneDensityError as error:
            self.desk.fail(error)
            return
        self.cases = found if seed is None else found.shuffled(seed)
        open_ones = [n for n, case in enumerate(self.cases.cases) if case.name not in self.cases.reviews]
        self.changed.emit("cases")
        self.go_to_case(open_ones[0] if open_ones else 0)

    def go_to_case(self, number: int) -> None:
        """Open a case of the list; what was said of the present one is stored already."""
        if self.cases is None or not 0 <= number < len(self.cases.cases):
            return
        if self.desk.title:
            self.desk.fail(BoneDensityError(self.waiting()))
            return
        case = self.cases.cases[number]

        def done(value: dict[str, Any]) -> None:
            assert self.cases is not None
            self.cases.at = number
            self._take_case(value)
            self.review = self.cases.reviews.get(case.name, Review())
            self._opened_at = time.monotonic()
            self.changed.emit("cases")
            self.changed.emit("review")

        self.desk.run(Order("read_case", _paths(case), f"opening the case {case.name}", done, ()))

    def say(self, **said: Any) -> None:
        """Change the review (fields of `Review`), and store it with the case where it came from files."""
        changed = replace(self.review, **said)
        if changed == self.review:
            return
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        seconds = round(time.monotonic() - self._opened_at, 1)
        self.review = replace(changed, at=now, seconds=seconds, blinded=self.blinded)
        case = None if self.cases is None else self.cases.current
        if self.cases is not None and case is not None:
            self.cases.reviews[case.name] = self.review
            try:
                store_review(self.review, case.results)
            except BoneDensityError as error:
                self.desk.fail(error)
        self.changed.emit("review")

    def export_ratings(self, path: str | Path) -> bool:
        """Write all reviews of the list as a table; False where that failed, which is then said."""
        try:
            write_ratings([] if self.cases is None else self.cases.rows(), Path(path))
        except BoneDensityError as error:
            self.desk.fail(error)
            return False
        return True

    # Within

    def _take_case(self, value: dict[str, Any]) -> None:
        exchange = self.desk.worker.exchange
        ct, labels = exchange.get(value["ct"], Volume), exchange.get(value["labels"], LabelMap)
        radiograph = exchange.get(value["radiograph"], Radiograph)
        for slot, made in (("ct", ct), ("labels", labels), ("radiograph", radiograph)):
            self.desk.keep(slot, made, value[slot])
        self.use_second(None)
        self.use_radiograph(None)
        self.use_ct(ct)
        self._set_bones(labels, tuple(Bone.from_json(bone) for bone in value["bones"]))
        camera = None if value["camera"] is None else exchange.take(value["camera"], PinholeCamera)
        self.use_radiograph(radiograph, camera=camera)
        if value["world_from_ct"] is not None and self._pose() is not None:
            self.set_pose(pose_of(value["world_from_ct"]))
            self.history.forget()

    def _renew_review(self, what: str) -> None:
        """A verdict holds for what it was given on."""
        if what in ("outcome", "ct", "radiograph") and self.review.given:
            self.review = Review(reader=self.review.reader)
            self._opened_at = time.monotonic()
            self.changed.emit("review renewed")


def _paths(case: CaseFiles) -> dict[str, Any]:
    named = {"ct": case.ct, "xray": case.xray, "labels": case.labels, "camera": case.camera, "pose": case.pose}
    return {name: str(path) for name, path in named.items() if path is not None}
