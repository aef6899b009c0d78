"""Fit and test the decision “accepted or doubtful” and the standard deviations on registrations with known truth.

    python benchmarks/registration_decision.py --cases /tmp/cases.jsonl --make fit:0:30 --make test:0:30 --fit

makes X-rays 0 to 29 of the group “fit” and as many of the group “test”, and appends each registration to the first file
as it ends; X-rays that it holds are not made again. Then it fits to the one group, tests on the other and writes
`bonedensity/registration/decision.json` and the figures and pictures in `benchmarks/results`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, nargs="+", required=True, help="JSON lines, one registration each")
    parser.add_argument("--make", action="append", default=[], metavar="GROUP:FIRST:END", help="X-rays to make")
    parser.add_argument("--minutes", type=float, default=60.0, help="stop making cases after this time")
    parser.add_argument("--proper", action="store_true", help="make only registrations that should succeed")
    parser.add_argument("--spines", action="store_true", help="make only the vertebrae other than L4")
    parser.add_argument("--fit", action="store_true", help="fit, test, write")
    chosen = parser.parse_args()
    ends_at = time.monotonic() + 60 * chosen.minutes
    for span in chosen.make:
        make(chosen.cases[0], span, ends_at, proper=chosen.proper, spines=chosen.spines)
    if chosen.fit:
        from decision_fit import fit_and_write

        rows = [row for file in chosen.cases for row in read(file)]
        fit_and_write(rows, " ".join(["python benchmarks/registration_decision.py", *sys.argv[1:]]))
    return 0


def make(file: Path, span: str, ends_at: float, *, proper: bool, spines: bool) -> None:
    from decision_cases import cases

    group, first, end = span.split(":")
    done = {(row["group"], row["number"]) for row in read(file)}
    for number in range(int(first), int(end)):
        if (group, number) in done:
            continue
        if time.monotonic() > ends_at:
            print("\nThe time is over.", file=sys.stderr)
            return
        for row in cases(group, number, proper=proper, spines=spines):
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")
        print(f"\r{group}, X-ray {number + 1} of {end}", end="", file=sys.stderr)


def read(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


if __name__ == "__main__":
    sys.exit(main())
