"""What is wrong with a key, in sentences that say what to write. What each kind of key means stands in `alliancelab.marking`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alliancelab import catalogue
from alliancelab.dialogue import OUTCOMES
from alliancelab.errors import ContentError
from alliancelab.items import Choose, Code, Fill, Find, Form, Item, NotAnAnswer, Order, Rate, Talk, Write
from alliancelab.marking import Key, groups, mark, reasons_of

_PARTS: dict[type, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Order: (("order", "why"), ()),
    Rate: (("ratings", "why"), ("within", "spread")),
    Code: (("labels", "why"), ("also",)),
    Talk: (("endings", "why"), ()),
}


def faults(item: Item, key: object, sources: Sequence[str] | None = None) -> list[str]:
    """What is wrong with a key, in sentences; with `sources`, a source that is not among them is a fault."""
    if isinstance(item, Write | Fill | Form):
        return [f"a {'scale' if isinstance(item, Form) else 'written answer'} has no key; take it out"]
    if not isinstance(key, Mapping):
        return ["the key is not a dictionary; write key={...}"]
    if isinstance(item, Choose):
        needed, allowed = (("right", "why"), ("either",)) if item.several else (("credit", "why"), ())
    else:
        needed, allowed = _PARTS[type(item)]
    wrong = [f"the key has no '{part}'; add it" for part in needed if part not in key]
    wrong += [
        f"the key has an unknown part '{part}'; take it out"
        for part in key
        if part not in (*needed, *allowed, "source")
    ]
    if "source" in key and not isinstance(key["source"], str):
        wrong.append("'source' is not a name; write one that stands in sources.toml")
    elif sources is not None and "source" in key and key["source"] not in sources:
        wrong.append(f"'{key['source']}' is no known source; name one that stands in sources.toml")
    if wrong:
        return wrong
    try:
        return _KEY_CHECKS[type(item)](item, key)
    except (AttributeError, KeyError, TypeError, ValueError):
        return ["the key does not have the shape of its kind; compare it with another item of that kind"]


def _shares(shares: Mapping[str, Any], known: Sequence[str], what: str) -> list[str]:
    wrong = [f"'{slug}' is not among the {what}" for slug in shares if slug not in known]
    wrong += [
        f"the credit of '{slug}' is not between 0 and 1"
        for slug, share in shares.items()
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1
    ]
    if not wrong and max(shares.values(), default=0) != 1:
        wrong.append(f"nothing earns full credit; give one of the {what} a credit of 1")
    return wrong


def _reasons(why: Any, wanted: Sequence[str], what: str) -> list[str]:
    if not isinstance(why, Mapping):
        return [f"'why' is not a dictionary; write a reason for each of the {what}"]
    missing = [slug for slug in wanted if not isinstance(why.get(slug), str) or not why[slug].strip()]
    wrong = [f"'{slug}' has no reason; write one in 'why'" for slug in missing]
    return wrong + [f"'why' speaks of '{slug}', which is not among the {what}" for slug in why if slug not in wanted]


def _choose_key(item: Choose, key: Key) -> list[str]:
    wrong = _reasons(key["why"], list(item.options), "options")
    if not item.several:
        return wrong + _shares(key["credit"], list(item.options), "options")
    named = [*key["right"], *key.get("either", ())]
    wrong += [f"'{slug}' is not among the options" for slug in named if slug not in item.options]
    if len(set(named)) != len(named):
        wrong.append("an option stands twice in 'right' and 'either'; keep one")
    return wrong if key["right"] else [*wrong, "no option is right; name at least one in 'right'"]


def _find_key(item: Find, key: Key) -> list[str]:
    try:
        chart = catalogue.chart(item.chart)
    except (catalogue.NotFound, ContentError) as error:
        return [str(error)]
    wrong = []
    if chart.get("sessions") != item.sessions:
        wrong.append(
            f"the chart '{item.chart}' has {chart.get('sessions')} sessions; write sessions={chart.get('sessions')}"
        )
    wrong += [
        f"'why' speaks of '{slug}', which is no session of the chart; write its number, or other"
        for slug in key["why"]
        if slug not in item.options and slug != "other"
    ]
    return wrong + _choose_key(item, {**key, "why": reasons_of(item, key)})


def _order_key(item: Order, key: Key) -> list[str]:
    slugs = [slug for group in groups(key) for slug in group]
    wrong = [] if isinstance(key["why"], str) and key["why"].strip() else ["'why' has no text; write the reason"]
    if sorted(slugs) != sorted(item.steps):
        return [*wrong, "'order' does not name each step once; write every slug, in order"]
    if len(groups(key)) < 2:
        return [*wrong, "'order' orders nothing; write at least two groups"]
    if mark(item, key, list(item.steps), 1).points == 1:
        wrong.append("the steps are shown in the right order already; show them in another")
    return wrong


def _rate_key(item: Rate, key: Key) -> list[str]:
    wrong = _reasons(key["why"], list(item.aspects), "aspects")
    if sorted(key["ratings"]) != sorted(item.aspects):
        return [*wrong, "'ratings' does not rate each aspect once; write a number for each"]
    try:
        item.clean(key["ratings"])
    except NotAnAnswer as error:
        wrong.append(str(error))
    if type(key.get("within", 0)) is not int or not 0 <= key.get("within", 0) < (item.scale[1] - item.scale[0]) / 2:
        wrong.append("'within' is not a small whole number; write 0, 1 or 2")
    return wrong + _spread(item, key) if "spread" in key else wrong


def _spread(item: Rate, key: Key) -> list[str]:
    """What is wrong with a panel's lowest and highest ratings."""
    if "within" in key:
        return ["'within' and 'spread' stand side by side; keep one"]
    if sorted(key["spread"]) != sorted(item.aspects):
        return ["'spread' does not name each aspect once; write [lowest, highest] for each"]
    wrong = []
    for aspect, given in key["spread"].items():
        numbers = list(given) if isinstance(given, list | tuple) else []
        if len(numbers) != 2 or any(type(n) is not int or not item.scale[0] <= n <= item.scale[1] for n in numbers):
            wrong.append(f"the spread of '{aspect}' is not two whole numbers on the scale; write [lowest, highest]")
        elif tuple(numbers) == tuple(item.scale):
            wrong.append(
                f"the spread of '{aspect}' takes every rating; settle it with the panel, or leave the aspect out"
            )
        elif not numbers[0] <= key["ratings"][aspect] <= numbers[1]:
            wrong.append(
                f"the spread of '{aspect}' leaves out its rating; write the lowest first, and the rating between"
            )
    return wrong


def _code_key(item: Code, key: Key) -> list[str]:
    wrong = _reasons(key["why"], list(item.utterances), "utterances")
    if sorted(key["labels"]) != sorted(item.utterances):
        return [*wrong, "'labels' does not label each utterance once; write a label for each"]
    wrong += [f"'{label}' is not among the labels" for label in key["labels"].values() if label not in item.labels]
    for slug, shares in key.get("also", {}).items():
        if slug not in item.utterances:
            wrong.append(f"'also' speaks of '{slug}', which is not among the utterances")
        wrong += [f"'{label}' is not among the labels" for label in shares if label not in item.labels]
        if not all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares.values()):
            wrong.append(f"'also' for '{slug}' gives no credit between 0 and 1")
    return wrong


def _talk_key(item: Talk, key: Key) -> list[str]:
    ends = [outcome for outcome in OUTCOMES if any(scene.end == outcome for scene in item.dialogue.scenes)]
    wrong = _reasons(key["why"], ends, "endings") + _shares(key["endings"], ends, "endings")
    return wrong


_KEY_CHECKS: dict[type, Callable[..., list[str]]] = {
    Choose: _choose_key,
    Find: _find_key,
    Order: _order_key,
    Rate: _rate_key,
    Code: _code_key,
    Talk: _talk_key,
}
