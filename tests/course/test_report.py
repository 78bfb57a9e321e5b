"""A course read back: the tables say what the gradebook and the journals say."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event
from submissions import MODULE, REFLECTION, Course, right, source, wrong

from alliancelab import answers, catalogue, marking, plots, sheet
from alliancelab.course import make_course, report, simulate
from alliancelab.errors import AllianceLabError

APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def row(table: pd.DataFrame, student: str, module: str = MODULE) -> pd.Series:
    """The one row of a trainee and a module."""
    (found,) = table[(table["student"] == student) & (table["module"] == module)].itertuples()
    return found


def test_the_numbers_are_nbgraders_own(graded_group: Course) -> None:
    """Points, lateness and answers to read are what nbgrader's objects say, extension, penalty and extra credit included."""
    table = report.grades(graded_group.folder)
    with graded_group.gradebook() as book:
        graded = book.find_assignment(MODULE).submissions
        assert sorted(one.student.id for one in graded) == ["ada", "berta", "carla"]
        for one in graded:
            found = row(table, one.student.id)
            assert found.score == pytest.approx(one.score)
            assert found.penalty == pytest.approx(one.late_submission_penalty)
            assert found.points == pytest.approx(max(0, one.score - one.late_submission_penalty))
            assert found.out_of == one.max_score
            assert found.late_seconds == one.total_seconds_late
            assert (found.waiting > 0) == one.needs_manual_grade
            assert found.handed_in == one.timestamp.replace(tzinfo=UTC)
    assert [row(table, name).late_seconds for name in ("ada", "berta", "carla")] == [0, 600, 5400]
    assert row(table, "carla").penalty == 1.5


def test_everybody_stands_somewhere_in_every_module(graded_group: Course) -> None:
    """Each trainee of the gradebook or of `submitted/` has a row a module, with where it stands and nothing made up."""
    table = report.standing(graded_group.folder)
    assert list(table.columns) == (
        ["student", "name", "module", "state", "handed_in", "late_seconds", "points", "out_of", "waiting"]
    )
    states = {(one.student, one.module): one.state for one in table.itertuples()}
    assert states == {
        ("ada", MODULE): "done",
        ("ada", "features"): "waits for grading",
        ("berta", MODULE): "waits for you",
        ("carla", MODULE): "waits for you",
        ("emil", MODULE): "waits for grading",
        ("dora", MODULE): "not handed in",
        **{(name, "features"): "not handed in" for name in ("berta", "carla", "dora", "emil")},
    }
    assert row(table, "ada").name == 'Ada "the Countess" O\'Neil, Jr/Sr'
    assert row(table, "emil").name == ""
    assert row(table, "emil").handed_in == datetime(2026, 3, 3, 18, tzinfo=UTC)
    assert row(table, "emil").late_seconds == 23.5 * 3600
    for name in ("emil", "dora"):
        assert pd.isna(row(table, name).points)
        assert row(table, name).waiting == 0
    assert pd.isna(row(table, "dora").handed_in)


def test_what_is_handed_in_again_waits_for_grading(group: Course) -> None:
    """A hand-in newer than the graded one waits for grading; the old points stay to be seen."""
    before = row(report.standing(group.folder), "ada")
    (group.submitted("ada") / "timestamp.txt").write_text("2026-03-04 10:00:00.5 UTC")
    after = row(report.standing(group.folder), "ada")
    assert (before.state, after.state) == ("done", "waits for grading")
    assert after.points == before.points
    assert after.handed_in == datetime(2026, 3, 4, 10, 0, 0, 500_000, tzinfo=UTC)
    assert group.grade("ada")["success"]
    assert row(report.standing(group.folder), "ada").state == "done"


def test_a_grading_that_was_cut_short_is_no_grading(group: Course) -> None:
    """Between nbgrader's two passes a submission has grades without scores: it waits for grading, and for nobody to read."""
    with group.gradebook() as book:
        book.add_student("emil")
        book.add_submission(MODULE, "emil")
    assert row(report.standing(group.folder), "emil").state == "waits for grading"
    assert "emil" not in set(report.queue(group.folder)["student"])


@pytest.mark.parametrize("text", ["", "soon", "9999999999999999", "\x00", "2026-13-45 00:00:00 UTC", "é" * 300])
def test_a_time_that_is_none_stops_nothing(group: Course, text: str) -> None:
    """Whatever stands in a timestamp.txt, the table is made; the time is unknown."""
    (group.submitted("emil") / "timestamp.txt").write_text(text)
    found = row(report.standing(group.folder), "emil")
    assert found.state == "waits for grading"
    assert pd.isna(found.handed_in)


def test_the_gradebook_is_read_in_a_few_statements(graded_group: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of statements does not grow with the group, nor is anything written."""
    said: list[str] = []

    def listening(*arguments: object, **options: object) -> object:
        engine = create_engine(*arguments, **options)
        event.listen(engine, "before_cursor_execute", lambda *about: said.append(about[2]))
        return engine

    monkeypatch.setattr("sqlalchemy.create_engine", listening)
    before = (graded_group.folder / "gradebook.db").read_bytes()
    report.standing(graded_group.folder)
    assert 0 < sum(1 for statement in said if statement.lstrip().startswith("SELECT")) <= 10
    assert not [statement for statement in said if not statement.lstrip().startswith(("SELECT", "PRAGMA"))]
    assert (graded_group.folder / "gradebook.db").read_bytes() == before


def test_the_queue_leads_to_formgraders_pages(graded_group: Course) -> None:
    """Every answer to read is in it, the longest waiting first, with the id that stands in formgrader's address."""
    found = report.queue(graded_group.folder)
    assert [(one.student, one.item) for one in found.itertuples()] == [("berta", REFLECTION), ("carla", REFLECTION)]
    assert set(found["title"]) == {source().title(REFLECTION)}
    with graded_group.gradebook() as book:
        for one in found.itertuples():
            assert one.notebook == book.find_submission_notebook(MODULE, MODULE, one.student).id


def test_an_empty_queue_is_a_table_too(group: Course) -> None:
    """Where nothing waits, the columns are there and no rows."""
    for name in ("berta", "carla"):
        group.mark_by_hand(name, REFLECTION, 3)
    found = report.queue(group.folder)
    assert found.empty
    assert list(found.columns) == ["student", "module", "item", "title", "notebook", "handed_in"]


def test_the_queue_does_without_the_source(group: Course) -> None:
    """An exercise whose source is gone still has its queue; items go by their names then."""
    shutil.rmtree(group.folder / "source" / MODULE)
    assert set(report.queue(group.folder)["title"]) == {REFLECTION}


def test_missed_counts_what_marking_counts(graded_group: Course) -> None:
    """Shares are the means of the pure mark over all who answered, graded or not, the hardest first."""
    found = report.missed(graded_group.folder, MODULE)
    assert list(found["share"]) == sorted(found["share"])
    assert set(found["item"]) == set(source().graded)
    results = [sheet.marks(source(), answers.read(graded_group.journal(n))) for n in ("ada", "berta", "carla", "emil")]
    for one in found.itertuples():
        assert one.kind == source().items[one.item].kind
        out_of = source().graded[one.item].points
        answered = [of[one.item].points / out_of for of in results if of[one.item].status != marking.NOT_ANSWERED]
        assert one.answered == len(answered)
        assert one.share == pytest.approx(sum(answered) / len(answered), abs=0.01)
        assert bool(one.chosen_instead) == (one.share < 1)


@pytest.mark.parametrize("name", sorted(source().graded))
def test_what_was_chosen_instead_is_told_in_words(released: Course, tmp_path: Path, name: str) -> None:
    """Three who go wrong in the same way are told apart from one who does not, and no slug stands in the words."""
    course = Course(Path(shutil.copytree(released.folder, tmp_path / "course")))
    for student in ("ada", "berta", "carla"):
        course.hand_in(student, {name: wrong(name)})
    course.hand_in("dora", {name: right(name)})
    course.hand_in("emil", {})
    found = report.missed(course.folder, MODULE).set_index("item").loc[name]
    assert (found["answered"], found["how_many"]) == (4, 3)
    item, key = source().items[name], source().graded[name].key
    texts = [*getattr(item, "options", {}).values(), *getattr(item, "steps", {}).values()]
    texts += [*getattr(item, "aspects", {}).values(), *getattr(item, "labels", {}).values(), *key.get("why", {})]
    assert any(text in found["chosen_instead"] for text in texts), found["chosen_instead"]
    assert 0 < found["share"] < 1


def test_the_slip_that_most_share_is_told(released: Course, tmp_path: Path) -> None:
    """Of several wrong replies the one chosen most often stands in the table, with the number who chose it."""
    course = Course(Path(shutil.copytree(released.folder, tmp_path / "course")))
    item, credit = source().items["your-jaw"], source().graded["your-jaw"].key["credit"]
    first, second, *_ = sorted((slug for slug in item.options if credit.get(slug, 0) < 1), key=item.options.__getitem__)
    for student, slug in (("ada", first), ("berta", second), ("carla", second)):
        course.hand_in(student, {"your-jaw": [slug]})
    found = report.missed(course.folder, MODULE).set_index("item").loc["your-jaw"]
    assert (found["chosen_instead"], found["how_many"]) == (item.options[second], 2)


def marked(name: str, answer: object) -> marking.Result:
    """The mark of an answer, out of 100."""
    item = source().items[name]
    return marking.mark(item, source().graded[name].key, answer, 100, catalogue.near_moves())


def slips_of(name: str, answer: object) -> list[str]:
    """What the report would count of an answer."""
    item = source().items[name]
    return list(report._slips(item, source().graded[name].key, item.clean(answer), marked(name, answer)))


def test_each_kind_of_slip_has_its_words() -> None:
    """A full answer has no slip; of each kind, a slip is told with its direction, label, swap or ending."""
    told = {
        "choose": lambda text: text,
        "rate": lambda text: "too high (key" in text or "too low (key" in text,
        "code": lambda text: "; key: " in text,
        "order": lambda text: "” before “" in text,
        "dialogue": lambda text: text.startswith("ended: "),
    }
    kinds = Counter()
    for name in source().graded:
        item = source().items[name]
        assert slips_of(name, right(name)) == []
        slips = slips_of(name, wrong(name))
        assert slips
        assert all(told[item.kind](slip) for slip in slips), slips
        kinds[item.kind] += 1
    assert set(kinds) == set(told)


def test_a_rating_is_off_in_a_direction() -> None:
    """Ratings at the upper end are told as too high, at the lower as too low, never the other way round."""
    for name, item in source().items.items():
        if name in source().graded and item.kind == "rate":
            for number, told in zip(item.scale, ("too low", "too high"), strict=True):
                slips = slips_of(name, dict.fromkeys(item.aspects, number))
                assert slips
                assert all(told in slip for slip in slips)


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.floats(0, 1))
def test_who_earns_less_than_everything_has_a_slip(random: Random, skill: float) -> None:
    """Something is told about an answer exactly where it earned less than full credit."""
    for name, graded in source().graded.items():
        item = source().items[name]
        answer = item.clean(simulate.answer(item, graded.key, skill, random))
        if isinstance(answer, dict) and random.random() > skill:
            answer.popitem()  # not everything is rated or labelled
        result = marked(name, answer)
        if result.status != marking.NOT_ANSWERED:
            assert bool(slips_of(name, answer)) == (result.points < 100)


def test_links_and_devices_in_a_hand_in_are_not_opened(group: Course) -> None:
    """A pipe in the place of a journal or a time would hold the report up for ever, and a link would show another's work."""
    before = report.missed(group.folder, MODULE)
    for name, make in (
        ("fay", lambda path: os.mkfifo(path)),
        ("gus", lambda path: path.symlink_to(group.journal("ada"))),
    ):
        group.submitted(name).mkdir(parents=True)
        make(group.journal(name))
        make(group.submitted(name) / "timestamp.txt")
    assert report.missed(group.folder, MODULE).equals(before)
    assert pd.isna(row(report.standing(group.folder), "gus").handed_in)
    assert "gus" not in set(report.quiet(group.folder, APRIL)["student"])  # Ada's answers are not his


def test_the_quiet_are_those_with_work_left(graded_group: Course) -> None:
    """Listed are those whose last answer is long ago while something is left to hand in; what is due and missing is named."""
    found = report.quiet(graded_group.folder, APRIL).set_index("student")
    assert set(found.index) == {"berta", "carla", "dora", "emil"}  # Ada has handed in everything
    last = max(datetime.fromisoformat(entry.at) for entry in answers.read(graded_group.journal("berta")).entries)
    assert found.loc["berta", "last_activity"] == last
    assert found.loc["berta", "days"] == (APRIL - last).days
    assert pd.isna(found.loc["dora", "last_activity"])
    assert found.loc["dora", "missing"] == [MODULE]
    assert found.loc["berta", "missing"] == []  # features has no date
    early = report.quiet(graded_group.folder, datetime(2026, 3, 10, tzinfo=UTC))
    assert list(early["student"]) == ["dora"]


def test_nobody_is_missed_before_it_is_due(graded_group: Course) -> None:
    """Somebody who never handed in is listed from a week before the date on, not earlier."""
    due = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
    week = timedelta(days=7)
    assert report.quiet(graded_group.folder, due - week - timedelta(minutes=1)).empty
    assert "dora" in set(report.quiet(graded_group.folder, due - week)["student"])


@pytest.mark.parametrize("at", ["2999-01-01T00:00:00+00:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_an_answer_from_nowhere_in_time_does_not_count(group: Course, at: str) -> None:
    """A machine whose clock is wrong, or a hand on the journal, does not hide that somebody has gone quiet."""
    before = report.quiet(group.folder, APRIL)
    line = {"v": 1, "at": at, "item": "your-jaw", "kind": "choose", "answer": right("your-jaw")}
    with group.journal("berta").open("a") as file:
        file.write(json.dumps(line) + "\n")
    (group.submitted("emil") / "timestamp.txt").write_text(f"{at[:10]} 00:00:00 UTC")
    assert report.quiet(group.folder, APRIL).equals(before)
    assert json.loads(report.standing(group.folder).to_json(orient="records", date_format="iso"))


def test_without_a_journal_the_hand_in_is_the_last_activity(group: Course) -> None:
    """Whoever handed in no answers is as quiet as the hand-in is old."""
    group.journal("emil").unlink()
    found = report.quiet(group.folder, APRIL).set_index("student")
    assert found.loc["emil", "last_activity"] == datetime(2026, 3, 3, 18, tzinfo=UTC)
    assert found.loc["emil", "days"] == 28


def test_a_course_that_nobody_has_begun_is_empty_tables(released: Course) -> None:
    """Assigned and not yet handed in by anybody: every table has its columns and no rows, and there is no picture."""
    found = report.overview(released.folder, APRIL)
    for table in (found.modules, found.standing, found.queue, found.missed, found.quiet):
        assert table.empty
        assert len(table.columns)
    assert report.heat(released.folder).empty
    assert report.picture(found.standing) is None


def test_heat_tells_nothing_from_no_points(graded_group: Course) -> None:
    """Shares of points by person and module, in the order of the course; where nothing is graded there is no number."""
    found = report.heat(graded_group.folder)
    table = report.standing(graded_group.folder)
    assert set(found.columns) == {MODULE, "features"}
    assert found.loc["ada", MODULE] == row(table, "ada").points / 40
    assert found["features"].isna().all()
    assert pd.isna(found.loc["dora", MODULE])


def test_the_picture_says_in_words_what_it_shows(graded_group: Course) -> None:
    """The words are made from the numbers; not handed in, not graded yet and no points are three things."""
    picture = report.picture(report.standing(graded_group.folder))
    assert picture is not None
    assert picture.png.startswith(b"\x89PNG")
    assert "Share of the points of 5 people in 2 modules." in picture.alt
    assert "rapport: mean 0." in picture.alt
    assert "of 3, 1 not graded yet, 1 not handed in." in picture.alt
    assert "features: nothing graded, 1 not graded yet, 4 not handed in." in picture.alt
    cells = {name: cells for name, *cells in picture.rows}
    heading = cells.pop("Trainee")
    assert cells["dora"] == ["not handed in", "not handed in"]
    assert cells["emil"][heading.index(MODULE)] == "new"


def test_a_picture_of_many_stays_readable() -> None:
    """Of a hundred people the forty with the fewest points are drawn, the words say so, and the rows have all."""
    shares = {f"trainee-{n:03}": {"a": n / 100, "b": float("nan")} for n in range(100)}
    picture = plots.people_by_modules(shares, note="a note")
    assert "The 40 with the fewest points are drawn; the table has all." in picture.alt
    assert "Fewest points: trainee-000, trainee-001, trainee-002." in picture.alt
    assert len(picture.rows) == 101
    few = plots.people_by_modules({name: shares[name] for name in list(shares)[:40]}, note="a note")
    height = lambda png: int.from_bytes(png[20:24], "big")  # noqa: E731 - where a PNG says it
    assert height(picture.png) == height(few.png)


@pytest.mark.filterwarnings("error")
def test_a_name_is_never_a_formula_to_set() -> None:
    """Dollars, backslashes, emoji, right-to-left text and line ends in a name are drawn as they are, and stop nothing."""
    names = [r"$\frac{$", "$x$", "😀", "漢字", "أمينة", "a\nb", "x" * 300]
    assert plots.people_by_modules({name: {"a": 0.5} for name in names}).png
    assert plots.group({name: {"a": 0.5} for name in names}, {"a": 1}).png


def test_by_module_counts_everybody_once(graded_group: Course) -> None:
    """Each trainee is counted in one state of each module; the median is of those who are graded."""
    found = report.by_module(report.standing(graded_group.folder)).set_index("module")
    rapport = found.loc[MODULE]
    states = ["done", "waits_for_you", "waits_for_grading", "not_handed_in"]
    assert list(rapport[states]) == [1, 2, 1, 1]
    assert (found[states].sum(axis=1) == 5).all()
    assert rapport["handed_in"] == 4
    assert rapport["late"] == 3
    graded = report.standing(graded_group.folder)["points"].dropna()
    assert rapport["median_points"] == graded.median()


def test_one_broken_source_does_not_stop_the_others(group: Course) -> None:
    """An exercise that cannot be read is told in a sentence, and the rest of the course is shown."""
    (group.folder / "source" / "features" / "features.ipynb").write_text("{")
    found = report.overview(group.folder, APRIL)
    assert set(found.missed["module"]) == {MODULE}
    assert "features.ipynb:1: is not a whole notebook" in " ".join(found.faults)
    assert json.loads(found.standing.to_json(orient="records", date_format="iso"))


def test_no_gradebook_yet_says_what_to_type(tmp_path: Path) -> None:
    """Before anything is assigned, a sentence says how to assign, and no empty gradebook is left behind."""
    folder = make_course(tmp_path / "course", [MODULE])
    for read in (report.standing, report.grades, report.queue, report.heat):
        with pytest.raises(AllianceLabError, match="type `alliancelab course assign MODULE`"):
            read(folder)
    assert not (folder / "gradebook.db").exists()
    (folder / "gradebook.db").touch()
    with pytest.raises(AllianceLabError, match="type `alliancelab course assign MODULE`"):
        report.standing(folder)


def test_a_broken_gradebook_is_a_sentence(group: Course) -> None:
    """A gradebook that is no database, or out of reach, is told with what to look at."""
    (group.folder / "gradebook.db").write_bytes(b"no database" * 100)
    with pytest.raises(AllianceLabError, match="cannot be read"):
        report.standing(group.folder)
    config = group.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + '\nc.CourseDirectory.db_url = "no url"\n')
    with pytest.raises(AllianceLabError, match="see db_url in its nbgrader_config"):
        report.standing(group.folder)
