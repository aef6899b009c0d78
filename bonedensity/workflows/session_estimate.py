"""A session's estimate: bone density from the X-ray alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.estimators.registry import Overlay, estimator_named
from bonedensity.measurement import Measurement
from bonedensity.workflows.estimate_facts import Estimated, why_no_estimate
from bonedensity.workflows.session_results import merged
from bonedensity.workflows.session_xray import SessionXray
from bonedensity.workflows.worker import Order


class SessionEstimate(SessionXray):
    """Estimates bone density from the X-ray that is loaded."""

    def estimate(self, name: str, *, folder: str = "", metadata: Mapping[str, Any] | None = None) -> None:
        """Ask an estimator; what it abstains from is told with its reasons.

        Args:
            name: Of the estimator.
            folder: Of its weights; "" for those that are shipped.
            metadata: Its form's values.
        """
        missing = self.waiting() or why_no_estimate(self.state.radiograph is not None, name, folder)
        if missing:
            self.desk.fail(BoneDensityError(missing))
            return
        title = estimator_named(name).title

        def done(value: dict[str, Any]) -> None:
            self.state.estimated = self._estimated(title, value)
            self.state.measurements = merged(self.state.measurements, self.state.estimated.measurements)
            if self.state.estimated.picture is not None:
                self.state.maps[title] = self.state.estimated.picture
            self.changed.emit("estimate")
            self.changed.emit("measurements")

        parameters = {
            "radiograph": self._put("radiograph"),
            "estimator": name,
            "folder": folder,
            "metadata": dict(metadata or {}),
        }
        self.desk.run(Order("estimate", parameters, "the estimate", done, ("radiograph",)))

    def _estimated(self, title: str, value: dict[str, Any]) -> Estimated:
        exchange = self.desk.worker.exchange
        return Estimated(
            title,
            tuple(Measurement(**m) for m in value["measurements"]),
            tuple(value["reasons"]),
            value["side"],
            {
                key: Overlay(one["title"], exchange.take(one["image"], np.ndarray), one["unit"])
                for key, one in value["overlays"].items()
            },
            tuple(value["notes"]),
            None if value["picture"] is None else exchange.take(value["picture"], np.ndarray),
        )
