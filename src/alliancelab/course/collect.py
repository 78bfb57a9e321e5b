"""Collecting what trainees hand in: zip files, or nbgrader's exchange."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.utils import ignore_patterns, parse_utc

from alliancelab.course.intake import irregular

LARGEST_FILE = 100_000_000


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
            # RuntimeError: an encrypted file; NotImplementedError: a way of packing that Python does not know.
            except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
                self.log.warning("%s is left out: it cannot be unpacked (%s); ask for it again", path, error)


def _unzip(path: Path, target: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = PurePosixPath(member.filename)
            if member.is_dir() or name.parts[0] == "__MACOSX":
                continue
            with archive.open(member) as file:
                raw = file.read(LARGEST_FILE + 1)
            if len(raw) > LARGEST_FILE:
                raise OSError(f"{name.name} is larger than {LARGEST_FILE:,} bytes")
            target.mkdir(parents=True, exist_ok=True)
            (target / name.name).write_bytes(raw)  # by its last name only: nothing is written outside


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
    """Collects from nbgrader's exchange; links and devices, which would be followed, are left where they are."""

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        refused = {str(path) for path in irregular(Path(src))}
        for path in sorted(refused):
            self.log.warning("%s is a link or a device, which cannot be handed in; it is not collected", path)
        if src in refused:
            return
        unwanted = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )

        def leave_out(folder: str, names: list[str]) -> set[str]:
            links = {name for name in names if str(Path(folder, name)) in refused}
            return links | set(unwanted(folder, [name for name in names if name not in links]))

        shutil.copytree(src, dest, ignore=leave_out)
