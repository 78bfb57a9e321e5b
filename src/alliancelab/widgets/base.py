"""What every card shares: what it is drawn with, and the way an answer goes down and an acknowledgement up."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets
from IPython import get_ipython

_HERE = Path(__file__).parent


class BaseCard(anywidget.AnyWidget):
    """A card. `face` is what is shown and never changes, `view` what changes, `said` what the trainee did last.

    The page numbers what it says; `view["saved"]` carries the number back once the answer is kept, or says why not.
    """

    _esm: ClassVar = (_HERE / "card.js").read_text("utf-8") + (_HERE / "chart.js").read_text("utf-8")
    _css: ClassVar = _HERE / "card.css"

    face = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(self, face: dict[str, Any], view: dict[str, Any]):
        super().__init__(face=face, view=view)
        self.observe(self._heard, "said")

    def _heard(self, change: Any) -> None:
        said = change["new"]
        number = said.get("n")
        self.view = self.hear(said) | {"n": number if isinstance(number, int) else 0}

    def hear(self, said: dict[str, Any]) -> dict[str, Any]:
        """Act on what the trainee did and return the new view."""
        raise TypeError(f"{type(self).__name__} hears nothing")

    def refresh(self) -> None:
        """Draw anew, if what is shown hangs on other cards; most cards don't."""

    def plain_html(self) -> str:
        """What is shown where there is no kernel and no script."""
        raise TypeError(f"{type(self).__name__} shows nothing")

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        data, *metadata = bundle if isinstance(bundle, tuple) else (bundle,)
        if data is None:
            return bundle
        data = {**data, "text/html": self.plain_html(), "text/plain": self.face.get("title", "")}
        return (data, *metadata) if metadata else data


class Still:
    """A card for a run that nobody sees: only what it shows, without anything to click."""

    def __init__(self, html: str):
        self._html = html

    def _repr_html_(self) -> str:
        return self._html


def someone_is_there() -> bool:
    """Whether a page runs this cell. nbconvert and nbgrader say that nobody can be asked anything: no card is clicked there.

    A page that nbconvert makes would otherwise load a script from elsewhere to draw the card, and stay empty without it.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    request = kernel.get_parent("shell") if kernel is not None else {}
    return request.get("content", {}).get("allow_stdin", True)


def place(journal: Path, name: str) -> str:
    """Where the page remembers an answer that was not acknowledged: one place for each journal and item."""
    return f"alliancelab:{sha256(str(journal.absolute()).encode()).hexdigest()[:16]}:{name}"


def not_saved(error: Exception) -> str:
    """Why an answer was not kept, in a sentence."""
    return f"Not saved: {str(error).rstrip('.?')}."


def saved(ok: bool, text: str, keep: bool = False) -> dict[str, Any]:
    """An acknowledgement; with `keep` the page holds on to the answer and tries again later."""
    return {"ok": ok, "text": text, "keep": keep}
