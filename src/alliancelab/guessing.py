"""What somebody would earn who does not read: always the first reply, always the longest, any one, or the one that pays now.

If one of them does well, the content can be passed by a trick, and it teaches the trick.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import mean

from alliancelab import catalogue, marking, sheet
from alliancelab.dialogue import FEATURES, Choice, Dialogue
from alliancelab.errors import ContentError
from alliancelab.items import Choose, Talk
from alliancelab.marking import Key
from alliancelab.play import replay

MOST_TURNS = 60
ROUNDS = 200

Pick = Callable[[Sequence[str], Sequence[int]], int]  # texts and what each pays at once, to the place of the one taken


def first(texts: Sequence[str], pays: Sequence[int]) -> int:
    """Always the first one."""
    return 0


def longest(texts: Sequence[str], pays: Sequence[int]) -> int:
    """Always the longest one; of equals the first."""
    return max(range(len(texts)), key=lambda n: len(texts[n].replace("*", "")))


def greedy(texts: Sequence[str], pays: Sequence[int]) -> int:
    """Always the one that changes the alliance most for the better, now; of equals the first."""
    return max(range(len(texts)), key=lambda n: pays[n])


def random(seed: int) -> Pick:
    """Any one, by a seeded chance."""
    chance = Random(seed)
    return lambda texts, pays: chance.randrange(len(texts))


@dataclass(frozen=True)
class Guessed:
    """The share of the points (0 to 1) that each way of guessing earns on one graded item, on average."""

    module: str
    item: str
    first: float
    longest: float
    random: float


def pays(choice: Choice) -> int:
    """What a reply pays at once: bond, goals and tasks added up."""
    return sum(getattr(choice.change, feature) for feature in FEATURES)


def played(dialogue: Dialogue, pick: Pick) -> list[str]:
    """The path of somebody who always picks like this; one who runs in a circle stops after a while, without an end."""
    path: list[str] = []
    scene = dialogue.scene(dialogue.start)
    while scene is not None and scene.choices and len(path) < MOST_TURNS:
        choice = scene.choices[pick([c.says for c in scene.choices], [pays(c) for c in scene.choices])]
        path.append(choice.to)
        scene = dialogue.scene(choice.to)
    return path


def earned(item: Talk | Choose, key: Key, pick: Pick) -> float:
    """The share of the points that picking like this earns; where several apply, one of them is picked."""
    if isinstance(item, Talk):
        answer = played(item.dialogue, pick)
    else:
        texts = list(item.options.values())
        answer = [list(item.options)[pick(texts, [0] * len(texts))]]
    return marking.mark(item, key, answer, 1).points


def table() -> list[Guessed]:
    """Every graded dialogue and every graded choice, with what guessing earns there; without the sources, none.

    Raises `ContentError` for an exercise in which something is wrong: its keys cannot be trusted.
    """
    rows = []
    for module in catalogue.modules():
        source = catalogue.exercise_source(module)
        if source is None:
            continue
        read = sheet.read(source)
        if read.faults:
            raise ContentError(read.faults)
        for name, graded in read.graded.items():
            item = read.items.get(name)
            if isinstance(item, Talk | Choose) and graded.key is not None:
                chance = mean(earned(item, graded.key, random(seed)) for seed in range(ROUNDS))
                key = graded.key
                rows.append(Guessed(module, name, earned(item, key, first), earned(item, key, longest), chance))
    return rows


def greedy_endings() -> dict[str, str]:
    """How each hard dialogue ends for somebody who always takes what pays most now: its name to the outcome."""
    hard = [d for name in catalogue.dialogue_names() if (d := catalogue.dialogue(name)).level == "hard"]
    return {dialogue.name: replay(dialogue, played(dialogue, greedy)).end or "in a circle" for dialogue in hard}
