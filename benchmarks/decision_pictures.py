"""The decision's ROC curve, and where its cases lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from decision_cases import PROPER
from decision_fit import FALSE_ALARMS, SUCCESS_MM, area, good

LARGEST_MM = 300.0


def draw(rows: list[dict[str, Any]], chance: np.ndarray, limit: float, file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    success = np.array([good(row) for row in rows])
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.6), constrained_layout=True)
    counted = ~success | np.array([row["kind"] in PROPER for row in rows])
    _roc(left, chance[counted], success[counted], limit)
    errors = np.array([row["in_plane_mm"] if row["in_plane_mm"] is not None else LARGEST_MM for row in rows])
    right.scatter(errors[success], chance[success], s=10, color="#0b6e4f", label="below 2 mm")
    right.scatter(errors[~success], chance[~success], s=10, color="#c8553d", marker="x", label="failed")
    right.axhline(limit, color="black", lw=0.8, ls="--")
    right.axvline(SUCCESS_MM, color="black", lw=0.8, ls=":")
    right.set(xscale="log", xlabel="in-plane mTRE (mm; 300: no pose is right)", ylabel="score", ylim=(-0.02, 1.02))
    right.set_title("Accepted above the dashed line")
    right.legend(loc="center right", frameon=False)
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _roc(axes: Any, chance: np.ndarray, success: np.ndarray, limit: float) -> None:
    limits = np.concatenate([[-1.0], np.sort(chance), [2.0]])
    flagged = np.array([(chance[~success] < t).mean() for t in limits])
    alarms = np.array([(chance[success] < t).mean() for t in limits])
    axes.plot(alarms, flagged, color="#1f4e79")
    at = (chance[success] < limit).mean(), (chance[~success] < limit).mean()
    axes.plot(*at, "o", color="black")
    axes.annotate(f"limit {limit:.2f}: {at[1]:.1%} of failures flagged,\n{at[0]:.1%} false alarms", at, (0.2, 0.7),
                  arrowprops={"arrowstyle": "-", "lw": 0.6})  # fmt: skip
    axes.axhline(0.95, color="grey", lw=0.6, ls=":")
    axes.axvline(FALSE_ALARMS, color="grey", lw=0.6, ls=":")
    axes.set(xlabel="false alarms (share of successes called doubtful)", ylabel="failures called doubtful",
             xlim=(-0.01, 1), ylim=(0, 1.01))  # fmt: skip
    axes.set_title(f"Held-out registrations: {success.sum()} right, {(~success).sum()} failed; "
                   f"area {area(chance, success):.3f}", fontsize=11)  # fmt: skip
