"""How far raters agree: kappa, Krippendorff's alpha, the intraclass correlation, each with a 95 % confidence interval.

Written out on numpy: the libraries that have them (pingouin, krippendorff, scikit-learn, statsmodels) each have a part, or bring
scipy, ten times the size of what is here. The tests compare with all four.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.measures.quantiles import Z95, f_quantile
from alliancelab.measures.scoring import is_missing, is_number

LEVELS = ("nominal", "ordinal", "interval")
FORMS = ("2,1", "3,1")
RESAMPLES, SEED = 1_000, 20_040
_TOGETHER = 50  # resamples that are worked on at once: enough for speed, and little memory


@dataclass(frozen=True)
class Agreement:
    """An agreement, the ends of its 95 % interval, how many cases it rests on, and what has to be said about it.

    `value` is None where there is none, `low` and `high` where there is no interval; `note` then has the reason.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    note: str = ""


def cohen_kappa(a: Sequence[Hashable], b: Sequence[Hashable]) -> Agreement:
    """How far two raters give the same labels, beyond what chance would bring about.

    kappa = (po - pe) / (1 - pe): po is the share of cases with one label, pe the share expected if each rater gave out their
    own labels at random. Cohen (1960), 10.1177/001316446002000104. The interval is the large-sample one of Fleiss,
    Cohen & Everitt (1969), 10.1037/h0028106; with few cases it is rough. A case that one of them left
    out (None) does not count.

    Raises `AllianceLabError` where the two lists are not of one length.

    Two raters, fifty cases: both yes 20, both no 15, otherwise 5 and 10.

    >>> a = ["yes"] * 25 + ["no"] * 25
    >>> b = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    >>> kappa = cohen_kappa(a, b)
    >>> round(kappa.value, 2), round(kappa.low, 2), round(kappa.high, 2), kappa.n
    (0.4, 0.15, 0.65, 50)
    """
    pairs = _pairs(a, b)
    labels: dict[Hashable, int] = {}
    for label in (label for pair in pairs for label in pair):
        labels.setdefault(label, len(labels))
    import numpy as np

    return _kappa(pairs, labels, 1 - np.eye(len(labels)))


def weighted_kappa(a: Sequence[float | None], b: Sequence[float | None], weights: str = "linear") -> Agreement:
    """How far two raters give numbers that lie near each other, beyond chance.

    kappa = 1 - sum(d * observed) / sum(d * expected), where d is the distance of the two numbers (`linear`) or its square
    (`quadratic`). Cohen (1968), 10.1037/h0026256; the interval as in `cohen_kappa`. Distances are those of the
    numbers themselves: from 3 to 6 it is three steps, also where nobody gave a 4.

    Raises `AllianceLabError` for what is no number, for lists of two lengths and for unknown weights.

    >>> kappa = weighted_kappa([1, 2, 3, 4, 5, 3], [1, 2, 4, 4, 5, 2], "quadratic")
    >>> round(kappa.value, 3), kappa.n
    (0.909, 6)
    """
    if weights not in ("linear", "quadratic"):
        raise AllianceLabError(f'there are no weights {weights!r}; write "linear" or "quadratic"')
    pairs = _pairs(a, b)
    for value in (value for pair in pairs for value in pair):
        if not is_number(value):
            raise AllianceLabError(f"weighted kappa takes numbers, not {value!r}; for labels use cohen_kappa")
    import numpy as np

    values = sorted({value for pair in pairs for value in pair})
    steps = np.abs(np.subtract.outer(values, values)) if values else np.zeros((0, 0))
    return _kappa(pairs, dict(zip(values, range(len(values)), strict=True)), steps if weights == "linear" else steps**2)


def krippendorff_alpha(ratings: Sequence[Sequence[Any]], level: str = "interval") -> Agreement:
    """How far any number of raters agree, some of whom may have left something out.

    `ratings` has a row for each case and a column for each rater, None where there is no rating; a case that fewer
    than two have rated does not count. alpha = 1 - Do / De: the disagreement observed within cases over that expected from all
    ratings thrown together, where two ratings differ by 0 or 1 (`nominal`, any labels), by the square of their distance
    (`interval`) or of the distance of their mean ranks (`ordinal`). Krippendorff (2004), 10.1111/j.1468-2958.2004.tb00738.x,
    and *Computing Krippendorff's Alpha-Reliability* (2011), https://repository.upenn.edu/asc_papers/43.

    The interval is a percentile bootstrap: cases are drawn anew a thousand times, from a fixed seed, so the same
    ratings have the same interval in whatever order they stand. It is not Krippendorff's own bootstrap, which draws pairs.

    Raises `AllianceLabError` for rows of several lengths, an unknown level, and where numbers are needed, no numbers.

    His example of 2011: twelve units, four observers.

    >>> units = [[1, 1, None, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    ...          [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [None, 5, 5, 5], [None, None, 1, 1], [None, None, 3, None]]
    >>> [round(krippendorff_alpha(units, level).value, 3) for level in ("nominal", "ordinal", "interval")]
    [0.743, 0.815, 0.849]
    """
    if level not in LEVELS:
        raise AllianceLabError(f"there is no level {level!r}; write one of: {', '.join(LEVELS)}")
    import numpy as np

    numbers = _coded(ratings) if level == "nominal" else _table(ratings)
    numbers = np.sort(numbers, axis=1)  # in one order, so that the order in which they came makes no difference
    numbers = numbers[(~np.isnan(numbers)).sum(axis=1) >= 2]
    if len(numbers) < 2:
        return Agreement(None, None, None, len(numbers), "fewer than two cases were rated by two or more")
    numbers = numbers[np.lexsort(numbers.T)]
    alphas = _alphas(numbers, level)
    value = float(alphas(np.ones((1, len(numbers))))[0])
    if np.isnan(value):
        return Agreement(None, None, None, len(numbers), "no variance: all ratings are the same")
    draw, even = np.random.default_rng(SEED), np.full(len(numbers), 1 / len(numbers))
    drawn = np.concatenate(
        [alphas(draw.multinomial(len(numbers), even, size=_TOGETHER)) for _ in range(RESAMPLES // _TOGETHER)]
    )
    low, high = np.nanpercentile(drawn, [2.5, 97.5])  # cases drawn anew that are all alike have no alpha
    return Agreement(value, float(low), float(high), len(numbers))


def icc(ratings: Sequence[Sequence[float | None]], form: str = "2,1") -> Agreement:
    """The intraclass correlation of single ratings: which share of the variance lies between the cases.

    `ratings` has a row for each case and a column for each rater. With the mean squares between cases (B), between raters (J) and of the
    rest (E), n cases and k raters:

    - form "2,1", raters drawn from many, agreement in the number itself: (B - E) / (B + (k - 1) E + k (J - E) / n);
    - form "3,1", these raters and no others, agreement but for one being stricter: (B - E) / (B + (k - 1) E).

    Shrout & Fleiss (1979), 10.1037/0033-2909.86.2.420; the intervals, too, and as in McGraw & Wong (1996),
    10.1037/1082-989X.1.1.30. A case that not all have rated is left out, and the note says how many were.

    Raises `AllianceLabError` for rows of several lengths, one rater alone, an unknown form, and what is no number.

    The example of Shrout & Fleiss: six targets, four judges.

    >>> judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> [round(icc(judges, form).value, 2) for form in ("2,1", "3,1")]
    [0.29, 0.71]
    >>> one = icc(judges, "2,1")
    >>> round(one.low, 2), round(one.high, 2), one.n
    (0.02, 0.76, 6)
    """
    if form not in FORMS:
        raise AllianceLabError(f"there is no form {form!r}; write one of: {', '.join(FORMS)}")
    import numpy as np

    table = _table(ratings)
    if table.size and table.shape[1] < 2:
        raise AllianceLabError("one rater agrees with nobody; give each case two ratings or more")
    whole = table[~np.isnan(table).any(axis=1)]
    n, k = whole.shape
    left = len(table) - n
    note = f"{left} {'case was' if left == 1 else 'cases were'} left out, not rated by all" if left else ""
    if n < 2:
        return Agreement(None, None, None, n, "fewer than two cases were rated by all")
    whole = whole - whole.mean()
    by_case, by_rater = whole.mean(axis=1), whole.mean(axis=0)
    rest = whole - by_case[:, None] - by_rater
    nothing = 1e-24 * (np.abs(whole).max() or 1) ** 2  # what is left of nought after rounding
    between, judges, error = (
        float(square) if square > nothing else 0.0
        for square in (
            k * (by_case**2).sum() / (n - 1),
            n * (by_rater**2).sum() / (k - 1),
            (rest**2).sum() / ((n - 1) * (k - 1)),
        )
    )
    if between == 0 and error == 0:
        return Agreement(None, None, None, n, "no variance: the cases do not differ")
    if between == 0 and judges == 0 and n == k == 2:  # the one case in which the coefficient's denominator is nought
        return Agreement(None, None, None, n, "two raters contradict each other on two cases; rate more of them")
    ends = _ends_2 if form == "2,1" else _ends_3
    return Agreement(*ends(between, judges, error, n, k), n, note)


def _ends_2(b: float, j: float, e: float, n: int, k: int) -> tuple[float, float, float]:
    value = (b - e) / (b + (k - 1) * e + k * (j - e) / n)
    rest = n * (1 + (k - 1) * value) - k * value
    v = (k - 1) * (n - 1) * (k * value * j + rest * e) ** 2 / ((n - 1) * (k * value * j) ** 2 + (rest * e) ** 2 or inf)
    if not v:  # nothing but rounding is left between the raters: they agree to the last
        return value, value, value
    lower, upper = f_quantile(n - 1, v), f_quantile(v, n - 1)
    spread = k * j + (k * n - k - n) * e
    return value, n * (b - lower * e) / (lower * spread + n * b), n * (upper * b - e) / (spread + n * upper * b)


def _ends_3(b: float, j: float, e: float, n: int, k: int) -> tuple[float, float, float]:
    value = (b - e) / (b + (k - 1) * e)
    if e == 0:
        return value, value, value
    low, high = b / e / f_quantile(n - 1, (n - 1) * (k - 1)), b / e * f_quantile((n - 1) * (k - 1), n - 1)
    return value, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _kappa(pairs: list[tuple], codes: dict, distance: Any) -> Agreement:
    """Kappa from labels and the distance of each from each; the variance of Fleiss, Cohen & Everitt (1969), eq. 6 and 8."""
    import numpy as np

    n, k = len(pairs), len(codes)
    if n < 2:
        return Agreement(None, None, None, n, "fewer than two cases were rated by both")
    if k == 1:
        return Agreement(None, None, None, n, "no variance: both raters gave the same to every case")
    cells = [codes[one] * k + codes[other] for one, other in pairs]
    share = np.bincount(cells, minlength=k * k).reshape(k, k) / n
    weight = 1 - distance / distance.max()
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    observed, expected = float((weight * share).sum()), float(rows @ weight @ columns)
    value = (observed - expected) / (1 - expected)
    off = (weight @ columns)[:, None] + rows @ weight
    spread = (share * (weight * (1 - expected) - off * (1 - observed)) ** 2).sum()
    variance = (spread - (observed * expected - 2 * expected + observed) ** 2) / (n * (1 - expected) ** 4)
    wide = Z95 * sqrt(max(0.0, float(variance)))
    note = "they agree in every case, so the interval has no width" if observed == 1 else ""
    return Agreement(value, max(-1.0, value - wide), min(1.0, value + wide), n, note)


def _alphas(numbers: Any, level: str) -> Any:
    """A function from weights (a row for each resample, how often each case counts in it) to the alpha of each row."""
    import numpy as np

    there = ~np.isnan(numbers)
    size = there.sum(axis=1)  # ratings of each case
    values, codes = np.unique(numbers[there], return_inverse=True)
    if level == "interval":
        centred = np.where(there, numbers - values.mean(), 0) if len(values) > 1 else np.zeros(numbers.shape)
        sums, squares = centred.sum(axis=1), (centred**2).sum(axis=1)
        within = (size * squares - sums**2) / (size - 1)
    else:  # how often each case was given each value
        at = np.nonzero(there)[0] * len(values) + codes
        counts = np.bincount(at, minlength=len(numbers) * len(values)).reshape(len(numbers), -1).astype(float)
        within = (size**2 - (counts**2).sum(axis=1)) / (size - 1)

    def alphas(weights: Any) -> Any:
        total = weights @ size
        if level == "interval":
            observed, square = weights @ within, total * (weights @ squares)
            expected = square - (weights @ sums) ** 2
            expected[expected < 1e-9 * square] = 0  # what is left of nought after rounding
        elif level == "nominal":
            observed, expected = weights @ within, total**2 - ((weights @ counts) ** 2).sum(axis=1)
        else:  # as interval, on the mean rank of each value in the resample, counted from the middle
            often = weights @ counts
            ranks = np.cumsum(often, axis=1) - often / 2 - total[:, None] / 2
            spread = (size * (ranks**2 @ counts.T) - (ranks @ counts.T) ** 2) / (size - 1)
            observed, expected = (weights * spread).sum(axis=1), total * (often * ranks**2).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(expected > 0, 1 - observed * (total - 1) / expected, np.nan)

    return alphas


def _pairs(a: Sequence, b: Sequence) -> list[tuple]:
    """The cases that both have rated."""
    if len(a) != len(b):
        raise AllianceLabError(f"the raters have {len(a)} and {len(b)} ratings; give each one for every case, or None")
    return [(one, other) for one, other in zip(a, b, strict=True) if not is_missing(one) and not is_missing(other)]


def _table(ratings: Sequence[Sequence[Any]]) -> Any:
    """The ratings as numbers, cases by raters, NaN where there is none."""
    import numpy as np

    made = _rectangle(ratings)
    if made.dtype.kind not in "iuf":
        for value in made.flat:
            if not is_missing(value) and not is_number(value):
                raise AllianceLabError(f"ratings are numbers, and None for what is missing, not {value!r}")
    made = made.astype(float)
    if np.isinf(made).any():
        raise AllianceLabError("a rating is infinite; write a number, or None where there is none")
    return made


def _coded(ratings: Sequence[Sequence[Any]]) -> Any:
    """The labels as numbers, cases by raters, NaN where there is none; what number a label has does not matter."""
    import numpy as np

    made = _rectangle(ratings)
    if made.dtype.kind in "iuf":
        return made.astype(float)
    codes = {label: number for number, label in enumerate(sorted(_labels(made), key=repr))}
    return np.array([[np.nan if is_missing(one) else codes[one] for one in row] for row in made.tolist()], dtype=float)


def _labels(made: Any) -> Iterable[Hashable]:
    return {label for label in made.ravel().tolist() if not is_missing(label)}


def _rectangle(ratings: Sequence[Sequence[Any]]) -> Any:
    import numpy as np

    if isinstance(ratings, np.ndarray):
        made = ratings
    else:
        rows = [list(row) for row in ratings]
        if len({len(row) for row in rows}) > 1:
            raise AllianceLabError("the cases have different numbers of raters; write None where a rating is missing")
        plain = all(type(value) in (int, float) for row in rows for value in row)
        made = np.array(rows, dtype=float if plain else object)
    if made.ndim != 2 or not made.size:
        raise AllianceLabError("the ratings are no table; give a row for each case and in it a rating of each rater")
    return made
