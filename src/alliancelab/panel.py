"""A panel's key: several raters' files to how far they agree, where they do not, and a key with the panel's spread.

A rater's file is a journal (`*.answers.jsonl`; the last answer to each item counts) or a CSV file with the columns item,
part and value: the aspect and its number, or the utterance and its label.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median_low
from textwrap import shorten
from typing import Any

from alliancelab import answers, calibration, catalogue, script, sheet
from alliancelab.errors import AllianceLabError, ContentError, Fault
from alliancelab.items import Code, Item, NotAnAnswer, Rate
from alliancelab.marking import Key, rating_share
from alliancelab.measures import Agreement, krippendorff_alpha
from alliancelab.skeleton_texts import MARK

FEWEST_RATERS, FEWEST_FOR_A_KEY = 2, 3
# The spread of a rating goes from the panel's lowest to its highest: panels are small, a quartile of four people says
# little, and where one of the programme's own experts rated so, a trainee who does is not wrong. What makes that too
# wide is not hidden by it, but listed as something on which the panel does not agree.
WIDE = 0.3  # of the scale: ratings further apart than this are no agreement
CREDITED = 0.2  # the smallest share of a panel that earns a label credit, by its share
COLUMNS = ("item", "part", "value")
LONGEST_LINE_SHOWN = 60


@dataclass(frozen=True)
class Task:
    """A coding or rating item, its key so far where that is at hand, and whether it is graded: then its key is hidden."""

    item: Item
    key: Key | None = None
    graded: bool = False


Items = Mapping[str, Task]


@dataclass(frozen=True)
class Rater:
    """One rater: a name, and what they gave each part of each item, a number or a label."""

    name: str
    given: Mapping[tuple[str, str], Any]


@dataclass(frozen=True)
class Group:
    """Items that were judged in one way, on one scale or with one set of labels: the panel's alpha, and that of each pair.

    `alpha` is Krippendorff's, ordinal for ratings and nominal for codings; a pair has ICC(2,1) or kappa.
    """

    kind: str
    what: str
    items: tuple[str, ...]
    alpha: Agreement
    pairs: tuple[tuple[str, str, Agreement], ...]


@dataclass(frozen=True)
class Apart:
    """A part on which the panel does not agree, and what was given how often."""

    item: str
    part: str
    passage: str
    said: str


@dataclass(frozen=True)
class Report:
    """What a panel's files say: how far they agree, where they do not, the key of each item, and what has none and why; and
    which items are graded.
    """

    raters: tuple[str, ...]
    groups: tuple[Group, ...]
    apart: tuple[Apart, ...]
    keys: Mapping[str, Key]
    without_key: tuple[tuple[str, str], ...]
    graded: tuple[str, ...]


def items_of(module: str, notebook: Path | None = None) -> Items:
    """The coding and rating items of a module, lesson and exercise, each with its key where that is at hand.

    With `notebook`, those of that notebook instead: a programme's own lesson or exercise source.
    """
    paths = [notebook] if notebook else [catalogue.lesson(module), catalogue.exercise_source(module)]
    found: dict[str, Task] = {}
    for path in filter(None, paths):
        read = sheet.read(path)
        if read.faults:
            raise ContentError(read.faults)
        for name, asked in read.asked.items():
            if calibration.is_judged(asked.item):
                graded = read.graded.get(name)
                found[name] = Task(asked.item, graded.key if graded else asked.key, graded is not None)
    if not found:
        raise AllianceLabError(f"{paths[0]} asks for no coding and no rating; name another with --notebook")
    return found


def read(paths: Sequence[Path], items: Items) -> list[Rater]:
    """The raters whose files these are; raises `ContentError` with every line that cannot be used, by file and number."""
    if len(paths) < FEWEST_RATERS:
        raise AllianceLabError(f"a panel has {FEWEST_RATERS} raters or more; name a file for each")
    faults: list[Fault] = []
    raters = []
    for path, name in zip(paths, _names(paths), strict=True):
        given: dict[tuple[str, str], Any] = {}
        wrong = list((_from_csv if path.suffix.lower() == ".csv" else _from_journal)(path, items, given))
        if not wrong and not given:
            wrong.append(Fault(str(path), 1, "holds no coding and no rating of these items; is it of another module?"))
        faults += wrong
        raters.append(Rater(name, given))
    if faults:
        raise ContentError(sorted(faults))
    return raters


def _names(paths: Sequence[Path]) -> list[str]:
    """A name for each rater: the file's, with as many folders before it as tell them apart."""
    whole = [path.absolute() for path in paths]
    if len(set(whole)) < len(whole):
        twice = next(path for path, often in Counter(whole).items() if often > 1)
        raise AllianceLabError(f"{twice} is named twice; name each rater's file once")
    for depth in range(1, max(len(path.parts) for path in whole) + 1):
        names = ["/".join((*path.parts[-depth:-1], path.name.split(".")[0])) for path in whole]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in whole]  # two files of one stem, side by side


def _from_journal(path: Path, items: Items, given: dict[tuple[str, str], Any]) -> Iterable[Fault]:
    if not path.is_file():
        yield Fault(str(path), 1, "is not there; look at its name")
        return
    reading = answers.read(path)
    yield from reading.faults
    if reading.torn:
        yield Fault(str(path), len(reading.entries) + 1, "breaks off in its last line; take a whole copy")
    if reading.faults or reading.torn:
        return
    numbers = [number for number, line in enumerate(path.read_bytes().split(b"\n"), start=1) if line.strip()]
    for number, entry in zip(numbers, reading.entries, strict=True):
        try:
            if entry.item in items:
                items[entry.item].item.clean(entry.answer)
        except NotAnAnswer as error:
            yield Fault(str(path), number, str(error))
    for name, task in items.items():
        answer = answers.answer_of(reading, task.item)
        given |= {(name, part): value for part, value in (answer or {}).items()}


def _from_csv(path: Path, items: Items, given: dict[tuple[str, str], Any]) -> Iterable[Fault]:
    try:
        text = script.read_text(path).removeprefix("\ufeff")
    except ContentError as error:
        yield from error.faults
        return
    head = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in head else ",")
    columns = [cell.strip().lower() for cell in next(rows, [])]
    if sorted(columns) != sorted(COLUMNS):
        yield Fault(str(path), 1, f"has other columns; write {','.join(COLUMNS)} in the first line")
        return
    try:
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(COLUMNS):
                yield Fault(str(path), rows.line_num, f"has {len(cells)} cells; write {', '.join(COLUMNS)}")
                continue
            row = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
            place = row["item"], row["part"]
            try:
                value = _value(items, *place, row["value"])
                if place in given:
                    raise AllianceLabError(f"'{place[1]}' of '{place[0]}' stands twice; keep one")
            except AllianceLabError as error:
                yield Fault(str(path), rows.line_num, str(error))
            else:
                given[place] = value
    except csv.Error as error:
        yield Fault(str(path), rows.line_num, f"is no CSV: {error}")


def _value(items: Items, name: str, part: str, told: str) -> Any:
    """What a cell of a CSV file says; raises `AllianceLabError` where the item could not be answered so."""
    if name not in items:
        raise AllianceLabError(
            f"there is no coding or rating '{name[:LONGEST_LINE_SHOWN]}'{catalogue.near(name, list(items))}"
        )
    item = items[name].item
    value: Any = told
    if isinstance(item, Rate):
        if not told.lstrip("-").isdecimal() or len(told) > 6:
            raise AllianceLabError(f"{told[:LONGEST_LINE_SHOWN]!r} is no whole number; write one from the scale")
        value = int(told)
    try:
        item.clean({part: value})
    except NotAnAnswer as error:
        raise AllianceLabError(str(error)) from None
    return value


# -- agreement --------------------------------------------------------------------------------------------------------


def report(raters: Sequence[Rater], items: Items, near: Mapping[str, str] | None = None) -> Report:
    """How far the raters agree, where they do not, and the key that follows; their order makes no difference.

    `near` (label to label) names the labels that count for one another when agreement is counted.
    """
    ordered = sorted(raters, key=lambda rater: rater.name)
    judged = {name: task for name, task in items.items() if any(name == of for r in ordered for of, _ in r.given)}
    groups: dict[tuple[str, str], list[Item]] = {}
    keys, without = {}, []
    for name, task in judged.items():
        groups.setdefault(_way(task.item), []).append(task.item)
        if reason := _too_few(task.item, ordered):
            without.append((name, reason))
        else:
            keys[name] = key(task.item, task.key, ordered)
    return Report(
        tuple(rater.name for rater in ordered),
        tuple(_group(kind, what, of, ordered, near or {}) for (kind, what), of in groups.items()),
        tuple(apart for task in judged.values() for apart in _apart(task.item, ordered)),
        keys,
        tuple(without),
        tuple(name for name, task in judged.items() if task.graded),
    )


def _way(item: Item) -> tuple[str, str]:
    """How an item is judged: items of one way are taken together."""
    if isinstance(item, Rate):
        return calibration.RATING, f"{item.scale[0]} to {item.scale[1]}"
    assert isinstance(item, Code)
    return calibration.CODING, ", ".join(item.labels)


def _parts(item: Item) -> Mapping[str, str]:
    return item.aspects if isinstance(item, Rate) else item.utterances if isinstance(item, Code) else {}


def _group(kind: str, what: str, items: Sequence[Item], raters: Sequence[Rater], near: Mapping[str, str]) -> Group:
    places = [(item.name, part) for item in items for part in _parts(item)]

    def given(rater: Rater, place: tuple[str, str]) -> Any:
        value = rater.given.get(place)
        return calibration.one_of_pair(value, near) if isinstance(value, str) else value

    table = [[given(rater, place) for rater in raters] for place in places]
    alpha = krippendorff_alpha(table, level="ordinal" if kind == calibration.RATING else "nominal")
    pairs = []
    for (a, one), (b, other) in combinations(enumerate(raters), 2):
        both = [(row[a], row[b]) for row in table if row[a] is not None and row[b] is not None]
        if kind == calibration.CODING:
            told = calibration.kappa([(what, *pair) for pair in both])
        else:
            told = calibration.icc_of_two(both, "2,1")
        pairs.append((one.name, other.name, told))
    return Group(kind, what, tuple(item.name for item in items), alpha, tuple(pairs))


def _given(item: Item, part: str, raters: Sequence[Rater]) -> list[Any]:
    return sorted(rater.given[item.name, part] for rater in raters if (item.name, part) in rater.given)


def _apart(item: Item, raters: Sequence[Rater]) -> Iterable[Apart]:
    """The parts of an item on which the panel does not agree: ratings far apart, or no label that most of them chose."""
    for part, passage in _parts(item).items():
        given = _given(item, part, raters)
        if len(given) < FEWEST_RATERS:
            continue
        if isinstance(item, Rate):
            if given[-1] - given[0] > WIDE * (item.scale[1] - item.scale[0]):
                yield Apart(item.name, part, passage, f"from {given[0]} to {given[-1]}")
        elif Counter(given).most_common(1)[0][1] * 2 <= len(given):
            assert isinstance(item, Code)
            told = ", ".join(f"{item.labels[label]} {often}" for label, often in Counter(given).most_common())
            yield Apart(item.name, part, passage, told)


# -- the key ----------------------------------------------------------------------------------------------------------


def _too_few(item: Item, raters: Sequence[Rater]) -> str:
    """Why an item gets no key; empty where it gets one."""
    for part in _parts(item):
        if (number := len(_given(item, part, raters))) < FEWEST_FOR_A_KEY:
            return f"'{part}' was judged by {number}; a key takes {FEWEST_FOR_A_KEY} or more"
    return ""


def key(item: Item, old: Key | None, raters: Sequence[Rater]) -> Key:
    """A panel's key. Ratings: the median (of two in the middle the lower), with the spread from the lowest to the highest.
    Codings: the label that most chose; others that a share of `CREDITED` or more chose earn credit by that share, and one
    that as many chose as the first earns it in full.

    A reason of the `old` key is kept where that key is the same or inside the spread; elsewhere one is to be written.
    """
    if isinstance(item, Rate):
        given = {aspect: _given(item, aspect, raters) for aspect in item.aspects}
        made: dict[str, Any] = {
            "ratings": {aspect: median_low(numbers) for aspect, numbers in given.items()},
            "spread": {aspect: [numbers[0], numbers[-1]] for aspect, numbers in given.items()},
        }
        kept = {a: bool(old) and rating_share(made, a, old["ratings"].get(a)) == 1 for a in item.aspects}
    else:
        assert isinstance(item, Code)
        votes = {slug: Counter(_given(item, slug, raters)) for slug in item.utterances}
        labels, also = {}, {}
        for slug, often in votes.items():
            # Of labels with as many votes, the first that the item offers is the key, whoever's file came first.
            most = max(often.values())
            labels[slug] = next(label for label in item.labels if often[label] == most)
            shares = {
                label: 1.0 if often[label] == most else round(often[label] / often.total(), 2)
                for label in item.labels
                if label != labels[slug] and often[label] >= CREDITED * often.total()
            }
            if shares:
                also[slug] = shares
        made = {"labels": labels, **({"also": also} if also else {})}
        kept = {s: bool(old) and old["labels"].get(s) == labels[s] for s in item.utterances}
    reasons = {part: old["why"][part] if kept[part] and old else f"{MARK} the panel's reason." for part in _parts(item)}
    return {**made, "why": reasons}


def as_toml(told: Report) -> str:
    """The keys as text: a table for each item, to be put into a lesson's file of items in place of its own key.

    A graded item's key stands in its notebook; for that, a comment holds the same as it is written there.
    """
    lines = [
        f"# The key of a panel of {len(told.raters)}: {', '.join(map(_comment, told.raters))}.",
        "# A lesson: put each table in place of the item's key in its file of items. An exercise: put what stands behind",
        "# `key=` into the hidden tests of its mark. Then run `alliancelab content check`.",
    ]
    for name, made in told.keys.items():
        lines += [
            "",
            *(
                f"# No agreement on '{a.part}': {a.said}. Settle it together, or leave the item out."
                for a in told.apart
                if a.item == name
            ),
        ]
        if "ratings" in made:
            lines += [f"[{name}.key]", f"ratings = {_inline(made['ratings'])}", f"spread = {_inline(made['spread'])}"]
        else:
            lines += [f"[{name}.key.labels]", *(f"{slug} = {_inline(label)}" for slug, label in made["labels"].items())]
            if "also" in made:
                lines += ["", f"[{name}.key.also]", *(f"{slug} = {_inline(of)}" for slug, of in made["also"].items())]
        lines += ["", f"[{name}.key.why]", *(f"{part} = {_inline(why)}" for part, why in made["why"].items())]
        if name in told.graded:
            lines += ["", f"# key={made!r}"]
    return "\n".join(lines) + "\n"


def write(path: Path, text: str) -> None:
    """Write a new file; one that is there is not overwritten, and one that cannot be written whole is taken away again."""
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                path.unlink()
                raise
    except FileExistsError:
        raise AllianceLabError(f"{path} is there already; name a new file with --out") from None
    except OSError as error:
        raise AllianceLabError(f"{path} cannot be written: {error.strerror or error}") from None


def _inline(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_inline(inside)}" for name, inside in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _comment(text: str) -> str:
    return shorten(" ".join(text.split()), LONGEST_LINE_SHOWN, placeholder="…")
