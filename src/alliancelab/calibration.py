"""How close a trainee's codings and ratings are to the key: agreement, where they differ, and what to listen for.

Pure: from items with keys and journals to a `Calibration`. What is counted:

- An item counts once every part of it is answered, with the answers that stand when they have settled: what is changed
  later may have been changed after a look at the key. Taken up again a week later or more, it counts anew.
- Codings: Cohen's kappa. Items that offer other labels are another task, so what chance would give is counted for each set
  of labels by itself and added up; put into one pot, labels that could not be confused would pass for agreement.
- Ratings: ICC(2,1), which asks for the same numbers; ICC(3,1), which asks only for the same order; and the mean difference.
  Each rating is taken as a place from 0 to 10 on its scale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import sqrt
from statistics import mean, stdev
from typing import Any

from alliancelab.answers import Reading
from alliancelab.items import Code, Item, NotAnAnswer, Rate
from alliancelab.marking import Key, coding_share, rating_share, span
from alliancelab.measures import Agreement, icc
from alliancelab.measures.quantiles import Z95, f_quantile

CODING, RATING = "coding", "rating"
KINDS = {CODING: "codings", RATING: "ratings"}
AGAIN_AFTER = timedelta(days=7)  # sooner, one remembers the key and does not hear the line
SETTLES = timedelta(seconds=10)  # an answer sooner after the last belongs to it: an arrow key passes over other numbers
FEWEST = 5  # ratings for an intraclass correlation; of fewer it may be anything
FIRM, FEW = 30, 12  # below the first a figure is uncertain, below the second it says hardly anything
ENOUGH = 20  # the fewest codings, or ratings, on which a level that a module asks for is judged
CLOSE = 0.5  # numbers for one person that lie less than so many times as far apart as the key's may be one impression
HABIT = 2  # so many times too often, and a label is named as one that is heard where it is not

Keyed = tuple[Item, Key]


@dataclass(frozen=True)
class Judged:
    """One utterance that was coded, or one aspect that was rated, beside the key.

    `given` and `wanted` are labels, or numbers from 0 to 10, as they are compared: a label that the key accepts in full
    stands as the key's own, and of a panel's spread the number nearest to the trainee's. `yours` and `keys` say both as the
    trainee saw them. `share` is the credit earned (0 to 1), `ask` what the item asks, `scheme` the labels there were to
    choose from, or the ends of the scale. Of a rating, `place` is the key's number and `accepted` what earns full credit,
    lowest and highest, both from 0 to 10.
    """

    kind: str
    item: str
    part: str
    passage: str
    given: Any
    wanted: Any
    yours: str
    keys: str
    share: float
    why: str
    at: datetime
    scheme: tuple[str, ...]
    ask: str
    place: float = 0.0
    accepted: tuple[float, float] = (0.0, 0.0)

    @property
    def step(self) -> float:
        """How much higher than the key a rating is, from -10 to 10; nothing for a coding."""
        return self.given - self.wanted if self.kind == RATING else 0.0

    @property
    def direction(self) -> str:
        """In which direction it differs, in words."""
        if self.kind == CODING:
            return f"you heard {self.yours}; the key hears {self.keys}"
        if not self.step:
            return "as the key"
        return f"you {number(abs(self.step))} {'higher' if self.step > 0 else 'lower'} than the key"


@dataclass(frozen=True)
class Calibration:
    """What was judged, and how close it is: `codings` and `ratings` by the same numbers, `order` by the same order only.

    `bias` is how much higher than the key the ratings are on average, on a scale from 0 to 10.
    """

    judged: tuple[Judged, ...]
    codings: Agreement
    ratings: Agreement
    order: Agreement
    bias: Agreement

    @property
    def differences(self) -> tuple[Judged, ...]:
        """What did not earn full credit, the largest difference first."""
        apart = [one for one in self.judged if one.share < 1]
        return tuple(sorted(apart, key=lambda one: (one.share, -abs(one.step))))

    def of(self, kind: str) -> Agreement:
        """The agreement of one kind."""
        return self.codings if kind == CODING else self.ratings

    def number_of(self, kind: str) -> int:
        """How many codings, or ratings, were judged."""
        return sum(one.kind == kind for one in self.judged)


@dataclass(frozen=True)
class Week:
    """The calibration of one week's first answers; `monday` is the day on which the week (UTC) begins."""

    monday: date
    calibration: Calibration


@dataclass(frozen=True)
class Standing:
    """Where somebody stands on a level that a module asks for: "yes", "no" or "not enough yet", and a sentence about it."""

    kind: str
    wanted: float
    state: str
    said: str


YES, NO, NOT_ENOUGH = "yes", "no", "not enough yet"


@dataclass(frozen=True)
class _Try:
    at: datetime
    answer: Mapping[str, Any] = field(default_factory=dict)


def is_judged(item: Item) -> bool:
    """Whether an item is one whose answers can be laid beside a key: a coding or a rating."""
    return isinstance(item, Code | Rate)


def tries(reading: Reading, item: Item) -> list[_Try]:
    """The whole answers to an item that count, settled: the first, and each that came a week or more after the last."""
    kept: list[_Try] = []
    before: datetime | None = None  # when the answer came that belongs to the last try, or hangs on to it
    for entry in reading.history(item.name):
        try:
            answer = item.clean(entry.answer) if entry.kind == item.kind else {}
        except NotAnAnswer:
            continue
        if set(answer) != set(_parts(item)):
            continue
        at = datetime.fromisoformat(entry.at)
        if before is not None and timedelta(0) <= at - before < SETTLES:
            kept[-1] = _Try(kept[-1].at, answer)
            before = at
        elif not kept or at - kept[-1].at >= AGAIN_AFTER:
            kept.append(_Try(at, answer))
            before = at
        else:
            before = None
    return kept


def begun(items: Iterable[Item], reading: Reading) -> int:
    """How many codings and ratings are answered in part only, and do not count yet."""
    return sum(is_judged(item) and bool(reading.history(item.name)) and not tries(reading, item) for item in items)


def judged(
    keyed: Iterable[Keyed], reading: Reading, near: Mapping[str, str] | None = None, first: bool = False
) -> list[Judged]:
    """Everything that counts in a journal, beside its key: the last try at each item, or the first.

    `near` (label to label) names the labels that count for one another, as in `alliancelab.marking.mark`.
    """
    found: list[Judged] = []
    for item, key in keyed:
        if not is_judged(item) or not key:
            continue
        counted = tries(reading, item)
        if counted:
            found += beside(item, key, counted[0 if first else -1], near or {})
    return found


def beside(item: Item, key: Key, given: _Try, near: Mapping[str, str]) -> list[Judged]:
    """Each part of one answer beside its key."""
    if isinstance(item, Code):
        return [_coding(item, key, slug, given, near) for slug in item.utterances]
    assert isinstance(item, Rate)
    return [_rating(item, key, aspect, given) for aspect in item.aspects]


def _coding(item: Code, key: Key, slug: str, given: _Try, near: Mapping[str, str]) -> Judged:
    label, wanted = given.answer[slug], key["labels"][slug]
    share = coding_share(key, slug, label, near)
    same = one_of_pair(wanted, near)
    return Judged(
        CODING, item.name, slug, item.utterances[slug], same if share >= 1 else one_of_pair(label, near), same,
        item.labels[label], item.labels[wanted], share, key["why"][slug], given.at, tuple(sorted(item.labels)), item.ask,
    )  # fmt: skip


def _rating(item: Rate, key: Key, aspect: str, given: _Try) -> Judged:
    low, high = item.scale
    mine, wanted = given.answer[aspect], key["ratings"][aspect]
    told = str(wanted)
    lowest, highest = (min(max(end, low), high) for end in span(key, aspect))
    to_ten = 10 / (high - low)
    place = (wanted - low) * to_ten
    if "spread" in key:
        wanted = min(max(mine, lowest), highest)
        told += f" (panel {lowest} to {highest})"
    return Judged(
        RATING, item.name, aspect, item.aspects[aspect], (mine - low) * to_ten, (wanted - low) * to_ten,
        str(mine), told, rating_share(key, aspect, mine), key["why"][aspect], given.at, (str(low), str(high)), item.ask,
        place, ((lowest - low) * to_ten, (highest - low) * to_ten),
    )  # fmt: skip


def one_of_pair(label: str, near: Mapping[str, str]) -> str:
    """The name under which a label and its near one are compared.

    >>> one_of_pair("restatement", {"restatement": "reflection", "reflection": "restatement"})
    'reflection'
    """
    return min(label, near[label]) if label in near else label


def _parts(item: Item) -> Iterable[str]:
    return item.utterances if isinstance(item, Code) else item.aspects if isinstance(item, Rate) else ()


# -- agreement --------------------------------------------------------------------------------------------------------


def of(found: Iterable[Judged]) -> Calibration:
    """How close what was judged is to the key."""
    everything = tuple(found)
    coded = [one for one in everything if one.kind == CODING]
    rated = [one for one in everything if one.kind == RATING]
    pairs = [(one.given, one.wanted) for one in rated]
    return Calibration(
        everything,
        kappa([(one.scheme, one.given, one.wanted) for one in coded]),
        icc_of_two(pairs, "2,1"),
        icc_of_two(pairs, "3,1"),
        mean_difference([one.step for one in rated]),
    )


def kappa(coded: Sequence[tuple[Any, str, str]]) -> Agreement:
    """Cohen's kappa of two coders over several sets of labels: (Po - Pe) / (1 - Pe).

    `coded` has for each utterance the set of labels, and the label that each of the two chose. Po is the share on which
    they agree; Pe what chance would give, counted in each set from how often each of them used each label there, and
    averaged with the numbers of utterances as weights. With one set it is the kappa of Cohen (1960,
    10.1177/001316446002000104). Its standard error there takes Pe as fixed; so does the interval here, which is Wilson's
    (1927, 10.1080/01621459.1927.10502953) for Po, moved to kappa's scale. Full agreement on six utterances is then not
    passed off as certain.

    >>> same = kappa([("A", label, label) for label in "aabbcc"])
    >>> round(same.value, 2), round(same.low, 2), round(same.high, 2), same.n
    (1.0, 0.41, 1.0, 6)
    """
    n = len(coded)
    if not n:
        return Agreement(None, None, None, 0, "nothing has been coded yet")
    expected = 0.0
    for scheme in {scheme for scheme, *_ in coded}:
        inside = [(one, other) for s, one, other in coded if s == scheme]
        ones, others = Counter(one for one, _ in inside), Counter(other for _, other in inside)
        expected += sum(ones[label] * others[label] for label in ones) / len(inside) / n
    if expected > 1 - 1e-9:
        return Agreement(None, None, None, n, "one label in all codings, and agreement cannot be told from chance")
    agreed = sum(one == other for _, one, other in coded) / n
    low, high = _wilson(agreed, n)
    value, low, high = ((share - expected) / (1 - expected) for share in (agreed, low, high))
    return Agreement(value, max(-1.0, low), min(1.0, high), n, "")


def _wilson(share: float, n: int) -> tuple[float, float]:
    middle = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def icc_of_two(pairs: Sequence[tuple[float, float]], form: str) -> Agreement:
    """The intraclass correlation of two raters, `form` as in `alliancelab.measures.icc`; of fewer than `FEWEST` cases none."""
    if not pairs:
        return Agreement(None, None, None, 0, "nothing has been rated yet")
    if len(pairs) < FEWEST:
        return Agreement(None, None, None, len(pairs), f"fewer than {FEWEST} ratings to compare")
    return icc(pairs, form=form)


def mean_difference(steps: Sequence[float]) -> Agreement:
    """The mean of differences with its 95 % interval by Student's t; with fewer than four, no interval.

    >>> told = mean_difference([1, 2, 0, 1, 2, 3, 1, 2])
    >>> round(told.value, 2), round(told.low, 2), round(told.high, 2)
    (1.5, 0.73, 2.27)
    """
    n = len(steps)
    if n < 4:
        return Agreement(mean(steps) if n else None, None, None, n, "too few for an interval")
    half = sqrt(f_quantile(1, n - 1, 0.95)) * stdev(steps) / sqrt(n)  # the square of a t is an F
    return Agreement(mean(steps), mean(steps) - half, mean(steps) + half, n, "")


def weeks(first_tries: Iterable[Judged]) -> list[Week]:
    """The first answers of each week that has any, oldest first: the line that should rise."""
    by_week: dict[date, list[Judged]] = {}
    for one in first_tries:
        day = one.at.date()
        by_week.setdefault(day - timedelta(days=day.weekday()), []).append(one)
    return [Week(monday, of(found)) for monday, found in sorted(by_week.items())]


# -- in words ---------------------------------------------------------------------------------------------------------


def number(value: float) -> str:
    """A number as people write it: two decimals at most, with a real minus.

    >>> number(-0.5), number(2.0), number(1 / 3)
    ('−0.5', '2', '0.33')
    """
    return f"{round(value, 2) + 0.0:g}".replace("-", "−")


def interval(told: Agreement) -> str:
    """The 95 % interval in words; empty where there is none, or one without width, which few cases can bring about."""
    if told.low is None or told.high is None or told.high - told.low < 1e-9:
        return ""
    return f"95 % interval {number(told.low)} to {number(told.high)}"


def how_firm(told: Agreement, n: int, what: str) -> str:
    """What a figure from `n` codings or ratings can bear; empty where it is firm enough to stand by itself."""
    if n >= FIRM:
        return ""
    said = f"{n} {what}: {'far ' if n < FEW else ''}too few for a firm figure"
    return f"{said}; the interval says so." if interval(told) else f"{said}."


def in_words(told: Calibration) -> list[str]:
    """What a calibration says, in sentences that claim no more than the numbers bear."""
    said = []
    if n := told.number_of(CODING):
        same = sum(one.share >= 1 for one in told.judged if one.kind == CODING)
        first = f"Codings: the key’s label, or one that it accepts as well, in {same} of {n}."
        said.append(
            " ".join(
                [
                    first,
                    _figure("Agreement beyond chance (Cohen’s kappa)", told.codings, "chance"),
                    how_firm(told.codings, n, KINDS[CODING]),
                ]
            ).strip()
        )
        said += habits(told)
    if n := told.number_of(RATING):
        near = sum(one.share >= 1 for one in told.judged if one.kind == RATING)
        first = f"Ratings: as near as the key asks in {near} of {n}."
        said.append(
            " ".join(
                [
                    first,
                    _figure("Agreement in the numbers (ICC(2,1))", told.ratings, "none"),
                    how_firm(told.ratings, n, KINDS[RATING]),
                ]
            ).strip()
        )
        said.append(_bias(told.bias))
        said += one_impression(told)
        if told.order.value is not None:
            said.append(_figure("Agreement in the order, however high you rate (ICC(3,1))", told.order, "none"))
    return said


def _figure(name: str, told: Agreement, nought: str) -> str:
    if told.value is None:
        return f"{name}: none ({told.note.rstrip('.')})."
    inside = f" ({interval(told)})" if interval(told) else ""
    return f"{name}: {number(told.value)}{inside}; 0 is {nought}, 1 is the key."


def _bias(told: Agreement) -> str:
    assert told.value is not None
    size = number(abs(told.value))
    if size == "0":
        first = "On average you rate as high as the key"
    else:
        first = f"On average you rate {size} {'higher' if told.value > 0 else 'lower'} than the key, from 0 to 10"
    if told.low is None or told.high is None:
        return f"{first}; {told.n} ratings are too few to say more."
    if not interval(told):
        return f"{first}, in each rating."
    if told.low <= 0 <= told.high:
        return f"{first} ({interval(told)}: no leaning that could be told from chance)."
    return f"{first} ({interval(told)})."


def habits(told: Calibration) -> list[str]:
    """Labels that were chosen again and again where the key has another: which, and how often."""
    wrong = Counter(one.yours for one in told.judged if one.kind == CODING and one.share < 1)
    return [
        f"You heard “{label}” {often} times where the key hears something else."
        for label, often in wrong.most_common()
        if often >= HABIT
    ]


def one_impression(told: Calibration) -> list[str]:
    """Whether the numbers within tasks of three aspects or more lie much closer together than the key's."""
    tasks: dict[str, list[Judged]] = {}
    for one in told.judged:
        if one.kind == RATING:
            tasks.setdefault(one.item, []).append(one)
    wide = [
        [max(numbers) - min(numbers) for numbers in ([one.given for one in task], [one.place for one in task])]
        for task in tasks.values()
        if len(task) >= 3
    ]
    if not wide:
        return []
    yours, keys = (mean(side) for side in zip(*wide, strict=True))
    if yours >= CLOSE * keys:
        return []
    return [
        f"Within one task your numbers lie {number(yours)} apart, the key’s {number(keys)}: perhaps one impression, rated "
        "several times."
    ]


def reached(level: Mapping[str, float], told: Calibration) -> list[Standing]:
    """Where somebody stands on the level that a module asks for: kappa for codings, ICC(2,1) for ratings.

    Judged on `ENOUGH` codings or ratings and more. The figure itself decides; where its interval lies on both sides of the
    level, the sentence says that another day could have gone the other way.
    """
    found = []
    for kind, wanted in level.items():
        what, n, now = KINDS[kind], told.number_of(kind), told.of(kind)
        asks = f"This module asks for an agreement of {number(wanted)} in your {what}."
        if n < ENOUGH:
            found.append(Standing(kind, wanted, NOT_ENOUGH, f"{asks} Not enough yet: {n} of the {ENOUGH} it takes."))
            continue
        if now.value is None:
            found.append(Standing(kind, wanted, NOT_ENOUGH, f"{asks} It cannot be judged: {now.note.rstrip('.')}."))
            continue
        state = YES if now.value >= wanted else NO
        said = f"{asks} {'Reached' if state == YES else 'Not reached'}: {number(now.value)}."
        if now.low is not None and now.high is not None and now.low < wanted <= now.high:
            said += " The interval lies on both sides of it; another day could have gone the other way."
        if state == NO:
            said += f" An item counts anew when you take it up again after {AGAIN_AFTER.days} days."
        found.append(Standing(kind, wanted, state, said))
    return found
