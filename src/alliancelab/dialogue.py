"""A dialogue: scenes, the replies between them, and what is wrong with their shape.

Frozen values without behaviour of their own; `alliancelab.script` reads and writes them, `alliancelab.play` plays them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from alliancelab.errors import Fault

LEVELS = ("easy", "hard", "tempting")
OUTCOMES = ("repaired", "deepened", "held", "lost")
FEATURES = ("bond", "goals", "tasks")
LARGEST_CHANGE = 15


@dataclass(frozen=True)
class Alliance:
    """Bond, goals and tasks (Bordin's three features), each from 0 to 100: an author's judgement, not a measurement.

    >>> Alliance(50, 50, 98).after(Change(bond=-4, tasks=6))
    Alliance(bond=46, goals=50, tasks=100)
    """

    bond: int
    goals: int
    tasks: int

    def after(self, change: Change) -> Alliance:
        """The alliance after one reply, each feature kept within 0 to 100."""
        return Alliance(*(min(100, max(0, getattr(self, f) + getattr(change, f))) for f in FEATURES))


@dataclass(frozen=True)
class Change:
    """What one reply adds to or takes from the alliance; each from -15 to +15."""

    bond: int = 0
    goals: int = 0
    tasks: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{f} {getattr(self, f):+d}" for f in FEATURES if getattr(self, f))


@dataclass(frozen=True)
class Line:
    """One paragraph of a scene; without a speaker it tells what happens."""

    speaker: str | None
    text: str


@dataclass(frozen=True)
class Choice:
    """A reply: what you say, the scene it leads to (its name in a path), what it changes, its moves and the reason."""

    says: str
    to: str
    change: Change
    moves: tuple[str, ...]
    why: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Scene:
    """A moment: what is said and done, then either replies to choose from or an outcome."""

    name: str
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...] = ()
    end: str | None = None
    line: int = field(default=0, compare=False)

    def choice(self, to: str) -> Choice | None:
        """The reply that leads to the scene `to`, if there is one."""
        return next((choice for choice in self.choices if choice.to == to), None)


@dataclass(frozen=True)
class Dialogue:
    """A whole conversation. `name` is its file's stem; `note` warns of what it touches."""

    name: str
    title: str
    module: str
    level: str
    start: str
    alliance: Alliance
    sources: tuple[str, ...]
    intro: str
    scenes: tuple[Scene, ...]
    note: str = ""

    def scene(self, name: str) -> Scene | None:
        """The scene of this name, if there is one."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Scene]:
        return {scene.name: scene for scene in reversed(self.scenes)}

    @property
    def client(self) -> str:
        """Who speaks first: the person you are with."""
        return next((line.speaker for scene in self.scenes for line in scene.lines if line.speaker), "The client")


def shape_faults(dialogue: Dialogue, path: str) -> Iterator[Fault]:
    """What is wrong with the way the scenes hang together, with `path` as the file to name."""
    seen: dict[str, int] = {}
    for scene in dialogue.scenes:
        if scene.name in seen:
            yield Fault(
                path,
                scene.line,
                f"the scene '{scene.name}' stands twice (first in line {seen[scene.name]}); rename one of them",
            )
        seen.setdefault(scene.name, scene.line)
        yield from _scene_faults(dialogue, scene, path)
    start = dialogue.scene(dialogue.start)
    if start is None:
        yield Fault(path, 1, f"`start: {dialogue.start}` names no scene; write `## {dialogue.start}` or name another")
        return
    reached = reachable(dialogue, dialogue.start)
    finishing = _can_finish(dialogue)
    for scene in dialogue.scenes:
        if scene.name not in reached:
            yield Fault(
                path,
                scene.line,
                f"no reply leads to the scene '{scene.name}'; write `-> {scene.name}` in a reply, or take it out",
            )
        elif scene.name not in finishing and scene.choices:
            yield Fault(
                path,
                scene.line,
                f"a loop without a way out: from '{scene.name}' no ending can be reached; "
                "let a reply lead to a scene with `end: ...`",
            )


def _scene_faults(dialogue: Dialogue, scene: Scene, path: str) -> Iterator[Fault]:
    if scene.end is None and not scene.choices:
        yield Fault(
            path,
            scene.line,
            f"a loose end: the scene '{scene.name}' has neither replies nor an end; write replies or `end: held`",
        )
    if scene.end is not None and scene.choices:
        yield Fault(path, scene.line, f"the scene '{scene.name}' has replies and an end; keep one of the two")
    if scene.end is not None and scene.end not in OUTCOMES:
        yield Fault(path, scene.line, f"`end: {scene.end}` is not an outcome; write one of: {', '.join(OUTCOMES)}")
    if not scene.lines:
        yield Fault(
            path,
            scene.line,
            f"in the scene '{scene.name}' nothing is said or done; write `**Name:** words` or `*what happens*`",
        )
    targets: set[str] = set()
    for choice in scene.choices:
        if choice.to in targets:
            yield Fault(
                path,
                choice.line,
                f"two replies of the scene '{scene.name}' lead to '{choice.to}', and a path could not tell them apart; "
                "give one a scene of its own",
            )
        targets.add(choice.to)
        if choice.to and dialogue.scene(choice.to) is None:
            yield Fault(
                path, choice.line, f"`-> {choice.to}` names no scene; write `## {choice.to}` or name another scene"
            )


def reachable(dialogue: Dialogue, start: str) -> set[str]:
    """The names of the scenes that some path from `start` reaches."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        scene = dialogue.scene(name)
        if scene is None or name in reached:
            continue
        reached.add(name)
        waiting.extend(choice.to for choice in scene.choices)
    return reached


def _can_finish(dialogue: Dialogue) -> set[str]:
    leads_to: dict[str, list[str]] = {}
    for scene in dialogue.scenes:
        for choice in scene.choices:
            leads_to.setdefault(choice.to, []).append(scene.name)
    finishing: set[str] = set()
    waiting = [scene.name for scene in dialogue.scenes if scene.end is not None]
    while waiting:
        name = waiting.pop()
        if name not in finishing:
            finishing.add(name)
            waiting.extend(leads_to.get(name, ()))
    return finishing
