"""The eight policies on logs made by hand: at each limit it is met, one minute (or day, or week) below it is not."""

from __future__ import annotations

import pytest
from logbooks import entry, every, have, lost, outcome, spread, unmet

from alliancelab.hours.policy import policies
from alliancelab.hours.policy.counting import DateNeeded, count

IDS = ["aca-level3", "appic", "bacp-accreditation", "ca-bbs-lmft"]
IDS += ["cacrep-internship", "cacrep-practicum", "coamfte", "pacfa-clinical"]
ONE_DAY = every(1, "2026-01-05", 20)


def test_all_eight_are_there_and_say_where_they_come_from():
    """Every policy has a source, a date, how sure we are with its words, and what it does not model."""
    assert policies.names() == IDS
    for name in IDS:
        policy = policies.named(name)
        assert (bool(policy.source), bool(policy.url), str(policy.checked)) == (True, True, "2026-11-28")
        assert policy.how_sure == "read" or policy.sure_note
        assert any(note.startswith("Not modelled:") for note in policy.notes)
    sure = {name: policies.named(name).how_sure for name in IDS}
    assert [name for name in IDS if sure[name] == "read"] == ["aca-level3", "bacp-accreditation", "pacfa-clinical"]
    assert [name for name in IDS if sure[name] == "read in part"] == ["appic"]


@pytest.mark.parametrize("name", ["bacp-accreditation", "pacfa-clinical", "aca-level3", "ca-bbs-lmft"])
def test_a_date_that_a_policy_needs_is_asked_for(name):
    """Without the day of qualifying or of the application there is no answer, and the sentence says what to type."""
    wanted = "--application" if name == "ca-bbs-lmft" else "--qualified"
    with pytest.raises(DateNeeded, match=f"add {wanted} 2026-06-30"):
        count(policies.named(name), [])


# CACREP practicum: 100 h = 6,000 min, of them 40 h = 2,400 direct.


@pytest.mark.parametrize(
    ("client", "notes", "missing"),
    [(2400, 3600, []), (2399, 3601, ["direct"]), (2400, 3599, ["total"]), (2399, 3600, ["total", "direct"])],
)
def test_cacrep_practicum(client, notes, missing):
    """100 h in all, 40 of them direct."""
    log = spread(client, ONE_DAY, "client.individual") + spread(notes, ONE_DAY, "indirect.notes")
    assert unmet("cacrep-practicum", log) == missing
    log.append(entry("2026-02-02", "study", 60))  # private study makes up for nothing
    assert unmet("cacrep-practicum", log) == missing


# CACREP internship, 15 weeks: 600 h = 36,000 min; 240 h = 14,400 direct; 15 x 60 = 900 min individual or triadic and
# 15 x 90 = 1,350 min in a group; so 36,000 - 14,400 - 900 - 1,350 = 19,350 min of notes.

WEEKS = every(7, "2026-01-12", 15)  # Mondays


def internship(client=14_400, notes=19_350, one=900, group=1_350, when=WEEKS):
    """An internship at all of its limits."""
    log = spread(client, WEEKS, "client.individual") + spread(notes, WEEKS, "indirect.notes")
    return log + spread(one, when, "supervision.triadic") + spread(group, when, "supervision.group", group_size=6)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"notes": 19_349}, ["total"]),
        ({"client": 14_399, "notes": 19_351}, ["direct"]),
        ({"one": 899, "notes": 19_351}, ["individual-supervision"]),
        ({"group": 1_349, "notes": 19_351}, ["group-supervision"]),
        ({"one": 899, "group": 1_351}, ["individual-supervision"]),  # the one does not make up for the other
        ({"when": WEEKS[5:7]}, []),  # an average, not every week
    ],
)
def test_cacrep_internship(change, missing):
    """600 h, 240 direct; on average 1 h a week individual or triadic and 1.5 h in a group."""
    assert unmet("cacrep-internship", internship(**change)) == missing


def test_cacrep_internship_counts_every_week_from_the_first_to_the_last():
    """A sixteenth week lowers both averages, and so does a pause: 900 / 16 = 56.25 and 1,350 / 16 = 84.375."""
    for day in ("2026-04-27", "2026-05-03"):  # the Monday and the Sunday of week 16
        told = have("cacrep-internship", [*internship(), entry(day, "client.individual", 1)])
        assert (told["individual-supervision"], told["group-supervision"]) == (56, 84)
    told = have("cacrep-internship", [*internship(), entry("2026-05-04", "client.individual", 1)])
    assert told["individual-supervision"] == 52  # 900 / 17 = 52.9: week 16 is empty, and is a week


# BACP: 450 h = 27,000 min over 37 months, one entry of practice and 90 min of supervision on the 16th of each:
# 24 x 750 = 18,000 before qualifying; 12 x 690 + 720 = 9,000 = 150 h from the day of qualifying on.

SIXTEENTHS = [f"{2023 + month // 12}-{month % 12 + 1:02}-16" for month in range(37)]
QUALIFIED = {"qualified": "2025-01-16"}


def practice(last="2026-01-16", last_minutes=720, first_minutes=750):
    """Practice at all limits."""
    minutes = [first_minutes, *[750] * 23, *[690] * 12, last_minutes]
    days = [*SIXTEENTHS[:-1], last]
    return [entry(day, "client.individual", long) for day, long in zip(days, minutes, strict=True)]


def supervised(months=SIXTEENTHS):
    """An hour and a half in each of these months."""
    return [entry(day, "supervision.individual", 90) for day in months]


@pytest.mark.parametrize(
    ("change", "qualified", "missing"),
    [
        ({}, "2025-01-16", []),
        ({"first_minutes": 749}, "2025-01-16", ["practice"]),
        ({"last_minutes": 719}, "2025-01-16", ["practice", "after-qualifying"]),
        ({"first_minutes": 751, "last_minutes": 719}, "2025-01-16", ["after-qualifying"]),
        ({}, "2025-01-17", ["after-qualifying"]),  # the sixteenth was before: 9,000 - 690
        ({"last": "2026-01-15"}, "2025-01-16", ["at-least-3-years"]),
    ],
)
def test_bacp_at_its_limits(change, qualified, missing):
    """450 h, 150 of them after qualifying, over at least 3 years."""
    assert unmet("bacp-accreditation", practice(**change) + supervised(), qualified=qualified) == missing


@pytest.mark.parametrize(
    ("kind", "size", "sessions", "counts"),
    [
        ("individual", 1, [90], True),
        ("individual", 1, [89], False),
        ("individual", 1, [60, 30], True),
        ("group", 4, [180], True),  # half of 180
        ("group", 4, [179], False),
        ("triadic", 2, [180], True),
        ("triadic", 2, [179], False),
        ("group", 1, [180], True),  # names no size: a group of up to 4
        ("group", 1, [179], False),
        ("group", 5, [450], True),  # 450 / 5
        ("group", 5, [449], False),
        ("group", 6, [540], True),  # 540 / 6
        ("group", 6, [450], False),
        ("group", 3, [45] * 4, True),  # 4 x 22.5 = 90: halves of minutes are not lost
        ("group", 3, [45, 45, 45, 44], False),  # 67.5 + 22
    ],
)
def test_bacp_a_month_counts_with_an_hour_and_a_half_of_supervision(kind, size, sessions, counts):
    """After the credit for groups 90 minutes; below it nothing of the month's practice counts, and it is told why."""
    others = [day for day in SIXTEENTHS if day != "2024-03-16"]
    march = [entry("2024-03-02", f"supervision.{kind}", minutes, group_size=size) for minutes in sessions]
    log = [*practice(), *supervised(others), *march]
    told = have("bacp-accreditation", log, **QUALIFIED)
    assert told["practice"] == (27_000 if counts else 27_000 - 750)
    reason = "practice in a month with less than 1.5 hours of supervision"
    assert lost("bacp-accreditation", log, **QUALIFIED).get(reason, 0) == (0 if counts else 750)


def test_bacp_much_supervision_in_one_month_does_not_make_up_for_another():
    """The rule is for every month, no average and no sum."""
    others = [day for day in SIXTEENTHS if day != "2024-03-16"]
    log = [*practice(), *supervised(others), entry("2024-02-29", "supervision.individual", 1_000)]
    assert have("bacp-accreditation", log, **QUALIFIED)["practice"] == 26_250
    assert unmet("bacp-accreditation", log, **QUALIFIED) == ["practice"]


@pytest.mark.parametrize("kind", ["client.assessment", "client.helpline", "client.skills"])
def test_bacp_leaves_out_assessment_helpline_and_skills(kind):
    """One minute of them in place of practice is missing."""
    log = [*practice(first_minutes=749), entry("2023-01-16", kind, 60), *supervised()]
    assert unmet("bacp-accreditation", log, **QUALIFIED) == ["practice"]


def test_bacp_at_most_six_years():
    """The same day six years later is inside, the next day is not; practice that does not count stretches nothing."""
    later = [entry("2029-01-16", "supervision.individual", 90)]
    inside = [*practice(), *supervised(), *later, entry("2029-01-16", "client.individual", 50)]
    assert unmet("bacp-accreditation", inside, **QUALIFIED) == []
    over = [*practice(), *supervised(), *later, entry("2029-01-17", "client.individual", 50)]
    assert unmet("bacp-accreditation", over, **QUALIFIED) == ["at-most-6-years"]
    unsupervised = [*practice(), *supervised(), entry("2029-01-17", "client.individual", 50)]
    assert unmet("bacp-accreditation", unsupervised, **QUALIFIED) == []


# COAMFTE: 500 h = 30,000 min direct, 250 h = 15,000 relational, 100 h = 6,000 supervision, 50 h = 3,000 observable.


@pytest.mark.parametrize(
    ("individual", "family", "plain", "observable", "missing"),
    [
        (15_000, 15_000, 3_000, 3_000, []),
        (14_999, 15_000, 3_000, 3_000, ["direct"]),
        (15_001, 14_999, 3_000, 3_000, ["relational"]),
        (15_000, 15_000, 2_999, 3_000, ["supervision"]),
        (15_000, 15_000, 3_001, 2_999, ["observable"]),
    ],
)
def test_coamfte(individual, family, plain, observable, missing):
    """500 direct, 250 relational, 100 supervision, 50 with observable data."""
    days = every(7, "2025-01-06", 52)
    log = spread(individual, days, "client.individual") + spread(plain, days, "supervision.individual", group_size=2)
    log += spread(family - 5_000, days, "client.family") + spread(3_000, days, "client.couple")
    log += spread(2_000, days, "client.relational")
    log += spread(observable, days, "supervision.group", group_size=8, flags="observable")
    assert unmet("coamfte", log) == missing


@pytest.mark.parametrize(
    ("kind", "size", "counts"),
    [
        ("supervision.group", 8, True),
        ("supervision.group", 9, False),
        ("supervision.individual", 2, True),
        ("supervision.individual", 3, False),
        ("supervision.triadic", 2, True),
        ("client.group", 12, True),  # a group of clients may be larger
    ],
)
def test_coamfte_sizes(kind, size, counts):
    """Group supervision at most 8; individual means 1 or 2 supervisees."""
    told = outcome("coamfte", [entry("2026-01-05", kind, 60, group_size=size)])
    assert (told.counted, told.logged) == (60 if counts else 0, 60)


# APPIC, 40 weeks from 2025-09-01 to 2026-06-01 (both Mondays): 1,500 h = 90,000 min; 25 % = 22,500;
# 2 h a week = 40 x 120 = 4,800 min of individual supervision, more than 90,000 / 20 = 4,500.

FORTY = every(7, "2025-09-01", 40)


def year(client=22_500, one=4_800, notes=62_700, days=FORTY):
    """An APPIC internship."""
    log = spread(client, days, "client.individual") + spread(one, days, "supervision.individual")
    return log + [part for way in (0, 1) for part in spread(notes // 2 + notes % 2 * way, days, "indirect.notes")]


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"notes": 62_699}, ["total"]),  # 25 % of 89,999 is still there
        ({"client": 22_499, "notes": 62_701}, ["face-to-face"]),
        ({"one": 4_799, "notes": 62_701}, ["supervision-a-week"]),
        # 4,800 x 20 = 96,000: one minute more, and it is less than 1 h per 20 h; client 24,001 is more than 25 %
        ({"client": 24_001, "notes": 96_000 - 24_001 - 4_800}, []),
        ({"client": 24_001, "notes": 96_001 - 24_001 - 4_800}, ["supervision-per-20-hours"]),
    ],
)
def test_appic(change, missing):
    """1,500 h, a quarter face to face, individual supervision 1 h per 20 h and 2 h a week."""
    assert unmet("appic", year(**change)) == missing


def test_appic_nine_to_24_months():
    """The same day nine months later is nine months, the day before is not; 24 months are inside, a day more is not."""
    log = [one for one in year() if str(one.date) != "2026-06-01"]
    moved = [entry("2026-05-31", one.category, one.minutes) for one in year() if str(one.date) == "2026-06-01"]
    assert unmet("appic", log + moved) == ["at-least-9-months"]
    assert "at-most-24-months" not in unmet("appic", [*year(), entry("2027-09-01", "indirect.notes", 1)])
    assert "at-most-24-months" in unmet("appic", [*year(), entry("2027-09-02", "indirect.notes", 1)])


def test_appic_other_supervision_is_not_individual():
    """Triadic supervision is not counted as individual."""
    log = [*year(one=4_740), entry("2025-09-01", "supervision.triadic", 60)]
    assert unmet("appic", log) == ["supervision-a-week"]


# PACFA: 750 h = 45,000 min, 75 h = 4,500 min supervision, of them 37.5 h = 2,250 individual, over 2 years.

TWO_YEARS = [*every(7, "2024-01-08", 104), *every(1, "2026-01-08", 1)]
SINCE = {"qualified": "2024-01-08"}


def pacfa(client=45_000, one=2_250, group=2_250, days=TWO_YEARS):
    """Practice and supervision after qualifying."""
    log = spread(client, days, "client.individual") + spread(one, days, "supervision.individual")
    return log + spread(group, days, "supervision.group", group_size=6)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"client": 44_999}, ["practice"]),
        ({"group": 2_249}, ["supervision"]),
        ({"one": 2_249, "group": 2_251}, ["individual-supervision"]),
        ({"group": 20_000}, []),  # half of the minimum, not of what was done
        ({"days": [*TWO_YEARS[:-1], *every(1, "2026-01-07", 1)]}, ["at-least-2-years"]),
    ],
)
def test_pacfa(change, missing):
    """750 h practice, 75 h supervision, 37.5 of them individual, over 2 years."""
    assert unmet("pacfa-clinical", pacfa(**change), **SINCE) == missing


def test_pacfa_nothing_before_qualifying_counts():
    """The day of qualifying counts, the day before does not."""
    log = [entry(day, "client.individual", 60) for day in ("2024-01-07", "2024-01-08")]
    assert have("pacfa-clinical", log, **SINCE)["practice"] == 60
    assert lost("pacfa-clinical", log, **SINCE) == {"before qualifying": 60}


# ACA: 75 h of supervision = 4,500 min, at most 60 min a week, once a month 120 in one session.


def aca(sessions):
    """Practice at its limit, and these sessions of supervision: (day, minutes)."""
    log = spread(45_000, TWO_YEARS, "client.individual")
    return log + [entry(day, "supervision.individual", minutes) for day, minutes in sessions]


def test_aca_an_hour_a_week():
    """75 weeks of an hour are 75 h; one of 59 minutes, and a minute is missing that no longer session makes up for."""
    weekly = [(day, 60) for day in TWO_YEARS[:75]]
    assert unmet("aca-level3", aca(weekly), **SINCE) == []
    short = [(TWO_YEARS[0], 59), *weekly[1:]]
    assert unmet("aca-level3", aca(short), **SINCE) == ["supervision"]
    twice = [*short, (weekly[1][0], 60)]  # a second hour in a week: no block, and beyond the week's hour
    assert unmet("aca-level3", aca(twice), **SINCE) == ["supervision"]
    reason = "more than 1 hour of supervision in a week, or than one block of 2 hours in a month"
    assert lost("aca-level3", aca(twice), **SINCE) == {reason: 60}


@pytest.mark.parametrize(
    ("sessions", "counted"),
    [
        ([("2024-08-07", 120)], 120),
        ([("2024-08-07", 121)], 120),
        ([("2024-08-07", 60), ("2024-08-08", 60)], 60),  # two sessions are no block
        ([("2024-08-07", 120), ("2024-08-21", 120)], 180),  # one block a month: 120 + 60
        ([("2024-08-07", 90), ("2024-08-21", 120)], 180),  # the longer is the block: 60 + 120
        ([("2024-07-31", 120), ("2024-08-07", 120)], 240),  # two months
        ([("2024-07-31", 120), ("2024-08-01", 120)], 120),  # two months and one week, which takes one
        # a month whose longest session shares a week with another month's block has its own elsewhere
        ([("2024-07-31", 120), ("2024-08-01", 120), ("2024-08-14", 120)], 240),
        ([("2024-08-07", 120), ("2024-08-08", 60)], 120),  # nothing beside the block
        ([("2024-01-06", 120), ("2024-01-08", 60)], 60),  # the day before qualifying takes no block away
    ],
)
def test_aca_one_block_a_month(sessions, counted):
    """Once in a calendar month a session of up to 2 hours stands for its week."""
    assert have("aca-level3", aca(sessions), **SINCE)["supervision"] == counted


def test_aca_the_block_is_what_counts_of_its_week():
    """The earlier session of that week is what does not count, and is told."""
    log = [entry("2024-08-07", "supervision.individual", 60), entry("2024-08-08", "supervision.group", 120)]
    assert [one.rows for one in outcome("aca-level3", log, **SINCE).not_counted] == [((2, 60),)]


def test_aca_practice_and_years():
    """750 h of practice without a cap, and two years to the day."""
    weekly = [entry(day, "supervision.individual", 60) for day in TWO_YEARS[:75]]
    log = spread(44_999, TWO_YEARS, "client.individual") + weekly
    assert unmet("aca-level3", log, **SINCE) == ["practice"]
    days = [*TWO_YEARS[:-1], *every(1, "2026-01-07", 1)]
    assert unmet("aca-level3", spread(45_000, days, "client.individual") + weekly, **SINCE) == ["at-least-2-years"]
