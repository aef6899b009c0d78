"""The card's figures, recomputed on people that were not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.errors import StatisticsError
from bonedensity.generators.chvae.config import MORPHOMETRY
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.evaluation.axioms import composition, reversibility
from bonedensity.generators.chvae.evaluation.effects import YEARS, effect_figures
from bonedensity.generators.chvae.evaluation.follow_up import FollowUp, follow_up
from bonedensity.generators.chvae.evaluation.pictures import picture_errors
from bonedensity.generators.chvae.evaluation.true_counterfactual import true_figures
from bonedensity.generators.chvae.reading.metadata import Record, read_records
from bonedensity.generators.chvae.reading.read_dxa import read_dxa
from bonedensity.generators.chvae.storage import Chvae, load_chvae
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked
from bonedensity.virtual.cohort.writing import MANIFEST
from bonedensity.virtual.population.otherwise import COUNTERFACTUAL


@dataclass(frozen=True, slots=True)
class ChvaeEvaluation:
    """Whom to judge on.

    Attributes:
        persons: Identifiers; None for all of the manifest.
        counterfactuals: Manifest of the same people at another age, all else equal, as only virtual people have; None
            for counterfactual/manifest.csv beside the manifest, where there is one.
        most: People at most whose images are worked on; the follow-up table takes all.
        residual: Whether counterfactuals carry the image's residual; None as trained.
    """

    persons: frozenset[str] | None = None
    counterfactuals: Path | None = None
    most: int = 100
    residual: bool | None = None


def evaluate_chvae(
    folder: Path,
    manifest: Path,
    options: ChvaeEvaluation | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> dict[str, Any]:
    """Reconstruction, axioms, effectiveness and, where people came twice, the follow-up table.

    Args:
        folder: Of the model.
        manifest: Of people that were not trained on.
        options: Whom.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Returns:
        metrics{name: number}, follow_up[], count, data.

    Raises:
        UnreadableFileError: Model, manifest, or all images.
        StatisticsError: Nobody is left to judge on.
        CancelledError: `should_stop` said so.
    """
    chosen, model = options or ChvaeEvaluation(), load_chvae(folder)
    records, _ = read_records(manifest, model.causal.graph)
    wanted = [r for r in records if chosen.persons is None or r.person in chosen.persons]
    firsts = [r for r in wanted if r.visit == 0 and r.image is not None][: chosen.most]
    if not firsts:
        raise StatisticsError(f"“{manifest.name}” holds nobody with an image to judge on.")
    people, metrics = [], dict[str, list[float]]()
    for number, record in enumerate(firsts):
        stop_if_asked(should_stop)
        assert record.image is not None
        person = Abducted(model, read_dxa(record.image), record.attributes)
        people.append(person)
        for name, value in _image_metrics(person, chosen.residual).items():
            metrics.setdefault(name, []).append(value)
        on_progress(0.8 * number / len(firsts), f"{record.person}: {number + 1} of {len(firsts)}")
    means = {name: float(np.mean(values)) for name, values in metrics.items()}
    means |= effect_figures(people, residual=chosen.residual)
    table = follow_up_table(model, wanted)
    truths = chosen.counterfactuals or manifest.parent / COUNTERFACTUAL / MANIFEST
    if truths.is_file():
        means |= true_figures(people, firsts, read_records(truths, model.causal.graph)[0], residual=chosen.residual)
    return {
        "metrics": means | _follow_up_metrics(table),
        "follow_up": [each.to_json() for each in table],
        "lines": [each.line() for each in table],
        "count": len(firsts),
        "data": model.card.data,
    }


def follow_up_table(model: Chvae, records: Sequence[Record]) -> list[FollowUp]:
    """do(age = that of the repeat visit), against what was observed then; empty where fewer than three came twice."""
    firsts = {r.person: r for r in records if r.visit == 0}
    pairs = [(firsts[r.person], r) for r in records if r.visit == 1 and r.person in firsts]
    names = [name for name in MORPHOMETRY if name in model.causal.graph.names]
    if len(pairs) < 3:
        return []
    noise = model.causal.abduct(_table([a.attributes for a, _ in pairs]))
    after = model.causal.predict(noise, {"age": _table([b.attributes for _, b in pairs])["age"]})
    return [
        follow_up(
            name,
            [a.attributes[name] for a, _ in pairs],
            after[name].numpy(),
            [b.attributes[name] for _, b in pairs],
            unit=model.causal.graph.node(name).unit,
        )
        for name in names
    ]


def _image_metrics(person: Abducted, residual: bool | None) -> dict[str, float]:
    older = {"age": min(person.attributes["age"] + YEARS, person.model.causal.graph.node("age").high)}
    return {
        **picture_errors(person.view, person.reconstruction).to_json(),
        "composition": composition(person, residual=residual),
        "reversibility": reversibility(person, older, residual=residual),
        "identity": person.identity(person.do(**older).predict(residual=residual)),
    }


def _follow_up_metrics(table: Sequence[FollowUp]) -> dict[str, float]:
    short = {name: name.removeprefix("l1_l4_") for name in MORPHOMETRY}
    found: dict[str, float] = {}
    for each in table:
        name = short[each.name]
        found |= {
            f"r2_{name}": each.r2,
            f"r2_{name}_persistence": each.r2_persistence,
            f"icc_{name}": each.predicted.intraclass.value,
            f"icc_{name}_persistence": each.persistence.intraclass.value,
            f"mae_over_persistence_{name}": each.mae_ratio,
            f"sign_agreement_{name}": each.sign_agreement,
        }
    if table:
        found["sign_agreement"] = float(np.mean([each.sign_agreement for each in table]))
        found["mae_over_persistence"] = float(np.mean([each.mae_ratio for each in table]))
    return found


def _table(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    import torch

    return {name: torch.tensor([row[name] for row in rows], dtype=torch.float64) for name in rows[0]}
