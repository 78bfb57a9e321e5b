"""Marking: (item, key, answer) to a `Result`, without side effects.

A key is the author's judgement, as plain data. Its shape depends on the item's kind and stands in the docstring of the
function that marks it; `alliancelab.keys` says what is wrong with one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import Any

from alliancelab import catalogue
from alliancelab.items import Choose, Code, Fill, Find, Item, NotAnAnswer, Order, Rate, Talk, Write, is_blank
from alliancelab.play import path_to, replay

Key = Mapping[str, Any]

NOT_ANSWERED, NOT_YET, PARTLY, RIGHT = "not answered", "not yet", "partly", "right"
WAITING, KEPT = "waits for a person", "kept"

HEADLINES = {
    NOT_ANSWERED: "Not answered.",
    NOT_YET: "Not yet.",
    PARTLY: "Partly.",
    RIGHT: "Yes.",
    WAITING: "Answered; a person reads it.",
    KEPT: "Marked when you hand in, or when you check your work.",
}


@dataclass(frozen=True)
class Remark:
    """What the key says about one part of an answer: the part, the share of credit it earned, and the reason."""

    part: str
    share: float | None
    why: str


@dataclass(frozen=True)
class Result:
    """What a check returns.

    Its plain text is only the points, because nbgrader reads that as the score; its Markdown is the feedback.

    >>> Result("welcome", PARTLY, 1.5, 2)
    1.5
    >>> Result("welcome", NOT_ANSWERED, 0, 2)
    0
    """

    name: str
    status: str
    points: float
    out_of: float
    remarks: tuple[Remark, ...] = ()
    note: str = ""
    source: str = ""

    def __repr__(self) -> str:
        return number(self.points)

    def _repr_markdown_(self) -> str:
        worth = f"{number(self.points)} of {number(self.out_of)} points"
        if self.status == KEPT:
            worth = f"{number(self.out_of)} points" if self.out_of != 1 else "1 point"
        lines = [f"**{HEADLINES[self.status]}** {worth}." + (f" {literal(self.note)}" if self.note else "")]
        lines += [
            f"- {SIGNS[sign_of(remark)]} **{escape(remark.part, quote=False)}** {escape(remark.why, quote=False)}".rstrip()
            for remark in self.remarks
        ]
        text = "\n".join([lines[0], "", *lines[1:]]) if self.remarks else lines[0]
        if self.source in catalogue.sources():
            text += f"\n\nSource: [{catalogue.source_name(self.source)}]({catalogue.source_link(self.source)})"
        return text


def literal(text: str) -> str:
    """Text that Markdown shows as it stands, whatever it holds: for words that came from a trainee's file.

    >>> literal("[x](javascript:1)")
    '&#91;x&#93;&#40;javascript&#58;1&#41;'
    """
    return "".join(c if c.isalnum() or c in " ,;'" else f"&#{ord(c)};" for c in text)


SIGNS = {"right": "✓", "partly": "◐", "wrong": "✗", "said": "·"}


def sign_of(remark: Remark) -> str:
    """How a remark is shown: right, partly, wrong, or only said."""
    if remark.share is None:
        return "said"
    return "right" if remark.share >= 1 else "partly" if remark.share > 0 else "wrong"


def number(points: float) -> str:
    """Points as people write them: at most two decimals, none where none are needed.

    >>> number(2.0), number(4 / 3)
    ('2', '1.33')
    """
    return f"{round(points, 2):g}"


def mark(item: Item, key: Key | None, answer: object, points: float, near: Mapping[str, str] | None = None) -> Result:
    """Mark one answer.

    `answer` is what the journal holds, or None; `points` what the item is worth; `near` (label to label) names the
    labels of a coding exercise that count for one another. Without a key nothing is judged: the result only says
    whether there is an answer.
    """
    try:
        answer = None if answer is None else item.clean(answer)
    except NotAnAnswer as error:
        return Result(item.name, NOT_ANSWERED, 0, points, note=f"The answer kept for it cannot be used: {error}.")
    if is_blank(item, answer):
        return Result(item.name, NOT_ANSWERED, 0, points)
    if isinstance(item, Write | Fill):
        return Result(item.name, WAITING, 0, points)
    if key is None:
        return Result(item.name, KEPT, 0, points)
    if isinstance(item, Talk) and replay(item.dialogue, answer).end is None:
        return Result(item.name, NOT_ANSWERED, 0, points, note="The conversation has not come to an end.")
    share, remarks = _MARKERS[type(item)](item, key, answer, near or {})
    earned = round(share * points, 2)
    status = RIGHT if share >= 1 else PARTLY if earned > 0 else NOT_YET
    return Result(item.name, status, earned, points, tuple(remarks), source=str(key.get("source", "")))


Marked = tuple[float, list[Remark]]


def _mark_choose(item: Choose, key: Key, answer: list[str], near: Mapping[str, str]) -> Marked:
    """One: {"credit": {slug: share}, "why": {slug: reason}}. Several: {"right": [slug], "either": [slug], "why": ...}:
    the right ones chosen less the wrong ones chosen, over the number of right ones, never below nothing.
    """
    if not item.several:
        share = float(key["credit"].get(answer[0], 0))
        return share, [Remark(item.options[answer[0]], share, key["why"][answer[0]])]
    right, either = set(key["right"]), set(key.get("either", ()))
    remarks = []
    for slug, text in item.options.items():
        chosen = slug in answer
        share = None if slug in either else float(chosen == (slug in right))
        if chosen or slug in right:
            said = text if chosen else f"{text} (not chosen)"
            remarks.append(Remark(said, share, key["why"][slug]))
    hits, wrong = len(right.intersection(answer)), len(set(answer) - right - either)
    return max(0.0, (hits - wrong) / len(right)), remarks


def _mark_find(item: Find, key: Key, answer: list[str], near: Mapping[str, str]) -> Marked:
    """As for a choice, with numbers of sessions as slugs; in "why", "other" is the reason for each that has none of its own."""
    return _mark_choose(item, {**key, "why": reasons_of(item, key)}, answer, near)


def _mark_order(item: Order, key: Key, answer: list[str], near: Mapping[str, str]) -> Marked:
    """{"order": [slug, [slug, slug], ...], "why": reason}; a nested list holds steps that may be swapped.

    The share is Kendall's tau over the pairs whose order matters (Kendall 1938, 10.1093/biomet/30.1-2.81), never below
    nothing: chance earns nothing, one swap of neighbours costs little.
    """
    place = {slug: n for n, group in enumerate(groups(key)) for slug in group}
    pairs = [place[b] - place[a] for a, b in combinations(answer, 2) if place[a] != place[b]]
    agreeing = sum(1 for difference in pairs if difference > 0)
    share = max(0.0, 2 * agreeing / len(pairs) - 1)
    told = "; ".join(" or ".join(item.steps[slug] for slug in group) for group in groups(key))
    return share, [Remark(f"Suggested order: {told}.", share, key["why"])]


def _mark_rate(item: Rate, key: Key, answer: dict[str, int], near: Mapping[str, str]) -> Marked:
    """{"ratings": {aspect: number}, "within": steps, "why": {aspect: reason}}: in full within so many steps of the key, half
    one step further. A panel's key has {"spread": {aspect: [lowest, highest]}} in place of "within": in full inside it.
    """
    remarks = []
    for aspect, text in item.aspects.items():
        wanted, given = key["ratings"][aspect], answer.get(aspect)
        said = "not rated" if given is None else f"you {given}, key {wanted}"
        if "spread" in key and given is not None:
            low, high = span(key, aspect)
            said += f", panel {low} to {high}"
        remarks.append(Remark(f"{text} ({said})", rating_share(key, aspect, given), key["why"][aspect]))
    return _mean(remarks), remarks


def span(key: Key, aspect: str) -> tuple[int, int]:
    """The lowest and the highest rating of an aspect that earn full credit.

    >>> span({"ratings": {"bond": 7}, "within": 1}, "bond"), span({"ratings": {"bond": 7}, "spread": {"bond": [4, 8]}}, "bond")
    ((6, 8), (4, 8))
    """
    if "spread" in key:
        low, high = key["spread"][aspect]
        return low, high
    wanted, within = key["ratings"][aspect], key.get("within", 0)
    return wanted - within, wanted + within


def rating_share(key: Key, aspect: str, given: int | None) -> float:
    """The share of credit that a rating of an aspect earns: half one step outside of what earns it in full."""
    if given is None:
        return 0.0
    low, high = span(key, aspect)
    off = max(low - given, given - high, 0)
    return 1.0 if off == 0 else 0.5 if off <= 1 else 0.0


def coding_share(key: Key, utterance: str, given: str | None, near: Mapping[str, str]) -> float:
    """The share of credit that a label of an utterance earns; one of a near pair counts for the other."""
    wanted = key["labels"][utterance]
    if given is None or given == wanted or near.get(wanted) == given:
        return 0.0 if given is None else 1.0
    return float(key.get("also", {}).get(utterance, {}).get(given, 0))


def _mark_code(item: Code, key: Key, answer: dict[str, str], near: Mapping[str, str]) -> Marked:
    """{"labels": {utterance: label}, "also": {utterance: {label: share}}, "why": {utterance: reason}}."""
    remarks = []
    for slug, words in item.utterances.items():
        wanted, given = key["labels"][slug], answer.get(slug)
        said = "not labelled" if given is None else item.labels[given]
        if given != wanted:
            said += f"; key: {item.labels[wanted]}"
        remarks.append(Remark(f"“{words}” ({said})", coding_share(key, slug, given, near), key["why"][slug]))
    return _mean(remarks), remarks


def _mark_talk(item: Talk, key: Key, answer: list[str], near: Mapping[str, str]) -> Marked:
    """{"endings": {outcome: share}, "why": {outcome: reason}}: what the conversation reached."""
    run = replay(item.dialogue, answer)
    share = float(key["endings"].get(run.end, 0))
    now = run.alliance
    part = f"{(run.end or '').capitalize()} (bond {now.bond}, goals {now.goals}, tasks {now.tasks})."
    return share, [Remark(part, share, key["why"][run.end])]


_MARKERS: dict[type, Callable[..., Marked]] = {
    Choose: _mark_choose,
    Find: _mark_find,
    Order: _mark_order,
    Rate: _mark_rate,
    Code: _mark_code,
    Talk: _mark_talk,
}


def _mean(remarks: Sequence[Remark]) -> float:
    return sum(remark.share or 0.0 for remark in remarks) / len(remarks)


def reasons_of(item: Find, key: Key) -> dict[str, str]:
    """The reason for each session of a chart."""
    return {slug: key["why"].get(slug, key["why"].get("other")) for slug in item.options}


def groups(key: Key) -> list[list[str]]:
    """The steps of an order's key as groups of those that may be swapped."""
    return [[step] if isinstance(step, str) else list(step) for step in key["order"]]


def model_answer(item: Item, key: Key | None) -> Any:
    """An answer that earns every point, made from the key; for words None, since a person reads them.

    >>> who = Choose("who", "Who may be told?", {"nobody": "Nobody.", "the-team": "The team."})
    >>> model_answer(who, {"credit": {"the-team": 1}, "why": {"nobody": "Too strict.", "the-team": "As agreed."}})
    ['the-team']
    """
    if key is None or isinstance(item, Write | Fill):
        return None
    if isinstance(item, Choose):
        return list(key["right"]) if item.several else [max(key["credit"], key=key["credit"].get)]
    if isinstance(item, Order):
        return [slug for group in groups(key) for slug in group]
    if isinstance(item, Rate):
        return dict(key["ratings"])
    if isinstance(item, Code):
        return dict(key["labels"])
    best = [outcome for outcome, share in key["endings"].items() if share == 1]
    return list(path_to(item.dialogue, best) or ())
