"""What the tests of the core share: small texts, dialogues and items, and strategies that make more of them."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from hypothesis import strategies as st

from alliancelab import catalogue, script
from alliancelab.dialogue import LEVELS, OUTCOMES, Alliance, Change, Choice, Dialogue, Line, Scene
from alliancelab.items import Choose, Code, Fill, Find, Order, Rate, Talk, Write

ADA = """---
format: 1
title: Ada is early
module: rapport
level: easy
start: opening
alliance: {bond: 50, goals: 50, tasks: 50}
sources: [elliott-2018]
---

Ada is 52 and came ten minutes early.

## opening

*She stands in the door.*

**Ada:** I can wait outside.

- You came early. -> heard [bond +5; restatement]
  > Stays with what she did.
- The room is free at ten. -> told [bond -2, goals -1; information, structuring]
  > True, and it sends her out.

## heard

**Ada:** I nearly did not come.

end: deepened

## told

**Ada:** Of course.

- I said that too fast. -> heard [bond +4; repair]
  > Owns the haste.
- See you at ten. -> outside [bond -6; information]
  > It closes the door.

## outside

*She waits in the corridor, and then she doesn't.*

end: lost
"""


def ada() -> Dialogue:
    """The small dialogue above."""
    return script.parse(ADA, "ada")


def long_dialogue() -> Dialogue:
    """A dialogue that the linter has nothing to say against."""
    scenes = []
    for number in range(1, 7):
        onward = f"scene-{number + 1}" if number < 6 else "the-end"
        changes = [(onward, Change(bond=5)), ("half-way", Change(bond=-1)), ("the-door", Change(bond=-6))]
        lengths = {onward: number % 3, "half-way": (number + 1) % 3, "the-door": (number + 2) % 3}
        replies = [
            Choice("So it was that." + " And that." * lengths[to], to, change, ("restatement",), f"What {to} costs.")
            for to, change in changes
        ]
        turned = replies[-(number % 3) :] + replies[: -(number % 3)]  # the best reply's place goes round
        scenes.append(Scene(f"scene-{number}", (Line("Ada", f"The {number}. time."),), tuple(turned)))
    scenes += [
        Scene("the-end", (Line("Ada", "I'll come again."),), end="deepened"),
        Scene("half-way", (Line(None, "*You take it to supervision.*"),), end="held"),
        Scene("the-door", (Line(None, "*She goes.*"),), end="lost"),
    ]
    start = Alliance(50, 50, 50)
    return Dialogue(
        "ada-again", "Ada again", "rapport", "hard", "scene-1", start, ("elliott-2018",), "Ada is 52.", tuple(scenes)
    )


LONG_PLAYS = """[[play]]
path = ["scene-2", "scene-3", "scene-4", "scene-5", "scene-6", "the-end"]
end = "deepened"
alliance = {bond = 80, goals = 50, tasks = 50}

[[play]]
path = ["half-way"]
end = "held"
alliance = {bond = 49, goals = 50, tasks = 50}

[[play]]
path = ["scene-2", "the-door"]
end = "lost"
alliance = {bond = 49, goals = 50, tasks = 50}
"""

TWO_SESSIONS = """format = 1
title = "Two hours"
module = "rapport"
start = "tomasz-was-sent"

[[session]]
number = 1
dialogue = "tomasz-was-sent"
next = {deepened = "gordon-has-all-the-answers", held = "gordon-has-all-the-answers", lost = "leila-and-her-mother"}

[[session]]
number = 2
dialogue = "gordon-has-all-the-answers"

[[session]]
number = 2
dialogue = "leila-and-her-mother"
"""

# -- strategies ----------------------------------------------------------------------------------------------------

LETTERS = "abcdefghijklmnopqrstuvwxyzäéß"
slugs = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,4})?", fullmatch=True)
words = st.builds(
    lambda head, tail: (head + tail).strip(),
    st.sampled_from(LETTERS),
    st.text(st.sampled_from(LETTERS + "ABC0123456789 .,;:?'’“”()–&"), max_size=30),
)
prose = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40).filter(
    lambda text: text == text.strip() != ""
)
speakers = st.text(st.sampled_from("abcDEé "), min_size=1, max_size=8).filter(lambda text: text == text.strip())
lines = st.one_of(
    st.builds(Line, speakers, words),
    words.map(lambda text: Line(None, f"*{text}*")),
    st.builds(lambda who, said, done: Line(who, f"{said} *{done}*"), speakers, words, words),
)
steps = st.integers(-15, 15)
changes = st.builds(Change, steps, steps, steps)
move_lists = st.lists(slugs, min_size=1, max_size=3).map(tuple)


@st.composite
def dialogues(draw: st.DrawFn) -> Dialogue:
    """Any dialogue without a fault, some of them with ways back."""
    names = draw(st.lists(slugs, min_size=3, max_size=9, unique=True))
    leads_to: dict[str, list[str]] = {name: [] for name in names}
    for place, name in enumerate(names[1:], start=1):  # a tree reaches every scene, and its leaves end
        leads_to[names[draw(st.integers(0, place - 1))]].append(name)
    for targets in leads_to.values():
        if targets:
            more = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
            targets += [name for name in more if name not in targets]
    scenes = tuple(
        Scene(
            name,
            tuple(draw(st.lists(lines, min_size=1, max_size=3))),
            tuple(Choice(draw(words), to, draw(changes), draw(move_lists), draw(words)) for to in targets),
            None if targets else draw(st.sampled_from(OUTCOMES)),
        )
        for name, targets in leads_to.items()
    )
    return Dialogue(
        name="made",
        title=draw(prose),
        module=draw(slugs),
        level=draw(st.sampled_from(LEVELS)),
        start=names[0],
        alliance=draw(st.builds(Alliance, *[st.integers(0, 100)] * 3)),
        sources=tuple(draw(st.lists(slugs, max_size=3))),
        intro="\n\n".join(draw(st.lists(words, max_size=2))),
        scenes=scenes,
        note=draw(st.just("") | prose),
    )


def _named(texts: st.SearchStrategy[str], least: int, most: int = 6) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(slugs, texts, min_size=least, max_size=most)


choose_one = st.builds(Choose, slugs, words, _named(words, 2))
choose_several = st.builds(Choose, slugs, words, _named(words, 2), st.just(True))
finds = st.builds(
    lambda name, ask, chart, several: Find(
        name, ask, several, chart=chart, sessions=catalogue.charts()[chart]["sessions"]
    ),
    slugs,
    words,
    st.sampled_from(list(catalogue.charts())),
    st.booleans(),
)
orders = st.builds(Order, slugs, words, _named(words, 3))
rates = st.builds(
    lambda name, ask, aspects, low, wide: Rate(name, ask, aspects, (low, low + wide)),
    slugs,
    words,
    _named(words, 1),
    st.integers(-5, 5),
    st.integers(3, 20),
)
codes = st.builds(
    lambda name, ask, said, labels: Code(
        name, ask, [("Ada", "Well."), *(("You", text, slug) for slug, text in said.items())], labels
    ),
    slugs,
    words,
    _named(words, 1),
    _named(words, 2),
)
writes = st.builds(Write, slugs, words)
fills = st.builds(Fill, slugs, words, _named(words, 1))
talks = dialogues().map(lambda dialogue: Talk("made", dialogue))
marked_items = st.one_of(choose_one, choose_several, finds, orders, rates, codes, talks)
all_items = marked_items | writes | fills

shares = st.sampled_from([0, 0.25, 0.5, 0.75, 1])


@st.composite
def keys(draw: st.DrawFn, item: object) -> dict:
    """A key for an item as an author would write one."""
    if isinstance(item, Choose):
        options, why = list(item.options), dict.fromkeys(item.options, "A reason.")
        if isinstance(item, Find) and draw(st.booleans()):
            why = {"1": "A reason.", "other": "A reason for each of the others."}
        if not item.several:
            credit = draw(st.dictionaries(st.sampled_from(options), shares))
            return {"credit": {**credit, draw(st.sampled_from(options)): 1}, "why": why}
        right = draw(st.lists(st.sampled_from(options), min_size=1, unique=True))
        either = draw(st.lists(st.sampled_from(options), unique=True))
        return {"right": right, "either": [slug for slug in either if slug not in right], "why": why}
    if isinstance(item, Order):
        rest = draw(st.permutations(list(item.steps)))
        groups: list = []
        while rest:
            size = draw(st.integers(1, max(1, min(len(rest), 2 if groups else len(rest) - 1))))
            groups.append(rest[0] if size == 1 else rest[:size])
            rest = rest[size:]
        return {"order": groups, "why": "A reason."}
    if isinstance(item, Rate):
        ratings = {aspect: draw(st.integers(*item.scale)) for aspect in item.aspects}
        return {"ratings": ratings, "within": draw(st.integers(0, 1)), "why": dict.fromkeys(item.aspects, "A reason.")}
    if isinstance(item, Code):
        labels = st.sampled_from(list(item.labels))
        return {
            "labels": {slug: draw(labels) for slug in item.utterances},
            "also": {
                slug: draw(st.dictionaries(labels, shares))
                for slug in draw(st.sets(st.sampled_from(list(item.utterances))))
            },
            "why": dict.fromkeys(item.utterances, "A reason."),
        }
    ends = sorted({scene.end for scene in item.dialogue.scenes if scene.end})
    endings = draw(st.dictionaries(st.sampled_from(ends), shares))
    return {"endings": {**endings, draw(st.sampled_from(ends)): 1}, "why": dict.fromkeys(ends, "A reason.")}


@st.composite
def keyed_items(draw: st.DrawFn, of: st.SearchStrategy = marked_items) -> tuple:
    """An item and a key for it."""
    item = draw(of)
    return item, draw(keys(item))


@st.composite
def answers_to(draw: st.DrawFn, item: object) -> object:
    """An answer that a trainee could give, whole or not."""
    if isinstance(item, Choose):
        most = len(item.options) if item.several else 1
        return draw(st.lists(st.sampled_from(list(item.options)), max_size=most, unique=True))
    if isinstance(item, Order):
        return draw(st.permutations(list(item.steps)))
    if isinstance(item, Rate):
        return draw(st.dictionaries(st.sampled_from(list(item.aspects)), st.integers(*item.scale)))
    if isinstance(item, Code):
        labels = st.sampled_from(list(item.labels))
        return draw(st.dictionaries(st.sampled_from(list(item.utterances)), labels))
    if isinstance(item, Fill):
        return draw(st.dictionaries(st.sampled_from(list(item.fields)), st.text(max_size=20)))
    if isinstance(item, Talk):
        path: list[str] = []
        scene = item.dialogue.scene(item.dialogue.start)
        while scene.choices and len(path) < 20 and draw(st.integers(0, 9)):
            path.append(draw(st.sampled_from(scene.choices)).to)
            scene = item.dialogue.scene(path[-1])
        return path
    return draw(st.text())


numbers = st.integers(-(10**20), 10**20) | st.floats()
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8) | slugs,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | slugs, inner, max_size=4),
    max_leaves=10,
)


def places(value: object, here: tuple = ()) -> list[tuple]:
    """Every place in nested tables and lists, the whole included, each as the keys that lead there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(place for key, part in inside for place in places(part, (*here, key)))]


def put(whole: dict, place: tuple, value: object) -> dict:
    """A copy of the whole with something else in one place."""
    changed = copy.deepcopy(whole)
    part = changed
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    return changed


def write_notebook(path: Path, cells: list, **metadata: object) -> Path:
    """A notebook file laid out as Jupyter lays it out."""
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    return path
