"""What nbgrader's own `zip_collect` and `collect` do in a course of ours: plugins, named in its settings."""

from __future__ import annotations

import re
import shutil
import stat
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.utils import ignore_patterns, parse_utc

from alliancelab.course.files import below
from alliancelab.course.hand_ins import BROKEN, LARGEST_FILE, MOST_FILES, Refused, members_of, open_zip, read_member
from alliancelab.course.settings import STUDENT


class Unzip(ExtractorPlugin):
    """Unpacks each zip file into a folder of its name; one that cannot be unpacked is left out, and the others are not."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        home = Path(archive_path)
        for path in sorted(home.rglob("*")):
            if not path.is_file():
                continue
            target = Path(extracted_path) / path.relative_to(home).parent
            try:
                if path.suffix == ".zip":
                    _unzip(path, target / path.stem)
                else:
                    target.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target / path.name)
            except (*BROKEN, Refused) as error:
                self.log.warning("%s is left out: it cannot be unpacked (%s); ask for it again", path, error)


def _unzip(path: Path, target: Path) -> None:
    with path.open("rb") as packed, open_zip(packed) as archive:
        for member in members_of(archive):
            if member.is_dir():
                continue
            raw = read_member(archive, member)
            target.mkdir(parents=True, exist_ok=True)
            # By its last name only: nothing is written outside.
            (target / PurePosixPath(member.filename).name).write_bytes(raw)


class HandIns(FileNameCollectorPlugin):
    """Finds whose file it is, and when it was handed in: of two hand-ins of one trainee the newer counts."""

    def collect(self, submitted_file: str) -> dict[str, Any] | None:
        found = super().collect(submitted_file)
        if found is not None:
            try:
                found["timestamp"] = parse_utc(Path(submitted_file).with_name("timestamp.txt").read_text().strip())
            except (OSError, ValueError, OverflowError):
                self.log.warning("%s has no readable timestamp.txt beside it; it counts as in time", submitted_file)
        return found


class Collect(ExchangeCollect):
    """Collects from nbgrader's exchange, each submission whole or not at all; one that cannot be taken stops no other.

    Links and devices, which would be followed, and what is too large are left where they are. `taken` tells whose
    submission was collected and its time, `unchanged` of whom there was nothing newer, `refused` what was left and why.
    """

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.taken: dict[str, datetime] = {}
        self.unchanged: list[str] = []
        self.refused: list[tuple[str, str]] = []

    def _path_to_record(self, path: str) -> dict[str, Any]:
        name = Path(path).name
        try:
            record = super()._path_to_record(path)
            if re.fullmatch(STUDENT, record["username"]):
                return record
            self.refused.append((name, "its name names no trainee"))
        except (ExchangeError, *BROKEN, TypeError, AttributeError):
            self.refused.append((name, "its name tells no time"))
        return {"username": name, "filename": name, "timestamp": datetime.min}

    def copy_files(self) -> None:
        unnamed = {name for name, _ in self.refused}
        for record in [record for record in self.src_records if record["filename"] not in unnamed]:
            self.src_records, student = [record], record["username"]
            try:
                self._check(Path(self.inbound_path, record["filename"]))
                super().copy_files()
            except BROKEN as error:
                self.refused.append((record["filename"], f"it cannot be collected ({error})"))
            else:
                if student in self.taken:
                    self.taken[student] = record["timestamp"]
                else:
                    self.unchanged.append(student)

    def _check(self, submission: Path) -> None:
        """Refuse the whole of a submission before anything that was collected earlier makes room for it."""
        if not stat.S_ISDIR(submission.lstat().st_mode):
            raise OSError("it is a link or a device")
        number = size = 0
        for _, about in below(submission):
            number, size = number + 1, size + about.st_size
            if number > MOST_FILES or size > 1000 * self.coursedir.max_dir_size:
                raise OSError(
                    f"it holds more than {MOST_FILES:,} files or {1000 * self.coursedir.max_dir_size:,} bytes"
                )

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        unwanted = ignore_patterns(exclude=self.coursedir.ignore, include=self.coursedir.include)
        left: set[Path] = set()
        for path, about in below(Path(src)):
            is_plain = stat.S_ISREG(about.st_mode)
            if is_plain and about.st_size > min(LARGEST_FILE, 1000 * self.coursedir.max_file_size):
                reason = "is too large; it is not collected"
            elif not is_plain and not stat.S_ISDIR(about.st_mode):
                reason = "is a link or a device, which cannot be handed in; it is not collected"
            else:
                continue
            left.add(path)
            self.refused.append((str(path.relative_to(self.inbound_path)), reason))
            self.log.warning("%s %s", path, reason)

        def leave_out(folder: str, names: list[str]) -> set[str]:
            refused = {name for name in names if Path(folder, name) in left}
            return refused | set(unwanted(folder, [name for name in names if name not in refused]))

        new = Path(dest).with_name(f".{Path(dest).name}.new")
        shutil.rmtree(new, ignore_errors=True)  # what a run that was cut short left
        shutil.copytree(src, new, ignore=leave_out)
        new.rename(dest)
        self.taken[Path(dest).parent.name] = datetime.min
