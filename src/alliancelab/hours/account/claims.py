"""What a ledger's logs claim: of each entry the minutes that a supervisor has signed, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alliancelab.hours.policy import counting
from alliancelab.hours.policy.counting import Claim
from alliancelab.hours.policy.policy import Policy
from alliancelab.hours.record.rules import Log


def of(log: Log) -> list[Claim]:
    """The claims of a log; a row's number is its place among the entries that stand, from 1 on."""
    return [Claim(one.entry, one.approved or 0, row) for row, one in enumerate(log.entries.values(), start=1)]


def waiting(log: Log) -> int:
    """The minutes that nobody has signed or declined yet."""
    return sum(one.entry.minutes for one in log.entries.values() if one.approved is None and not one.declined)


@dataclass(frozen=True)
class Reached:
    """How far somebody has reached a requirement, in its unit."""

    id: str
    title: str
    have: int
    need: int
    met: bool


@dataclass(frozen=True)
class Standing:
    """How far somebody is by a policy: each requirement, and the minutes that wait for a signature."""

    trainee: str
    requirements: tuple[Reached, ...]
    waiting: int

    @property
    def met(self) -> bool:
        """Whether every requirement is."""
        return all(one.met for one in self.requirements)

    @property
    def missing(self) -> list[str]:
        """The titles of the requirements that are not met."""
        return [one.title for one in self.requirements if not one.met]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        told = [{"id": one.id, "have": one.have, "need": one.need, "met": one.met} for one in self.requirements]
        return {"trainee": self.trainee, "met": self.met, "waiting": self.waiting, "requirements": told}


def of_everybody(policy: Policy, logs: Mapping[str, Log], dates: Mapping[str, date | None]) -> list[Standing]:
    """How far each of many people is, by name; counted all at once."""
    from alliancelab.hours.policy import columns, many

    table = columns.table({name: of(log) for name, log in logs.items()})
    nothing = counting.count(policy, (), **dates).rows
    found = {(name, row.id): (row.have, row.met) for name in logs for row in nothing}
    if len(table):
        counted = many.count(policy, table, **dates)
        for name, id_, have, met in zip(
            *(counted[column].tolist() for column in ("trainee", "requirement", "have", "met")), strict=True
        ):
            found[name, id_] = (have, met)
    return [
        Standing(
            name,
            tuple(
                Reached(row.id, row.title, found[name, row.id][0], row.need, found[name, row.id][1]) for row in nothing
            ),
            waiting(log),
        )
        for name, log in sorted(logs.items())
    ]
