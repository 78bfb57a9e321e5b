"""California's policy for an LMFT, the longest of the eight, on a log made by hand that stands at all of its limits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from logbooks import entry, every, have, lost, outcome, spread, unmet

# 104 weeks from Sunday 2024-01-07 on, two halves of 52. Direct hours are more than ten in each week, so each holds two units:
#   before the degree  45,000 direct + 52 x 240 = 12,480 in groups     + 20,520 notes =  78,000 = 1,300 h
#   after it           60,000 direct + 52 x 120 =  6,240 individual    + 35,760 notes = 102,000 = 1,700 h
# direct 105,000 = 1,750 h, of them 30,000 = 500 h with families; non-clinical 75,000 = 1,250 h; in all 180,000 = 3,000 h.
EARLY, LATE = every(7, "2024-01-07", 52), every(7, "2025-01-05", 52)
BOTH = [*EARLY, *LATE]
BBS, APPLIED = "ca-bbs-lmft", {"application": "2026-06-01"}
UNSUPERVISED = "a week with too little supervision in its setting"


def before(direct=45_000, notes=20_520, groups=52 * 240, size=8):
    """The half before the degree."""
    log = spread(direct, EARLY, "client.individual") + spread(notes, EARLY, "indirect.notes")
    log += spread(groups, EARLY, "supervision.group", group_size=size)
    return [replace(one, phase="practicum", setting="clinic") for one in log]


def after(direct=30_000, families=30_000, notes=35_760, individual=52 * 120):
    """The half after it."""
    log = spread(direct, LATE, "client.individual") + spread(families - 15_000, LATE, "client.family")
    log += spread(10_000, LATE, "client.couple") + spread(5_000, LATE, "client.child")
    log += spread(notes, LATE, "indirect.notes") + spread(individual, LATE, "supervision.individual")
    return [replace(one, phase="associate", setting="clinic") for one in log]


def test_at_all_limits():
    """3,000 h, 1,750 direct, 500 of them with couples, families or children, 1,700 after the degree, 104 and 52 weeks."""
    told = outcome(BBS, before() + after(), **APPLIED)
    assert told.met
    assert {row.id: row.have for row in told.rows} == {
        "total": 180_000,
        "weeks": 104,
        "weeks-individual": 52,
        "direct": 105_000,
        "couples-families-children": 30_000,
        "after-the-degree": 102_000,
    }
    assert not told.not_counted


@pytest.mark.parametrize(
    ("early", "late", "missing"),
    [
        ({"notes": 20_519}, {}, ["total"]),
        ({}, {"notes": 35_759}, ["total", "after-the-degree"]),
        ({"notes": 20_521}, {"notes": 35_759}, ["after-the-degree"]),
        ({"direct": 44_999}, {}, ["total", "direct"]),
        ({}, {"direct": 30_001, "families": 29_999}, ["couples-families-children"]),
        # a minute more of notes does not make up for a minute of direct work: non-clinical is capped
        ({"direct": 44_999, "notes": 20_521}, {}, ["total", "direct"]),
    ],
)
def test_one_minute_below(early, late, missing):
    """Each sum, one minute below."""
    assert unmet(BBS, before(**early) + after(**late), **APPLIED) == missing


@pytest.mark.parametrize("kind", ["workshop", "supervision.triadic", "observation", "indirect"])
def test_non_clinical_is_at_most_1250_hours(kind):
    """Whatever is not direct is non-clinical; an hour of it more counts nothing, and is told."""
    log = [*before(), *after(), entry(LATE[3], kind, 60, phase="associate", setting="clinic")]
    told = outcome(BBS, log, **APPLIED)
    assert told.met
    assert [(one.reason, one.minutes) for one in told.not_counted] == [("more than 1,250 non-clinical hours", 60)]
    assert have(BBS, log, **APPLIED)["after-the-degree"] == 102_060  # those before the degree go first


def one(minutes, kind="supervision.individual", **more):
    """An entry on a Wednesday."""
    return entry("2025-01-08", kind, minutes, **more)


@pytest.mark.parametrize(
    ("direct", "supervision", "opened"),
    [
        (600, [one(60)], True),
        (600, [one(59)], False),
        (600, [one(30), one(30, "supervision.triadic", group_size=2)], True),
        (600, [one(120, "supervision.group", group_size=8)], True),
        (600, [one(119, "supervision.group", group_size=8)], False),
        (600, [one(60, "supervision.group", group_size=8)] * 2, True),
        (600, [one(120, "supervision.group", group_size=9)], False),
        (600, [one(30), one(60, "supervision.group", group_size=8)], False),  # no whole unit
        (601, [one(60)], False),  # more than ten hours: two units
        (601, [one(119)], False),
        (601, [one(120)], True),
        (601, [one(60), one(120, "supervision.group", group_size=8)], True),
        (601, [one(240, "supervision.group", group_size=8)], True),
        (601, [one(239, "supervision.group", group_size=8)], False),
        (600, [one(60, setting="school")], False),  # supervision in another setting
    ],
)
def test_a_week_counts_in_a_setting_with_enough_supervision(direct, supervision, opened):
    """One unit, two when direct hours exceed ten: 1 h individual or triadic, or 2 h in a group of up to 8."""
    log = [entry("2025-01-08", "client.individual", direct, setting="clinic")]
    log += [replace(one, setting=one.setting or "clinic") for one in supervision]
    told = outcome(BBS, log, **APPLIED)
    assert {row.id: row.have for row in told.rows}["direct"] == (direct if opened else 0)
    assert lost(BBS, log, **APPLIED).get(UNSUPERVISED, 0) >= (0 if opened else direct)


def test_each_setting_by_itself():
    """Ten hours in each of two settings ask for a unit in each; the week counts once."""
    log = [entry("2025-01-08", "client.individual", 600, setting=place) for place in ("clinic", "school")]
    log += [entry("2025-01-09", "supervision.individual", 60, setting=place) for place in ("clinic", "school")]
    assert have(BBS, log, **APPLIED)["direct"] == 1_200
    assert have(BBS, log, **APPLIED)["weeks"] == 1
    assert have(BBS, log[:-1], **APPLIED)["direct"] == 600


def test_a_week_begins_on_sunday():
    """Saturday's supervision is of the week before, Sunday's of its own."""
    client = entry("2025-01-08", "client.individual", 60)  # a Wednesday; its week is from the 5th to the 11th
    for day, counts in (("2025-01-04", 0), ("2025-01-05", 1), ("2025-01-11", 1), ("2025-01-12", 0)):
        told = have(BBS, [client, entry(day, "supervision.individual", 60)], **APPLIED)
        assert (told["direct"], told["weeks"]) == (60 * counts, 1)


def test_one_week_less():
    """A week whose supervision is a minute short is none of the 104, nor of the 52."""
    log = before() + after()
    short = [replace(one, minutes=119) if one.is_of("supervision") and one.date == LATE[-1] else one for one in log]
    told = have(BBS, short, **APPLIED)
    assert (told["weeks"], told["weeks-individual"]) == (103, 51)


def test_weeks_with_individual_or_triadic_supervision():
    """A week supervised in a group alone is one of the 104, not of the 52; an hour of triadic supervision makes it one."""
    for minutes, weeks in ((59, 0), (60, 1)):
        log = [one(120, "supervision.group", group_size=8), one(minutes, "supervision.triadic", group_size=2)]
        told = have(BBS, log, **APPLIED)
        assert (told["weeks"], told["weeks-individual"]) == (1, weeks)


def test_at_most_40_hours_a_week():
    """2,400 minutes of a week count; families first, then other direct hours, then the rest. The week stays a week."""
    base = [one(120), *(entry(day, "client.individual", 500) for day in ("2025-01-06", "2025-01-07", "2025-01-08"))]
    base.append(entry("2025-01-10", "client.family", 600))
    for notes, over in ((180, 0), (181, 1), (1_000, 820)):
        told = outcome(BBS, [*base, entry("2025-01-05", "indirect.notes", notes)], **APPLIED)
        found = {row.id: row.have for row in told.rows}
        assert (found["total"], found["direct"], found["couples-families-children"]) == (2_400, 2_100, 600)
        assert {lost.reason: lost.minutes for lost in told.not_counted} == (
            {"more than 40 hours in a week": over} if over else {}
        )
    much = [*base, *(entry(day, "client.family", 1_000) for day in ("2025-01-09", "2025-01-10"))]
    found = have(BBS, much, **APPLIED)
    assert (found["total"], found["couples-families-children"], found["weeks"]) == (2_400, 2_400, 1)
    assert found["weeks-individual"] == 1  # the cap took the hour of supervision, and left the week


@pytest.mark.parametrize(
    ("day", "counts"), [("2020-05-31", False), ("2020-06-01", True), ("2026-06-01", True), ("2026-06-02", False)]
)
def test_six_years_back_from_the_application(day, counts):
    """Six years ago to the day is inside; the day before it is not, nor is the day after the application."""
    log = [entry(day, "client.individual", 60), entry(day, "supervision.individual", 60)]
    assert have(BBS, log, **APPLIED)["total"] == (120 if counts else 0)


def test_after_the_degree_is_the_phase_associate():
    """Hours of another phase, or of none, are not taken for hours after the degree."""
    for phase, counted in (("associate", 120), ("practicum", 0), ("", 0)):
        log = [one(60, "client.individual", phase=phase), one(60, phase=phase)]
        assert have(BBS, log, **APPLIED)["after-the-degree"] == counted


def test_study_is_no_experience():
    """Private study does not count, and says so."""
    assert lost(BBS, [one(60), one(30, "study")], **APPLIED) == {"private study is not supervised experience": 30}
