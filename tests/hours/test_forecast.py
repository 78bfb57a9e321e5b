"""A forecast: the log goes on at its pace, the policy counts it, and what to mind is said while there is time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from logbooks import entry
from making_policies import a_log, any_policy

from alliancelab import cli
from alliancelab.hours.entries import Entry
from alliancelab.hours.policy import policies
from alliancelab.hours.policy.counting import Claim, count
from alliancelab.hours.policy.forecast import Forecast, forecast
from alliancelab.hours.policy.policy import APPLICATION, Cap, Credit, Gate, Policy, Requirement, Unit, Which, Window

TODAY = date(2026, 11, 25)  # a Wednesday
CLIENT, SUPERVISION = Which(("client",)), Which(("supervision",))
DATES = {"qualified": date(2025, 2, 3), "application": date(2026, 1, 20)}


def asking(*requirements: Requirement, steps: tuple[Any, ...] = ()) -> Policy:
    """A policy that asks for these."""
    return Policy("own", "Own", "us", "here", date(2026, 1, 1), "read", steps, requirements)


def hours(of: Which, number: int, name: str = "hours", kind: str = "sum", **more: Any) -> Requirement:
    """So many hours."""
    return Requirement(name, name.capitalize(), kind, 60 * number, of, **more)


def weekly(weeks: int, *told: tuple[int, str, int], until: date = TODAY) -> list[Entry]:
    """The same on days (0: Monday) of this week and of so many before it, up to a day."""
    monday = until - timedelta(until.weekday())
    found = []
    for week in range(weeks, -1, -1):
        for day, category, minutes in told:
            found.append(entry(monday + timedelta(day - 7 * week), category, minutes))
    return [one for one in found if one.date <= until]


def ahead(policy: str | Policy, log: Iterable[Entry], today: date = TODAY, **dates: date) -> Forecast:
    """The forecast of a log, claimed whole."""
    found = policies.named(policy) if isinstance(policy, str) else policy
    return forecast(found, [Claim.whole(one, row) for row, one in enumerate(log, start=2)], today, **dates)


@settings(max_examples=40, deadline=None)
@given(any_policy, st.integers(0, 10**6), st.integers(0, 30))
def test_what_is_met_is_not_missing(policy, seed, size):
    """A requirement that is met today is expected today; where all are, nothing is asked for."""
    claims = a_log(seed, size, 120)
    told = forecast(policy, claims, date(2025, 5, 1), **DATES)
    for one in told.expected:
        assert not one.row.met or one.on == told.today
        assert one.on is None or one.on >= told.today
        assert one.until is None or (one.row.met and one.until > told.today)
    assert told.outcome == count(policy, claims, **DATES)
    if told.outcome.met:
        assert (told.on, told.asks) == (told.today, ())


@pytest.mark.parametrize("weeks", [3, 30])
def test_a_log_that_meets_the_policy_asks_for_nothing(weeks):
    """Neither with a pace nor with too little to tell."""
    log = [*weekly(weeks, (0, "client.individual", 50)), *[entry(TODAY, "client.family", 1_200)] * 5]
    told = ahead("cacrep-practicum", log)
    assert (told.outcome.met, told.on, told.asks, told.warnings) == (True, TODAY, (), ())


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["cacrep-practicum", "coamfte", "pacfa-clinical", "aca-level3", "bacp-accreditation"]),
    st.integers(0, 10**6),
    st.integers(0, 139),
)
def test_more_hours_are_never_later(name, seed, back):
    """One more hour with a client, on any day since the first, puts no sum off."""
    dice = Random(seed)
    regular = [
        (day, dice.choice(["client.family", "supervision.individual"]), 20 * dice.randint(1, 20)) for day in range(3)
    ]
    log = weekly(20, *regular)
    more = entry(TODAY - timedelta(back), dice.choice(["client.family", "supervision.individual"]), 60)
    dates = {"qualified": date(2026, 1, 1)}
    now, then = ahead(name, log, **dates), ahead(name, [*log, more], **dates)
    for one, other in zip(now.expected, then.expected, strict=True):
        if one.row.unit == "minutes" and one.on is not None:
            assert other.on is not None
            assert other.on <= one.on


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 20), st.integers(20, 60), st.sampled_from(["week", "month"]))
def test_the_day_is_the_first_on_which_it_is_met(seed, weeks, need, per):
    """As found by logging the last 12 weeks or 3 months anew, and asking the policy on every day."""
    assume(per == "week" or weeks > 13)
    dice = Random(seed)
    told_ = [(dice.randrange(7), "client.couple", dice.randint(30, 120)), (dice.randrange(7), "supervision", 45)]
    log = [one for one in weekly(weeks, *told_) if dice.random() < 0.9]
    assume(log and (TODAY - log[0].date).days > 34)
    gate = Gate(CLIENT, "g", per, (Unit(SUPERVISION, 45 if per == "week" else 120),))
    policy = asking(hours(CLIENT, need), steps=(gate,))
    told = ahead(policy, log)
    assert told.pace.per == per
    if per == "week":
        monday = TODAY - timedelta(TODAY.weekday())
        taken = min(12, (monday - (log[0].date - timedelta(log[0].date.weekday()))).days // 7)
        lately = [one for one in log if monday - timedelta(weeks=taken) <= one.date < monday]
        later = [
            replace(one, date=one.date + timedelta(weeks=taken * round_)) for round_ in range(1, 99) for one in lately
        ]
    else:
        lately = [one for one in log if (one.date.year, one.date.month) in ((2026, 8), (2026, 9), (2026, 10))]
        later = [replace(one, date=_months(one.date, 3 * round_)) for round_ in range(1, 25) for one in lately]
    to_come = [one for one in later if one.date > TODAY]
    for day in (TODAY + timedelta(number) for number in range(400)):
        claims = [Claim.whole(one) for one in (*log, *to_come) if one.date <= day]
        if count(policy, claims).met:
            assert told.on == day
            return
    assert told.on is None or told.on > day


def _months(day: date, months: int) -> date:
    """The same day so many months later, or the month's last."""
    month = day.month - 1 + months
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + month // 12, month % 12 + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


def test_how_the_pace_is_taken_is_said():
    """The last 12 whole weeks; where a policy looks at months the last 3 whole months; fewer where there are no more."""
    log = weekly(30, (0, "client.individual", 90))
    assert ahead("cacrep-practicum", log).pace.told == (
        "The pace is that of the last 12 whole weeks, 31 August 2026 to 22 November 2026: 1 h 30 min a week, "
        "all hours together. It is a guess, not a promise."
    )
    months = ahead("bacp-accreditation", log, qualified=date(2026, 1, 1)).pace
    assert (months.per, months.first, months.last) == ("month", date(2026, 8, 1), date(2026, 10, 31))
    sundays = ahead("ca-bbs-lmft", log).pace
    assert (sundays.first, sundays.last) == (date(2026, 8, 30), date(2026, 11, 21))
    assert ahead("cacrep-practicum", weekly(5, (0, "client", 90))).pace.number == 5


def test_with_too_little_to_tell_no_day_is_named():
    """Three whole weeks are too few, four are enough; a log that has stopped has no pace."""
    few, enough = (ahead("cacrep-practicum", weekly(weeks, (0, "client", 300))) for weeks in (3, 4))
    assert few.on is None
    assert few.pace.told == (
        "There are fewer than 4 whole weeks since the first hours: too little to tell when the policy will be met."
    )
    assert enough.on == date(2027, 3, 8)  # 5 hours on Mondays: 25 are there, and 15 Mondays follow
    stopped = ahead("cacrep-practicum", weekly(30, (0, "client", 60), until=date(2026, 8, 20)))
    assert stopped.on is None
    assert "Nothing was logged in the last 12 whole weeks" in stopped.pace.told
    nothing = ahead("cacrep-practicum", [])
    assert nothing.asks == ("Practicum hours in all: 100 h missing.", "Direct hours with clients: 40 h missing.")


def test_the_pace_heeds_a_limit():
    """Once 10 hours of supervision are reached, only the hour a week with clients brings anything."""
    policy = asking(hours(Which(), 30), steps=(Cap(SUPERVISION, "c", "log", 600),))
    log = weekly(4, (0, "client", 60), (1, "supervision", 120))
    told = ahead(policy, log)
    assert told.outcome.rows[0].have == 5 * 60 + 600
    assert told.on == TODAY - timedelta(2) + timedelta(weeks=15)


def test_what_comes_last_or_never_is_asked_for_first():
    """None of it lately, then the later day; what needs somebody else is marked so."""
    policy = asking(
        hours(CLIENT, 100, "clients"),
        hours(SUPERVISION, 60, "supervision"),
        hours(Which(("observation",)), 5, "watching"),
    )
    told = ahead(policy, weekly(20, (0, "client", 120), (1, "supervision", 60)))
    assert told.on is None
    assert told.asks == (
        "Watching: 5 h missing, and none of it in the last 12 weeks; it needs somebody else, so arrange it now.",
        "Supervision: 39 h missing, at this pace by 24 August 2027; it needs somebody else, so arrange it now.",
        "Clients: 58 h missing, at this pace by 14 June 2027.",
    )


def test_hours_that_a_gate_holds_back_are_asked_for_before_all():
    """And signatures before them; where time alone is missing, that is said."""
    log = weekly(20, (0, "client.individual", 120))
    claims = [Claim(one, 0 if row < 5 else one.minutes, row) for row, one in enumerate(log, start=2)]
    told = forecast(policies.named("bacp-accreditation"), claims, TODAY, qualified=date(2026, 1, 1))
    assert told.asks[:2] == (
        "A signature: 6 h that are logged are not signed yet.",
        "More supervision: 26 h of the last 3 months do not count (practice in a month with less than 1.5 hours of supervision).",
    )
    alone = ahead(asking(replace(hours(CLIENT, 1), kind="span", need=12)), weekly(20, (0, "client", 60)))
    assert alone.asks == ("Nothing: what is missing is time, until 12 July 2027.",)


def test_an_application_that_is_fixed_ends_what_counts():
    """Without a day the application is on the day on which all is met; with one, later hours do not count."""
    policy = asking(hours(CLIENT, 60), steps=(Window(APPLICATION, 6, "w"),))
    log = weekly(20, (0, "client", 120))
    assert ahead(policy, log).on == date(2027, 1, 25)
    assert ahead(policy, log, application=date(2027, 1, 25)).on == date(2027, 1, 25)
    late = ahead(policy, log, application=date(2027, 1, 24))
    assert (late.on, late.asks) == (None, ("Hours: 18 h missing, and at this pace not by the application.",))


def test_a_month_without_supervision_is_told_while_there_is_time():
    """Until the last day of the month; 89 minutes are too few, 90 are enough."""
    log = weekly(20, (0, "client.individual", 120), (0, "supervision.individual", 60))
    before = [one for one in log if one.date < date(2026, 11, 1)]
    client = entry("2026-11-16", "client.individual", 125)

    def told(*november: Entry) -> tuple[str, ...]:
        return ahead("bacp-accreditation", [*before, *november], qualified=date(2026, 1, 1)).warnings

    end = "unless there is enough by 30 November 2026 (practice in a month with less than 1.5 hours of supervision)."
    assert told(client) == (f"This month has no supervision yet: 2 h 5 min of it do not count, {end}",)
    few = told(client, entry("2026-11-17", "supervision.individual", 89))
    assert few == (f"This month has only 1 h 29 min of supervision: 2 h 5 min of it do not count, {end}",)
    assert told(client, entry("2026-11-17", "supervision.individual", 90)) == ()
    assert told() == ()


def test_a_week_is_told_by_its_setting():
    """A week of BBS's in one setting has its unit, in the other not; it ends on a Saturday."""
    week = [entry("2026-11-23", "client.individual", 60, setting=setting) for setting in ("clinic", "school")]
    told = ahead("ca-bbs-lmft", [*week, entry("2026-11-24", "supervision.individual", 60, setting="clinic")])
    assert told.warnings == (
        "This week has no supervision yet in school: 1 h of it do not count, unless there is enough by 28 November 2026 "
        "(a week with too little supervision in its setting).",
    )


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (539, ()),
        (540, ("In all 9 h of at most 10 h are reached; what is more does not count (c).",)),
        (600, ("In all 10 h of at most 10 h are reached; what is more does not count (c).",)),
        (601, ("In all 1 min are above a limit and do not count (c).",)),
    ],
)
def test_a_limit_that_is_near_or_passed_is_told(minutes, said):
    """From nine tenths of it on."""
    policy = asking(hours(CLIENT, 90), steps=(Cap(CLIENT, "c", "log", 600),))
    assert ahead(policy, [entry("2026-01-05", "client", minutes)]).warnings == said
    week = replace(policy, steps=(Cap(CLIENT, "c", "week", 600),))
    assert ahead(week, [entry("2026-11-20", "client", minutes)]).warnings == ()
    assert ahead(week, [entry("2026-11-23", "client", minutes)]).warnings == tuple(
        one.replace("In all", "This week") for one in said
    )


def test_hours_that_will_be_too_old_are_told():
    """Three months before, if the application is not fixed; and what is too old already."""
    policy = asking(hours(CLIENT, 90), steps=(Window(APPLICATION, 6, "outside the six years"),))
    log = [entry("2020-11-24", "client", 60), entry("2020-11-25", "client", 60), entry("2021-02-24", "client", 60)]
    told = ahead(policy, [*log, entry("2021-02-25", "client", 60)])
    assert told.warnings == (
        "1 h are too old already: outside the six years.",
        "Hours begin to be too old: whoever applies on 25 February 2027 loses 2 h, from 25 November 2020 on.",
    )
    assert ahead(policy, log, application=date(2026, 11, 24)).warnings == ()


def test_a_span_that_comes_near_its_end_and_an_average_that_falls_are_told():
    """The day from which on they are no longer met, if that is within a year or before all the rest is."""
    span = Requirement("most", "First to last day", "span", 6, CLIENT, at_most=True)
    log = weekly(20, (0, "client", 60))  # since Monday 6 July 2026
    told = ahead(asking(span, hours(CLIENT, 100)), log)
    assert (told.expected[0].until, told.on) == (date(2027, 1, 11), None)
    assert told.warnings == (
        "First to last day: 5 months of at most 6 months today, and at this pace no longer within from 11 January 2027 on.",
        "Not all is met at one time: by 29 May 2028, when the last is, another no longer is.",
    )
    average = Requirement("often", "Supervision", "average", 60, SUPERVISION, Which())
    falling = [*weekly(20, (0, "client", 60), (1, "supervision", 50)), entry("2026-07-07", "supervision", 300)]
    found = ahead(asking(average), falling)
    assert found.outcome.met
    assert found.expected[0].until is not None
    assert found.warnings[0].startswith(
        "Supervision: 1 h 4 min a week of at least 1 h a week today, and at this pace no longer"
    )
    assert ahead(asking(average), weekly(20, (0, "client", 60), (1, "supervision", 60))).warnings == ()


def test_parts_of_a_minute_are_told_whole():
    """A half of 45 minutes is told as 22."""
    credit = Credit(SUPERVISION, "half", (1, 2))
    gate = Gate(CLIENT, "g", "month", (Unit(SUPERVISION, 90),))
    log = [entry("2026-11-23", "client", 50), entry("2026-11-24", "supervision", 45)]
    assert "only 22 min of supervision" in ahead(asking(hours(CLIENT, 9), steps=(credit, gate)), log).warnings[0]


def run(capsys: pytest.CaptureFixture[str], *typed: object) -> tuple[int, str, str]:
    """What `alliancelab hours forecast TYPED` exits with and prints."""
    with pytest.raises(SystemExit) as left:
        cli.main(["hours", "forecast", *map(str, typed)])
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


def write(path, log):
    """A log as a CSV file."""
    rows = "".join(f"{one.date},{one.category},{one.minutes}\n" for one in log)
    path.write_text("date,category,minutes\n" + rows, encoding="utf-8")
    return path


def test_the_command(tmp_path, capsys):
    """It names the day, what to ask for first, how the pace was taken and how sure the policy is; 1 while it is not met."""
    log = write(tmp_path / "log.csv", weekly(5, (0, "client.individual", 300)))
    typed = [log, "--policy", "cacrep-practicum", "--today", "2026-11-25", "--picture", tmp_path / "far.png"]
    code, out, _ = run(capsys, *typed)
    assert code == 1
    for said in (
        "met by 1 March 2027 at this pace",
        "1. Practicum hours in all: 70 h missing",
        "How sure this policy is",
    ):
        assert said in " ".join(out.split())
    assert (tmp_path / "far.png").read_bytes().startswith(b"\x89PNG")
    assert "0 of 2 requirements met" in " ".join(out.split())


def test_the_command_as_json_and_its_exit_codes(tmp_path, capsys):
    """0 once it is met, 2 for a row of a day to come, for a policy that needs a date, and for a picture without a folder."""
    met = write(tmp_path / "met.csv", weekly(5, *((day, "client.individual", 1_000) for day in range(3))))
    code, out, _ = run(capsys, met, "--policy", "cacrep-practicum", "--today", "2026-11-25", "--json")
    told = json.loads(out)
    assert (code, told["met"], told["met_on"], told["ask_first"]) == (0, True, "2026-11-25", [])
    assert [one["met_on"] for one in told["requirements"]] == ["2026-11-25"] * 2
    assert told["pace"]["number"] == 5
    code, _, error = run(capsys, met, "--policy", "cacrep-practicum", "--today", "2026-11-20")
    assert (code, "is in the future" in error) == (2, True)
    code, _, error = run(capsys, met, "--policy", "pacfa-clinical", "--today", "2026-11-25")
    assert (code, "--qualified" in error) == (2, True)
    there = tmp_path / "none" / "far.png"
    code, _, error = run(capsys, met, "--policy", "cacrep-practicum", "--today", "2026-11-25", "--picture", there)
    assert (code, "cannot be written" in error) == (2, True)
