"""Grades for an LMS: each file, read back, holds what the gradebook holds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from submissions import MODULE, REFLECTION, Course

from alliancelab.course import export, report
from alliancelab.errors import AllianceLabError


def read(path: Path, encoding: str = "utf-8") -> list[list[str]]:
    """The rows of a CSV file, as any reader takes them."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, strict=True))


def points(book: Gradebook, student: str) -> float:
    """What nbgrader's own export says of rapport."""
    found = book.find_submission(MODULE, student)
    return max(0, found.score - found.late_submission_penalty)


@pytest.fixture
def read_group(group: Course) -> Course:
    """The group with every answer read."""
    for student in ("berta", "carla"):
        group.mark_by_hand(student, REFLECTION, 3)
    return group


def test_canvas_takes_it_as_its_own(read_group: Course, tmp_path: Path) -> None:
    """The heading and the points possible stand as in Canvas's own export; each cell is the gradebook's, by Canvas's id."""
    done = export.export(read_group.folder, "canvas", tmp_path / "canvas.csv")
    heading, possible, *people = read(done.path)
    assert heading[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert sorted(heading[5:]) == ["features", MODULE]
    assert possible[0] == "    Points Possible"
    assert [float(cell) for cell in possible[5:]] == [40, 40]
    rows = {row[3]: dict(zip(heading, row, strict=True)) for row in people}
    assert list(rows) == ["ada", "berta", "carla"]  # who has no grade is not in it
    with read_group.gradebook() as book:
        for student, row in rows.items():
            assert float(row[MODULE]) == pytest.approx(points(book, student), abs=0.005)
            assert row["features"] == ""
    assert [row["ID"] for row in rows.values()] == ["1001", "1002", ""]
    assert rows["ada"]["Student"] == 'O\'Neil, Jr/Sr, Ada "the Countess"'
    assert rows["berta"]["Student"] == 'أمينة, =HYPERLINK("http://example.org")'
    assert rows["carla"]["Student"] == "two\nlines, [red]Carla[/red] 🙂"
    assert (done.trainees, done.grades, done.to_read, done.to_grade) == (3, 3, 0, 2)


def test_moodle_finds_everybody(read_group: Course, tmp_path: Path) -> None:
    """A row says who it is in every column that could be mapped; no grade is a dash, as Moodle writes it itself."""
    heading, *people = read(export.export(read_group.folder, "moodle", tmp_path / "moodle.csv").path)
    assert heading[:4] == ["username", "firstname", "lastname", "email"]  # Carla has no idnumber: nobody's is told
    assert "idnumber" not in heading
    rows = {row[0]: dict(zip(heading, row, strict=True)) for row in people}
    with read_group.gradebook() as book:
        for student in ("ada", "berta", "carla"):
            assert float(rows[student][MODULE]) == pytest.approx(points(book, student), abs=0.005)
            assert rows[student]["features"] == "-"
            assert rows[student]["email"] == f"{student}@example.org"
        book.update_or_create_student("carla", lms_user_id="1003")
    assert rows["carla"]["lastname"] == "two\nlines"
    assert rows["berta"]["firstname"] == '\'=HYPERLINK("http://example.org")'
    heading, *people = read(export.export(read_group.folder, "moodle", tmp_path / "moodle.csv").path)
    assert heading[4] == "idnumber"
    assert [row[4] for row in people] == ["1001", "1002", "1003"]
    assert all(row[i] for row in people for i in (0, 3, 4))


def test_csv_says_what_nbgrader_says(read_group: Course, tmp_path: Path) -> None:
    """Column by column and grade by grade it is `nbgrader export`, except that it can be read back."""
    with read_group.gradebook() as book:
        for student in ("ada", "berta", "carla", "dora"):
            book.update_or_create_student(student, first_name=student, last_name="plain")
    done = export.export(read_group.folder, "csv", tmp_path / "ours.csv")
    with read_group.gradebook() as book:
        CsvExportPlugin(to=str(tmp_path / "nbgrader.csv")).export(book)
    heading, *theirs = read(tmp_path / "nbgrader.csv")
    ours_heading, *ours = read(done.path)
    assert ours_heading == heading
    number = heading.index("raw_score")
    graded = {(row[0], row[3]): row for row in ours if row[number]}
    assert set(graded) == {(MODULE, student) for student in ("ada", "berta", "carla")}
    for row in theirs:
        if (row[0], row[3]) in graded:
            found = graded[row[0], row[3]]
            assert found[:number] == row[:number]
            assert [float(cell) for cell in found[number:]] == pytest.approx([float(cell) for cell in row[number:]])


@pytest.mark.parametrize("lms", export.LMS)
def test_half_marks_do_not_reach_an_lms_unnoticed(graded_group: Course, tmp_path: Path, lms: str) -> None:
    """Without being asked, what waits for a person is left empty and a sentence says how much and what to do."""
    done = export.export(graded_group.folder, lms, tmp_path / "some.csv")
    assert done.grades == 1
    assert "1 grade of 1 trainee" in done.said
    assert "Left empty: 2 submissions with answers that you have not read: read them in formgrader" in done.said
    assert "2 submissions not graded: type `alliancelab course grade MODULE`" in done.said
    text = done.path.read_text(encoding="utf-8")
    table = report.grades(graded_group.folder)
    berta = table[(table["student"] == "berta") & (table["module"] == MODULE)].iloc[0]
    assert str(round(berta["points"], 2)) not in text

    done = export.export(graded_group.folder, lms, tmp_path / "all.csv", incomplete=True)
    assert done.grades == 3
    assert "Incomplete, with the points there are so far: 2 submissions" in done.said
    cells = [cell for row in read(done.path) for cell in row if cell.replace(".", "", 1).isdigit()]
    assert any(float(cell) == pytest.approx(berta["points"], abs=0.005) for cell in cells)


def test_handed_in_again_is_not_exported_with_the_old_grade(read_group: Course, tmp_path: Path) -> None:
    """A grade that a newer hand-in has overtaken is left out, until it is graded or asked for."""
    (read_group.submitted("ada") / "timestamp.txt").write_text("2026-03-04 10:00:00 UTC")
    done = export.export(read_group.folder, "canvas", tmp_path / "canvas.csv")
    assert [row[3] for row in read(done.path)[2:]] == ["berta", "carla"]
    assert done.to_grade == 3


def test_nothing_graded_is_a_file_with_a_heading(released: Course, tmp_path: Path) -> None:
    """Before the first grading each form has its heading and no person."""
    lengths = {lms: len(read(export.export(released.folder, lms, tmp_path / "x.csv").path)) for lms in export.LMS}
    assert lengths == {"canvas": 2, "moodle": 1, "csv": 1}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_any_text_survives_and_none_is_a_formula(tmp_path_factory: pytest.TempPathFactory, row: list[str]) -> None:
    """Whatever a cell holds is read back; only what a spreadsheet would calculate has an apostrophe before it."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    export.write(path, [["heading", *row]])
    (found,) = read(path)
    for before, after in zip(row, found[1:], strict=True):
        if len(before) > 1 and before[0] in "=+-@\t\r\n＝＋－＠":
            assert after == f"'{before}"
        else:
            assert after == before


def test_numbers_below_nothing_stay_numbers(tmp_path: Path) -> None:
    """A number is no formula, whatever its sign."""
    export.write(tmp_path / "x.csv", [["-1", -1, -0.5, "-", ""]])
    assert read(tmp_path / "x.csv") == [["'-1", "-1", "-0.5", "-", ""]]


def test_the_spreadsheet_opens_in_excel(graded_group: Course, tmp_path: Path) -> None:
    """The table of who stands where begins with the mark that Excel needs, and has plain numbers and times."""
    path = tmp_path / "standing.csv"
    table = report.standing(graded_group.folder)
    export.write_standing(path, table)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfstudent,name,module,state,handed_in_utc,")
    heading, *rows = read(path, "utf-8-sig")
    assert len(rows) == len(table) == 10
    found = {(row[0], row[2]): dict(zip(heading, row, strict=True)) for row in rows}
    assert found["ada", MODULE]["handed_in_utc"] == "2026-03-02 18:00:00"
    assert found["berta", MODULE]["name"] == '\'=HYPERLINK("http://example.org") أمينة'
    assert found["dora", MODULE]["points"] == found["dora", MODULE]["handed_in_utc"] == ""


def test_a_file_that_cannot_be_written_is_a_sentence(graded_group: Course, tmp_path: Path) -> None:
    """A folder that is not there is named, and a file of before is not harmed by a write that fails."""
    with pytest.raises(AllianceLabError, match="cannot be written"):
        export.export(graded_group.folder, "csv", tmp_path / "nowhere" / "x.csv")
    (tmp_path / "x.csv").write_text("before")

    def breaking() -> object:
        yield ["a"]
        raise OSError(28, "No space left on device")

    with pytest.raises(AllianceLabError, match="No space left on device"):
        export.write(tmp_path / "x.csv", breaking())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.csv", "before")]
