"""A dialogue's text: Markdown that reads as a conversation, to a `Dialogue` and back.

The format stands in the README and in the example of `parse`. Whatever is wrong is collected as faults with lines.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from alliancelab.dialogue import (
    FEATURES,
    LARGEST_CHANGE,
    LEVELS,
    Alliance,
    Change,
    Choice,
    Dialogue,
    Line,
    Scene,
    shape_faults,
)
from alliancelab.errors import ContentError, Fault

FORMAT = 1
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LARGEST_FILE = 1_000_000
LARGEST_HEAD, DEEPEST_HEAD = 5_000, 2

_REQUIRED = ("format", "title", "module", "level", "start", "alliance", "sources")
_KEYS = (*_REQUIRED, "note")
# Each run of blanks is matched in one way only: a line of a million blanks must not take a day.
_CHOICE = re.compile(r"(?P<says>\S.*?)\s->\s+(?P<to>\S+)(?:\s*\[(?P<inside>[^\[\]]*)\])?", re.DOTALL)
_CHANGE = re.compile(r"(?P<feature>[a-z]+)\s+(?P<by>[+-][0-9]{1,9})")
_SPOKEN = re.compile(r"\*\*(?P<speaker>[^*:]+):\*\*\s*(?P<text>.*)", re.DOTALL)
_TOLD = re.compile(r"\*(?!\*)(?P<text>.+?)\*", re.DOTALL)


def parse(text: str, name: str, path: str | None = None, moves: Collection[str] | None = None) -> Dialogue:
    """The dialogue that `text` holds; raises `ContentError` with every fault found.

    `name` is the dialogue's name (its file's stem), `path` what the faults call the file. With `moves` (slugs), a
    reply's move that is not among them is a fault.

    >>> from alliancelab.play import _EXAMPLE
    >>> dialogue = parse(_EXAMPLE, "ada")
    >>> [scene.name for scene in dialogue.scenes]
    ['opening', 'heard', 'told']
    >>> parse(_EXAMPLE.replace("-> told", "-> tolt"), "ada", "ada.md")
    Traceback (most recent call last):
    ...
    alliancelab.errors.ContentError: ada.md:19: `-> tolt` names no scene; write `## tolt` or name another scene
    ada.md:28: no reply leads to the scene 'told'; write `-> told` in a reply, or take it out
    """
    reader = _Reader(name, path or f"{name}.md", moves)
    dialogue = reader.read(text)
    if dialogue is not None:
        reader.faults += shape_faults(dialogue, reader.path)
    if reader.faults or dialogue is None:
        raise ContentError(sorted(reader.faults))
    return dialogue


def read(path: Path, moves: Collection[str] | None = None) -> Dialogue:
    """The dialogue in the file `path`; raises `ContentError`, also for a file that cannot be read."""
    return parse(read_text(path), path.stem, str(path), moves)


def read_text(path: Path) -> str:
    """The text of a content file; a file that cannot be read is a `ContentError`, never another exception."""
    try:
        about = path.stat()
        if stat.S_ISREG(about.st_mode) and about.st_size <= LARGEST_FILE:
            raw = path.read_bytes()
        else:
            raw = None
    except OSError as error:
        raise ContentError([Fault(str(path), 1, f"cannot be read: {error.strerror or error}")]) from None
    if raw is None:
        wrong = (
            f"is {about.st_size:,} bytes long; a file has at most {LARGEST_FILE:,}"
            if stat.S_ISREG(about.st_mode)
            else "cannot be read: it is no file"
        )
        raise ContentError([Fault(str(path), 1, wrong)])
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ContentError([Fault(str(path), line, "is not written in UTF-8; save the file as UTF-8")]) from None


def write(dialogue: Dialogue) -> str:
    """The text of a dialogue, which `parse` reads back as the same dialogue."""
    start = dialogue.alliance
    head = {
        "format": FORMAT,
        "title": dialogue.title,
        "module": dialogue.module,
        "level": dialogue.level,
        "start": dialogue.start,
    }
    if dialogue.note:
        head["note"] = dialogue.note
    front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000)
    parts = [
        f"---\n{front}alliance: {{bond: {start.bond}, goals: {start.goals}, tasks: {start.tasks}}}\n"
        f"sources: {yaml.safe_dump(list(dialogue.sources), default_flow_style=True, width=10_000).strip()}\n---",
    ]
    if dialogue.intro:
        parts.append(dialogue.intro)
    for scene in dialogue.scenes:
        parts.append(f"## {scene.name}")
        parts += [f"**{line.speaker}:** {line.text}" if line.speaker else line.text for line in scene.lines]
        if scene.choices:
            parts.append("\n".join(_choice_text(choice) for choice in scene.choices))
        if scene.end is not None:
            parts.append(f"end: {scene.end}")
    return "\n\n".join(parts) + "\n"


def _choice_text(choice: Choice) -> str:
    moves = ", ".join(move.replace("-", " ") for move in choice.moves)
    inside = "; ".join([str(choice.change), moves]) if str(choice.change) else f"; {moves}"
    return f"- {choice.says} -> {choice.to} [{inside}]\n  > {choice.why}"


class _Reader:
    """Walks over the blocks of one file, collecting what it finds and what is wrong with it."""

    def __init__(self, name: str, path: str, moves: Collection[str] | None):
        self.name, self.path, self.moves = name, path, moves
        self.faults: list[Fault] = []

    def fault(self, line: int, message: str) -> None:
        self.faults.append(Fault(self.path, line, message))

    def read(self, text: str) -> Dialogue | None:
        if len(text) > LARGEST_FILE:
            self.fault(1, f"is {len(text):,} characters long; a dialogue has at most {LARGEST_FILE:,}")
            return None
        # only blocks are wanted, and none may vanish: what stands in a line is read by our own rules
        markdown = MarkdownIt("commonmark").use(front_matter_plugin).disable(["reference", "inline", "text_join"])
        tokens = markdown.parse(text)
        blocks = _blocks(tokens)
        if not blocks or blocks[0][0].type != "front_matter":
            self.fault(1, "has no front matter; begin the file with `---`, the keys, and `---`")
            return None
        head = self._head(blocks[0][0].content)
        intro: list[str] = []
        scenes: list[dict[str, Any]] = []
        for block in blocks[1:]:
            self._block(block, intro, scenes)
        if not scenes:
            self.fault(1, "has no scene; write `## opening` and what is said there")
        if head is None:
            return None
        return Dialogue(
            name=self.name,
            intro="\n\n".join(intro),
            scenes=tuple(
                Scene(s["name"], tuple(s["lines"]), tuple(s["choices"]), s["end"], line=s["line"]) for s in scenes
            ),
            **head,
        )

    def _head(self, text: str) -> dict[str, Any] | None:
        if len(text) > LARGEST_HEAD:
            self.fault(1, f"the front matter is {len(text):,} characters long; it has at most {LARGEST_HEAD:,}")
            return None
        try:
            depth = 0
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None) or depth > DEEPEST_HEAD:
                    plain = "the front matter is plain; write no `*alias`, no `!tag`, no list in a list"
                    self.fault(event.start_mark.line + 2, plain)
                    return None
            keys = yaml.safe_load(text)
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            self.fault(2 + (mark.line if mark else 0), "the front matter is not readable; write `key: value` lines")
            return None
        if not isinstance(keys, dict):
            self.fault(1, "the front matter is empty; write `key: value` lines")
            return None
        before = len(self.faults)
        lines: dict[str, int] = {}
        written: dict[str, str] = {}
        for key, value in node.value:
            line = key.start_mark.line + 2
            if key.value not in _KEYS:
                self.fault(line, f"unknown key '{key.value[:40]}'; the keys are: {', '.join(_KEYS)}")
            elif key.value in lines:
                self.fault(line, f"`{key.value}:` stands twice; keep one")
            lines[key.value] = line
            written[key.value] = value.value[:40] if isinstance(value, yaml.ScalarNode) else "..."
        if len(self.faults) > before:
            return None
        for key in _REQUIRED:
            if key not in keys:
                self.fault(1, f"the front matter has no `{key}:`; add it")
        if "format" in keys and (keys["format"] != FORMAT or isinstance(keys["format"], bool)):
            self.fault(lines["format"], f"`format: {written['format']}` is not known; write `format: {FORMAT}`")
        for key in ("title", "module", "start", "note"):
            if key in keys and (not isinstance(keys[key], str) or not keys[key].strip()):
                self.fault(lines[key], f"`{key}:` is not a text; write it in words")
        if "level" in keys and keys["level"] not in LEVELS:
            self.fault(lines["level"], f"`level: {written['level']}` is not known; write one of: {', '.join(LEVELS)}")
        sources = keys.get("sources", [])
        if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
            self.fault(lines["sources"], "`sources:` is not a list of names; write `sources: [elliott-2018]`")
        alliance = self._alliance(keys.get("alliance"), lines.get("alliance", 1)) if "alliance" in keys else None
        if len(self.faults) > before or alliance is None:
            return None
        return {
            "title": keys["title"].strip(),
            "module": keys["module"],
            "level": keys["level"],
            "start": keys["start"],
            "alliance": alliance,
            "sources": tuple(sources),
            "note": keys.get("note", "").strip(),
        }

    def _alliance(self, value: object, line: int) -> Alliance | None:
        good = (
            isinstance(value, dict)
            and set(value) == set(FEATURES)
            and all(type(number) is int and 0 <= number <= 100 for number in value.values())
        )
        if not good:
            self.fault(
                line, "`alliance:` is not whole; write `alliance: {bond: 50, goals: 50, tasks: 50}`, each 0 to 100"
            )
            return None
        return Alliance(**value)  # type: ignore[arg-type]

    def _block(self, block: list[Token], intro: list[str], scenes: list[dict[str, Any]]) -> None:
        first, line = block[0], _line(block[0])
        if first.type == "heading_open":
            title = block[1].content.strip()
            if first.tag != "h2" or not SLUG.fullmatch(title):
                self.fault(
                    line, f"'{title}' cannot name a scene; write `## like-this` (small letters, digits, hyphens)"
                )
            scenes.append({"name": title, "lines": [], "choices": [], "end": None, "line": line})
        elif not scenes:
            if first.type == "paragraph_open":
                intro.append(block[1].content.replace("\n", " "))
            else:
                self.fault(line, "before the first scene stands something other than a paragraph; tell who is here")
        elif first.type == "paragraph_open":
            self._paragraph(block[1].content, line, scenes[-1])
        elif first.type == "bullet_list_open":
            self._choices(block, scenes[-1])
        else:
            self.fault(
                line, "only `**Name:** words`, `*what happens*`, replies (`- ...`) and `end: ...` stand in a scene"
            )

    def _paragraph(self, text: str, line: int, scene: dict[str, Any]) -> None:
        text = text.replace("\n", " ")
        if text.startswith("end:"):
            if scene["end"] is not None:
                self.fault(line, f"the scene '{scene['name']}' ends twice; keep one `end:`")
            scene["end"] = text.removeprefix("end:").strip()
            return
        if scene["choices"] or scene["end"] is not None:
            self.fault(line, "something is said after the replies or the end; move it above them")
        if spoken := _SPOKEN.fullmatch(text):
            if not spoken["text"].strip():
                self.fault(line, f"{spoken['speaker']} says nothing; write the words behind the name")
            scene["lines"].append(Line(spoken["speaker"].strip(), spoken["text"].strip()))
        elif _TOLD.fullmatch(text):
            scene["lines"].append(Line(None, text))
        else:
            self.fault(line, "nobody says this; write `**Name:** words`, or `*what happens*`")

    def _choices(self, block: list[Token], scene: dict[str, Any]) -> None:
        if scene["choices"]:
            self.fault(_line(block[0]), f"the scene '{scene['name']}' has two lists of replies; make them one")
        depth = block[0].level + 1
        items: list[list[Token]] = []
        for token in block[1:-1]:
            if token.type == "list_item_open" and token.level == depth:
                items.append([])
            items[-1].append(token)
        for item in items:
            if choice := self._choice(item):
                scene["choices"].append(choice)

    def _choice(self, item: list[Token]) -> Choice | None:
        line = _line(item[0])
        texts = [token for token in item if token.type == "inline"]
        quote = next((n for n, token in enumerate(item) if token.type == "blockquote_open"), None)
        said = texts[0].content if texts and item[1].type == "paragraph_open" else ""
        found = _CHOICE.fullmatch(said.strip())
        if not found:
            self.fault(line, "a reply leads nowhere; write `- What you say. -> scene [bond +2; open question]`")
            return None
        rest = item[quote:] if quote is not None else []
        closed = next((n for n, token in enumerate(rest) if token.type == "blockquote_close"), 0)
        reasons = [token.content for token in rest[:closed] if token.type == "inline"]
        why = " ".join(reasons).replace("\n", " ").strip()
        if not why:
            self.fault(line, "a reply has no reason; write `  > why, and what it costs` under it")
        if len(texts) > 1 + len(reasons):
            self.fault(line, "a reply is one line with its reason under it; take out what stands beside them")
        change, moves = self._inside(found["inside"], line)
        return Choice(found["says"].replace("\n", " ").strip(), found["to"], change, moves, why, line=line)

    def _inside(self, inside: str | None, line: int) -> tuple[Change, tuple[str, ...]]:
        changes, _, moves_text = (inside or "").partition(";")
        numbers: dict[str, int] = {}
        for part in filter(None, (part.strip() for part in changes.split(","))):
            found = _CHANGE.fullmatch(part)
            if not found or found["feature"] not in FEATURES:
                self.fault(line, f"'{part}' changes no alliance; write `bond +3`, `goals -2` or `tasks +1`")
            elif found["feature"] in numbers:
                self.fault(line, f"{found['feature']} changes twice in one reply; write one number")
            elif abs(int(found["by"])) > LARGEST_CHANGE:
                self.fault(line, f"'{part}' is too large a step; write a change of at most {LARGEST_CHANGE}")
            else:
                numbers[found["feature"]] = int(found["by"])
        moves = tuple("-".join(move.split()) for move in moves_text.split(",") if move.strip())
        if not moves:
            self.fault(line, "a reply names no move; write one behind a semicolon: `[bond +3; open question]`")
        for move in moves:
            if self.moves is not None and move not in self.moves:
                self.fault(line, f"'{move.replace('-', ' ')}' is no move; choose from: {', '.join(sorted(self.moves))}")
        return Change(**numbers), moves


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _blocks(tokens: list[Token]) -> list[list[Token]]:
    """The tokens grouped by block at the top level."""
    blocks: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            blocks.append([])
        blocks[-1].append(token)
        depth += token.nesting
    return blocks
