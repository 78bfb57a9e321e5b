"""The verifier's page is what its sources say, trusts whom it is told to, and carries all it needs."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import making_badges
import openbadgeslib
import pytest
from making_badges import KEY
from test_badges import GOOD, PATHS, _at, _other

from alliancelab.cli import main
from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import badges, verifier, verifying
from alliancelab.hours.record import signing

SOURCES = verifier.BUILT.parent
LOCKS = (SOURCES, Path(__file__).parent / "verifiers")


def _built(to: Path, sources: Path = SOURCES) -> bytes:
    run = subprocess.run(["node", sources / "build.mjs", to], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, f"{run.stderr}\nIs `npm ci` done in {SOURCES}? `make test` does it."
    return to.read_bytes()


def test_the_page_is_built_from_its_sources(tmp_path: Path) -> None:
    """The page in the package is, byte for byte, what its sources and the libraries in the lockfile make."""
    assert _built(tmp_path / "verify.html") == verifier.BUILT.read_bytes(), (
        "type `node build.mjs` and commit verify.html"
    )


def test_a_page_that_was_not_built_again_is_found(tmp_path: Path) -> None:
    """One word changed in a source makes another page."""
    for path in SOURCES.iterdir():
        if path.is_file() and path.suffix != ".html":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    for name in ("contexts", "node_modules"):
        (tmp_path / name).symlink_to(SOURCES / name)
    page = (SOURCES / "page.html").read_text(encoding="utf-8")
    (tmp_path / "page.html").write_text(page.replace("Start again", "Begin again"), encoding="utf-8")
    assert _built(tmp_path / "verify.html", tmp_path) != verifier.BUILT.read_bytes()


def _edits() -> Iterator[dict[str, Any]]:
    """A good badge, and every badge in which one value is another, is missing, or has a stranger beside it."""
    yield deepcopy(GOOD)
    for path in PATHS:
        for other in [*_other(_at(GOOD, path)), {}, [], 0]:
            yield _with(path, lambda table, name, other=other: table.__setitem__(name, other))
        yield _with(path, lambda table, name: table.__delitem__(name))
        if isinstance(_at(GOOD, path), dict):
            for name in ("x", "name", "@included", "__proto__"):
                yield _with((*path, name), lambda table, name: table.setdefault(name, "more"))


def _with(path: tuple[Any, ...], change: Callable[[Any, Any], Any]) -> dict[str, Any]:
    edited = deepcopy(GOOD)
    change(_at(edited, path[:-1]), path[-1])
    return edited


def test_the_page_refuses_every_edit_for_our_reason(tmp_path: Path) -> None:
    """Whatever is changed in a badge, the page's own code finds what `certificate verify` finds, word for word."""
    edits = [json.dumps(one) for one in _edits()]
    (tmp_path / "edits").write_text("\n".join(edits), encoding="utf-8")
    at = making_badges.ISSUED + timedelta(days=1)
    command = [
        "node",
        Path(__file__).parent / "verifiers/ours.mjs",
        SOURCES,
        KEY.public,
        at.isoformat(),
        tmp_path / "edits",
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    for edit, found in zip(edits, run.stdout.splitlines(), strict=True):
        (tmp_path / "badge").write_text(edit, encoding="utf-8")
        try:
            verdict = verifying.verify(tmp_path / "badge", [KEY.public], at)
            ours = "valid" if verdict.valid else f"{verdict.rule}: {verdict.reason}"
        except AllianceLabError:
            ours = "no badge"
        assert json.loads(found) == ours, edit


def test_the_contexts_are_those_with_which_badges_are_signed() -> None:
    """The words' meanings that the page knows are those of the library that signs."""
    signing = Path(openbadgeslib.__file__).parent / "ob3/contexts"
    ours = sorted((SOURCES / "contexts").iterdir())
    assert len(ours) == 3
    for path in ours:
        assert json.loads(path.read_bytes()) == json.loads((signing / path.name).read_bytes()), path.name


@pytest.mark.parametrize("folder", LOCKS, ids=lambda folder: folder.name)
def test_a_lockfile_names_no_registry(folder: Path) -> None:
    """Each library is held by its checksum, and comes from whatever registry a machine uses."""
    packages = json.loads((folder / "package-lock.json").read_bytes())["packages"]
    libraries = {name: one for name, one in packages.items() if name}
    assert libraries
    for name, one in libraries.items():
        assert "resolved" not in one, name
        assert one["integrity"].startswith("sha512-"), name


def test_the_page_loads_nothing() -> None:
    """Nothing in the page's markup points outside it, and what it may load is nothing."""
    markup = re.sub(rb"<script>.*</script>|<!--.*?-->", b"", verifier.page(), flags=re.DOTALL)
    assert not re.search(rb"""(src|href)=|url\(|@import|https?://""", markup)


def test_the_licences_of_its_libraries_stay_in_it() -> None:
    """Whoever gets the page gets the licences of the libraries in it."""
    text = verifier.page().decode()
    wanted = json.loads((SOURCES / "package.json").read_bytes())["dependencies"]
    for name, version in wanted.items():
        assert name == "esbuild" or f"\n{name} {version} (" in text, name
    assert text.count("WITHOUT WARRANT") >= len(wanted) - 1


@pytest.mark.parametrize("issuer", [KEY.public, badges.did(KEY.public), KEY.public.upper()])
def test_a_page_is_pinned(issuer: str) -> None:
    """However the key is written, the page says it in one way; nothing else in it changes."""
    pinned, empty = f'content="{KEY.public}"'.encode(), b'<meta name="issuer" content=""'
    assert verifier.page(issuer) == verifier.page().replace(empty, b'<meta name="issuer" ' + pinned)


@pytest.mark.parametrize("issuer", ["", '"><script>', "did:key:z6Mk", KEY.public + "0"])
def test_a_page_is_pinned_to_keys_alone(issuer: str) -> None:
    """What is no key is refused, not written into a page."""
    with pytest.raises(AllianceLabError):
        verifier.page(issuer)


def _exit_code(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["certificate", "page", *map(str, arguments)])
    return ended.value.code


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`certificate page` writes the page, pinned or not, and says in a sentence where it cannot."""
    path, key = tmp_path / "verify.html", tmp_path / "key.txt"
    key.write_text(badges.did(KEY.public), encoding="utf-8")
    assert (_exit_code("--out", path), path.read_bytes()) == (0, verifier.page())
    assert (_exit_code("--out", path, "--issuer", key), path.read_bytes()) == (0, verifier.page(KEY.public))
    assert signing.fingerprint(KEY.public) in capsys.readouterr().out
    assert _exit_code("--out", path, "--issuer", "nobody") == 2
    assert _exit_code("--out", tmp_path / "no/where.html") == 2
    assert "cannot be written" in capsys.readouterr().err
