"""Lawful erasure: what a programme takes out of the ledger for good, and how that is recorded.

The bodies go, with their salts; that they were there, when, and who signed what, stays in the chain, which still audits.
Hours that are erased count no longer, also where a certificate stands on them: the certificate shows what was so on its
day. A PostgreSQL server keeps what it deleted until it vacuums, and any database keeps it in its copies: erase there, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import records
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Event
from alliancelab.hours.record.signing import Key


def entries_of(ledger: Ledger, trainee: str) -> list[str]:
    """The versions of all entries and amendments of a trainee that have a body yet, those that stand no more included."""
    kinds = (records.ENTRY, records.AMENDMENT)
    return [event.commitment for event in ledger.events(trainee) if event.kind in kinds and event.body is not None]


def names_of(ledger: Ledger, person: str) -> list[str]:
    """The records that say what a person is called."""
    return [one for one, (who, _) in ledger.register().said.items() if who == person]


def meant(ledger: Ledger, trainee: str, beginnings: Sequence[str]) -> list[str]:
    """The versions that are meant by their beginnings, each with the versions that it amended.

    Raises `AllianceLabError` where one means none, or several.
    """
    there, replaced = entries_of(ledger, trainee), ledger.log(trainee).replaced
    found: dict[str, None] = {}
    for beginning in beginnings:
        some = [one for one in there if one.startswith(beginning.lower())]
        if len(some) != 1 or not beginning:
            raise AllianceLabError(
                f"'{beginning[:64]}' means {len(some)} entries of {trainee}; write as much of the version as means one"
            )
        version: str | None = some[0]
        while version is not None:  # an entry is gone only once its earlier versions are
            if version in there:
                found[version] = None
            version = replaced.get(version)
    return list(found)


def erase(ledger: Ledger, key: Key, chain: str, commitments: Sequence[str], ground: str) -> list[Event]:
    """Erase bodies of a chain, on a ground of `codes.ERASURES`; recorded and done at once, or not at all.

    Raises `records.Refused`, as for anything but entries, amendments and names.
    """
    said = records.draft(records.ERASURE, {"commitments": list(commitments), "ground": ground})
    return ledger.append(records.submit(key, ledger.id, chain, [said]))
