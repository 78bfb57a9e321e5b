"""A person's own key: a file that only they hold.

Whoever holds a key can sign as its owner. So a key is made on its owner's machine, and only its public half goes to the
programme, which enters it into the register after comparing the fingerprint. If a server made or held a supervisor's
key, a signature would prove only what that server did.

*A lost key*, or a forgotten passphrase: nobody can bring it back, and nothing that it signed is lost. Make a new one in
another file with `alliancelab hours key new`, send the programme its public half, and ask it to revoke the old one. *A key
that somebody else may have*: the same, at once, since until it is revoked it signs. *A new machine*: take the file along, or
make a new key there; a person may have several.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import signing
from alliancelab.hours.record.signing import Key

VARIABLE = "ALLIANCELAB_KEY_PASSPHRASE"
OWN = "hours.key"  # the file of a trainee's own key in their folder
SHORTEST = 8  # characters of a passphrase

_SERVICE = "alliancelab hours key"  # under which a system's keyring keeps passphrases
_PUBLIC = re.compile(rb"^public key: ([0-9a-f]{64})$", re.MULTILINE)


def new(path: Path, passphrase: str, remember: bool = False) -> Key:
    """Make a key and keep it in a new file, encrypted with a passphrase; `remember` gives that to the system's keyring.

    Raises `AllianceLabError` where there is such a file already: a key is never overwritten.
    """
    if len(passphrase) < SHORTEST:
        raise AllianceLabError(
            f"a passphrase needs {SHORTEST} characters or more; a few words that you can remember are best"
        )
    key = signing.new_key()
    _keep(path, key, passphrase)
    if remember:
        _remember(key.public, passphrase)
    return key


def own(folder: Path, name: str = OWN) -> Key:
    """A trainee's own key, made without a question where the folder has none yet.

    What protects it: the file can be read by its owner alone, and, where the system has a keyring, it is encrypted with a
    random passphrase that the keyring keeps. Without a keyring, whoever can read the file can log in the trainee's name;
    they cannot sign hours with it, since nobody signs their own. Raises `AllianceLabError`.
    """
    path = folder / name
    if not path.exists():
        key = signing.new_key()
        passphrase = secrets.token_hex(16)
        with contextlib.suppress(_Exists):  # another program of theirs was faster: its key is the one
            _keep(path, key, passphrase if _remember(key.public, passphrase) else "")
    return load(path)


def load(path: Path, ask: Callable[[str], str] | None = None) -> Key:
    """Read a key. Its passphrase is that of the variable ALLIANCELAB_KEY_PASSPHRASE, or the keyring's, or what `ask`
    gets for its question. Raises `AllianceLabError`.
    """
    text = _read(path)
    if b"ENCRYPTED" not in text:
        return _checked(path, text, signing.from_pem(text))
    marked = _PUBLIC.search(text)
    told = {
        f"in the variable {VARIABLE}": os.environ.get(VARIABLE, ""),
        "in the system's keyring": _remembered(marked[1].decode()) if marked else "",
    }
    for passphrase in filter(None, told.values()):
        with contextlib.suppress(AllianceLabError):
            return _checked(path, text, signing.from_pem(text, passphrase.encode()))
    wrong = " and ".join(place for place, passphrase in told.items() if passphrase)
    if ask is None:
        tried = f"; what stands {wrong} is not it" if wrong else f"; put it into the variable {VARIABLE}"
        raise AllianceLabError(f"the key {path} needs its passphrase{tried}. {_LOST}")
    try:
        return _checked(path, text, signing.from_pem(text, ask(f"Passphrase of the key {path.name}").encode()))
    except AllianceLabError as error:
        raise AllianceLabError(f"{path}: {error}. {_LOST}") from None


def public(path: Path) -> str:
    """The public half of a key in a file, 64 hexadecimal digits; no passphrase is needed for it."""
    text = _read(path)
    if marked := _PUBLIC.search(text):
        return marked[1].decode()
    return load(path).public


_LOST = (
    "Is it lost? Make a new key in another file with `alliancelab hours key new` and send the programme its public half"
)


class _Exists(AllianceLabError):
    """There is a key already."""


def _read(path: Path) -> bytes:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise AllianceLabError(f"there is no key {path}; make one with `alliancelab hours key new`") from None
    except OSError as error:
        raise AllianceLabError(f"the key {path} cannot be read: {error.strerror or error}") from None
    with contextlib.suppress(OSError):
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)  # a copy that others could read
    return text


def _checked(path: Path, text: bytes, key: Key) -> Key:
    marked = _PUBLIC.search(text)
    if marked and marked[1].decode() != key.public:
        raise AllianceLabError(f"{path} names another public key than its own; somebody has changed the file")
    return key


def _keep(path: Path, key: Key, passphrase: str) -> None:
    """Write a whole file for its owner alone, or nothing; never over another."""
    text = f"public key: {key.public}\n".encode() + key.pem(passphrase.encode() or None)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # only the owner can read it
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _give_name(Path(temporary), path, text)
    except OSError as error:
        raise AllianceLabError(f"the key was not kept in {path}: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _give_name(temporary: Path, path: Path, text: bytes) -> None:
    try:
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            raise
        except OSError:  # a stick whose file system has no links
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
    except FileExistsError:
        raise _Exists(f"{path} is there already and is left as it is; name another file for a new key") from None


def _keyring() -> ModuleType | None:
    """The library, where the system has a keyring that it can use."""
    try:
        import keyring

        return keyring if keyring.get_keyring().priority >= 1 else None
    except Exception:  # noqa: BLE001 - a keyring that is broken is one that is not there
        return None


def _remember(public: str, passphrase: str) -> bool:
    """Give a passphrase to the system's keyring; whether that has it now."""
    if (keyring := _keyring()) is None:
        return False
    with contextlib.suppress(Exception):  # locked, or broken: then it has it not
        keyring.set_password(_SERVICE, public, passphrase)
    return _remembered(public) == passphrase


def _remembered(public: str) -> str:
    if (keyring := _keyring()) is None:
        return ""
    try:
        return keyring.get_password(_SERVICE, public) or ""
    except Exception:  # noqa: BLE001 - locked, or broken: the passphrase is asked for instead
        return ""
