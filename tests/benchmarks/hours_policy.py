"""A policy over 1,000,000 entries of 1,000 trainees: `hours.many` beside a query that was written by hand for the one policy.

All three give the same answers: the two fast ones are compared for every trainee, and with the plain evaluator, which is
the reference, for each trainee of a sample.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from alliancelab.hours.policy import columns, counting, many, policies

ENTRIES, TRAINEES, SAMPLE = 1_000_000, 1_000, 100
SEED, RUNS = 20261128, 5
FIRST, DAYS = date(2023, 1, 2), 1_300
QUALIFIED, APPLICATION = date(2023, 9, 1), date(2029, 3, 1)
# category: how often, how long (minutes, evenly), and up to how many people share it
CATEGORIES = {
    "client.individual": (33, (50, 240), 1),
    "client.couple": (11, (60, 240), 1),
    "client.family": (10, (60, 240), 1),
    "client.child": (5, (50, 100), 1),
    "client.assessment": (2, (60, 180), 1),
    "client.helpline": (2, (60, 240), 1),
    "supervision.individual": (18, (60, 90), 1),
    "supervision.triadic": (3, (60, 90), 2),
    "supervision.group": (6, (90, 150), 10),
    "indirect.notes": (6, (60, 480), 1),
    "observation": (3, (60, 180), 1),
    "workshop": (3, (180, 480), 1),
    "study": (2, (60, 240), 1),
}

BBS = """
with inside as (
    select *, date - dayofweek(date)::int as week,
        starts_with(category, 'client') as direct,
        category in ('client.couple', 'client.family', 'client.relational', 'client.child') as relational,
        category in ('supervision.individual', 'supervision.triadic') as individual
    from (select trainee, date::date as date, category::varchar as category, minutes, group_size,
          phase::varchar as phase, setting::varchar as setting from log)
    where category <> 'study' and not (starts_with(category, 'supervision') and group_size > 8)
        and date between date '2023-03-01' and date '2029-03-01'
),
opened as (
    select trainee, week, setting from inside group by all
    having coalesce(sum(minutes) filter (individual), 0) // 60 + coalesce(sum(minutes) filter (category = 'supervision.group'), 0) // 120
        >= case when sum(minutes) filter (direct) > 600 then 2 else 1 end
),
gated as (select * from inside semi join opened using (trainee, week, setting)),
weeks as (
    select trainee, count(*) as weeks, count(*) filter (individual >= 60) as "weeks-individual"
    from (select trainee, week, sum(minutes) filter (individual) as individual from gated group by all) group by trainee
),
by_week as (
    select *, greatest(0, least(minutes, 2400 - coalesce(sum(minutes) over (
        partition by trainee, week
        order by case when category = 'client.couple' then 0 when category = 'client.family' then 1
                      when category = 'client.child' then 3 when direct then 4 else 5 end,
            phase <> 'associate', date, category, setting, group_size, phase, minutes
        rows between unbounded preceding and 1 preceding), 0))) as time
    from gated
),
by_log as (
    select *, case when direct then time else greatest(0, least(time, 75000 - coalesce(sum(time) over (
        partition by trainee, direct
        order by phase <> 'associate', date, category, setting, group_size, phase, minutes, time
        rows between unbounded preceding and 1 preceding), 0))) end as kept
    from by_week
)
select trainee, coalesce(sum(kept), 0)::bigint as total, coalesce(any_value(weeks), 0) as weeks,
    coalesce(any_value("weeks-individual"), 0) as "weeks-individual",
    coalesce(sum(kept) filter (direct), 0)::bigint as direct,
    coalesce(sum(kept) filter (relational), 0)::bigint as "couples-families-children",
    coalesce(sum(kept) filter (phase = 'associate'), 0)::bigint as "after-the-degree"
from (select distinct trainee from log) left join by_log using (trainee) left join weeks using (trainee)
group by trainee order by trainee
"""


def a_table(entries: int = ENTRIES, trainees: int = TRAINEES) -> pd.DataFrame:
    """Logs of so many trainees: the same each time."""
    chance = np.random.default_rng(SEED)
    often, long, people = (np.array(one) for one in zip(*CATEGORIES.values(), strict=True))
    kind = chance.choice(len(CATEGORIES), entries, p=often / often.sum())
    day = chance.integers(0, DAYS, entries)
    busy = chance.uniform(0.1, 2.6, trainees)
    names = [f"trainee-{number:04}" for number in range(trainees)]
    return pd.DataFrame(
        {
            "trainee": pd.Categorical.from_codes(chance.choice(trainees, entries, p=busy / busy.sum()), names),
            "date": (np.datetime64(FIRST) + day).astype("datetime64[s]"),
            "category": pd.Categorical.from_codes(kind, list(CATEGORIES)),
            "minutes": chance.integers(long[kind, 0], long[kind, 1] + 1),
            "group_size": chance.integers(1, people[kind] + 1),
            "phase": pd.Categorical.from_codes((day > DAYS // 4).astype(int), ["practicum", "associate"]),
            "setting": pd.Categorical.from_codes((chance.random(entries) < 0.05).astype(int), ["clinic", "school"]),
        }
    )


def bbs_in_duckdb(log: pd.DataFrame) -> pd.DataFrame:
    """California's rules as a query: a row for each trainee."""
    with duckdb.connect() as connection:
        connection.register("log", log)
        return connection.sql(BBS).df().set_index("trainee")


def bacp_in_pandas(log: pd.DataFrame) -> pd.DataFrame:
    """BACP's rules in pandas, which is faster at them than DuckDB: a row for each trainee."""
    month = log["trainee"].cat.codes.astype("int64") * 100_000 + log["date"].dt.year * 12 + log["date"].dt.month
    supervised = log["category"].isin(["supervision.individual", "supervision.triadic", "supervision.group"])
    sessions = log[supervised]
    people, grouped = sessions["group_size"], sessions["category"] != "supervision.individual"
    half = (people <= 4) & (grouped | (people >= 2))
    # in 2,520ths of a minute, in which every group of up to 10 has whole shares
    credit = sessions["minutes"] * np.where(half, 1_260, 2_520 // people)
    enough = credit.groupby(month[supervised]).sum()
    of_clients = ["client.individual", "client.couple", "client.family", "client.child"]
    practice = log[log["category"].isin(of_clients) & month.isin(enough.index[enough >= 90 * 2_520])]
    of_each = practice.groupby("trainee", observed=False)
    later = practice[practice["date"] >= pd.Timestamp(QUALIFIED)].groupby("trainee", observed=False)["minutes"].sum()
    first, last = of_each["date"].min(), of_each["date"].max()
    months = (last.dt.year - first.dt.year) * 12 + last.dt.month - first.dt.month - (last.dt.day < first.dt.day)
    over = last.dt.day != first.dt.day
    return pd.DataFrame(
        {
            "practice": of_each["minutes"].sum(),
            "after-qualifying": later,
            "at-least-3-years": months.fillna(0).astype(int),
            "at-most-6-years": (months + over).fillna(0).astype(int),
        }
    )


BY_HAND: tuple[tuple[str, Callable[[pd.DataFrame], pd.DataFrame], dict[str, date]], ...] = (
    ("bacp-accreditation", bacp_in_pandas, {"qualified": QUALIFIED}),
    ("ca-bbs-lmft", bbs_in_duckdb, {"application": APPLICATION}),
)


def main() -> None:
    """Print seconds and ratios; say so where the answers differ."""
    table = a_table()
    for name, hand, dates in BY_HAND:
        policy = policies.named(name)
        ours, told = _timed(lambda policy=policy, dates=dates: many.count(policy, table, **dates))
        theirs, other = _timed(lambda hand=hand: hand(table))
        have = told.pivot(index="trainee", columns="requirement", values="have")
        same = (have.to_numpy() == other.loc[have.index, have.columns].to_numpy()).all()
        plain, agrees = _reference(policy, table, told, dates)
        met = told["met"].groupby(told["trainee"]).all().sum()
        print(
            f"{name + f', {len(table):,} entries':<40} {ours:6.2f} s   by hand {theirs:6.2f} s   "
            f"{ours / theirs:5.2f} times as long   the plain evaluator {plain:6.1f} s   {met} of {len(have)} meet it"
            f"{'' if same else '   DIFFERENT ANSWERS'}{'' if agrees else '   OTHER THAN THE REFERENCE'}"
        )


def _reference(
    policy: policies.Policy, table: pd.DataFrame, told: pd.DataFrame, dates: dict[str, date]
) -> tuple[float, bool]:
    """How long the plain evaluator takes for all, by a sample, and whether it agrees for everybody in the sample."""
    some = told["trainee"].drop_duplicates().sample(SAMPLE, random_state=SEED)
    claims = columns.claims(table[table["trainee"].isin(some)])
    begun = time.perf_counter()
    rows = {name: counting.count(policy, of_one, **dates).rows for name, of_one in claims.items()}
    took = (time.perf_counter() - begun) * TRAINEES / SAMPLE
    plain = {(name, row.id): (row.have, row.need, row.met) for name, of_one in rows.items() for row in of_one}
    fast = {(row.trainee, row.requirement): (row.have, row.need, row.met) for row in told.itertuples()}
    return took, all(fast[key] == row for key, row in plain.items())


def _timed(call: Callable[[], pd.DataFrame]) -> tuple[float, pd.DataFrame]:
    """The median of some runs, after one to warm up, and what came of the last."""
    call()
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        found = call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times), found


if __name__ == "__main__":
    sys.exit(main())
