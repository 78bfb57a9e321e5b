"""Quantiles of the normal and of the F distribution, for intervals.

Written out because scipy, which has them, would be the largest thing we install: 140 MB for one number.
"""

from __future__ import annotations

from math import exp, isinf, lgamma, log

Z95 = 1.959963984540054  # what 95 of 100 values of a normal distribution stay within, on either side


def f_quantile(d1: float, d2: float, probability: float = 0.975) -> float:
    """The value below which so much of an F distribution lies, by halving the interval on the logarithm of F.

    `d1` and `d2` are the degrees of freedom, whole or not, above 0. As in any table of F:

    >>> round(f_quantile(5, 15), 3)
    3.576
    """
    low, high = -60.0, 60.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if _beta_share(d1 / 2, d2 / 2, d1 * exp(middle) / (d1 * exp(middle) + d2)) < probability:
            low = middle
        else:
            high = middle
    return exp((low + high) / 2)


def _beta_share(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (NIST DLMF 8.17.22, https://dlmf.nist.gov/8.17),
    worked out from the front (Lentz's method).

    At 0.5 of a symmetric one it is a half:

    >>> round(_beta_share(3, 3, 0.5), 12)
    0.5
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # there the fraction settles slowly, and that of the other side fast
        return 1 - _beta_share(b, a, 1 - x)
    factor = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    tiny = 1e-300
    c, d, value, m = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny), 0.0, 0
    value = d
    while True:
        m += 1
        before = value
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + step * d) or tiny)
            c = (1 + step / c) or tiny
            value *= c * d
        if abs(value - before) <= 1e-15 * abs(value) or isinf(value) or m > 100_000:
            return factor * value
