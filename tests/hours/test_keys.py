"""A person's own key: kept by its owner alone, never overwritten, and found again with or without a keyring."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import keys, signing

WORDS = "three quiet herons"


class InMemory(KeyringBackend):
    """A system's keyring, as one on a desktop would be."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        super().__init__()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))


class Broken(InMemory):
    """A keyring that fails whatever is asked of it."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError("no session bus")

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("no session bus")


class Forgetful(InMemory):
    """A keyring that takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the machine's keyring, nor a passphrase of whoever runs it."""
    from keyring.backends import fail

    before = keyring.get_keyring()
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def desktop() -> InMemory:
    """A machine with a keyring."""
    made = InMemory()
    keyring.set_keyring(made)
    return made


def test_a_key_is_for_its_owner_alone_and_opens_with_its_passphrase(tmp_path: Path) -> None:
    """The file has mode 0600, is encrypted, and gives the same key back to who knows the words."""
    path = tmp_path / "keys" / "berg.key"
    key = keys.new(path, WORDS)
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in path.read_bytes()
    assert keys.load(path, ask=lambda question: WORDS).public == key.public == keys.public(path)
    assert [file.name for file in path.parent.iterdir()] == ["berg.key"]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """A second key with the same name is refused, and the first is as it was."""
    path = tmp_path / "berg.key"
    keys.new(path, WORDS)
    before = path.read_bytes()
    with pytest.raises(AllianceLabError, match="is there already and is left as it is"):
        keys.new(path, WORDS)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["berg.key"]


def test_a_file_system_without_links_takes_a_key_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick that knows no hard links keeps the key as well, with the same promises."""

    def none(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", none)
    key = keys.new(tmp_path / "berg.key", WORDS)
    assert keys.load(tmp_path / "berg.key", ask=lambda _: WORDS).public == key.public
    assert (tmp_path / "berg.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(AllianceLabError, match="is there already"):
        keys.new(tmp_path / "berg.key", WORDS)


@pytest.mark.parametrize("words", ["", "short"])
def test_a_passphrase_must_not_be_guessed_at_once(tmp_path: Path, words: str) -> None:
    """A short passphrase makes no key."""
    with pytest.raises(AllianceLabError, match="8 characters or more"):
        keys.new(tmp_path / "berg.key", words)
    assert not list(tmp_path.iterdir())


def test_the_passphrase_comes_from_the_variable_before_anybody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script sets ALLIANCELAB_KEY_PASSPHRASE; a wrong one there says so, and a person is still asked."""
    path = tmp_path / "berg.key"
    key = keys.new(path, WORDS)
    monkeypatch.setenv(keys.VARIABLE, WORDS)
    assert keys.load(path).public == key.public
    monkeypatch.setenv(keys.VARIABLE, "something else")
    with pytest.raises(AllianceLabError, match=f"what stands in the variable {keys.VARIABLE} is not it"):
        keys.load(path)
    assert keys.load(path, ask=lambda _: WORDS).public == key.public


def test_a_lost_passphrase_says_what_to_do(tmp_path: Path) -> None:
    """Without a passphrase, or with a wrong one, the sentence leads to a new key."""
    path = tmp_path / "berg.key"
    keys.new(path, WORDS)
    with pytest.raises(AllianceLabError, match="Make a new key in another file with `alliancelab hours key new`"):
        keys.load(path)
    with pytest.raises(AllianceLabError, match=r"passphrase is wrong.*Make a new key in another file"):
        keys.load(path, ask=lambda _: "not these words")
    with pytest.raises(AllianceLabError, match="there is no key"):
        keys.load(tmp_path / "other.key")


def test_the_keyring_remembers(tmp_path: Path, desktop: InMemory) -> None:
    """With `remember` nobody is asked again; without it the keyring learns nothing."""
    key = keys.new(tmp_path / "berg.key", WORDS, remember=True)
    assert keys.load(tmp_path / "berg.key").public == key.public
    keys.new(tmp_path / "cole.key", WORDS)
    assert len(desktop.kept) == 1


@pytest.mark.parametrize("backend", [InMemory, Broken, Forgetful, None])
def test_a_trainees_own_key_is_made_without_a_question(tmp_path: Path, backend: type[InMemory] | None) -> None:
    """Whatever keyring there is, the key is there afterwards, the same each time; encrypted where a keyring has its words."""
    if backend is not None:
        keyring.set_keyring(backend())
    first = keys.own(tmp_path)
    assert keys.own(tmp_path).public == first.public == keys.load(tmp_path / keys.OWN).public
    assert (b"ENCRYPTED" in (tmp_path / keys.OWN).read_bytes()) is (backend is InMemory)
    assert (tmp_path / keys.OWN).stat().st_mode & 0o777 == 0o600


def test_a_key_of_ones_own_needs_no_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase for another key in the environment does not keep anybody from theirs."""
    monkeypatch.setenv(keys.VARIABLE, "words of another key")
    assert keys.own(tmp_path).public == keys.own(tmp_path).public


def test_a_keyring_that_was_emptied_says_what_to_do(tmp_path: Path, desktop: InMemory) -> None:
    """The words of an own key are gone with the keyring: then a new key is needed, and it says so."""
    keys.own(tmp_path)
    desktop.kept.clear()
    with pytest.raises(AllianceLabError, match="Make a new key in another file"):
        keys.own(tmp_path)


def _public_of_own(folder: str) -> str:
    return keys.own(Path(folder)).public


def test_programs_that_begin_together_get_one_key(tmp_path: Path) -> None:
    """Of eight processes that make the own key at once, all use the same one."""
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert len(set(pool.map(_public_of_own, [str(tmp_path)] * 8, chunksize=1))) == 1
    assert [file.name for file in tmp_path.iterdir()] == [keys.OWN]


def test_a_copy_that_others_could_read_is_closed(tmp_path: Path) -> None:
    """A key that was copied with wide rights is its owner's alone again once it is used."""
    keys.own(tmp_path)
    (tmp_path / keys.OWN).chmod(0o644)
    keys.own(tmp_path)
    assert (tmp_path / keys.OWN).stat().st_mode & 0o777 == 0o600


def test_a_file_that_names_another_key_is_found(tmp_path: Path) -> None:
    """Nobody is shown one public key and signs with another."""
    path = tmp_path / "berg.key"
    key = keys.new(path, WORDS)
    other = signing.new_key().public
    path.write_bytes(path.read_bytes().replace(key.public.encode(), other.encode()))
    with pytest.raises(AllianceLabError, match="names another public key than its own"):
        keys.load(path, ask=lambda _: WORDS)


def test_a_key_of_another_make_is_read(tmp_path: Path) -> None:
    """A plain PEM file, such as openssl makes, is a key, too; a file that is none says so."""
    key = signing.new_key()
    (tmp_path / "plain.pem").write_bytes(key.pem())
    assert keys.load(tmp_path / "plain.pem").public == keys.public(tmp_path / "plain.pem") == key.public
    (tmp_path / "none.pem").write_bytes(b"hello")
    with pytest.raises(AllianceLabError, match="no PEM key"):
        keys.load(tmp_path / "none.pem")


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A key that could not be kept is not given out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(AllianceLabError, match="was not kept in"):
        keys.new(tmp_path / "file" / "berg.key", WORDS)


def test_reading_a_key_loads_no_keyring_until_it_is_needed() -> None:
    """The library is imported only for a key that has a passphrase."""
    code = "import sys; import alliancelab.hours.record.keys; assert 'keyring' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))
