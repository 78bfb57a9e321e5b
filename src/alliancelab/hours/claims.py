"""What a ledger's logs claim: of each entry the minutes that a supervisor has signed, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alliancelab.hours import counting
from alliancelab.hours.counting import Claim, Row
from alliancelab.hours.policy import Policy
from alliancelab.hours.rules import Log


def of(log: Log) -> list[Claim]:
    """The claims of a log; a row's number is its place among the entries that stand, from 1 on."""
    return [Claim(one.entry, one.approved or 0, row) for row, one in enumerate(log.entries.values(), start=1)]


def waiting(log: Log) -> int:
    """The minutes that nobody has signed or declined yet."""
    return sum(one.entry.minutes for one in log.entries.values() if one.approved is None and not one.declined)


@dataclass(frozen=True)
class Standing:
    """How far somebody is by a policy: a row for each requirement, and the minutes that wait for a signature."""

    trainee: str
    rows: tuple[Row, ...]
    waiting: int

    @property
    def met(self) -> bool:
        """Whether every requirement is."""
        return all(row.met for row in self.rows)

    @property
    def missing(self) -> list[str]:
        """The titles of the requirements that are not met."""
        return [row.title for row in self.rows if not row.met]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values, in minutes."""
        told = [{"id": row.id, "have": row.have, "need": row.need, "met": row.met} for row in self.rows]
        return {"trainee": self.trainee, "met": self.met, "waiting": self.waiting, "requirements": told}


def of_everybody(policy: Policy, logs: Mapping[str, Log], dates: Mapping[str, date | None]) -> list[Standing]:
    """How far each of many people is, by name."""
    return [
        Standing(name, counting.count(policy, of(log), **dates).rows, waiting(log))
        for name, log in sorted(logs.items())
    ]
