"""What must not work at collect: each attack a real file, refused with its reason, while everybody else is taken in."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from submissions import MEMORY, MODULE, Course

import alliancelab
from alliancelab.answers import LONGEST_JOURNAL
from alliancelab.course import collect
from alliancelab.course.hand_ins import LARGEST_HAND_IN, MOST_FILES, Refused, unpack, whose

JOURNAL = f"{MODULE}.answers.jsonl"
LINE = b'{"v": 1, "at": "2026-03-02T09:30:00+00:00", "item": "your-jaw", "kind": "choose", "answer": ["nothing"]}\n'
TIME = b"2026-03-02 18:00:00 UTC\n"


def zipped(members: dict[str, bytes], **about: int) -> bytes:
    """A zip of these files; `about` sets what its list says of each."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for field, value in about.items():
                setattr(info, field, value)
            archive.writestr(info, content)
    return raw.getvalue()


def hand_in(journal: bytes = LINE, time: bytes = TIME) -> bytes:
    """What a trainee hands in."""
    return zipped({f"{MODULE}.ipynb": b"{}", JOURNAL: journal, "timestamp.txt": time})


def with_link(name: str, kind: int) -> bytes:
    """A hand-in in which one file is of another kind: a link, a device, a pipe."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(f"{MODULE}.ipynb", "{}")
        info = zipfile.ZipInfo(name)
        info.external_attr = (kind | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return raw.getvalue()


def lying(size: int, content: bytes) -> bytes:
    """A hand-in whose list declares another size for the journal than it has."""
    raw = bytearray(zipped({JOURNAL: content}))
    at = raw.index(b"PK\x01\x02")
    raw[at + 24 : at + 28] = size.to_bytes(4, "little")
    return bytes(raw)


def encrypted() -> bytes:
    """A hand-in that says that it is encrypted, in its list and before each file."""
    raw = bytearray(hand_in())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = raw.find(mark)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(mark, at + 1)
    return bytes(raw)


def packed_otherwise() -> bytes:
    """A hand-in packed in a way that zipfile unpacks whole before it looks at the size: 100 MB in a few bytes."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr(JOURNAL, bytes(LONGEST_JOURNAL))
    return raw.getvalue()


ATTACKS = {
    "parent": (zipped({f"../{JOURNAL}": LINE}), f"the path '../{JOURNAL}' in it leads outside"),
    "deep": (zipped({JOURNAL: LINE, "a/../../../../b.txt": b"x"}), "leads outside"),
    "absolute": (zipped({f"/tmp/{JOURNAL}": LINE}), "leads outside"),
    "drive": (zipped({JOURNAL: LINE, "C:\\Windows\\b.txt": b"x"}), "the path 'C:/Windows/b.txt' in it leads outside"),
    "backslash": (zipped({JOURNAL: LINE, "..\\..\\b.txt": b"x"}), "leads outside"),
    "link": (with_link(JOURNAL, stat.S_IFLNK), f"'{JOURNAL}' in it is a link or a device"),
    "other-link": (with_link("notes.txt", stat.S_IFLNK), "'notes.txt' in it is a link or a device"),
    "device": (with_link(JOURNAL, stat.S_IFBLK), "is a link or a device"),
    "pipe": (with_link(JOURNAL, stat.S_IFIFO), "is a link or a device"),
    "encrypted": (encrypted(), "it is encrypted"),
    "folder": (zipped({f"{MODULE}.ipynb": b"{}", f"{JOURNAL}/": b""}), f"{JOURNAL} in it is a folder and no file"),
    "folder-of-files": (zipped({f"{JOURNAL}/x.txt": b"x"}), "is a folder and no file"),
    "notebook-folder": (zipped({JOURNAL: LINE, f"{MODULE}.ipynb/": b""}), f"{MODULE}.ipynb in it is a folder"),
    "twice": (zipped({JOURNAL: LINE, f"old/{JOURNAL}": LINE}), f"it holds {JOURNAL} more than once"),
    "other-files": (zipped({"holiday.txt": b"sun"}), f"it holds neither {JOURNAL} nor {MODULE}.ipynb"),
    "nothing": (zipped({}), "it holds neither"),
    "nested": (zipped({f"ada__{MODULE}.zip": hand_in()}), "it holds neither"),
    "many": (
        zipped({JOURNAL: LINE} | {f"{n}.txt": b"" for n in range(MOST_FILES)}),
        "unpacks to more than 1,000 files",
    ),
    "bomb": (zipped({JOURNAL: bytes(LONGEST_JOURNAL + 1)}), f"{JOURNAL} is larger than 60,000,000 bytes"),
    "bomb-beside": (zipped({JOURNAL: LINE, "a": bytes(70_000_000), "b": bytes(60_000_000)}), "120,000,000 bytes"),
    "lies": (lying(100, bytes(50_000_000)), "it cannot be unpacked (Bad CRC-32"),
    "lies-more": (lying(4_000_000_000, LINE), "120,000,000 bytes"),
    "otherwise": (packed_otherwise(), "it is packed in an unusual way"),
    "torn": (hand_in()[:-30], "it cannot be unpacked (File is not a zip file)"),
    "damaged": (hand_in(LINE * 50).replace(b"PK\x03\x04", b"PK\x03\x05", 2), "it cannot be unpacked (Bad magic number"),
    "empty": (b"", "it cannot be unpacked (File is not a zip file)"),
    "text": (b"Dear supervisor, here is my work.", "it cannot be unpacked (File is not a zip file)"),
    "large": (hand_in() + bytes(LARGEST_HAND_IN), "it is larger than 20,000,000 bytes"),
}


def students(course: Course) -> list[str]:
    return sorted(path.parent.name for path in (course.folder / "submitted").glob(f"[!.]*/{MODULE}"))


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def test_each_attack_is_refused_and_stops_nobody(course: Course, inbox: Path, tmp_path: Path) -> None:
    """Of a folder full of attacks two honest hand-ins are taken in, each attack has its reason, and nothing lands elsewhere."""
    for name, (raw, _) in ATTACKS.items():
        (inbox / f"{name}__{MODULE}.zip").write_bytes(raw)
    for name in ("a-good-one", "z-good-one"):
        (inbox / f"{name}__{MODULE}.zip").write_bytes(hand_in())
    before = tree(tmp_path)
    collected = collect(course.folder, inbox)
    assert [student for student, _, _ in collected.taken] == ["a-good-one", "z-good-one"]
    reasons = dict(collected.refused)
    assert reasons.keys() == {f"{name}__{MODULE}.zip" for name in ATTACKS}
    for name, (_, told) in ATTACKS.items():
        assert told in reasons[f"{name}__{MODULE}.zip"], name
    assert students(course) == ["a-good-one", "z-good-one"]
    new = {path for path in tree(tmp_path) - before if not path.startswith(("course/submitted", "course/downloaded"))}
    assert new <= {"course/.alliancelab.lock"}


@pytest.mark.parametrize("name", ATTACKS)
def test_each_attack_is_refused_in_an_lms_zip(name: str) -> None:
    """The same bytes inside an LMS's zip are read by the same function, which raises nothing but a reason."""
    if name == "large":
        return
    with pytest.raises(Refused) as caught:
        unpack(ATTACKS[name][0], MODULE)
    assert ATTACKS[name][1] in str(caught.value)


def test_bombs_are_refused_in_little_memory(course: Course, inbox: Path) -> None:
    """Bombs of every kind, also a zip with a list of a million files, are refused by a process that takes less than 500 MB in all."""
    for name in ("bomb", "bomb-beside", "lies", "lies-more", "otherwise", "many"):
        (inbox / f"{name}__{MODULE}.zip").write_bytes(ATTACKS[name][0])
    raw = zipped({"x" * 20: b""})
    entry = raw[raw.index(b"PK\x01\x02") : -22]
    for name, number in ((f"list__{MODULE}.zip", 200_000), ("photographs.zip", 1_000_000)):
        end = b"PK\x05\x06" + bytes(4) + b"\xff" * 4 + (len(entry) * number).to_bytes(4, "little") + bytes(6)
        (inbox / name).write_bytes(entry * number + end)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from alliancelab.course import collect\n"
        f"print(len(collect(Path(sys.argv[1]), Path(sys.argv[2])).refused))\n{MEMORY}"
    )
    with zipfile.ZipFile(inbox / "outer.zip", "w", zipfile.ZIP_BZIP2) as outer:
        outer.writestr(f"outer__{MODULE}.zip", bytes(LONGEST_JOURNAL))
    refused, megabytes = map(int, _python(code, course.folder, inbox).split())
    assert refused == 8
    assert megabytes < 500


def _python(code: str, *arguments: object) -> str:
    environment = {**os.environ, "PYTHONPATH": str(Path(alliancelab.__file__).parents[1])}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_links_devices_and_folders_in_the_place_of_a_zip_are_refused(
    course: Course, inbox: Path, tmp_path: Path
) -> None:
    """Links are not followed, pipes are not waited for; a stranger's photographs are passed over without a word."""
    secret = tmp_path / "private"
    secret.mkdir()
    (secret / f"eve__{MODULE}.zip").write_bytes(hand_in())
    (inbox / f"link__{MODULE}.zip").symlink_to(secret / f"eve__{MODULE}.zip")
    (inbox / f"zero__{MODULE}.zip").symlink_to("/dev/zero")
    (inbox / "all of it").symlink_to(secret)
    (inbox / "round").symlink_to(inbox)
    os.mkfifo(inbox / f"pipe__{MODULE}.zip")
    (inbox / f"folder__{MODULE}.zip").mkdir()
    os.mkfifo(inbox / "photographs.zip")
    (inbox / "more photographs.zip").write_bytes(b"no zip at all")
    (inbox / "deep" / "down").mkdir(parents=True)
    (inbox / "deep" / "down" / f"ada__{MODULE}.zip").write_bytes(hand_in())
    collected = collect(course.folder, inbox)
    assert [student for student, _, _ in collected.taken] == ["ada"]
    assert sorted(name for name, _ in collected.refused) == [
        f"{name}__{MODULE}.zip" for name in ("folder", "link", "pipe", "zero")
    ]
    assert {reason for _, reason in collected.refused} == {
        "is a link, a folder or a device, and no file; ask for it again"
    }


@pytest.mark.parametrize(
    "name", ["o'hara", '"ada"', "a<b>", "ada☺", "😀", "", ".hidden", "ada\u202ecod", "a\x1b[31m", "-x", "x" * 101]
)
def test_a_name_that_is_no_trainees_is_refused(course: Course, tmp_path: Path, name: str) -> None:
    """Quotes, emoji, signs that turn the writing round and terminal codes name nobody; the terminal gets none of them."""
    bulk = tmp_path / "bulk.zip"
    bulk.write_bytes(zipped({f"{name}__{MODULE}.zip": hand_in(), f"ada__{MODULE}.zip": hand_in()}))
    collected = collect(course.folder, bulk)
    assert [student for student, _, _ in collected.taken] == ["ada"]
    [(shown, reason)] = collected.refused
    assert reason.startswith("its name names no trainee")
    assert shown.isprintable()


@pytest.mark.parametrize("name", ["עדה", "ادا.لوفليس", "Zoë", "Ångström-1", "李雷", "d__d", "ada@example.org", "a b+c"])
def test_letters_of_every_script_name_a_trainee(course: Course, tmp_path: Path, name: str) -> None:
    """Letters that are read from right to left are letters; an accent apart from its letter is the same name."""
    for form in ("NFC", "NFD"):
        path = tmp_path / f"{unicodedata.normalize(form, name)}__{MODULE}.zip"
        path.write_bytes(hand_in())
        assert collect(course.folder, path).refused == ()
    assert students(course) == [unicodedata.normalize("NFC", name)]


def test_a_members_path_in_an_lms_zip_leads_nowhere(course: Course, tmp_path: Path) -> None:
    """Hand-ins with hostile paths inside the LMS's own zip are refused, too."""
    bulk = tmp_path / "bulk.zip"
    bulk.write_bytes(
        zipped(
            {
                f"../../eve__{MODULE}.zip": hand_in(),
                f"/etc/mallory__{MODULE}.zip": hand_in(),
                f"x/ada__{MODULE}.zip": hand_in(),
            }
        )
    )
    collected = collect(course.folder, bulk)
    assert [student for student, _, _ in collected.taken] == ["ada"]
    assert all("leads outside" in reason for _, reason in collected.refused)
    assert len(collected.refused) == 2


def test_a_module_that_was_never_assigned_is_refused(course: Course, inbox: Path) -> None:
    """What nobody was asked for is listed with what to type, and so is what the course does not know."""
    (course.folder / "source" / "features").mkdir()
    (course.folder / "source" / "features" / "features.ipynb").write_text("{}")
    for name in (f"ada__{MODULE}.zip", "ada__features.zip", "ada__alchemy.zip", f"ada__{MODULE} copy.zip"):
        (inbox / name).write_bytes(hand_in())
    collected = collect(course.folder, inbox)
    assert len(collected.taken) == 1
    assert dict(collected.refused) == {
        "ada__features.zip": "'features' was never assigned; type `alliancelab course assign features` first",
        "ada__alchemy.zip": "the course has no exercise 'alchemy'",
        f"ada__{MODULE} copy.zip": "is not called STUDENT__MODULE.zip; rename it so and collect it again",
    }


def test_two_accounts_with_one_name_are_refused(course: Course, tmp_path: Path) -> None:
    """Where two people of the LMS hand in under one name, neither is taken in: marks could go to the wrong person."""
    bulk = tmp_path / "bulk.zip"
    bulk.write_bytes(
        zipped(
            {
                f"Ada Lovelace_1_assignsubmission_file/ada__{MODULE}.zip": hand_in(),
                f"Eve Sly_2_assignsubmission_file/ada__{MODULE}.zip": hand_in(LINE * 2),
                f"Ada Lovelace_1_assignsubmission_file/ada__{MODULE} (1).zip": hand_in(),
                f"Berta B_3_assignsubmission_file_berta__{MODULE}.zip": hand_in(),
            }
        )
    )
    collected = collect(course.folder, bulk)
    assert [student for student, _, _ in collected.taken] == ["berta"]
    assert len(collected.refused) == 3
    assert all(
        "several accounts handed in as 'ada': Ada Lovelace_1, Eve Sly_2" in reason for _, reason in collected.refused
    )


def test_a_time_that_cannot_be_read_counts_as_in_time(course: Course, inbox: Path) -> None:
    """Such a hand-in is taken in with a note, unless one with a time was collected before."""
    (inbox / f"ada__{MODULE}.zip").write_bytes(hand_in(time=b"the day before yesterday"))
    (inbox / f"berta__{MODULE}.zip").write_bytes(hand_in(time=b"\xff" * 5_000))
    collected = collect(course.folder, inbox)
    assert [time for _, _, time in collected.taken] == ["", ""]
    assert collected.notes[0] == f"ada__{MODULE}.zip has no time that can be read; it counts as in time"
    assert not (course.submitted("ada") / "timestamp.txt").exists()
    (inbox / f"ada__{MODULE}.zip").write_bytes(hand_in())
    assert len(collect(course.folder, inbox).taken) == 1
    (inbox / f"ada__{MODULE}.zip").write_bytes(hand_in(LINE * 9, time=b"now"))
    assert dict(collect(course.folder, inbox).refused) == {
        f"ada__{MODULE}.zip": "it has no time that can be read, and one that has was collected"
    }
    assert course.journal("ada").read_bytes() == LINE


def test_a_trainees_folder_that_is_a_link_is_not_written_through(course: Course, inbox: Path, tmp_path: Path) -> None:
    """Where `submitted/ada` is a link, nothing is written behind it; a link in the place of the submission is replaced."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / MODULE).mkdir(parents=True)
    (course.folder / "submitted" / "berta").mkdir(parents=True)
    (course.folder / "submitted" / "ada").symlink_to(elsewhere)
    course.submitted("berta").symlink_to(elsewhere / MODULE)
    for name in ("ada", "berta"):
        (inbox / f"{name}__{MODULE}.zip").write_bytes(hand_in())
    collected = collect(course.folder, inbox)
    assert [student for student, _, _ in collected.taken] == ["berta"]
    assert "submitted/ada is a link; put a folder in its place" in collected.refused[0][1]
    assert tree(elsewhere) == {MODULE}
    assert course.journal("berta").read_bytes() == LINE


KILLED = """
import os, signal, sys
from pathlib import Path
from alliancelab.course import collect
import pathlib
left = int(sys.argv[3])
def counted(real):
    def call(*arguments, **options):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)
    return call
for name in ("rename", "write_bytes", "write_text", "mkdir", "replace"):
    setattr(pathlib.Path, name, counted(getattr(pathlib.Path, name)))
collect(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("moment", range(1, 30, 3))
def test_a_run_that_is_killed_leaves_no_half_submission(moment: int, course: Course, inbox: Path) -> None:
    """Killed at any step, each submission is the former or the new one, whole; the next run ends as if nothing had been."""
    for name in ("ada", "berta"):
        (inbox / f"{name}__{MODULE}.zip").write_bytes(hand_in())
    collect(course.folder, inbox)
    for name in ("ada", "berta", "carla"):
        (inbox / f"{name}__{MODULE}.zip").write_bytes(hand_in(LINE * 3, b"2026-03-03 18:00:00 UTC\n"))
    environment = {**os.environ, "PYTHONPATH": str(Path(alliancelab.__file__).parents[1])}
    command = [sys.executable, "-c", KILLED, str(course.folder), str(inbox), str(moment)]
    died = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    for student in students(course):
        files = {path.name: path.read_bytes() for path in course.submitted(student).iterdir()}
        assert files in (
            {f"{MODULE}.ipynb": b"{}", JOURNAL: LINE, "timestamp.txt": TIME},
            {f"{MODULE}.ipynb": b"{}", JOURNAL: LINE * 3, "timestamp.txt": b"2026-03-03 18:00:00 UTC\n"},
        )
    assert collect(course.folder, inbox).refused == ()
    assert students(course) == ["ada", "berta", "carla"]
    assert {course.journal(student).read_bytes() for student in students(course)} == {LINE * 3}
    assert not (course.folder / "submitted" / ".collecting").exists()


def test_a_former_submission_that_nothing_replaced_comes_back(course: Course, inbox: Path, tmp_path: Path) -> None:
    """Killed between taking the former away and putting the new one in its place, nobody is without a submission."""
    (inbox / f"ada__{MODULE}.zip").write_bytes(hand_in())
    collect(course.folder, inbox)
    aside = course.folder / "submitted" / ".collecting" / MODULE
    aside.mkdir(parents=True)
    (aside / "whose.json").write_text(json.dumps(str(course.submitted("ada"))))
    course.submitted("ada").rename(aside / "former")
    other = tmp_path / f"berta__{MODULE}.zip"
    other.write_bytes(hand_in())
    collect(course.folder, other)
    assert course.journal("ada").read_bytes() == LINE
    assert students(course) == ["ada", "berta"]


def test_two_at_once_lose_nothing(course: Course, tmp_path: Path) -> None:
    """Two processes that collect different hand-ins of the same people at once end with the newest of everybody."""
    runs = []
    for number, first in enumerate(("2026-03-02", "2026-03-03")):
        inbox = tmp_path / f"inbox{number}"
        inbox.mkdir()
        for trainee in range(200):
            day = first if trainee % 2 else f"2026-03-0{4 - number}"
            (inbox / f"trainee-{trainee}__{MODULE}.zip").write_bytes(hand_in(time=f"{day} 18:00:00 UTC".encode()))
        (inbox / f"only-{number}__{MODULE}.zip").write_bytes(hand_in())
        code = (
            "import sys\nfrom alliancelab.course import collect, grading\nprint('ready', flush=True)\n"
            "sys.stdin.readline()\nprint(len(collect(*sys.argv[1:]).refused))"
        )
        environment = {**os.environ, "PYTHONPATH": str(Path(alliancelab.__file__).parents[1])}
        command = [sys.executable, "-c", code, str(course.folder), str(inbox)]
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        runs.append(subprocess.Popen(command, env=environment, **options))
    assert [run.stdout.readline() for run in runs] == ["ready\n", "ready\n"]
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    assert [run.communicate()[0] for run in runs] == ["0\n", "0\n"]
    assert len(students(course)) == 202
    for trainee in range(200):
        day = "2026-03-03" if trainee % 2 else "2026-03-04"
        assert (course.submitted(f"trainee-{trainee}") / "timestamp.txt").read_text().startswith(day)


def test_a_full_disk_is_told_and_nothing_is_half_written(course: Course, inbox: Path) -> None:
    """At a limit on the size of files a hand-in is refused with the reason; what was collected stays, the rest is taken in."""
    journals = {"ada": os.urandom(300_000).hex().encode(), "berta": LINE}
    (inbox / f"ada__{MODULE}.zip").write_bytes(hand_in())
    collect(course.folder, inbox)
    for name, journal in journals.items():
        (inbox / f"{name}__{MODULE}.zip").write_bytes(hand_in(journal, b"2026-03-03 18:00:00 UTC"))
    code = (
        "import resource, signal, sys\n"
        "from alliancelab.course import collect\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "collected = collect(*sys.argv[1:])\n"
        "print(*collected.refused, len(collected.taken))\n"
    )
    told = _python(code, course.folder, inbox)
    assert told == f"('ada__{MODULE}.zip', 'it cannot be taken in: File too large') 1\n"
    assert course.journal("ada").read_bytes() == LINE
    assert len(collect(course.folder, inbox).taken) == 1
    assert course.journal("ada").read_bytes() == journals["ada"]


# -- whatever the bytes and the names ---------------------------------------------------------------------------------

NAMES = st.text(max_size=12) | st.sampled_from(
    [
        JOURNAL,
        f"{MODULE}.ipynb",
        "timestamp.txt",
        f"../{JOURNAL}",
        f"/{JOURNAL}",
        f"a/{JOURNAL}",
        f"{JOURNAL}/",
        "..",
        "/",
        "\\",
        "C:",
    ]
)
STUDENTS = st.text(max_size=8) | st.sampled_from(["ada", "../ada", "x_1_2_ada", ".collecting", ".."])
MODULES = st.sampled_from([MODULE, "x", "..", f"{MODULE}-1"])
MEMBERS = st.dictionaries(NAMES, st.binary(max_size=40), max_size=4)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, released: Course) -> Course:
    """A course that every example collects into."""
    return Course(Path(shutil.copytree(released.folder, tmp_path_factory.mktemp("whatever") / "course")))


def _outside(course: Course) -> set[str]:
    inside = ("course/submitted", "course/downloaded", "course/.alliancelab.lock")
    return {path for path in tree(course.folder.parent) if not path.startswith(inside)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.dictionaries(NAMES, st.binary(max_size=40), max_size=4),
    st.tuples(STUDENTS, MODULES).map("__".join),
    st.integers(0, 0xFFFF),
    st.integers(0, 4),
)
@example({JOURNAL: LINE}, "ada__rapport", 0o120777, 0)
def test_whatever_is_in_a_zip_nothing_is_written_elsewhere(
    shared: Course, members: dict[str, bytes], name: str, mode: int, cut: int
) -> None:
    """Whatever names, kinds and bytes a zip holds, in whatever LMS's zip: nothing is raised, nothing lands elsewhere."""
    before = _outside(shared)
    try:
        inner = zipped(members, external_attr=mode << 16)
        raw = zipped({f"{name}.zip": inner[: len(inner) - cut], f"good__{MODULE}.zip": hand_in()})
    except (ValueError, UnicodeEncodeError):  # a name that no zip can carry
        return
    with tempfile.TemporaryDirectory() as folder:
        bulk = Path(folder) / "bulk.zip"
        bulk.write_bytes(raw)
        collected = collect(shared.folder, bulk)
    assert ("good", MODULE) in {one[:2] for one in (*collected.taken, *collected.unchanged)}
    assert _outside(shared) == before
    for path in (shared.folder / "submitted").glob("*/*/*"):
        assert path.name in (JOURNAL, f"{MODULE}.ipynb", "timestamp.txt")


@given(st.data())
def test_whatever_bytes_a_zip_is_made_of_it_is_read_or_refused(data: st.DataObject) -> None:
    """A hand-in with bytes changed anywhere gives its files or a reason, and raises nothing else."""
    raw = bytearray(hand_in())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        files = unpack(bytes(raw), MODULE)
    except Refused:
        return
    assert files.keys() <= {JOURNAL, f"{MODULE}.ipynb", "timestamp.txt"}


@given(st.text())
def test_whatever_a_file_is_called_it_names_somebody_or_nobody(name: str) -> None:
    """Of any name at all comes a trainee with a harmless name, or a reason."""
    try:
        student, _, _ = whose(f"{name}__{MODULE}.zip", {MODULE})
    except Refused:
        return
    assert not set(student) & set("/\\'\"<>&\0\n")
    assert student[0] != "."
