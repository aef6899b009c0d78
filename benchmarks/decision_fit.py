"""Fit the decision and the standard deviations to one group of registrations, test both on the other, write all."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from decision_cases import PROPER
from scipy.optimize import minimize

from bonedensity.registration.config import Spread
from bonedensity.registration.decision import entered
from bonedensity.registration.uncertainty import AXES, covariance_of, expected_in_plane_mm

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "bonedensity" / "registration" / "decision.json"
RESULT = ROOT / "benchmarks" / "results" / "registration_decision.json"

SUCCESS_MM = 2.0
FLAGGED, FALSE_ALARMS = 0.95, 0.05
"""Shares of failures that must be, and of right registrations that may be, called doubtful when the limit is set."""
RIDGE = 1.0
"""Strength of the pull of the weights towards zero, in cases."""
WITHIN = 0.6827
"""Share of a normal distribution within one standard deviation."""
INTACT_VISIBLE, INTACT_AGREEMENT_MM = 0.5, 1.0
SIGNS = ("edge_correlation", "similarity", "rival", "expected_mm")

Row = dict[str, Any]


def good(row: Row) -> bool:
    return row["in_plane_mm"] is not None and row["in_plane_mm"] < SUCCESS_MM


def counted(row: Row) -> bool:
    """Not counted: a wrong source-to-detector distance with its bone in place in plane and far off in depth."""
    return not (row["kind"] == "wrong distance" and good(row))


def of_known_pose(row: Row) -> bool:
    """Whether its error counts for the standard deviations: right, and registered as one should."""
    return good(row) and row["kind"] in PROPER


def fit_and_write(rows: list[Row], command: str) -> None:
    about = described(rows)
    rows = [row for row in rows if counted(row)]
    known = [row for row in rows if of_known_pose(row)]
    factors = uncertainty_factors([row for row in known if row["group"] == "fit"])
    fitted = [row for row in rows if row["group"] == "fit"]
    tested = [row for row in rows if row["group"] == "test"]
    for row in rows:
        row["signs"]["expected_mm"] = expected_in_plane_mm(covariance(row, factors), np.array(row["moments"]))
    model = logistic(fitted)
    model["least_chance"] = limit(fitted, model)
    summary = {
        "command": command,
        "cases": about,
        "date": time.strftime("%Y-%m-%d"),
        "success_below_mm": SUCCESS_MM,
        "proper_kinds": list(PROPER),
        "fit": figures(fitted, model),
        "test": figures(tested, model),
        "uncertainty": {
            group: covered([row for row in known if row["group"] == group], factors) for group in ("fit", "test")
        },
        "test_by_kind": {kind: figures([r for r in tested if r["kind"] == kind], model) for kind in kinds(rows)},
    }
    provenance = {key: summary[key] for key in ("command", "cases", "date", "success_below_mm")}
    provenance |= {key: summary[key] for key in ("fit", "test", "uncertainty")}
    text = {"provenance": provenance, "decision": model, "uncertainty": {"factors": [round(f, 3) for f in factors]}}
    MODEL.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")
    RESULT.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    from decision_pictures import draw

    draw(tested, chances(tested, model), model["least_chance"], RESULT.with_suffix(".png"))
    print(json.dumps(summary, indent=1))


def described(rows: list[Row]) -> str:
    """Which X-rays of which bodies each group has."""

    def one(group: str) -> str:
        own = [row for row in rows if row["group"] == group]
        return f"{group}: {len({row['number'] for row in own})} X-rays of {', '.join(sorted({r['body'] for r in own}))}"

    return "; ".join(one(group) for group in ("fit", "test"))


def kinds(rows: list[Row]) -> list[str]:
    return sorted({row["kind"] for row in rows})


def covariance(row: Row, factors: np.ndarray) -> np.ndarray:
    turn, _, _, shift, _, depth = row["spread"]
    return covariance_of(np.array(row["information"]), factors, Spread(turn, shift, depth), np.array(row["apart"]))


def uncertainty_factors(rows: list[Row], rounds: int = 12) -> np.ndarray:
    """Six factors with which 68 % of the errors lie within one standard deviation, each kind of case counting alike."""
    count = {kind: sum(row["kind"] == kind for row in rows) for kind in kinds(rows)}
    weights = np.array([1 / count[row["kind"]] for row in rows])
    errors = np.abs([row["error"] for row in rows])
    factors = np.ones(6)
    for _ in range(rounds):
        deviations = np.array([np.sqrt(np.diag(covariance(row, factors))) for row in rows])
        ratios = errors / deviations
        factors = factors * np.array([weighted_quantile(ratios[:, axis], weights, WITHIN) for axis in range(6)])
    return factors


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(cumulated, share)])


def matrix(rows: list[Row]) -> np.ndarray:
    return np.array([[entered(name, _number(row["signs"][name])) for name in SIGNS] for row in rows])


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def logistic(rows: list[Row]) -> dict[str, Any]:
    """Weights of the standardised signs, both outcomes counting alike."""
    values, success = matrix(rows), np.array([good(row) for row in rows])
    proper = np.array([row["kind"] in PROPER for row in rows])
    values = np.nan_to_num(values, nan=0.0, posinf=3.0)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    z, sign = (values - mean) / deviation, np.where(success, 1.0, -1.0)
    weight = np.where(success, 0.5 / success.mean(), 0.5 / (1 - success.mean()))

    def loss(p: np.ndarray) -> float:
        margin = sign * (p[0] + z @ p[1:])
        return float(weight @ np.logaddexp(0, -margin) + 0.5 * RIDGE * p[1:] @ p[1:])

    best = minimize(loss, np.zeros(1 + len(SIGNS)), method="BFGS").x
    signs = {}
    for name, m, d, w in zip(SIGNS, mean, deviation, best[1:], strict=True):
        raw = np.array([_number(row["signs"][name]) for row in rows])[success & proper]
        usual = float(np.percentile(raw, 5 if w > 0 else 95))
        signs[name] = {"mean": float(m), "deviation": float(d), "weight": float(w), "usual": usual}
    return {"intercept": float(best[0]), "signs": signs}


def chances(rows: list[Row], model: dict[str, Any]) -> np.ndarray:
    parts = model["signs"]
    weights = np.array([parts[name]["weight"] / parts[name]["deviation"] for name in SIGNS])
    mean = np.array([parts[name]["mean"] for name in SIGNS])
    with np.errstate(invalid="ignore"):
        score = model["intercept"] + (matrix(rows) - mean) @ weights
    return 1 / (1 + np.exp(-np.clip(np.nan_to_num(score, nan=-500, neginf=-500), -500, 500)))


def limit(rows: list[Row], model: dict[str, Any]) -> float:
    """Half-way between the least that flags enough failures and the highest with few enough false alarms."""
    right = chances([row for row in rows if good(row) and row["kind"] in PROPER], model)
    wrong = chances([row for row in rows if not good(row)], model)
    return round(float(np.percentile(wrong, 100 * FLAGGED) + np.percentile(right, 100 * FALSE_ALARMS)) / 2, 3)


def figures(rows: list[Row], model: dict[str, Any]) -> dict[str, Any]:
    success = np.array([good(row) for row in rows], dtype=bool)
    proper = np.array([row["kind"] in PROPER for row in rows], dtype=bool)
    chance = chances(rows, model) if rows else np.zeros(0)
    accepted = chance >= model["least_chance"]
    intact = np.array([other_limits_kept(row) for row in rows], dtype=bool)
    return {
        "registrations": len(rows),
        "failures": int((~success).sum()),
        "area_under_roc": area(chance, success),
        "failures_flagged": share(~accepted[~success]),
        "false_alarms": share(~accepted[success & proper]),
        "false_alarms_of_lucky_ends_too": share(~accepted[success]),
        "failures_flagged_with_all_limits": share(~(accepted & intact)[~success]),
        "false_alarms_with_all_limits": share(~(accepted & intact)[success & proper]),
    }


def other_limits_kept(row: Row) -> bool:
    agreement = row["agreement_mm"]
    return (
        row["visible_share"] >= INTACT_VISIBLE
        and row["turned_deg"] <= 30
        and (agreement is None or agreement <= INTACT_AGREEMENT_MM)
    )


def share(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 4) if values.size else None


def area(chance: np.ndarray, success: np.ndarray) -> float | None:
    """Probability that a success scores above a failure (Mann-Whitney)."""
    if success.all() or not success.any():
        return None
    above = chance[success][:, None] - chance[~success][None]
    return round(float((above > 0).mean() + 0.5 * (above == 0).mean()), 4)


def covered(rows: list[Row], factors: np.ndarray) -> dict[str, Any] | None:
    """Share of the true errors within one standard deviation, by axis, of successful registrations."""
    if not rows:
        return None
    deviations = np.array([np.sqrt(np.diag(covariance(row, factors))) for row in rows])
    within = (np.abs([row["error"] for row in rows]) <= deviations).mean(axis=0)
    shares = {name: round(float(w), 3) for (name, _), w in zip(AXES, within, strict=True)}
    return {"registrations": len(rows), "within_one_standard_deviation": shares}
