"""One run of a dialogue. `replay` is pure: the same dialogue and path give the same transcript."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alliancelab.dialogue import Alliance, Choice, Dialogue, Scene
from alliancelab.errors import AllianceLabError


class PathError(AllianceLabError):
    """A path that the dialogue does not have: which step, and what could be chosen there."""


@dataclass(frozen=True)
class Turn:
    """One reply, the scene it led to, and the alliance after it."""

    choice: Choice
    scene: Scene
    alliance: Alliance


@dataclass(frozen=True)
class Transcript:
    """A run of a dialogue as far as it has come."""

    dialogue: Dialogue
    opening: Scene
    turns: tuple[Turn, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """The scenes chosen, in order; the opening is not among them."""
        return tuple(turn.choice.to for turn in self.turns)

    @property
    def here(self) -> Scene:
        """The scene the conversation has reached."""
        return self.turns[-1].scene if self.turns else self.opening

    @property
    def alliance(self) -> Alliance:
        """The alliance now."""
        return self.turns[-1].alliance if self.turns else self.dialogue.alliance

    @property
    def end(self) -> str | None:
        """The outcome, once the conversation has ended."""
        return self.here.end

    def __str__(self) -> str:
        said = [*_said(self.opening)]
        for turn in self.turns:
            said += [f"You: {turn.choice.says}", *_said(turn.scene)]
        now = self.alliance
        said.append(f"[bond {now.bond}, goals {now.goals}, tasks {now.tasks}; {self.end or 'not ended yet'}]")
        return "\n\n".join(said)


def _said(scene: Scene) -> list[str]:
    return [f"{line.speaker}: {line.text}" if line.speaker else line.text for line in scene.lines]


def replay(dialogue: Dialogue, path: Sequence[str]) -> Transcript:
    """Play `path` (the names of the scenes chosen, in order) and return the transcript.

    Raises `PathError` at the first step that the dialogue does not have.

    >>> from alliancelab.script import parse
    >>> dialogue = parse(_EXAMPLE, "ada")
    >>> run = replay(dialogue, ["heard"])
    >>> run.end, run.alliance
    ('deepened', Alliance(bond=55, goals=50, tasks=50))
    >>> replay(dialogue, ["shouted"])
    Traceback (most recent call last):
    ...
    alliancelab.play.PathError: step 1: 'shouted' is no reply in the scene 'opening'; choose one of: heard, told
    """
    opening = dialogue.scene(dialogue.start)
    if opening is None:
        raise PathError(f"the dialogue '{dialogue.name}' has no scene '{dialogue.start}' to start with")
    scene, alliance, turns = opening, dialogue.alliance, []
    for step, name in enumerate(path, start=1):
        choice = scene.choice(name) if isinstance(name, str) else None
        reached = dialogue.scene(choice.to) if choice else None
        if choice is None or reached is None:
            could = ", ".join(choice.to for choice in scene.choices) or "nothing, the conversation has ended here"
            raise PathError(f"step {step}: {name!r} is no reply in the scene '{scene.name}'; choose one of: {could}")
        scene, alliance = reached, alliance.after(choice.change)
        turns.append(Turn(choice, scene, alliance))
    return Transcript(dialogue, opening, tuple(turns))


def path_to(dialogue: Dialogue, outcomes: Iterable[str]) -> tuple[str, ...] | None:
    """A shortest path to one of these outcomes, or None. Deterministic: earlier replies first."""
    wanted = set(outcomes)
    waiting: deque[tuple[str, tuple[str, ...]]] = deque([(dialogue.start, ())])
    seen = {dialogue.start}
    while waiting:
        name, path = waiting.popleft()
        scene = dialogue.scene(name)
        if scene is None:
            continue
        if scene.end in wanted:
            return path
        for choice in scene.choices:
            if choice.to not in seen:
                seen.add(choice.to)
                waiting.append((choice.to, (*path, choice.to)))
    return None


_EXAMPLE = """---
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

**Ada:** I can wait outside.

- You came early. -> heard [bond +5; restatement]
  > Stays with what she did.
- The room is free at ten. -> told [bond -2; information]
  > True, and it sends her out.

## heard

**Ada:** I nearly did not come.

end: deepened

## told

*She waits in the corridor.*

end: held
"""
