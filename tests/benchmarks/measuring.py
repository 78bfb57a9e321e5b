"""`measures` on 10,000 trainees times 100 ratings, beside the same written in plain pandas. The results are compared, too."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from alliancelab.measures import Scale, icc, krippendorff_alpha, subscale_table, weighted_kappa

TRAINEES, RATINGS = 10_000, 100
BASELINE = 200  # trainees that a baseline with a loop over trainees is timed on; it takes as long for each
RESAMPLES = 10  # and resamples of the thousand


def main() -> None:
    """Print seconds and ratios."""
    chance = np.random.default_rng(1)
    key = chance.integers(0, 11, RATINGS)
    trainees = np.clip(key + chance.integers(-2, 3, (TRAINEES, RATINGS)), 0, 10)
    long = pd.DataFrame(trainees).stack().rename("rating").rename_axis(["trainee", "case"]).reset_index()
    by_case = trainees.T  # a row for each case, as agreement wants it

    few = {name: part for name, part in long.groupby("trainee") if name < BASELINE}
    _compare(
        "weighted kappa with the key, each trainee",
        lambda: [weighted_kappa(row, key.tolist(), "quadratic").value for row in trainees.tolist()],
        lambda: [_kappa(part["rating"].to_numpy(), key) for part in few.values()],
        times=TRAINEES / BASELINE,
    )
    _compare("ICC(2,1) of all", lambda: icc(by_case).value, lambda: _icc(long))
    _compare(
        "Krippendorff's alpha of all, with its interval",
        lambda: krippendorff_alpha(by_case, "interval").value,
        lambda: [_alpha(long), *(_alpha(_again(long, chance)) for _ in range(RESAMPLES))][0],
        times=1_000 / RESAMPLES,
    )
    items = [str(number) for number in range(1, RATINGS + 1)]
    scale = Scale("wide", (0, 10), {"a": tuple(items[:50]), "b": tuple(items[50:])}, frozenset(items[::4]), least=40)
    table = pd.DataFrame(trainees, columns=items)
    _compare(
        "subscale scores of all, every answer checked",
        lambda: subscale_table(scale, table)["a"],
        lambda: _scores(table, scale),
    )


def _kappa(trainee: np.ndarray, key: np.ndarray) -> float:
    """Quadratic kappa of one trainee by a cross table."""
    seen = pd.crosstab(trainee, key, normalize=True)
    chance = pd.DataFrame(np.outer(seen.sum(axis=1), seen.sum(axis=0)), seen.index, seen.columns)
    steps = np.subtract.outer(seen.index.to_numpy(), seen.columns.to_numpy()) ** 2
    return 1 - (seen * steps).to_numpy().sum() / (chance * steps).to_numpy().sum()


def _icc(long: pd.DataFrame) -> float:
    """ICC(2,1) from grouped means."""
    mean, n, k = long["rating"].mean(), long["case"].nunique(), long["trainee"].nunique()
    case = long.groupby("case")["rating"].transform("mean")
    rater = long.groupby("trainee")["rating"].transform("mean")
    b = ((case - mean) ** 2).sum() / (n - 1)
    j = ((rater - mean) ** 2).sum() / (k - 1)
    e = ((long["rating"] - case - rater + mean) ** 2).sum() / ((n - 1) * (k - 1))
    return (b - e) / (b + (k - 1) * e + k * (j - e) / n)


def _alpha(long: pd.DataFrame) -> float:
    """Alpha for interval data from grouped variances."""
    cases = long.groupby("case")["rating"]
    within = (cases.var() * cases.count()).sum()  # sum of squared differences over (m - 1), halved
    return 1 - within / (long["rating"].var() * len(long))


def _again(long: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """The cases drawn anew."""
    drawn = pd.DataFrame({"case": chance.integers(0, RATINGS, RATINGS)}).rename_axis("drawn").reset_index()
    return drawn.merge(long, on="case").drop(columns="case").rename(columns={"drawn": "case"})


def _scores(table: pd.DataFrame, scale: Scale) -> list[float]:
    """The first subscale of every row."""
    turned = table.copy()
    turned[list(scale.reversed)] = sum(scale.range) - turned[list(scale.reversed)]
    part = turned[list(scale.subscales["a"])]
    return part.mean(axis=1).where(part.count(axis=1) >= scale.least).tolist()


def _compare(what: str, ours: Callable[[], object], theirs: Callable[[], object], times: float = 1) -> None:
    took, found = _timed(ours)
    baseline, other = _timed(theirs)
    baseline *= times
    length = np.size(other)
    same = np.allclose(np.atleast_1d(np.asarray(found, dtype=float))[:length], np.asarray(other, dtype=float))
    print(
        f"{what:<52} {took:7.2f} s   pandas {baseline:7.2f} s   {baseline / took:6.1f} times as fast"
        f"{'' if same else '   DIFFERENT RESULTS'}"
    )


def _timed(call: Callable[[], object]) -> tuple[float, object]:
    call()
    begun = time.perf_counter()
    found = call()
    return time.perf_counter() - begun, found


if __name__ == "__main__":
    sys.exit(main())
