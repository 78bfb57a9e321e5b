"""What no log could ever meet, or what cannot be meant, in a policy whose every value is right by itself."""

from __future__ import annotations

from collections.abc import Iterator

from alliancelab.hours.policy.policy import (
    LOG,
    SHARE,
    SPAN,
    SUM,
    Cap,
    Exclude,
    Policy,
    Requirement,
    Step,
    Which,
    is_among,
)


def wrong(policy: Policy) -> Iterator[tuple[Step | Requirement, str]]:
    """Each contradiction, with the step or the requirement in which it is to be mended."""
    yield from _twice(policy)
    for wanted in policy.requirements:
        if wanted.kind == SHARE and not within(wanted.which, wanted.among):
            yield wanted, "`of` is no part of `among`, so it is no share of it; name in `among` what it is a part of"
        for step in policy.steps:
            if isinstance(step, Exclude) and within(wanted.which, step.which) and not wanted.at_most:
                yield wanted, "asks for what an [[exclude]] takes out; change one of them"
            if _closed(step, wanted):
                yield (
                    wanted,
                    f"asks for {wanted.need:,} minutes, and a [[cap]] lets fewer count; ask for less, or raise the cap",
                )


def _closed(step: Step, wanted: Requirement) -> bool:
    """Whether a cap on the whole log lets less count than is asked for."""
    if not isinstance(step, Cap) or step.per != LOG or wanted.kind != SUM or wanted.at_most:
        return False
    return wanted.need > step.most and within(wanted.which, step.which)


def _twice(policy: Policy) -> Iterator[tuple[Step | Requirement, str]]:
    """An id that stands twice, and two bounds of the same thing that leave nothing between them."""
    for number, wanted in enumerate(policy.requirements):
        for before in policy.requirements[:number]:
            if wanted.id == before.id:
                yield wanted, f"the id '{wanted.id}' stands twice; give each requirement its own"
            low, high = (before, wanted) if wanted.at_most else (wanted, before)
            same = (low.kind, low.which, low.among, low.since) == (high.kind, high.which, high.among, high.since)
            if same and low.kind in (SUM, SHARE, SPAN) and high.at_most and not low.at_most and low.need > high.need:
                yield wanted, f"at least {low.need} and at most {high.need} leave nothing between; mend one of them"


def within(inner: Which, outer: Which) -> bool:
    """Whether all that the one looks at is looked at by the other, as far as their words tell.

    >>> within(Which(("client.family",)), Which(("client",))), within(Which(("client",)), Which(("client.family",)))
    (True, False)
    """
    inside = not outer.of or (inner.of and all(is_among(one, outer.of) for one in inner.of))
    kept = all(is_among(one, inner.but) for one in outer.but) or (
        inner.of and not any(is_among(one, (mine,)) or is_among(mine, (one,)) for one in outer.but for mine in inner.of)
    )
    people = outer.people_from <= inner.people_from and (
        outer.people_to is None or (inner.people_to is not None and inner.people_to <= outer.people_to)
    )
    return bool(inside and kept and people and outer.flag in ("", inner.flag) and outer.phase in ("", inner.phase))
