"""Fill a small disk with entries: `python filling.py LEDGER` prints what was said when it was full, and what was left."""

from __future__ import annotations

import sys

from people import PROGRAMME, Clock, entry, logged, peopled

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record.audit import audit
from alliancelab.hours.record.ledger import Ledger


def main(path: str) -> None:
    """Log until nothing more fits."""
    kept: list[str] = []
    with Ledger.create(path, PROGRAMME, "A programme", Clock()) as ledger:
        peopled(ledger)
        try:
            for number in range(10_000):
                kept += logged(ledger, *(entry(f"2026-03-{1 + number % 15:02d}", 1) for _ in range(10)))
        except AllianceLabError as error:
            print(error)
    with Ledger.open(path, Clock()) as ledger:
        whole = list(ledger.log("ana").entries) == kept
        print("all there" if whole else "not the same", "sound" if audit(ledger).sound else "wrong", sep=", ")


if __name__ == "__main__":
    main(sys.argv[1])
