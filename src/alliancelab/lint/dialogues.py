"""What a dialogue must be beyond well-formed: long enough, sourced, not to be won by a trick, and played."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from alliancelab import catalogue, script
from alliancelab.dialogue import FEATURES, OUTCOMES, Choice, Dialogue, Scene
from alliancelab.errors import ContentError, Fault
from alliancelab.lint.words import known, tone
from alliancelab.play import PathError, replay

PLAYS = catalogue.PLAYS
FEWEST_SCENES, FEWEST_ENDINGS, FEWEST_TURNS, MOST_REPLIES = 8, 3, 4, 4
ENOUGH_TO_COUNT = 6

_PLAY_KEYS = ("path", "end", "alliance")


def check(path: Path) -> Iterator[Fault]:
    """What is wrong with a dialogue and with the plays beside it."""
    if not script.SLUG.fullmatch(path.stem):
        yield Fault(str(path), 1, f"'{path.stem}' cannot name a dialogue; use small letters, digits, hyphens")
    try:
        text = script.read_text(path)
        dialogue = script.parse(text, path.stem, str(path), known(catalogue.moves))
    except ContentError as error:
        yield from error.faults
        return
    for line, message in _wrong(dialogue, text):
        yield Fault(str(path), line, message)
    plays = path.with_name(path.stem + PLAYS)
    if plays.exists():
        yield from check_plays(plays)
    else:
        yield Fault(str(path), 1, f"has no plays beside it; write {plays.name} with one play for each kind of ending")


def _wrong(dialogue: Dialogue, text: str) -> Iterator[tuple[int, str]]:
    sources, modules = known(catalogue.sources), known(catalogue.modules)
    for source in dialogue.sources:
        if sources is not None and source not in sources:
            yield _line(text, "sources"), f"'{source}' is no known source; add it to sources.toml, or name another"
    if modules is not None and dialogue.module not in modules:
        yield _line(text, "module"), f"there is no module '{dialogue.module}'; write one of: {', '.join(modules)}"
    if len(dialogue.scenes) < FEWEST_SCENES:
        yield 1, f"has {len(dialogue.scenes)} scenes; write {FEWEST_SCENES} or more"
    endings = sum(scene.end is not None for scene in dialogue.scenes)
    if endings < FEWEST_ENDINGS:
        yield 1, f"has {endings} endings; write {FEWEST_ENDINGS} or more"
    for scene in dialogue.scenes:
        if scene.choices and not 2 <= len(scene.choices) <= MOST_REPLIES:
            yield scene.line, f"'{scene.name}' has {len(scene.choices)} replies; write two to {MOST_REPLIES}"
        for choice in scene.choices:
            for message in tone(choice.why):
                yield choice.line, message
    if not has_way_of(FEWEST_TURNS, dialogue):
        yield 1, f"is over too soon; let one way through it have {FEWEST_TURNS} replies or more"
    for rule in tricks(dialogue):
        yield (
            1,
            f"can be won by a trick: {rule} reply reaches the best ending; make that reply cost something on the way",
        )
    if place := favourite_place(dialogue):
        yield 1, f"the best reply stands {place}; change the order of the replies in some scenes"
    if dialogue.level == "hard" and not can_consult(dialogue):
        yield 1, "is hard and has no way to consult; let one reply ask the supervisor, at a price"


def _line(text: str, key: str) -> int:
    found = re.search(rf"^{key}\s*:", text, re.MULTILINE)
    return text[: found.start()].count("\n") + 1 if found else 1


def has_way_of(turns: int, dialogue: Dialogue) -> bool:
    """Whether some way from the start to an ending that meets no scene twice has so many replies or more."""
    if any(len(scene.choices) > MOST_REPLIES for scene in dialogue.scenes):
        return True  # a fault already, and too many ways to walk
    ways: list[tuple[str, ...]] = [(dialogue.start,)]
    for _ in range(turns):
        ways = [(*way, to) for way in ways for to in _replies(dialogue, way[-1]) if to not in way]
    return any(_ends_without(dialogue, way) for way in ways)


def _replies(dialogue: Dialogue, name: str) -> list[str]:
    scene = dialogue.scene(name)
    return [choice.to for choice in scene.choices] if scene else []


def _ends_without(dialogue: Dialogue, way: Sequence[str]) -> bool:
    """Whether an ending can be reached from the end of `way` without meeting a scene of it again."""
    seen, waiting = set(way), [way[-1]]
    while waiting:
        scene = dialogue.scene(waiting.pop())
        if scene is not None and scene.end is not None:
            return True
        fresh = [choice.to for choice in scene.choices if choice.to not in seen] if scene else []
        seen.update(fresh)
        waiting += fresh
    return False


_TRICKS: dict[str, Callable[[Scene], Choice]] = {
    "always the longest": lambda scene: max(scene.choices, key=_length),
    "always the shortest": lambda scene: min(scene.choices, key=_length),
    "always the first": lambda scene: scene.choices[0],
    "always the last": lambda scene: scene.choices[-1],
}


def _length(choice: Choice) -> int:
    return len(choice.says.replace("*", ""))


def tricks(dialogue: Dialogue) -> Iterator[str]:
    """The rules by which somebody who does not read comes from the start to the best kind of ending there is.

    A length is counted in characters without asterisks, and of equally long replies the first is taken. "Repaired" and
    "deepened" are equally good, then comes "held", then "lost". A rule that runs in a circle reaches nothing.
    """
    there = {scene.end for scene in dialogue.scenes}
    best = there & {"repaired", "deepened"} or {next((outcome for outcome in OUTCOMES if outcome in there), "")}
    for rule, pick in _TRICKS.items():
        scene, seen = dialogue.scene(dialogue.start), set()
        while scene and scene.choices and scene.name not in seen:
            seen.add(scene.name)
            scene = dialogue.scene(pick(scene).to)
        if scene and scene.end in best:
            yield rule


def favourite_place(dialogue: Dialogue) -> str:
    """Where the best reply stands in more than half of the scenes that have one, in words; empty where it varies.

    A scene has a best reply if one reply's changes (bond, goals and tasks added up) are larger than every other's;
    scenes where two are equally good are left out. A place is counted from the top. Fewer than six such scenes are too
    few to tell.
    """
    places: list[int] = []
    for scene in dialogue.scenes:
        sums = [sum(getattr(choice.change, feature) for feature in FEATURES) for choice in scene.choices]
        if sums and sums.count(max(sums)) == 1:
            places.append(sums.index(max(sums)) + 1)
    if len(places) < ENOUGH_TO_COUNT:
        return ""
    [(place, often)] = Counter(places).most_common(1)
    return f"in place {place} in {often} of {len(places)} scenes" if often > len(places) / 2 else ""


def can_consult(dialogue: Dialogue) -> bool:
    """Whether a reply, or something said or told, speaks of a supervisor or of supervision."""
    said = [choice.says for scene in dialogue.scenes for choice in scene.choices]
    said += [line.text for scene in dialogue.scenes for line in scene.lines]
    return any("supervis" in text.lower() for text in said)


def check_plays(path: Path) -> Iterator[Fault]:
    """What is wrong with the played transcripts in `<dialogue>.plays.toml`, which stands beside its dialogue."""
    beside = path.with_name(path.name.removesuffix(PLAYS) + ".md")
    try:
        text, tables = script.read_text(path), catalogue.load_toml(path)
        dialogue = script.read(beside, known(catalogue.moves))
    except ContentError as error:
        yield from error.faults
        return
    plays = tables.get("play")
    if list(tables) != ["play"] or not isinstance(plays, list) or not plays:
        yield Fault(str(path), 1, "holds something other than plays; write `[[play]]` and under it path, end, alliance")
        return
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if line.strip().startswith("[[play]]")]
    ended: set[str | None] = set()
    for number, play in enumerate(plays):
        line = lines[number] if len(lines) == len(plays) else 1
        yield from (Fault(str(path), line, message) for message in _play(play, dialogue, ended))
    for outcome in OUTCOMES:
        if outcome not in ended and any(scene.end == outcome for scene in dialogue.scenes):
            yield Fault(str(path), 1, f'no play ends as "{outcome}"; write one that does')


def _play(play: Any, dialogue: Dialogue, ended: set[str | None]) -> Iterator[str]:
    if not isinstance(play, dict) or sorted(play) != sorted(_PLAY_KEYS):
        keys = ", ".join(sorted(set(play) ^ set(_PLAY_KEYS))) if isinstance(play, dict) else str(play)[:40]
        yield f"a play has the keys {', '.join(_PLAY_KEYS)} and no others; mend: {keys}"
        return
    if not isinstance(play["path"], list):
        yield '`path` is not a list of scenes; write `path = ["first-scene", "second-scene"]`'
        return
    try:
        run = replay(dialogue, play["path"])
    except PathError as error:
        yield str(error)
        return
    ended.add(run.end)
    if run.end is None:
        yield f"the play stops at '{run.here.name}', which is no ending; play on to one"
    elif run.end != play["end"]:
        yield f'the play ends as "{run.end}"; write `end = "{run.end}"`, or play another path'
    now = {feature: getattr(run.alliance, feature) for feature in FEATURES}
    if play["alliance"] != now:
        told = ", ".join(f"{feature} = {value}" for feature, value in now.items())
        yield f"the alliance at the end is another; write `alliance = {{{told}}}`"
