"""The linter's rules for what is taught: limits, headings, links, items, charts, series, the course file, coverage."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alliancelab import catalogue, coverage, lint, sheet
from alliancelab.errors import ContentError
from alliancelab.lint import prose

LESSON, SOURCE = catalogue.lesson("rapport"), catalogue.exercise_source("rapport")
FEATURES = catalogue.lesson("features")
START = catalogue.lessons_home() / f"{catalogue.START}.ipynb"
Notebook = dict[str, Any]


def told(path: Path) -> list[str]:
    """The messages about a file."""
    return [fault.message for fault in lint.check([path])]


def changed(path: Path, folder: Path, change: Callable[[Notebook], object]) -> Path:
    """A changed copy of a notebook, where its kind stands."""
    notebook = copy.deepcopy(sheet.load(path))
    change(notebook)
    to = folder / "rapport" / path.name
    to.parent.mkdir(exist_ok=True)
    to.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return to


def cell(notebook: Notebook, name: str) -> dict[str, Any]:
    """The cell of this id."""
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def add(name: str, text: str) -> Callable[[Notebook], object]:
    """A change: text at the end of a cell."""
    return lambda n: cell(n, name).update(source=sheet.source_of(cell(n, name)) + text)


NOTEBOOKS: dict[str, tuple[Path, Callable[[Notebook], object], str]] = {
    "too many words": (LESSON, add("silence", " word" * 130), "cell 'silence': has 2"),
    "too many words in an exercise": (
        SOURCE,
        add("your-jaw-vignette", " word" * 130),
        "a text has 120 at most: cut it",
    ),
    "too many lines": (LESSON, add("setup", "\n" * 6 + 'play("gordon-has-all-the-answers")'), "a lesson's call has 8"),
    "a calibration with a name": (
        FEATURES,
        lambda n: cell(n, "how-close-to-the-key").update(source='calibration("rapport")'),
        "cell 'how-close-to-the-key': calibration(...) is not called as it should be",
    ),
    "two calibrations": (
        FEATURES,
        lambda n: cell(n, "to-read").update(cell_type="code", source="calibration()", outputs=[], execution_count=None),
        "cell 'to-read': shows how close somebody is to the key a second time; take it out",
    ),
    "a calibration too early": (
        FEATURES,
        lambda n: n["cells"].insert(2, n["cells"].pop(n["cells"].index(cell(n, "how-close-to-the-key")))),
        "cell 'how-close-to-the-key': compares with the key above the last coding or rating; move it below",
    ),
    "a calibration in an exercise": (
        SOURCE,
        add("finish", "\ncalibration()"),
        "cell 'finish': shows how close somebody is to the key, outside a lesson; take it out",
    ),
    "another heading": (
        LESSON,
        lambda n: cell(n, "title").update(source="# Report\n\nText."),
        "cell 'title': begins with '# Report'; the course file calls it: # Rapport",
    ),
    "a heading without its exercise": (
        SOURCE,
        lambda n: cell(n, "title").update(source="# Rapport"),
        "the course file calls it: # Rapport: exercise",
    ),
    "a dead link": (
        LESSON,
        add("silence", " [x](raport.ipynb)"),
        "cell 'silence': its link to 'raport.ipynb' leads nowhere",
    ),
    "a dead link from an exercise": (
        SOURCE,
        add("title", " [x](rapport_.ipynb)"),
        "its link to 'rapport_.ipynb' leads",
    ),
    "an address that no entry has": (
        LESSON,
        add("silence", " [Ada 2020](https://doi.org/10.1/ada)"),
        "names https://doi.org/10.1/ada, which is in no entry of sources.toml",
    ),
    "no hints": (
        SOURCE,
        lambda n: cell(n, "nadia-ten-minutes-question").update(source='play("nadia-ten-minutes")'),
        "'nadia-ten-minutes' has no hints; write three",
    ),
    "two hints": (
        SOURCE,
        lambda n: cell(n, "nadia-ten-minutes-question").update(source='play("nadia-ten-minutes", hints=["A.", "B."])'),
        "'nadia-ten-minutes': has 2 hints; write three",
    ),
    "a loud hint": (
        SOURCE,
        lambda n: cell(n, "nadia-ten-minutes-question").update(
            source='play("nadia-ten-minutes", hints=["A.", "B.", "C!"])'
        ),
        "feedback has no exclamation marks",
    ),
    "an unknown item": (
        LESSON,
        lambda n: next(c for c in n["cells"] if c["source"] == 'item("channel-first")').update(
            source='item("chanel-first")'
        ),
        "there is no item 'chanel-first' in items/rapport.toml; did you mean 'channel-first'?",
    ),
    "words to write": (LESSON, add("silence", "\n\nWRITE: a case."), "is still to be written: a case."),
    "the start page in other words": (
        START,
        add("rapport", " And more."),
        "cell 'rapport': does not say what the course file says; write:\n## Rapport",
    ),
    "the start page without a module": (
        START,
        lambda n: n["cells"].remove(cell(n, "rapport")),
        "the modules do not stand in the course's order; write: ",
    ),
}


@pytest.mark.parametrize("case", NOTEBOOKS)
def test_each_rule_for_what_is_taught_fires(tmp_path: Path, case: str) -> None:
    """A copy of what ships with one thing broken is told."""
    path, change, wanted = NOTEBOOKS[case]
    messages = told(changed(path, tmp_path, change))
    assert [message for message in messages if wanted in message], messages


ITEMS = catalogue.items_file("rapport").read_text(encoding="utf-8")
COURSE = (catalogue.CONTENT / "course.toml").read_text(encoding="utf-8")
COVERAGE = (catalogue.CONTENT / "coverage.toml").read_text(encoding="utf-8")
OF_RAPPORT, PRACTISED = 'module = "rapport"\n\n[[point.home]]', 'practised = "channel-first"'
CHART = '[drop]\ntitle = "Ada (simulated)"\nshape = "unrepaired drop"\nsessions = 8\nseed = 1\nat = 6\n'

FILES: dict[str, tuple[str, str, str, str, str]] = {
    "a key without a reason": ("items/rapport.toml", ITEMS, 'form = "It takes', 'farm = "It takes', "'straight-to-the-form' has no reason"),
    "an unknown source": ("items/rapport.toml", ITEMS, 'source = "apa-ethics"', 'source = "ada"', "'ada' is no known source"),
    "a loud reason": ("items/rapport.toml", ITEMS, 'straight-to-the-form = "It takes', 'straight-to-the-form = "Oh! It', "no exclamation"),
    "items of no module": ("items/report.toml", ITEMS, "", "", "there is no module 'report'; call the file after one of"),
    "minutes": ("course.toml", COURSE, "exercise = 75", "exercize = 75", "`minutes` are not those of a lesson and an exercise"),
    "an unknown need": ("course.toml", COURSE, 'needs = [', 'needs = ["grief", ', "needs 'grief', which does not come before"),
    "a level of another kind": ("course.toml", COURSE, 'needs = []', 'level = {writing = 0.6}', "`level` asks for 'writing'; write one of"),
    "too little for a level": ("course.toml", COURSE, 'needs = []', 'level = {rating = 0.6}', "has 12 ratings, and a level is judged"),
    "a level above 1": ("course.toml", COURSE, 'needs = []', 'level = {coding = 60}', "the level of coding is no agreement between"),
    "a level that is a number": ("course.toml", COURSE, 'needs = []', 'level = 0.6', "`level` is not a table; write one"),
    "no moment": ("course.toml", COURSE, "moment =", "momentum =", "has no `moment`; add it"),
    "a source of no entry": ("course.toml", COURSE, 'sources = ["', 'sources = ["ada-2020", "', "'ada-2020' is no known source"),
    "no objectives": ("course.toml", COURSE, "objectives = [", "objectives = []\nx = [", "`objectives` is empty; name one"),
    "a chart without a shape": ("charts.toml", CHART, "unrepaired drop", "wavy", "there is no shape 'wavy'; write one of: stable"),
    "a chart without an end": ("charts.toml", CHART, "sessions = 8", "sessions = 1000000", "write a number from 2 to 60"),
    "a chart of no session": ("charts.toml", CHART, "sessions = 8", "sessions = -1", "has -1 sessions; write a number"),
    "a chart that hides what it is": ("charts.toml", CHART, " (simulated)", "", "does not say that it is simulated"),
    "a drop before there is anything to drop from": ("charts.toml", CHART, "at = 6", "at = 1", "write a number from 2 to 8"),
    "a chart of no line": ("charts.toml", CHART, '"unrepaired drop"', '"rupture and repair"\nline = "goal"', "no line 'goal'"),
    "a rupture without room for its repair": (
        "charts.toml", CHART.replace("at = 6", "at = 7"), '"unrepaired drop"', '"rupture and repair"', "write a number from 2 to 6",
    ),
    "a home that is gone": ("coverage.toml", COVERAGE, 'lesson = "channel-before-content"', 'lesson = "gone"', "has no cell 'gone'"),
    "a practice that is gone": ("coverage.toml", COVERAGE, PRACTISED, 'practised = "gone"', "no dialogue or item 'gone'"),
    "a mark that is gone": ("coverage.toml", COVERAGE, 'graded = "six-says-the-judge"', 'graded = "gone"', "of rapport grades no 'gone'"),
    "a point of no module": ("coverage.toml", COVERAGE, OF_RAPPORT, OF_RAPPORT.replace("rapport", "report"), "which is no module"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_each_rule_for_files_of_words_fires(tmp_path: Path, case: str) -> None:
    """A copy of a file with one thing broken is told."""
    name, text, old, new, wanted = FILES[case]
    assert old in text
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert [message for message in told(path) if wanted in message], told(path)


def test_a_written_item_without_a_model_is_told(tmp_path: Path) -> None:
    """Practice in one's own words needs something to compare with."""
    path = tmp_path / "items" / "rapport.toml"
    path.parent.mkdir()
    path.write_text('[own]\nkind = "write"\nask = "What do you say?"\nwords = [10, 60]\n', encoding="utf-8")
    assert told(path) == ["'own': has no model answer; write `model`, one good answer among many"]


def test_every_point_of_the_curriculum_is_at_home_twice() -> None:
    """No point is without a cell that teaches it, something to practise and something graded, in two places; none is gone."""
    points = coverage.points()
    assert len(points) == 27
    assert list(coverage.faults(points)) == []
    for point in points:
        assert len({home.practised for home in point.homes}) >= 2, point.id
        assert len({home.graded for home in point.homes}) >= 2, point.id


def test_a_point_with_one_home_is_told() -> None:
    """One home is not twice, and the same item twice is one."""
    point = coverage.points()[0]
    once = coverage.Point(point.id, point.says, point.module, point.homes[:1])
    assert any("has 1 homes; write 2 or more" in message for _, message in coverage.faults([once]))
    same = coverage.Point(point.id, point.says, point.module, (point.homes[0], point.homes[0]))
    assert any("is graded in one place only" in message for _, message in coverage.faults([same]))


def test_a_bibliography_entry_that_nothing_names_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own bibliography holds no reference that the content does not use."""
    ours = dict(catalogue.sources())
    monkeypatch.setattr(
        catalogue,
        "sources",
        lambda: ours | {"ada-2020": {"authors": "A.", "year": 2020, "title": "T", "doi": "10.1/a"}},
    )
    assert lint.lists.unused_sources() == ["ada-2020"]


def test_a_text_of_nothing_but_brackets_is_read_at_once() -> None:
    """What looks for links and tags goes over a text once, however often one seems to begin."""
    before = time.perf_counter()
    assert prose.words("](" * 200_000 + "<a" * 200_000) > 0
    assert time.perf_counter() - before < 5


def test_a_coverage_file_that_is_not_whole_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the points cannot be read there is a fault, and the command that prints them ends in a sentence."""
    monkeypatch.setattr(catalogue, "CONTENT", tmp_path)
    (tmp_path / "coverage.toml").write_text('[[point]]\nid = "bond"\n', encoding="utf-8")
    with pytest.raises(ContentError, match="is not whole; `alliancelab content check` says where"):
        coverage.points()


def test_a_hard_passage_is_shown_and_is_no_fault(tmp_path: Path) -> None:
    """Long words in long sentences are reported with their cell; the linter finds no fault in them."""
    hard = (
        "Institutionalised psychotherapeutic considerations necessitate comprehensive interdisciplinary documentation "
    )
    path = changed(
        LESSON, tmp_path, lambda n: cell(n, "silence").update(source="## Silence\n\n" + (hard * 10).strip() + ".")
    )
    [found] = lint.hard_to_read([path])
    assert "cell 'silence': is hard to read (LIX " in found.message
    assert told(path) == []


@pytest.mark.parametrize("module", list(catalogue.modules()))
def test_no_lesson_is_hard_to_read_throughout(module: str) -> None:
    """At most a tenth of a lesson's text cells is hard; figures and names in a table of evidence may be."""
    lesson = catalogue.lesson(module)
    cells = [c for c in sheet.load(lesson)["cells"] if c["cell_type"] == "markdown"]
    assert len(list(prose.hard_to_read(lesson))) <= len(cells) / 10
