"""What a run of the monkey found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from monkey_memory import Memory


@dataclass
class Report:
    """What a run found.

    Attributes:
        failures: By where they were raised: seed, step, what was done last, the error, and how often.
    """

    seed: int
    steps: int = 0
    seconds: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    failures: dict[str, dict[str, Any]] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    slowest: tuple[float, str] = (0.0, "")

    def fail(self, kind: str, text: str, step: int, recent: Sequence[str]) -> None:
        """Count a failure; the first of its kind is told in full."""
        told = {"seed": self.seed, "step": step, "count": 0, "error": text, "recent": list(recent)}
        self.failures.setdefault(kind, told)["count"] += 1

    def to_json(self) -> dict[str, Any]:
        """For a file."""
        return {
            "seed": self.seed,
            "minutes": round(self.seconds / 60, 2),
            "steps": self.steps,
            "actions": sum(self.done.values()),
            "actions_by_kind": dict(sorted(self.done.items())),
            "failures": sum(each["count"] for each in self.failures.values()),
            "failures_by_kind": self.failures,
            "memory": self.memory.to_json(),
            "slowest_step_s": round(self.slowest[0], 2),
            "slowest_step": self.slowest[1],
        }
