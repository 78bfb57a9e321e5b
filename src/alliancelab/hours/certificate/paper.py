"""The certificate on paper: a PDF/UA that typst makes, the badge attached. The same data give the same bytes.

The template is `certificate.typ`. What differs is handed over as data, so no name can become markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from alliancelab.errors import AllianceLabError

_NO_FONT = re.compile(r'the text `"(.*)"` could not be displayed', re.DOTALL)


def render(told: Mapping[str, Any], badge: bytes, at: datetime, fonts: Path | None = None) -> bytes:
    """The PDF for what the template asks to be told, with a badge attached and dated `at`.

    The letters of Latin, Greek, Cyrillic, Arabic and Hebrew come with typst. For others the fonts in the folder `fonts` are
    used, or those of the system where there are no fitting ones; then the bytes differ from machine to machine. Raises
    `AllianceLabError` where no font has a letter.
    """
    import typst

    day = at.astimezone(UTC)
    sent = json.dumps({**told, "issued": [day.year, day.month, day.day]}, ensure_ascii=False)
    template = (resources.files("alliancelab.hours.certificate") / "certificate.typ").read_bytes()
    missing = ""
    for system in (False, True):
        try:
            return typst.compile(
                template,
                format="pdf",
                pdf_standards="ua-1",
                sys_inputs={"told": sent, "badge": badge.decode("utf-8")},
                font_paths=[fonts] if fonts else [],
                ignore_system_fonts=not system,
                timestamp=int(day.timestamp()),
            )
        except typst.TypstError as error:
            found = _NO_FONT.search(str(error))
            if found is None:
                raise
            missing = found[1]
    raise AllianceLabError(
        f"no font on this machine has the letter {missing}; install one (on Debian fonts-noto-core or fonts-noto-cjk), "
        "or name a folder with fonts with --fonts"
    )
