"""Exercises of a programme's own in which trainees write code: graded nbgrader's way, by running it, in a cage.

A course names them in its nbgrader_config.py (`configure(c, code=[...])`). What is handed in for them goes through
nbgrader's own steps with three changes: the notebook is put together anew, so that nothing of the submission counts but
the text of the trainee's cells; each one runs in a fresh kernel inside `cage`; and what the kernel says is cut down to
plain text and pictures before anybody looks at it. All other exercises are sealed: nothing is run.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

import zmq
from jupyter_client.manager import AsyncKernelManager, KernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.preprocessors import ClearSolutions, Execute, NbGraderPreprocessor
from traitlets import Any as AnyTrait
from traitlets import Integer, default

from alliancelab import catalogue
from alliancelab.course import cage
from alliancelab.course.seal import GRADED, SEALED, mark_as, trusted
from alliancelab.errors import AllianceLabError

MOST_SAID = 10_000_000  # characters that a submission may print, pictures included
LONGEST_TEXT = 20_000  # characters of one output that are kept
LARGEST_NOTEBOOK = 50_000_000
_LARGEST_MESSAGE, _MESSAGES_WAITING = 8_000_000, 20
_WORDS_OF_NBGRADER = ("HIDDEN TESTS", "MARK SCHEME")


def is_code(config: Any, assignment: str) -> bool:
    """Whether a course's settings name this exercise as one whose code is run."""
    return assignment in config["Intake"].get("code", [])


def grade_submission(api: NbGraderAPI, module: str, student: str, force: bool = False) -> str:
    """Grade what a trainee handed in for an exercise with code cells; what is wrong with it in a line, or nothing.

    What has not changed since it was graded is left alone, unless `force` is said.
    """
    coursedir = api.coursedir
    made = Path(coursedir.format_path(coursedir.autograded_directory, student, module))
    handed_in = Path(coursedir.format_path(coursedir.submitted_directory, student, module))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            names = sorted(notebook.name for notebook in gradebook.find_assignment(module).notebooks)
        except MissingEntry:
            names = []
    there = [name for name in names if (handed_in / f"{name}.ipynb").is_file()]
    if names and not there:
        return f"{student} handed in no {', '.join(f'{name}.ipynb' for name in names)}; nothing was graded"
    source = Path(coursedir.format_path(coursedir.source_directory, ".", module))
    notes = _graded(made, there, handed_in, source)
    if force or not notes:
        outcome = api.autograde(module, student, force=True)
        notes = _graded(made, there, handed_in, source)
        if not outcome["success"] or not notes:
            return _reason(outcome)
    return "; ".join(note["stopped"] for note in notes if note.get("stopped"))


def digest(handed_in: Path, source: Path) -> str:
    """What the files of a submission and of the exercise's source hold, as one number: it changes with any of them."""
    found = sha256()
    for folder in (handed_in, source):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                found.update(json.dumps([str(path.relative_to(folder)), path.stat().st_size]).encode())
                with path.open("rb") as file:
                    while part := file.read(2**20):
                        found.update(part)
    return found.hexdigest()


def unreadable(path: Path) -> str:
    """What is wrong with a notebook that was handed in; empty where it can be graded."""
    try:
        _cells(path)
    except AllianceLabError as error:
        return str(error)
    return ""


def _graded(made: Path, names: list[str], handed_in: Path, source: Path) -> list[dict[str, Any]]:
    """What stands in the graded notebooks about their grading; nothing where not all are of what is handed in now."""
    now = digest(handed_in, source)
    try:
        notes = [json.loads((made / f"{name}.ipynb").read_bytes())["metadata"]["alliancelab"] for name in names]
        return notes if all((note["grading"], note["digest"]) == (GRADED, now) for note in notes) else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _reason(outcome: dict[str, Any]) -> str:
    """The first line of nbgrader's log that names a reason, or the last of its traceback."""
    log = outcome.get("log", "")
    said = [line.partition("[ERROR] ")[2] for line in log.splitlines() if "[ERROR]" in line]
    said = [line for line in said if line and not line.startswith(("There was an error", "Please see", "Traceback"))]
    raised = [line for line in log.splitlines() if line and not line.startswith((" ", "[")) and ": " in line]
    return (said or raised[-1:] or outcome.get("error", "").strip().splitlines()[-1:] or ["nbgrader gave no reason"])[0]


def _cells(path: Path) -> list[tuple[str, str, str]]:
    """Type, text and nbgrader's name of each cell of a notebook that was handed in, and nothing else of it."""
    try:
        if path.stat().st_size > LARGEST_NOTEBOOK:
            raise AllianceLabError(f"{path} is larger than {LARGEST_NOTEBOOK // 10**6} MB; it is not read")
        found = []
        for cell in json.loads(path.read_bytes())["cells"]:
            source = cell["source"]
            text = "".join(source) if isinstance(source, list) else source
            about = cell.get("metadata", {})
            about = about.get("nbgrader", {}) if isinstance(about, dict) else {}
            name = about.get("grade_id") if isinstance(about, dict) else None
            kind = "code" if cell["cell_type"] == "code" else "markdown"
            found.append((kind, _plain(text), name if isinstance(name, str) else ""))
        return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AllianceLabError(f"{path} is not a notebook that can be read; ask for it once more") from None


class Stubs(ClearSolutions):
    """Takes the solutions out as nbgrader does; only in our own exercises the words go into a card."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        if is_code(self.config, Path(resources["metadata"]["path"]).name):
            self.text_stub = ClearSolutions.text_stub.default()
        return super().preprocess(nb, resources)


class Reassemble(NbGraderPreprocessor):
    """The trusted exercise with the trainee's own cells in it.

    nbgrader's cells come from the source, in its order, whatever happened to them; those to be filled in get the
    trainee's text, and stay the stub where there is none. Cells that the trainee added, or that are there twice, follow
    the cell that they stood behind. No metadata of the submission is taken, so no points, names or tags.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        source = trusted(self, resources, sealed=False)
        whole = deepcopy(source.notebook)
        known = {cell.metadata.nbgrader["grade_id"]: cell for cell in whole.cells if _is_nbgraders(cell)}
        given = {(cell.cell_type, cell.source) for cell in whole.cells if not _is_nbgraders(cell)}
        handed_in = Path(resources["metadata"]["path"])
        cells = _cells(handed_in / f"{resources['nbgrader']['notebook']}.ipynb")
        last = {name: number for number, (_, _, name) in enumerate(cells)}  # as nbgrader: the last of two counts
        behind: dict[str, list[NotebookNode]] = {"": [], **{name: [] for name in known}}
        place = ""
        for number, (kind, text, name) in enumerate(cells):
            if name in known and last[name] == number:
                place = name
                if not utils.is_locked(known[name]):
                    known[name].source = _harmless(text)
                    known[name].metadata["alliancelab"] = {"own": True}
            else:
                own = {"own": (kind, text) not in given}
                cell = new_code_cell if kind == "code" else new_markdown_cell
                metadata = {"alliancelab": own}
                behind[place].append(cell(_harmless(text), id=f"own-{number}", metadata=metadata))
        whole.cells = [*behind[""], *(part for name, cell in known.items() for part in (cell, *behind[name]))]
        mark_as(whole, SEALED)
        whole.metadata.alliancelab.update(code=True, digest=digest(handed_in, source.path.parent))
        return whole, resources


def _is_nbgraders(cell: NotebookNode) -> bool:
    return utils.is_grade(cell) or utils.is_solution(cell) or utils.is_locked(cell) or utils.is_task(cell)


def _harmless(text: str) -> str:
    """Text of a trainee's without the words that nbgrader looks for in every cell, and stumbles over."""
    for words in _WORDS_OF_NBGRADER:
        text = text.replace(words, words.replace(" ", "\N{NO-BREAK SPACE}"))
    return text


def _plain(text: Any) -> str:
    return str(text).encode("utf-8", "replace").decode()


class TooMuchOutput(Exception):
    """More was printed than is kept."""


class CagedKernel(AsyncKernelManager):
    """A kernel that is started inside the cage and spoken with through files in the cage's folder."""

    inside: Any = AnyTrait()

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        return self.inside(super().format_kernel_cmd(extra_arguments))

    def client(self, **options: Any) -> Any:
        """A client that takes no more from the kernel than it can hold."""
        client = super().client(**options)
        client.context.setsockopt(zmq.MAXMSGSIZE, _LARGEST_MESSAGE)
        client.context.setsockopt(zmq.RCVHWM, _MESSAGES_WAITING)
        return client


class Caged(Execute):
    """nbgrader's Execute in a fresh kernel in a cage; what ends the kernel ends this submission's points, and nothing else."""

    timeout = Integer(30, min=1, help="Seconds that a cell may run.").tag(config=True)
    total_seconds = Integer(300, min=1, help="Seconds that a whole submission may run.").tag(config=True)
    megabytes = Integer(2048, min=1, help="Memory of each process, in MB.").tag(config=True)

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options, kernel_manager_class=CagedKernel)
        self.shutdown_kernel = "immediate"
        self.skip_cells_with_tag = "\0"

    @default("timeout_func")
    def _time_left(self) -> Any:
        return lambda cell: max(1, min(self.timeout, math.ceil(self._end - monotonic())))

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        self._stopped, self._said, self._end = "", 0, monotonic() + self.total_seconds
        about = resources["nbgrader"]
        nb, resources = super().preprocess(nb, resources)
        nb.metadata.pop("widgets", None)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = [_cut_down(output) for output in cell.outputs]
                if utils.is_grade(cell):
                    _check_points(cell)
        if self._stopped:
            self.log.warning("%s of %s: %s", about["notebook"], about["student"], self._stopped)
            nb.metadata.alliancelab["stopped"] = self._stopped
        mark_as(nb, GRADED)
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if cell.cell_type != "code":
            return cell, resources
        if not self._stopped and monotonic() >= self._end:
            self._stopped = f"the code ran longer than the {self.total_seconds} seconds that a submission has"
        if not self._stopped:
            try:
                return super().preprocess_cell(cell, resources, index)
            except Exception as error:  # noqa: BLE001 - it came from the trainee's kernel, whatever it is
                self._stopped = self._stopped or _why(error)
        # nbgrader gives a cell without output full marks, so what was not run says so.
        cell.outputs.insert(0, new_output("error", ename="NotRun", evalue=f"Not run: {self._stopped}.", traceback=[]))
        return cell, resources

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        self._said += len(repr(msg["content"]))
        if self._said > MOST_SAID:
            self._stopped = f"the code printed more than {MOST_SAID // 10**6} MB"
            raise TooMuchOutput
        return super().process_message(msg, cell, cell_index)

    async def _async_check_alive(self) -> None:
        if self.kc is None:
            raise DeadKernelError("nbclient still looks for a kernel that was ended")
        await super()._async_check_alive()
        if cage.on_disk(self._folder) > cage.MOST_ON_DISK:
            self._stopped = (
                f"the code wrote more than {cage.MOST_ON_DISK // 2**20} MB to the disk, or hid what it wrote"
            )
            raise DeadKernelError(self._stopped)

    @contextmanager
    def setup_kernel(self, **options: Any) -> Iterator[None]:
        """A kernel in a cage and a folder of its own, a copy of the submission; both are gone afterwards."""
        self._folder = folder = Path(tempfile.mkdtemp(prefix="alliancelab-code-")).resolve()
        try:
            # Other notebooks hold hidden tests, too.
            here = Path(self.resources["metadata"]["path"])
            shutil.copytree(here, folder / "work", symlinks=True, ignore=shutil.ignore_patterns("*.ipynb"))
            (folder / "home").mkdir()
            with (folder / "kernel.log").open("wb") as log, self._started(cwd=str(folder), stdout=log, stderr=log):
                yield
        finally:
            cage.remove(folder)

    @contextmanager
    def _started(self, **options: Any) -> Iterator[None]:
        running, group = False, None
        try:
            with super().setup_kernel(**options):
                running, group = True, self.km.provisioner.pgid
                yield
        except Exception as error:
            if running:
                raise
            said = (self._folder / "kernel.log").read_text("utf-8", "replace").strip().splitlines()
            sentence = f"the kernel for the code did not start: {said[-1] if said else error}"
            self.log.error(sentence)
            raise AllianceLabError(sentence) from None
        finally:
            if group:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)  # what a dead kernel left running

    def create_kernel_manager(self) -> KernelManager:
        folder, bwrap = self._folder, shutil.which("bwrap")
        missing = cage.no_walls(bwrap)
        if missing:
            self.log.warning(
                "%s, so the code that is graded can read your files and use the network; `apt-get install bubblewrap`",
                missing,
            )
        manager = super().create_kernel_manager()
        manager.transport, manager.ip = "ipc", str(folder / "kernel")
        manager.connection_file = str(folder / "kernel.json")
        manager.kernel_spec.interrupt_mode = "message"  # a signal would only reach the cage
        coursedir = self.parent.parent.coursedir
        sources = coursedir.format_path(coursedir.source_directory, ".", ".")
        hidden = [Path(coursedir.root), Path(sources), catalogue.course_home(), catalogue.released_home()]

        def inside(kernel: list[str]) -> list[str]:
            command = cage.command(kernel, folder, self.total_seconds, self.megabytes, hidden, walls=not missing)
            if not missing and os.geteuid() == 0:
                subprocess.run(["chown", "-R", f"{cage.NOBODY}:{cage.NOBODY}", "--", str(folder)], check=True)
            return command

        manager.inside = inside
        return manager


def _why(error: Exception) -> str:
    if isinstance(error, CellTimeoutError):
        return "the code ran longer than it may and could not be interrupted, or printed too much at once"
    if isinstance(error, DeadKernelError):
        return "the code ended its own kernel, or the kernel was ended for the time or memory it took"
    return f"the kernel answered what cannot be read ({type(error).__name__})"


def _cut_down(output: NotebookNode) -> NotebookNode:
    """An output as plain text, with a picture where there is one: no HTML, no scripts, no links."""
    if output.output_type == "stream":
        return new_output("stream", name="stderr" if output.name == "stderr" else "stdout", text=_short(output.text))
    if output.output_type == "error":
        lines = [_short(line) for line in output.traceback]
        return new_output("error", ename=_short(output.ename), evalue=_short(output.evalue), traceback=lines)
    data = {"text/plain": _short(output.data.get("text/plain", ""))}
    with suppress(KeyError, ValueError, TypeError, AttributeError):
        picture = output.data["image/png"].replace("\n", "")
        b64decode(picture, validate=True)
        data["image/png"] = picture
    kind = "execute_result" if output.output_type == "execute_result" else "display_data"
    return new_output(kind, data=data)


def _short(text: Any) -> str:
    text = _plain("".join(map(str, text)) if isinstance(text, list) else text)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n... cut off here ..."


def _check_points(cell: NotebookNode) -> None:
    """Put an error in place of points that cannot be given: nbgrader would give all of them, or give up."""
    if cell.cell_type != "code" or utils.is_solution(cell):
        return
    most = float(cell.metadata.nbgrader["points"])
    for number, output in enumerate(cell.outputs):
        if output.output_type != "execute_result":
            continue
        try:
            points = float(output.data["text/plain"] or "nan")
        except ValueError:
            continue  # no number: nbgrader gives all points, as for an assertion that held
        if not 0 <= points <= most:
            said = f"The test came to {points:g} points; it can give 0 to {most:g}."
            cell.outputs[number] = new_output("error", ename="NotPoints", evalue=said, traceback=[])


SANITIZE = [Reassemble, *Autograde.sanitize_preprocessors.default()]
AUTOGRADE = [Caged if step is Execute else step for step in Autograde.autograde_preprocessors.default()]
