"""A trainee's folder: what is put there, what is kept, and what is said when it cannot be done."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from alliancelab import catalogue, workspace
from alliancelab.errors import AllianceLabError

LESSON, EXERCISE = "rapport.ipynb", "exercises/rapport/rapport.ipynb"
JOURNAL = '{"v": 1, "at": "2026-03-02T09:30:00+00:00", "item": "who", "kind": "choose", "answer": ["nobody"]}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A prepared folder with an answer in it."""
    workspace.prepare(tmp_path / "mine")
    (tmp_path / "mine" / "rapport.answers.jsonl").write_text(JOURNAL)
    return tmp_path / "mine"


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and the package carries a newer lesson."""
    carried = workspace.carried()

    def renew() -> None:
        fresh = carried[LESSON].replace(b"# Rapport", b"# Rapport, mended")
        assert fresh != carried[LESSON]
        monkeypatch.setattr(workspace, "carried", lambda: {**carried, LESSON: fresh})

    return renew


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and workspace.HIDDEN not in path.parts
    }


def open_in_jupyter(path: Path) -> bytes:
    """What Jupyter does to a notebook that is opened: outputs are saved into it."""
    notebook = nbformat.read(path, as_version=4)
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="seen")]
    nbformat.write(notebook, path)
    return path.read_bytes()


def test_an_empty_folder_gets_the_start_page_the_lessons_and_the_released_exercises(tmp_path):
    """Everything a trainee opens is there, and no key is."""
    prepared = workspace.prepare(tmp_path / "deep" / "mine")
    found = files(prepared.folder)
    lessons = {f"{module}.ipynb" for module in catalogue.modules()}
    exercises = {f"exercises/{module}/{module}.ipynb" for module in catalogue.modules()}
    assert len(lessons) == 8
    assert set(found) == {"00_start_here.ipynb", "practise.ipynb", *lessons, *exercises}
    assert prepared.said == ()
    assert workspace.is_workspace(prepared.folder)
    for exercise in exercises:
        assert b"HIDDEN TESTS" not in found[exercise], exercise
        assert b'\\"credit\\"' not in found[exercise], exercise


def test_preparing_again_changes_nothing(folder):
    """A second start, with pages that were opened in between, leaves every file as it is and says nothing."""
    open_in_jupyter(folder / LESSON)
    before = files(folder)
    assert workspace.prepare(folder).said == ()
    assert files(folder) == before


def test_a_newer_lesson_arrives_beside_the_answers(folder, newer):
    """The trainee's copy is kept under another name, the new one takes its place, the journal is untouched."""
    theirs = open_in_jupyter(folder / LESSON)
    newer()
    said = workspace.prepare(folder).said
    found = files(folder)
    assert "Rapport, mended" in found[LESSON].decode()
    assert found["rapport (earlier copy).ipynb"] == theirs
    assert found["rapport.answers.jsonl"].decode() == JOURNAL
    assert said == (
        "rapport.ipynb is newer now; your copy is kept as 'rapport (earlier copy).ipynb', "
        "and your answers are still there.",
    )


def test_a_lesson_that_nobody_changed_is_renewed_without_a_copy(folder, newer):
    """What is byte for byte the version we put there holds nothing of the trainee's."""
    newer()
    assert workspace.prepare(folder).said == ()
    found = files(folder)
    assert "Rapport, mended" in found[LESSON].decode()
    assert set(found) == {*workspace.carried(), "rapport.answers.jsonl"}


def test_no_copy_is_ever_overwritten(folder):
    """Each copy that is kept gets a name of its own."""
    for text in ("{", "{}", "[1]"):
        (folder / LESSON).write_text(text)
        workspace.prepare(folder)
    found = files(folder)
    kept = ["rapport (earlier copy).ipynb", "rapport (earlier copy 2).ipynb", "rapport (earlier copy 3).ipynb"]
    assert [found[name].decode() for name in kept] == ["{", "{}", "[1]"]


@pytest.mark.parametrize("name", [LESSON, EXERCISE])
def test_a_broken_notebook_is_kept_and_replaced(folder, name):
    """A notebook that was cut off is set aside, a fresh one stands in its place, and one sentence says so."""
    path = folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    (said,) = workspace.prepare(folder).said
    assert said.startswith(f"{name} was broken and is replaced by a fresh one; your copy is kept as")
    assert path.read_bytes() == whole
    assert path.with_name("rapport (earlier copy).ipynb").read_bytes() == whole[: len(whole) // 2]


def test_a_notebook_of_somebody_elses_is_kept(tmp_path):
    """A folder may hold a `rapport.ipynb` before we come; it is not lost."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / LESSON).write_text('{"cells": [], "nbformat": 4}')
    workspace.prepare(folder)
    assert files(folder)["rapport (earlier copy).ipynb"] == b'{"cells": [], "nbformat": 4}'


@pytest.mark.parametrize("record", [b"", b"[]", b"\xff\xfe", b'{"rapport.ipynb": 7}'])
def test_a_broken_record_loses_nothing(folder, record):
    """Without a readable record a changed notebook counts as the trainee's own and is kept."""
    theirs = open_in_jupyter(folder / LESSON)
    (folder / workspace.HIDDEN / "carried.json").write_bytes(record)
    workspace.prepare(folder)
    assert files(folder)["rapport (earlier copy).ipynb"] == theirs
    assert workspace.prepare(folder).said == ()


def test_what_we_bring_is_trusted_in_signatures_of_our_own(folder, monkeypatch):
    """Jupyter shows our pages without asking, and the user's own signatures are not written to."""
    hidden = folder / workspace.HIDDEN
    notary = NotebookNotary(db_file=str(hidden / "signatures.db"), secret_file=str(hidden / "secret"))
    for name in workspace.carried():
        assert notary.check_signature(nbformat.read(folder / name, as_version=4)), name
    changed = nbformat.read(folder / LESSON, as_version=4)
    changed.cells[1].source += "\nprint('not ours')"
    assert not notary.check_signature(changed)
    notary.store.close()


@pytest.mark.parametrize(
    ("obstacle", "message"),
    [
        ("mine", "{} is no folder; name another one: alliancelab start FOLDER"),
        ("mine/exercises", "{} is no folder; name another one: alliancelab start FOLDER"),
    ],
)
def test_a_file_where_a_folder_must_be_is_told_in_a_sentence(tmp_path, obstacle, message):
    """The file is named and left alone."""
    path = tmp_path / obstacle
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(AllianceLabError) as told:
        workspace.prepare(tmp_path / "mine")
    assert str(told.value) == message.format(path)
    assert path.read_text() == "mine"


def test_a_folder_where_a_notebook_must_be_is_told_in_a_sentence(tmp_path):
    """It is named, and the sentence says what to do."""
    (tmp_path / LESSON).mkdir()
    with pytest.raises(AllianceLabError, match=r"rapport\.ipynb is not a notebook but a folder; give it another name"):
        workspace.prepare(tmp_path)


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder that an unprivileged user owns and can reach."""
    folder = Path(tempfile.mkdtemp(prefix="alliancelab-nobody-"))
    if os.geteuid() == 0:
        os.chown(folder, *_nobody())
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)


def _nobody() -> tuple[int, int]:
    user = pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid


def as_nobody(call: Callable[[], object]) -> str:
    """What `call` returned or which error it raised, when an unprivileged user in a process of their own called it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                user, group = _nobody()
                os.setgroups([])
                os.setgid(group)
                os.setuid(user)
            told = repr(call())
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    return told


def closed(folder: Path) -> Path:
    """The folder without its permission to write."""
    folder.chmod(0o500)
    return folder


def test_a_folder_without_permission_is_told_in_a_sentence(nobodys, monkeypatch):
    """Whoever may not write gets the folder's name and what to type, not a traceback."""
    ready = workspace.carried()
    monkeypatch.setattr(workspace, "carried", lambda: ready)
    workspace.prepare(nobodys / "warm")  # everything is imported before the user changes
    shutil.rmtree(nobodys / "warm")

    assert as_nobody(lambda: workspace.prepare(nobodys / "mine").said) == "()"
    ends = "may not be read or written; choose another folder: alliancelab start FOLDER"
    closed(nobodys / "mine" / "exercises" / "rapport")
    (nobodys / "mine" / LESSON).unlink()
    closed(nobodys / "mine")
    told = as_nobody(lambda: workspace.prepare(nobodys / "mine"))
    assert told.startswith("AllianceLabError: ")
    assert told.endswith(ends)
    told = as_nobody(lambda: workspace.prepare(closed(nobodys) / "another"))
    assert told == f"AllianceLabError: {nobodys / 'another'} {ends}"


def test_a_notebook_that_may_not_be_read_is_told_in_a_sentence(nobodys, monkeypatch):
    """The file is named; it is neither replaced nor moved."""
    ready = workspace.carried()
    monkeypatch.setattr(workspace, "carried", lambda: ready)
    as_nobody(lambda: workspace.prepare(nobodys))
    (nobodys / LESSON).write_text("mine")
    (nobodys / LESSON).chmod(0o000)
    told = as_nobody(lambda: workspace.prepare(nobodys))
    assert told.startswith(f"AllianceLabError: {nobodys / LESSON} may not be read or written;")
    assert (nobodys / LESSON).stat().st_size == len("mine")


def test_the_record_names_what_stands_there(folder):
    """The hidden record holds one digest for each notebook we brought."""
    record = json.loads((folder / workspace.HIDDEN / "carried.json").read_text())
    assert set(record) == set(workspace.carried())
