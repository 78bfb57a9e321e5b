"""A trainee's folder, and the Jupyter server that opens it, or another folder of ours.

`prepare` puts the lessons and the released exercises there and never writes over the trainee's own; `serve` runs
Jupyter with settings of our own. All that Jupyter keeps goes into the folder's hidden directory, so that nothing of the
user's own Jupyter is read or written.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path

from alliancelab import catalogue, release
from alliancelab.errors import AllianceLabError
from alliancelab.handin import OUTER

HIDDEN = ".alliancelab"
EXERCISES = "exercises"
USUAL_PORT = 8888
PORTS_TRIED = 50

_SETTINGS = catalogue.PACKAGE / "jupyter"
_LABEXTENSIONS = catalogue.PACKAGE / "labextensions"


@dataclass(frozen=True)
class Prepared:
    """A trainee's folder that is ready, and the sentences that the trainee should read."""

    folder: Path
    said: tuple[str, ...] = ()


def is_workspace(folder: Path) -> bool:
    """Whether `prepare` has made this folder a trainee's."""
    return (folder / HIDDEN / "carried.json").is_file()


def carried() -> dict[str, bytes]:
    """What a trainee's folder holds: path in the folder to the notebook, in teaching order."""
    pages = [f"{name}.ipynb" for name in (catalogue.START, catalogue.PRACTISE)]
    notebooks = {page: (catalogue.lessons_home() / page).read_bytes() for page in pages}
    for module in catalogue.modules():
        notebooks[f"{module}.ipynb"] = catalogue.lesson(module).read_bytes()
        exercise = release.of_module(module)
        if exercise is not None:
            notebooks[f"{EXERCISES}/{module}/{module}.ipynb"] = exercise.encode()
    return notebooks


def prepare(folder: Path) -> Prepared:
    """Make a trainee's folder, or bring one up to date. Answers, and notebooks that somebody changed, are kept.

    A notebook is left alone while the version we carry is the one we put there. When ours is newer, or theirs is no
    whole notebook, theirs is kept under another name and ours takes its place; the answers stand beside it in the
    journal, which is never touched.
    """
    folder = Path(folder).absolute()
    with mendable(folder, "start"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / HIDDEN).mkdir(mode=0o700, exist_ok=True)  # Jupyter's log and signatures are the trainee's own
        record = _read_record(folder)
        said = []
        for name, fresh in carried().items():
            sentence = _bring(folder, name, fresh, record)
            if sentence:
                said.append(sentence)
        _write(folder / HIDDEN / "carried.json", json.dumps(record, indent=1).encode())
    return Prepared(folder, tuple(said))


def _bring(folder: Path, name: str, fresh: bytes, record: dict[str, str]) -> str:
    path = folder / name
    digest = sha256(fresh).hexdigest()
    before, record[name] = record.get(name), digest
    path.parent.mkdir(parents=True, exist_ok=True)
    theirs = _bytes_of(path)
    sentence = ""
    if theirs is not None and theirs != fresh:
        whole = _is_notebook(theirs)
        if whole and before == digest:
            return ""
        if not whole or before != sha256(theirs).hexdigest():
            kept = _free_name(path)
            path.rename(kept)
            what = "is newer now" if whole else "was broken and is replaced by a fresh one"
            sentence = f"{name} {what}; your copy is kept as '{kept.name}', and your answers are still there."
    if theirs != fresh:
        _write(path, fresh)
    _trust(folder, fresh)
    return sentence


def _bytes_of(path: Path) -> bytes | None:
    if path.exists() and not path.is_file():
        raise AllianceLabError(f"{path} is not a notebook but a folder; give it another name, then start again")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _is_notebook(raw: bytes) -> bool:
    try:
        notebook = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(notebook, dict) and isinstance(notebook.get("cells"), list) and "nbformat" in notebook


def _free_name(path: Path) -> Path:
    for number in count(1):
        nth = "" if number == 1 else f" {number}"
        kept = path.with_name(f"{path.stem} (earlier copy{nth}){path.suffix}")
        if not os.path.lexists(kept):
            return kept
    raise AssertionError("count never ends")


def _write(path: Path, raw: bytes) -> None:
    """Write a whole file or nothing."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".alliancelab-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read_record(folder: Path) -> dict[str, str]:
    """Which version of each notebook we put there; without a record every file counts as the trainee's own."""
    try:
        record = json.loads((folder / HIDDEN / "carried.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in record.items()} if isinstance(record, dict) else {}


def put_page(folder: Path, name: str, raw: bytes) -> None:
    """Make a folder one that `serve` can open at this notebook of ours, which replaces one of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HIDDEN).mkdir(mode=0o700, exist_ok=True)
    _write(folder / name, raw)
    _trust(folder, raw)


def _trust(folder: Path, raw: bytes) -> None:
    """Sign a notebook of ours, in signatures of our own: Jupyter then runs and shows it without asking."""
    import nbformat
    from nbformat.sign import NotebookNotary

    files = _notary_files(folder)
    notary = NotebookNotary(db_file=str(files["db_file"]), secret_file=str(files["secret_file"]))
    try:
        notary.sign(nbformat.reads(raw.decode(), as_version=4))
    finally:
        notary.store.close()


def _notary_files(folder: Path) -> dict[str, Path]:
    return {"db_file": folder / HIDDEN / "signatures.db", "secret_file": folder / HIDDEN / "secret"}


@contextmanager
def mendable(folder: Path, command: str) -> Iterator[None]:
    """What the file system refuses, said in a sentence that names the `command` to type with another folder."""
    try:
        yield
    except PermissionError as error:
        where = _place(error, folder)
        raise AllianceLabError(
            f"{where} may not be read or written; choose another folder: alliancelab {command} FOLDER"
        ) from None
    except (FileExistsError, NotADirectoryError) as error:
        where = _place(error, folder)
        where = next((path for path in (*reversed(where.parents), where) if path.is_file()), where)
        raise AllianceLabError(f"{where} is no folder; name another one: alliancelab {command} FOLDER") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise AllianceLabError(f"the disk is full; make room, then start again ({folder})") from None
        if error.errno == errno.EROFS:
            raise AllianceLabError(
                f"{folder} may not be written; choose another folder: alliancelab {command} FOLDER"
            ) from None
        raise AllianceLabError(f"{error.filename or folder}: {error.strerror or error}") from None


def _place(error: OSError, folder: Path) -> Path:
    """What was refused, as the trainee knows it: of our hidden and temporary files, the folder they stand in."""
    path = Path(error.filename or folder)
    if HIDDEN in path.parts:
        return folder
    return path.parent if path.name.startswith(HIDDEN) else path


def environment(folder: Path, runtime: Path, outside: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that keep Jupyter in the folder's hidden directory, away from the user's own settings.

    `OUTER` carries what they were before, for those who need the user's own: handing in through nbgrader.
    """
    hidden = folder / HIDDEN
    ours = {
        "JUPYTER_CONFIG_DIR": str(hidden / "jupyter"),
        "JUPYTER_CONFIG_PATH": str(_SETTINGS),
        "JUPYTER_DATA_DIR": str(hidden / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(hidden / "ipython"),
    }
    return ours | {OUTER: json.dumps({name: outside.get(name) for name in ours})}


def arguments(folder: Path, notebook: str, browser: bool, port: int | None, lab: bool) -> list[str]:
    """The settings of the server, as on Jupyter's own command line; it opens at `notebook`."""
    first = f"/lab/tree/{notebook}" if lab else f"/notebooks/{notebook}"
    settings = {
        "Application.log_level": "ERROR",
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": str(port or USUAL_PORT),
        "ServerApp.port_retries": "0" if port else str(PORTS_TRIED),
        "ServerApp.root_dir": str(folder),
        "ServerApp.open_browser": str(browser),
        "ServerApp.allow_root": "True",
        "ServerApp.terminals_enabled": "False",
        "KernelManager.transport_encryption": "auto",
        "LabApp.default_url" if lab else "JupyterNotebookApp.default_url": first,
        "LabServerApp.extra_labextensions_path": str(_LABEXTENSIONS),
        **{f"NotebookNotary.{name}": str(path) for name, path in _notary_files(folder).items()},
    }
    return [f"--{name}={value}" for name, value in settings.items()]


def start(
    folder: Path, browser: bool = True, port: int | None = None, lab: bool = False, jupyter: Sequence[str] = ()
) -> None:
    """Prepare the folder and run Jupyter in it until Ctrl-C; returns once the server and its kernels have ended.

    Prints the address, with the token that it needs. With `lab` the start page opens in JupyterLab instead of
    Notebook. `jupyter` holds more arguments for those who know Jupyter's command line.
    """
    prepared = prepare(folder)
    for sentence in prepared.said:
        print(sentence, flush=True)
    serve(prepared.folder, f"{catalogue.START}.ipynb", browser, port, lab, jupyter)


def serve(
    folder: Path, notebook: str, browser: bool, port: int | None, lab: bool = False, jupyter: Sequence[str] = ()
) -> None:
    """Run Jupyter in a folder that has our hidden directory, opened at `notebook`, until Ctrl-C."""
    if port is not None:
        _check_port(port)
    with tempfile.TemporaryDirectory(prefix="alliancelab-") as runtime:
        os.environ.update(environment(folder, Path(runtime)))
        os.environ.pop("JUPYTER_TOKEN", None)
        _serve([*arguments(folder, notebook, browser, port, lab), *jupyter], lab, folder / HIDDEN / "jupyter.log")


def _check_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise AllianceLabError(f"{port} is no port; type a number from 1 to 65535, or leave --port out")
    with socket.socket() as probe:
        if os.name == "posix":  # as Jupyter binds: a port that was just left may be used again
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise AllianceLabError(
                f"port {port} may not be used on this machine; type a number above 1023, or leave --port out"
            ) from None
        except OSError:
            raise AllianceLabError(
                f"port {port} is in use; type another one, such as --port {port % 65535 + 1}, or leave --port out"
            ) from None


def _serve(argv: list[str], lab: bool, log: Path) -> None:
    if lab:
        from jupyterlab.labapp import LabApp as App
    else:
        from notebook.app import JupyterNotebookApp as App

    server = App.initialize_server(argv=argv)
    # From here on what Jupyter says (a page closed while it was spoken to, and the like) is for whoever looks for a
    # fault, not for the terminal.
    to_file = logging.FileHandler(log, mode="w", encoding="utf-8")
    to_file.setLevel(logging.WARNING)  # below that Jupyter tells the address with its token
    server.log.handlers[:] = [to_file]
    logging.getLogger().addHandler(to_file)
    server.log.addFilter(lambda record: record.levelno < logging.CRITICAL)  # and here, too

    def end(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C does not wait for the kernels
        server.stop(from_signal=True)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
    server.io_loop.add_callback(
        print, f"AllianceLab is open at {server.display_url} — press Ctrl-C to end.", flush=True
    )
    server.start()
