"""The measures, each beside a second implementation or a published table, and what must hold for any ratings."""

from __future__ import annotations

import warnings
from itertools import pairwise
from statistics import stdev

import krippendorff
import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import f as f_distribution
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from alliancelab.errors import AllianceLabError
from alliancelab.measures import (
    Agreement,
    Drop,
    Scale,
    cohen_kappa,
    drop,
    icc,
    krippendorff_alpha,
    mean_with_missing,
    reliable_change,
    ruptures,
    subscale_table,
    subscales,
    weighted_kappa,
)
from alliancelab.measures.change import CANNOT_TELL, DOWN, UP
from alliancelab.measures.quantiles import f_quantile

# Shrout & Fleiss (1979), table 2: six targets, four judges; what table 4 makes of it.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]

HOUR = Scale(
    "hour", (1, 5), {"bond": ("1", "4"), "goals": ("2", "5"), "tasks": ("3", "6")}, frozenset({"4", "6"}), least=2
)

ratings = st.integers(0, 10)
two_raters = st.integers(2, 40).flatmap(lambda n: st.tuples(*[st.lists(ratings, min_size=n, max_size=n)] * 2))


@st.composite
def tables(draw: st.DrawFn, gaps: bool = False) -> list[list[int | None]]:
    """Cases by raters."""
    wide = draw(st.integers(2, 5))
    cell = st.none() | ratings if gaps else ratings
    return draw(st.lists(st.lists(cell, min_size=wide, max_size=wide), min_size=3, max_size=25))


def same(one: Agreement, other: Agreement) -> bool:
    """Whether two agreements are one, but for rounding."""
    return one.n == other.n and all(
        (a is None and b is None) or a == pytest.approx(b, abs=1e-9)
        for a, b in ((one.value, other.value), (one.low, other.low), (one.high, other.high))
    )


def whole(found: Agreement) -> bool:
    """Whether there is a value inside its interval, or None and the reason."""
    if found.value is None:
        return bool(found.note) and found.low is None and found.high is None
    return all(np.isfinite([found.value, found.low, found.high])) and found.low <= found.value + 1e-9


# -- beside a second implementation ----------------------------------------------------------------------------------


@given(two_raters)
def test_kappa_is_that_of_scikit_learn_and_statsmodels(pair):
    """Cohen's and both weighted kappas are scikit-learn's, and their intervals those of statsmodels."""
    a, b = pair
    assume(len({*a, *b}) > 1)
    table = np.zeros((11, 11))
    np.add.at(table, (a, b), 1)
    for ours, weights in (
        (cohen_kappa(a, b), None),
        (weighted_kappa(a, b), "linear"),
        (weighted_kappa(a, b, "quadratic"), "quadratic"),
    ):
        assert ours.value == pytest.approx(cohen_kappa_score(a, b, labels=list(range(11)), weights=weights), abs=1e-12)
        with np.errstate(invalid="ignore"):
            other = cohens_kappa(table, wt=weights)
        wide = (
            ours.value - other.kappa_low if other.var_kappa > 0 else 0
        )  # a variance of nought is at times just below it
        assert ours.low == pytest.approx(max(-1, ours.value - wide), abs=1e-6)
        assert ours.high == pytest.approx(min(1, ours.value + wide), abs=1e-6)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@given(table=tables(gaps=True))
def test_alpha_is_that_of_krippendorffs_library(level, table):
    """Alpha with several raters and gaps is the package krippendorff's on every level, and None with a note where it has none."""
    ours = krippendorff_alpha(table, level)
    rated = [row for row in table if sum(value is not None for value in row) >= 2]
    if len(rated) < 2 or len({value for row in rated for value in row} - {None}) == 1:
        assert ours.value is None
        assert ours.note
        return
    data = np.array(rated, dtype=float).T
    assert ours.value == pytest.approx(krippendorff.alpha(data, level_of_measurement=level), abs=1e-9)


@pytest.mark.parametrize(("form", "called"), [("2,1", "ICC(A,1)"), ("3,1", "ICC(C,1)")])
@given(table=tables())
def test_icc_and_its_interval_are_pingouins(form, called, table):
    """Both intraclass correlations and their intervals are those of pingouin."""
    data = np.array(table, dtype=float)
    rest = data - data.mean(axis=1, keepdims=True) - data.mean(axis=0) + data.mean()
    assume(np.abs(rest).max() > 1e-9 and len(data) >= 5)
    long = pd.DataFrame(data).stack().rename("y").rename_axis(["case", "rater"]).reset_index()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = (
            pingouin.intraclass_corr(long, targets="case", raters="rater", ratings="y").set_index("Type").loc[called]
        )
    ours = icc(table, form)
    assert ours.value == pytest.approx(theirs["ICC"], abs=1e-9)
    assert [ours.low, ours.high] == pytest.approx(list(theirs["CI95"]), abs=0.0051)  # it prints two places


def test_icc_is_that_of_the_published_table():
    """Six targets and four judges give what Shrout and Fleiss printed, and as in pingouin's documentation."""
    assert round(icc(JUDGES, "2,1").value, 2) == 0.29
    assert round(icc(JUDGES, "3,1").value, 2) == 0.71


@given(st.floats(0.5, 200), st.floats(0.5, 200))
def test_the_quantile_of_f_is_scipys(d1, d2):
    """The quantile that the intervals rest on is scipy's, over all degrees of freedom that occur."""
    assert f_quantile(d1, d2) == pytest.approx(f_distribution.ppf(0.975, d1, d2), rel=1e-7)


@pytest.mark.parametrize(("d1", "d2"), [(9_999, 990_000), (99, 99 * 9_999), (2, 1e5), (5, 15)])
def test_the_quantile_of_f_holds_for_many_cases(d1, d2):
    """Ten thousand cases and a hundred raters are no limit."""
    assert f_quantile(d1, d2) == pytest.approx(f_distribution.ppf(0.975, d1, d2), rel=1e-7)


@given(st.lists(st.none() | st.integers(1, 5), min_size=1, max_size=12), st.integers(1, 6))
def test_a_mean_with_missing_values_is_that_of_pandas(values, least):
    """The mean of what is there is pandas's, and None where too little is."""
    series = pd.Series(values, dtype=float)
    theirs = series.mean() if series.count() >= least else None
    assert mean_with_missing(values, least) == (None if theirs is None else pytest.approx(theirs))


@given(st.dictionaries(st.sampled_from("123456"), st.none() | st.integers(1, 5)))
def test_subscale_scores_are_those_of_a_table(answers):
    """Reversing, grouping and leaving out give what pandas gives on the same numbers."""
    row = pd.Series({item: answers.get(item) for item in "123456"}, dtype=float)
    row[["4", "6"]] = 6 - row[["4", "6"]]
    for name, items in HOUR.subscales.items():
        part = row[list(items)]
        theirs = part.mean() if part.count() >= HOUR.least else None
        assert subscales(HOUR, answers)[name] == (None if theirs is None else pytest.approx(theirs))


@given(st.lists(st.fixed_dictionaries(dict.fromkeys("123456", st.none() | st.integers(1, 5))), min_size=1, max_size=8))
def test_a_groups_table_is_scored_as_each_row_is(rows):
    """Scores of a whole table are those of its rows, one by one."""
    together = subscale_table(HOUR, pd.DataFrame(rows, dtype=float))
    for number, row in enumerate(rows):
        for name, score in subscales(HOUR, row).items():
            assert together[name][number] == pytest.approx(np.nan if score is None else score, nan_ok=True)


@given(st.integers(0, 100), st.integers(0, 100), st.floats(1, 30), st.floats(0, 0.99))
def test_reliable_change_is_the_published_formula(before, after, sd, reliability):
    """The index is (x2 - x1) / Sdiff with Sdiff = sqrt(2 SE^2) and SE = s1 sqrt(1 - rxx), as Jacobson and Truax print it."""
    error = sd * (1 - reliability) ** 0.5
    index = (after - before) / (2 * error**2) ** 0.5
    found = reliable_change(before, after, sd, reliability)
    assert found.index == pytest.approx(index)
    assume(abs(abs(index) - 1.96) > 1e-3)
    assert found.verdict == (UP if index > 1.96 else DOWN if index < -1.96 else CANNOT_TELL)


def test_reliable_change_of_the_authors_example():
    """Jacobson and Truax's own client: 32.5 before, 47.5 after, standard deviation 7.5, reliability .80: the index is 3.16."""
    assert round(reliable_change(32.5, 47.5, sd=7.5, reliability=0.80).index, 2) == 3.16


# -- what must hold for any ratings ----------------------------------------------------------------------------------


@given(st.lists(ratings, min_size=2, max_size=40).filter(lambda one: len(set(one)) > 1))
def test_agreement_with_oneself_is_one(one):
    """Whoever is compared with themselves agrees fully, by every measure."""
    twice = [[value, value] for value in one]
    for found in (
        cohen_kappa(one, one),
        weighted_kappa(one, one),
        weighted_kappa(one, one, "quadratic"),
        *(krippendorff_alpha(twice, level) for level in ("nominal", "ordinal", "interval")),
        *(icc(twice, form) for form in ("2,1", "3,1")),
    ):
        assert found.value == pytest.approx(1)
        assert found.low == pytest.approx(1)


@given(two_raters)
def test_agreement_is_symmetric(pair):
    """Who is called the first rater makes no difference."""
    a, b = pair
    rows, turned = list(zip(a, b, strict=True)), list(zip(b, a, strict=True))
    assert same(cohen_kappa(a, b), cohen_kappa(b, a))
    assert same(weighted_kappa(a, b), weighted_kappa(b, a))
    assert same(krippendorff_alpha(rows), krippendorff_alpha(turned))
    assert same(icc(rows), icc(turned))


@given(tables(gaps=True), st.randoms(use_true_random=False))
def test_the_order_of_cases_makes_no_difference(table, chance):
    """Cases in another order have the same agreement and the same interval, the drawn one included."""
    shuffled = chance.sample(table, len(table))
    assert same(cohen_kappa(*list(zip(*table, strict=True))[:2]), cohen_kappa(*list(zip(*shuffled, strict=True))[:2]))
    for level in ("nominal", "ordinal", "interval"):
        assert same(krippendorff_alpha(table, level), krippendorff_alpha(shuffled, level))
    for form in ("2,1", "3,1"):
        assert same(icc(table, form), icc(shuffled, form))


@given(tables(gaps=True))
def test_there_is_a_number_or_a_reason(table):
    """Whatever the ratings are, each measure has a finite value in its interval, or None and a note that says why."""
    first, second = list(zip(*table, strict=True))[:2]
    found = [cohen_kappa(first, second), weighted_kappa(first, second), *(icc(table, form) for form in ("2,1", "3,1"))]
    found += [krippendorff_alpha(table, level) for level in ("nominal", "ordinal", "interval")]
    assert all(whole(one) for one in found)


@pytest.mark.parametrize(
    ("found", "note"),
    [
        (cohen_kappa([1, None], [None, 2]), "fewer than two cases"),
        (cohen_kappa([], []), "fewer than two cases"),
        (cohen_kappa(["a"] * 5, ["a"] * 5), "no variance"),
        (weighted_kappa([3] * 5, [3] * 5), "no variance"),
        (krippendorff_alpha([[1, None], [None, 2], [3, None]]), "fewer than two cases"),
        (krippendorff_alpha([[4, 4], [4, 4]], "ordinal"), "no variance"),
        (krippendorff_alpha([[0.1, 0.1], [0.1, 0.1]], "interval"), "no variance"),
        (icc([[1, 2], [None, 3]]), "fewer than two cases"),
        (icc([[3, 3], [3, 3], [3, 3]]), "no variance"),
        (icc([[3, 4], [3, 4], [3, 4]]), "no variance"),
    ],
)
def test_what_cannot_be_computed_says_why(found, note):
    """Too few cases, nothing rated twice, no variance: no value, no interval, and the reason in words."""
    assert (found.value, found.low, found.high) == (None, None, None)
    assert note in found.note


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cohen_kappa([1, 2], [1]), "have 2 and 1 ratings"),
        (lambda: weighted_kappa(["a", "b"], ["a", "b"]), "for labels use cohen_kappa"),
        (lambda: weighted_kappa([1, 2], [1, 2], "cubic"), 'write "linear" or "quadratic"'),
        (lambda: krippendorff_alpha([[1, 2], [1]]), "write None where a rating is missing"),
        (lambda: krippendorff_alpha([["a", "b"], ["a", "a"]]), "ratings are numbers"),
        (lambda: krippendorff_alpha([["3", "4"], ["3", "3"]], "ordinal"), "not '3'"),
        (lambda: krippendorff_alpha([[1, 2]], "ratio"), "write one of: nominal, ordinal, interval"),
        (lambda: krippendorff_alpha([]), "give a row for each case"),
        (lambda: icc([[1], [2]]), "one rater agrees with nobody"),
        (lambda: icc([[1, float("inf")], [2, 3]]), "infinite"),
        (lambda: icc([[1, True], [2, 3]]), "not True"),
        (lambda: icc([[1, 2], [2, 3]], "1,1"), "write one of: 2,1, 3,1"),
        (lambda: reliable_change(50, 60, 0, 0.8), "above 0"),
        (lambda: reliable_change(50, 60, 10, 1), "below 1"),
        (lambda: reliable_change("50", 60, 10, 0.8), "before is no number"),
        (lambda: drop([50, "sixty"]), "session 2 is rated 'sixty'"),
        (lambda: ruptures([50, 60, 70], threshold=0), "write 1 or 2"),
        (lambda: ruptures([50, 60, 70], regained=2), "write 0.5"),
        (lambda: ruptures([50, 60, 70], group_sd=-1), "or leave it out"),
        (lambda: mean_with_missing([1, 2], 0), "write least=1"),
        (lambda: mean_with_missing([1, "2"], 1), "not '2'"),
        (lambda: subscales(HOUR, {"7": 3}), "its items are: 1, 2, 3, 4, 5, 6"),
        (lambda: subscales(HOUR, {"1": 6}), "a number from 1 to 5, not 6"),
        (lambda: subscales(HOUR, {"1": True}), "not True"),
        (lambda: subscales(HOUR, {"1": "4"}), "not '4'"),
        (lambda: subscales(Scale("none", (1, 5), {}), {}), "has no items"),
        (lambda: subscale_table(HOUR, {"1": [3, 7]}), "a number from 1 to 5, not 7.0"),
        (lambda: subscale_table(HOUR, {"1": [float("inf")]}), "not inf"),
        (lambda: subscale_table(HOUR, {"9": [3]}), "has no item '9'"),
    ],
)
def test_what_is_no_rating_is_told_with_what_to_pass(call, told):
    """Input of the wrong kind, size or range is one sentence that says what to write instead."""
    with pytest.raises(AllianceLabError) as caught:
        call()
    assert told in str(caught.value)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    """Of two hundred panels drawn from one population, about 95 in a hundred intervals hold its intraclass correlation."""
    drawn = np.random.default_rng(7)
    hits = 0
    for _ in range(200):
        cases, raters = drawn.normal(0, 2, (30, 1)), drawn.normal(0, 0.5, (1, 4))
        found = icc(cases + raters + drawn.normal(0, 1, (30, 4)), "2,1")
        hits += found.low <= 4 / (4 + 0.25 + 1) <= found.high
    assert 0.9 <= hits / 200 <= 0.99


# -- change over sessions --------------------------------------------------------------------------------------------


@given(st.lists(st.none() | st.integers(0, 100), max_size=30))
def test_every_fall_is_told_once(series):
    """The drops are the falls between rated sessions, as pandas takes differences once the gaps are out."""
    rated = pd.Series(series, index=range(1, len(series) + 1), dtype=float).dropna()
    theirs = [(int(session), -points) for session, points in rated.diff().items() if points < 0]
    assert [(fall.session, fall.points) for fall in drop(series)] == theirs


def test_a_blank_is_no_fall():
    """A session without a rating is passed over, and the fall behind it is seen from the last rated one."""
    assert drop([70, None, None, 50]) == (Drop(1, 4, 20),)


@given(st.lists(st.none() | st.integers(0, 100), max_size=30), st.sampled_from([1, 2]), st.floats(1, 40))
def test_a_rupture_is_deeper_than_the_larger_standard_deviation(series, threshold, group_sd):
    """Every sequence falls by more than the threshold in either standard deviation, is back above half of it where it is
    called repaired, and two sequences do not overlap."""
    rated = [value for value in series if value is not None]
    found = ruptures(series, threshold, group_sd)
    for one in found:
        assert one.points > threshold * max(stdev(rated), group_sd)
        assert one.points == series[one.since - 1] - series[one.lowest - 1]
        if one.repaired is not None:
            assert one.repaired > one.lowest
            assert series[one.repaired - 1] >= series[one.lowest - 1] + one.points / 2
    assert all(before.lowest <= after.since for before, after in pairwise(found))


def test_a_v_and_a_slope_are_told_apart_from_noise():
    """A V that comes back, a fall over two sessions that does not, and a course that only wobbles."""
    wobble = [70, 72, 69, 71, 72, 70, 73, 71, 70, 72, 71, 70]
    (v,) = ruptures([*wobble[:5], 45, 52, *wobble[7:]])
    assert (v.since, v.lowest, v.repaired) == (5, 6, 8)
    (slope,) = ruptures([72, 70, 71, 72, 60, 45, 46, 47, 45, 46], threshold=2)
    assert (slope.since, slope.lowest, slope.repaired) == (4, 6, None)
    assert ruptures(wobble, group_sd=8) == ()


@pytest.mark.parametrize("form", ["2,1", "3,1"])
def test_two_raters_who_contradict_each_other_on_two_cases_get_a_reason(form):
    """Where ICC(2,1) would be divided by nought, both forms say that two cases are too few."""
    told = icc([[1, 0], [0, 1]], form=form)
    assert (told.value, told.note) == (None, "two raters contradict each other on two cases; rate more of them")
