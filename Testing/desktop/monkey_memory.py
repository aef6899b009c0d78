"""How much memory the window's process and its worker hold, looked at now and then."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident_mib(pid: int | None) -> float | None:
    """Resident memory of a process in MiB; None where it cannot be told."""
    statm = Path(f"/proc/{pid}/statm")
    return round(int(statm.read_text().split()[1]) * PAGE / 2**20, 1) if pid and statm.exists() else None


@dataclass
class Memory:
    """Looks at one process and its worker.

    Attributes:
        looks: Seconds since the beginning, MiB of the window's process, MiB of the worker.
    """

    looks: list[tuple[float, float | None, float | None]] = field(default_factory=list)

    def look(self, passed_s: float, worker_pid: int | None) -> None:
        """Note what is held now that Python has let go of what nobody needs."""
        gc.collect()
        self.looks.append((round(passed_s, 1), resident_mib(os.getpid()), resident_mib(worker_pid)))

    def growth_percent(self) -> float | None:
        """Of the window's process, from the first look to the last."""
        if len(self.looks) < 2 or not self.looks[0][1] or not self.looks[-1][1]:
            return None
        return round(100 * (self.looks[-1][1] / self.looks[0][1] - 1), 1)

    def to_json(self) -> dict[str, Any]:
        """For a file."""
        return {"looks_s_window_mib_worker_mib": self.looks, "window_growth_percent": self.growth_percent()}
