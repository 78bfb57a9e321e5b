"""Pages on which something is done, as views: buttons, files that are dropped on them, and how far an action is.

What stands behind the buttons is given by the caller.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic
from typing import Any, ClassVar

import traitlets

from alliancelab.errors import AllianceLabError
from alliancelab.widgets.base import BaseCard

_HERE = Path(__file__).parent
EVERY = 0.1  # s between two reports of progress
LARGEST_UPLOAD = 2_000_000_000
LONGEST_NAME = 200

Progress = Callable[[str, int, int], None]


def drawn_by(script: str) -> str:
    """The script of such a page, with what they share before it."""
    return (_HERE / "acting.js").read_text("utf-8") + (_HERE / script).read_text("utf-8")


def drawn_with(*styles: str) -> str:
    """The styles of such a page, with what they share before them."""
    return "".join((_HERE / name).read_text("utf-8") for name in ("card.css", "acting.css", *styles))


@dataclass(frozen=True)
class Done:
    """What an action ends in: a sentence, what there is to know one by one, and a file for the supervisor to keep."""

    text: str
    ok: bool = True
    details: tuple[str, ...] = ()
    file: tuple[str, str] | None = None  # name, text


Action = Callable[[Mapping[str, Any], Progress], Done]


class ActingCard(BaseCard):
    """A page. `look` gives what is shown, `actions` what each button does; both may raise `AllianceLabError`.

    While an action runs, `work` says how far it is. Files dropped on the page arrive in pieces and are given to the
    action as `path`, a folder that is gone afterwards; a passphrase arrives beside it as `secret`, and is forgotten.
    """

    still: ClassVar[str] = ""

    work = traitlets.Dict().tag(sync=True)

    def __init__(self, face: dict[str, Any], look: Callable[[], dict[str, Any]], actions: Mapping[str, Action]):
        self._look, self._actions = look, actions
        self._secret = ""
        self._uploads: tempfile.TemporaryDirectory[str] | None = None
        self._told = 0.0
        super().__init__(face, self._view("look", Done("")))
        self.on_msg(self._take_piece)

    def hear(self, said: dict[str, Any]) -> dict[str, Any]:
        """Do what was clicked and show how things stand then; whatever goes wrong is a sentence."""
        about = said.get("value")
        about = dict(about) if isinstance(about, dict) else {}
        name = str(about.get("do"))
        self._told = 0.0
        self._tell(name, "", 0, 0)
        try:
            about.pop("secret", None)
            if self._secret:
                about["secret"], self._secret = self._secret, ""
            if self._uploads is not None:
                about["path"] = self._uploads.name
            done = _attempt(lambda: self._actions[name](about, lambda *how_far: self._tell(name, *how_far)))
            return self._view(name, done)
        finally:
            self._forget_uploads()
            self.work = {}

    def plain_html(self) -> str:
        """Nothing can be done without a kernel; say so."""
        return self.still

    def _tell(self, name: str, what: str, done: int, of: int) -> None:
        now = monotonic()
        if done >= of or now - self._told >= EVERY:
            self._told = now
            self.work = {"where": name, "what": what, "done": done, "of": of}

    def _view(self, name: str, done: Done) -> dict[str, Any]:
        shown: dict[str, Any] = dict(self.view)

        def look() -> Done:
            shown.update(self._look())
            return done

        seen = _attempt(look)
        text = seen.text if seen is done else f"{done.text} {seen.text}".strip()
        said = {"where": name, "ok": seen.ok, "text": text, "details": list(done.details)}
        file = None if done.file is None else {"name": done.file[0], "text": done.file[1]}
        return {**shown, "n": 0, "said": said, "file": file}

    def _take_piece(self, widget: Any, content: Any, buffers: list[memoryview]) -> None:
        """Keep a piece of a file that is dropped on the page, and say so: the page then sends the next."""
        about = content if isinstance(content, dict) else {}
        if about.get("do") == "secret":  # not in what the page and the notebook keep of a card
            self._secret = str(about.get("secret"))
            self.send({"taken": about.get("n")})
        if about.get("do") != "piece":
            return
        try:
            if about.get("first"):
                self._forget_uploads()
            if self._uploads is None:
                self._uploads = tempfile.TemporaryDirectory(prefix="alliancelab-")
            folder = Path(self._uploads.name) / str(int(about.get("file", 0)))
            folder.mkdir(exist_ok=True)
            name = PurePosixPath(str(about.get("name")).replace("\\", "/")).name[-LONGEST_NAME:]
            with (folder / (name.replace("\0", "") or "upload.zip")).open("ab") as file:
                file.write(buffers[0])
                if file.tell() > LARGEST_UPLOAD:
                    raise OSError(f"it is larger than {LARGEST_UPLOAD:,} bytes; name its path instead")
            self.send({"taken": about.get("n")})
        except (OSError, ValueError, IndexError) as error:
            self._forget_uploads()
            self.send({"taken": about.get("n"), "refused": f"This file cannot be taken in: {error}."})

    def _forget_uploads(self) -> None:
        if self._uploads is not None:
            self._uploads.cleanup()
        self._uploads = None


def _attempt(action: Callable[[], Done]) -> Done:
    try:
        return action()
    except AllianceLabError as error:
        return Done(_sentence(str(error)), ok=False)
    except Exception as error:  # a fault of ours is a sentence, too; the rest is for whoever mends it
        logging.getLogger(__name__).exception("an action on the desk failed")
        return Done(
            f"AllianceLab itself has failed ({type(error).__name__}: {error}). What was done before is kept.", ok=False
        )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
