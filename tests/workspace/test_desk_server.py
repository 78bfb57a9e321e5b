"""The server that `alliancelab desk` runs: formgrader beside the page, and everything else as `alliancelab start` keeps it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from serving import get, serving, surroundings


def test_formgrader_is_in_the_same_server_and_behind_the_same_token(tmp_path):
    """The page and formgrader open with the printed token; terminals are off; Ctrl-C ends it; the home stays clean."""
    with serving(tmp_path / "spring", tmp_path / "home", desk=True) as server:
        assert server.url.startswith(f"{server.root}/notebooks/desk.ipynb?token=")
        assert get(server, "/notebooks/desk.ipynb", server.token)[0] == 200
        assert get(server, "/formgrader/manage_assignments", server.token)[0] == 200
        assert get(server, "/formgrader/api/assignments", server.token)[0] == 200
        assert get(server, "/formgrader/api/assignments")[0] in (302, 403)
        assert get(server, "/api/terminals", server.token)[0] == 404
        assert server.interrupt() == 0
        assert server.process.stdout.read() == ""
        assert server.errors.read_text() == ""
    assert {path.name for path in (tmp_path / "home").iterdir()} == {"server-errors.txt"}


def typed(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`alliancelab desk ARGUMENTS`."""
    command = [sys.executable, "-m", "alliancelab.cli", "desk", *map(str, arguments), "--no-browser"]
    return subprocess.run(command, cwd=home, env=surroundings(home), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [(), (".",)])
def test_a_folder_that_holds_something_else_is_told_in_a_sentence(tmp_path, arguments):
    """Without a folder it is this one; exit code 2, and nothing is written."""
    (tmp_path / "notes.txt").write_text("mine")
    done = typed(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{tmp_path} is no course and not empty; name a course or a new folder: alliancelab desk FOLDER\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
