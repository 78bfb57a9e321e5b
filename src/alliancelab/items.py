"""The kinds of question: what each asks, and what an answer to it looks like.

An answer is a plain JSON value. `clean` takes whatever came and returns the answer, or raises `NotAnAnswer` with the
reason; nothing else decides what counts as an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from alliancelab.dialogue import Dialogue
from alliancelab.errors import AllianceLabError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
MOST_WORDS = 5_000
MOST_CHARACTERS = 50_000
MOST_STEPS = 500
MOST_SESSIONS = 60  # more than a chart shows

_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class NotAnAnswer(AllianceLabError):
    """A value that cannot be an answer to this item, with the reason."""


class ItemError(AllianceLabError):
    """An item that is put together wrongly: what to write."""


@dataclass(frozen=True)
class Choose:
    """Choose one option, or with `several` all that apply. Answer: the list of the chosen slugs, in shown order."""

    kind: ClassVar[str] = "choose"
    name: str
    ask: str
    options: Mapping[str, str]
    several: bool = False

    def __post_init__(self) -> None:
        _check(self, self.options, "options", at_least=2)
        if type(self.several) is not bool:
            raise ItemError(f"'{self.name}': several is not a yes or no; write several=True, or leave it out")

    def clean(self, value: object) -> list[str]:
        chosen = _slugs(value, self.options, "options")
        if not self.several and len(chosen) > 1:
            raise NotAnAnswer(f"'{self.name}' takes one option, and {len(chosen)} were chosen")
        return [slug for slug in self.options if slug in chosen]


@dataclass(frozen=True)
class Find(Choose):
    """Find a session on a chart of `content/charts.toml`, or with `several` all that fit: a choice among its sessions.

    `sessions` is how many the chart has. Answer: the list of the chosen numbers as texts, in order.

    >>> Find("fell", "When did it fall?", chart="reggie-six", sessions=6).clean(["6"])
    ['6']
    """

    kind: ClassVar[str] = "find"
    options: Mapping[str, str] = field(init=False, repr=False, compare=False)
    chart: str = field(kw_only=True)
    sessions: int = field(kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.chart, str) or not NAME.fullmatch(self.chart):
            raise ItemError(f"'{self.name}': the chart has no name; write chart= and the name of one in charts.toml")
        if type(self.sessions) is not int or not 2 <= self.sessions <= MOST_SESSIONS:
            raise ItemError(
                f"'{self.name}': sessions is not a number from 2 to {MOST_SESSIONS}; write how many the chart has"
            )
        numbers = range(1, self.sessions + 1)
        object.__setattr__(self, "options", {str(number): f"Session {number}" for number in numbers})
        super().__post_init__()


@dataclass(frozen=True)
class Order:
    """Put steps in order. Answer: the list of all slugs, first to last."""

    kind: ClassVar[str] = "order"
    name: str
    ask: str
    steps: Mapping[str, str]

    def __post_init__(self) -> None:
        _check(self, self.steps, "steps", at_least=3)

    def clean(self, value: object) -> list[str]:
        slugs = _slugs(value, self.steps, "steps")
        if len(slugs) != len(self.steps):
            raise NotAnAnswer(f"'{self.name}' has {len(self.steps)} steps, and {len(slugs)} were put in order")
        return slugs


@dataclass(frozen=True)
class Rate:
    """Rate each aspect on a whole-number scale. Answer: aspect to number; aspects may still be missing."""

    kind: ClassVar[str] = "rate"
    name: str
    ask: str
    aspects: Mapping[str, str]
    scale: tuple[int, int] = (0, 10)
    ends: tuple[str, str] = ("not at all", "completely")

    def __post_init__(self) -> None:
        _check(self, self.aspects, "aspects", at_least=1)
        if not (_is_pair(self.scale, int) and self.scale[0] < self.scale[1] <= self.scale[0] + 100):
            raise ItemError(f"'{self.name}': the scale is not two whole numbers; write scale=(0, 10)")
        if not _is_pair(self.ends, str):
            raise ItemError(f"'{self.name}': the ends are not two texts; write ends=('not at all', 'completely')")

    def clean(self, value: object) -> dict[str, int]:
        if not isinstance(value, Mapping):
            raise NotAnAnswer(f"'{self.name}' takes a number for each aspect, not {_short(value)}")
        low, high = self.scale
        for aspect, number in value.items():
            if aspect not in self.aspects:
                raise NotAnAnswer(f"'{self.name}' has no aspect {_short(aspect)}")
            if type(number) is not int or not low <= number <= high:
                raise NotAnAnswer(
                    f"'{self.name}' takes whole numbers from {low} to {high}, not {_short(number)} for '{aspect}'"
                )
        return {aspect: value[aspect] for aspect in self.aspects if aspect in value}


@dataclass(frozen=True)
class Code:
    """Label utterances of an exchange. Answer: utterance to label; utterances may still be missing.

    `exchange` is a sequence of (who, words) and, for the lines to label, (who, words, slug).
    """

    kind: ClassVar[str] = "code"
    name: str
    ask: str
    exchange: Sequence[Sequence[str]]
    labels: Mapping[str, str]
    utterances: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.exchange, str) or not all(
            not isinstance(line, str) and len(line) in (2, 3) and all(isinstance(part, str) for part in line)
            for line in self.exchange
        ):
            raise ItemError(f"'{self.name}': a line of the exchange is (who, words) or (who, words, slug)")
        coded = [line for line in self.exchange if len(line) == 3]
        utterances = {line[2]: line[1] for line in coded}
        if len(utterances) != len(coded):
            raise ItemError(f"'{self.name}': two lines of the exchange have one slug; rename one")
        object.__setattr__(self, "utterances", utterances)
        _check(self, utterances, "utterances", at_least=1)
        _check(self, self.labels, "labels", at_least=2)

    def clean(self, value: object) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise NotAnAnswer(f"'{self.name}' takes a label for each utterance, not {_short(value)}")
        for utterance, label in value.items():
            if utterance not in self.utterances:
                raise NotAnAnswer(f"'{self.name}' has no utterance {_short(utterance)}")
            if not isinstance(label, str) or label not in self.labels:
                raise NotAnAnswer(f"'{self.name}' has no label {_short(label)}")
        return {utterance: value[utterance] for utterance in self.utterances if utterance in value}


@dataclass(frozen=True)
class Write:
    """Write in your own words. Answer: the text. `words` is the length asked for, from and to."""

    kind: ClassVar[str] = "write"
    name: str
    ask: str
    words: tuple[int, int] = (50, 300)

    def __post_init__(self) -> None:
        _check(self, None, "", 0)
        if not (_is_pair(self.words, int) and 0 <= self.words[0] <= self.words[1] <= MOST_WORDS):
            raise ItemError(f"'{self.name}': the length is not two whole numbers; write words=(120, 300)")

    def clean(self, value: object) -> str:
        if not isinstance(value, str):
            raise NotAnAnswer(f"'{self.name}' takes words, not {_short(value)}")
        if len(value) > MOST_CHARACTERS:
            raise NotAnAnswer(
                f"'{self.name}' takes at most {MOST_CHARACTERS:,} characters, and this text has {len(value):,}"
            )
        return plain_text(value)


@dataclass(frozen=True)
class Fill:
    """Fill in a page of short fields. Answer: field to text; fields may still be missing. Nobody marks it."""

    kind: ClassVar[str] = "fill"
    name: str
    ask: str
    fields: Mapping[str, str]

    def __post_init__(self) -> None:
        _check(self, self.fields, "fields", at_least=1)

    def clean(self, value: object) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise NotAnAnswer(f"'{self.name}' takes a text for each field, not {_short(value)}")
        for slug, text in value.items():
            if slug not in self.fields:
                raise NotAnAnswer(f"'{self.name}' has no field {_short(slug)}")
            if not isinstance(text, str):
                raise NotAnAnswer(f"'{self.name}' takes words, not {_short(text)} for '{slug}'")
        if (length := sum(map(len, value.values()))) > MOST_CHARACTERS:
            raise NotAnAnswer(f"'{self.name}' takes at most {MOST_CHARACTERS:,} characters, and here are {length:,}")
        cleaned = {slug: plain_text(value[slug]) for slug in self.fields if slug in value}
        return {slug: text for slug, text in cleaned.items() if text}


@dataclass(frozen=True)
class Talk:
    """A conversation to play. Answer: the path, the names of the scenes chosen."""

    kind: ClassVar[str] = "dialogue"
    name: str
    dialogue: Dialogue

    @property
    def ask(self) -> str:
        return self.dialogue.title

    def clean(self, value: object) -> list[str]:
        if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
            raise NotAnAnswer(f"'{self.name}' takes a path of scenes, not {_short(value)}")
        if len(value) > MOST_STEPS:
            raise NotAnAnswer(f"'{self.name}' takes a path of at most {MOST_STEPS} scenes, not {len(value)}")
        scene = self.dialogue.scene(self.dialogue.start)
        for name in value:
            choice = scene.choice(name) if scene else None
            scene = self.dialogue.scene(name) if choice else None
            if scene is None:
                raise NotAnAnswer(f"'{self.name}' has no reply to {_short(name)} there")
        return list(value)


Item = Choose | Order | Rate | Code | Write | Fill | Talk
QUESTIONS: Mapping[str, Callable[..., Item]] = {cls.kind: cls for cls in (Choose, Order, Rate, Code, Write, Fill, Find)}
KINDS = (*QUESTIONS, Talk.kind)


def is_blank(item: Item, answer: Any) -> bool:
    """Whether a cleaned answer (or None) says nothing yet."""
    return answer is None or (not answer.strip() if isinstance(answer, str) else not answer)


def plain_text(text: str) -> str:
    r"""Words as they are kept: one kind of line end, no control characters, no blanks around.

    >>> plain_text("  I was\r\ntired.\x00 ")
    'I was\ntired.'
    """
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _check(item: Any, parts: Mapping[str, str] | None, what: str, at_least: int) -> None:
    if not isinstance(item.name, str) or not NAME.fullmatch(item.name):
        raise ItemError(f"{item.name!r} cannot name an item; use letters, digits, hyphens, underscores")
    if not isinstance(item.ask, str) or not item.ask.strip():
        raise ItemError(f"'{item.name}' asks nothing; write the question behind the name")
    if parts is None:
        return
    if not isinstance(parts, Mapping) or len(parts) < at_least:
        raise ItemError(f"'{item.name}' needs at least {at_least} {what}, each a slug and its text")
    for slug, text in parts.items():
        if not isinstance(slug, str) or not NAME.fullmatch(slug):
            raise ItemError(f"'{item.name}': {slug!r} is no slug; use letters, digits, hyphens")
        if not isinstance(text, str) or not text.strip():
            raise ItemError(f"'{item.name}': '{slug}' has no text; write it")


def _slugs(value: object, known: Mapping[str, str], what: str) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(slug, str) for slug in value):
        raise NotAnAnswer(f"a list of {what} was expected, not {_short(value)}")
    for slug in value:
        if slug not in known:
            raise NotAnAnswer(f"{_short(slug)} is not among the {what}")
    if len(set(value)) != len(value):
        raise NotAnAnswer(f"one of the {what} stands twice")
    return list(value)


def _is_pair(value: object, of: type) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(type(part) is of for part in value)


def _short(value: object) -> str:
    if isinstance(value, str | int | float | bool) or value is None:
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "..."
    return f"a {type(value).__name__}"
