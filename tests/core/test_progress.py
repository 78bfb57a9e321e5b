"""Progress, from the journals alone: what counts as done, what comes next, and that a line rises only where skill grows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import practising
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import answers_to

from alliancelab import answers, catalogue, checking, handin, progress, release, sheet
from alliancelab.answers import Entry, Reading
from alliancelab.items import Choose, Order, Rate, Talk, is_blank
from alliancelab.play import path_to
from alliancelab.progress import ALL, Count, Skill, Try

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LESSON = sheet.read(catalogue.lesson("rapport"))
ORDER = Order("steps", "In order?", {"b": "Second", "a": "First", "c": "Third"})
SEVERAL = Choose("who", "Who may be told?", {"nobody": "Nobody.", "team": "The team.", "her": "Her."}, several=True)
RATE = Rate("how-much", "How much?", {"bond": "Bond", "goals": "Goals"})


def entry(item: str, kind: str, answer: object, at: datetime = NOON) -> Entry:
    return Entry(at.isoformat(), item, kind, answer)


def skill(found: progress.Progress, kind: str = ALL) -> Skill:
    return next(skill for skill in found.skills if skill.kind == kind)


def everything(path: Path, journal: Path, at: datetime = NOON) -> None:
    """Answer each item of a notebook; a conversation along a path that ends."""
    for item in sheet.read(path).items.values():
        answers.record(journal, item, whole(item), at=lambda: at)


def whole(item: object) -> object:
    if isinstance(item, Talk):
        return list(path_to(item.dialogue, ["deepened", "repaired", "held", "lost"]))
    if isinstance(item, Choose):
        return [next(iter(item.options))]
    if isinstance(item, Order):
        return list(item.steps)
    if isinstance(item, Rate):
        return dict.fromkeys(item.aspects, item.scale[0])
    if item.kind == "code":
        return dict.fromkeys(item.utterances, next(iter(item.labels)))
    return "I would wait." if item.kind == "write" else dict.fromkeys(item.fields, "Somebody.")


# -- what is done ----------------------------------------------------------------------------------------------------


def test_before_anything_is_done_the_first_lesson_comes_next(tmp_path):
    """An empty folder, or none, is no mistake: nothing is begun, nothing is unread, and nothing has been written there."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        found = progress.of(folder)
        assert (found.begun, found.unread, found.skills) == (False, "", ())
        assert (found.next.title, found.next.link) == ("Lesson: Foundations", "foundations.ipynb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", list(catalogue.modules()))
def test_what_is_not_begun_is_counted_as_what_is(module, tmp_path):
    """The quick count of a notebook that nobody has begun is that of the whole reading; a session is one conversation."""
    for path in (catalogue.lesson(module), catalogue.exercise_source(module)):
        read = sheet.read(path)
        assert progress._extent(path) == progress.done(read, Reading())


def test_a_module_goes_from_not_begun_to_done(tmp_path):
    """Each part is counted by itself; what is next moves from the lesson to the exercise to the next module's lesson."""
    journal = tmp_path / "foundations.answers.jsonl"
    lesson = sheet.read(catalogue.lesson("foundations"))
    first = next(iter(lesson.items.values()))
    answers.record(journal, first, whole(first))
    found = progress.of(tmp_path)
    assert found.modules[0].lesson.done == 1
    assert found.next.said == f"1 of {found.modules[0].lesson.of} done; about 80 minutes in all"
    everything(catalogue.lesson("foundations"), journal)
    found = progress.of(tmp_path)
    assert found.modules[0].lesson.share == 1
    assert found.next.link == "exercises/foundations/foundations.ipynb"
    here = tmp_path / "exercises" / "foundations"
    here.mkdir(parents=True)
    (here / "foundations.ipynb").write_text(release.of_module("foundations"), encoding="utf-8")
    everything(catalogue.exercise_source("foundations"), here / "foundations.answers.jsonl")
    found = progress.of(tmp_path)
    assert found.modules[0].exercise == Count(14, 14)
    assert found.next.link == "rapport.ipynb"
    assert not found.modules[0].handed_in
    handin.zip_up(here, "foundations", "maria", NOON)
    assert progress.of(tmp_path).modules[0].handed_in


def test_the_whole_course_can_be_done(tmp_path):
    """With every item answered there is no next step. In a series one way through the sessions is enough."""
    practising.work(tmp_path, practising.growing)
    found = progress.of(tmp_path)
    assert found.next is None
    assert all(module.lesson.share == module.exercise.share == 1 for module in found.modules)


def test_a_module_that_asks_for_a_level_is_not_done_before_it_is_reached(tmp_path, monkeypatch):
    """With everything answered, what comes next is the module whose level is missing, and the sentence says which."""
    practising.work(tmp_path, practising.growing)
    asked = dict(catalogue.course())
    for wanted, missing in ((1.0, True), (-1.0, False)):
        asked["foundations"] = type(asked["foundations"])(**{**vars(asked["foundations"]), "level": {"coding": wanted}})
        monkeypatch.setattr(catalogue, "course", lambda: asked)
        found = progress.of(tmp_path)
        [module] = [module for module in found.modules if module.slug == "foundations"]
        assert bool(module.level) == missing
        assert (found.next is not None) == missing
        assert ("the level it asks for not reached" in module.lesson_said) == missing
        if missing:
            assert found.next.link == "foundations.ipynb"
            assert found.next.said.startswith("This module asks for an agreement of 1 in your codings")


def test_a_session_of_a_series_is_done_by_either_of_its_beginnings():
    """Whoever ended session four in one way never meets the other beginning of session five, and lacks nothing."""
    lesson = sheet.read(catalogue.lesson("practice"))
    both = [asked.item for asked in lesson.asked.values() if asked.session == ("eight-sessions-with-ibrahim", 5)]
    assert len(both) == 2
    for item in both:
        _, conversations = progress.done(lesson, Reading((entry(item.name, item.kind, whole(item)),)))
        assert conversations == Count(1, 9)


def test_points_are_those_of_the_check_and_only_with_the_keys(tmp_path, monkeypatch):
    """With the source at hand the points are what `check` gives; without it the answers are counted and no point is told."""
    practising.work(tmp_path, practising.growing, modules=2)
    checked, _, results = checking.check("rapport", tmp_path / "exercises/rapport")
    judged = [result for name, result in results.items() if name not in checked.written]
    found = progress.of(tmp_path).modules[1]
    assert found.points == (sum(r.points for r in judged), 34)
    monkeypatch.setattr(catalogue, "exercise_source", lambda module: None)
    without = progress.of(tmp_path).modules[1]
    assert (without.points, without.exercise) == (None, found.exercise)
    kinds = {skill.kind for skill in progress.of(tmp_path).skills}
    assert ALL in kinds  # the lessons' keys are in the open


def test_an_answer_taken_back_is_none():
    """Who unticks everything has not answered; and a conversation begun again still counts as played."""
    choice = next(item for item in LESSON.items.values() if isinstance(item, Choose))
    talk = next(item for item in LESSON.items.values() if isinstance(item, Talk))
    given = [entry(choice.name, "choose", whole(choice)), entry(talk.name, "dialogue", whole(talk))]
    assert [count.done for count in progress.done(LESSON, Reading(tuple(given)))] == [1, 1]
    given += [entry(choice.name, "choose", []), entry(talk.name, "dialogue", [])]
    assert [count.done for count in progress.done(LESSON, Reading(tuple(given)))] == [0, 1]


def entries() -> st.SearchStrategy[Entry]:
    """An answer to an item of the lesson, some time in a few years."""
    times = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
    return st.sampled_from(list(LESSON.items.values())).flatmap(
        lambda item: st.builds(entry, st.just(item.name), st.just(item.kind), answers_to(item), times)
    )


@given(st.lists(entries(), max_size=12), entries())
def test_progress_never_falls_when_an_answer_is_added(before: list[Entry], more: Entry) -> None:
    """One more answer that says something never lowers a count, and no count passes what there is."""
    item = LESSON.items[more.item]
    if is_blank(item, more.answer):
        return
    for old, new in zip(
        progress.done(LESSON, Reading(tuple(before))), progress.done(LESSON, Reading((*before, more))), strict=True
    ):
        assert 0 <= old.done <= new.done <= new.of == old.of


@given(st.lists(entries(), max_size=20))
def test_a_journal_gives_shares_from_0_to_1_and_always_the_same(given_: list[Entry]) -> None:
    """Each share lies between 0 and 1, an item has one first try at most, and the same journal gives the same skills."""
    tries = progress.first_tries(LESSON, Reading(tuple(given_)))
    assert len(tries) <= len({one.item for one in given_})
    assert all(one.share is None or 0 <= one.share <= 1 for one in tries)
    found = progress.skills(tries)
    assert found == progress.skills(reversed(progress.first_tries(LESSON, Reading(tuple(given_)))))
    for one in found:
        assert all(0 <= week.share <= 1 and week.tries >= progress.FEWEST_IN_A_WEEK for week in one.weeks)


@given(st.lists(entries(), max_size=12), st.lists(entries(), max_size=6))
def test_what_comes_later_changes_no_first_try(before: list[Entry], after: list[Entry]) -> None:
    """A first try that is over stays what it was, whatever is answered an hour later."""
    begin = [Entry(NOON.isoformat(), one.item, one.kind, one.answer) for one in before]
    later = [Entry((NOON + timedelta(hours=1)).isoformat(), one.item, one.kind, one.answer) for one in after]
    first = progress.first_tries(LESSON, Reading(tuple(begin)))
    assert [one for one in progress.first_tries(LESSON, Reading((*begin, *later))) if one.at == NOON] == first


# -- how the skills grow ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_a_trainee_whose_skill_grows_is_seen_to_rise(tmp_path, seed):
    """From hardly any skill to nearly all of it in eight weeks: the line goes up, and the sentence says so."""
    practising.work(tmp_path, practising.growing, seed)
    found = skill(progress.of(tmp_path))
    assert found.change == progress.RISES
    assert found.halves[1] > found.halves[0] + 0.15
    assert len(found.weeks) == 8
    assert found.weeks[-1].share > found.weeks[0].share + 0.15
    assert found.said.startswith("rises, ")


@pytest.mark.parametrize("seed", range(3))
def test_a_trainee_who_guesses_is_not_seen_to_rise(tmp_path, seed):
    """Eight weeks of guessing are no growth."""
    practising.work(tmp_path, practising.guessing, seed)
    assert skill(progress.of(tmp_path)).change == progress.UNCLEAR


def test_guessing_until_it_is_right_does_not_look_like_growth(tmp_path):
    """Who guesses, and an hour later gives every answer from the key, has the same lines as who only guesses."""
    practising.work(tmp_path / "once", practising.guessing, seed=3)
    practising.work(tmp_path / "again", practising.guessing, seed=3, again=True)
    once, again = progress.of(tmp_path / "once"), progress.of(tmp_path / "again")
    assert [module.points for module in once.modules] != [module.points for module in again.modules]
    assert again.skills == once.skills
    assert skill(again).change == progress.UNCLEAR


def test_too_few_tries_have_no_line():
    """Below three first tries a week has no mean, and below twelve, or in one week alone, nothing is compared."""
    two = [Try("choose", NOON, 0.0), Try("choose", NOON, 1.0)]
    assert skill_of(two).weeks == ()
    assert skill_of(two).said == "2 first tries, too few to tell"
    many = [Try("choose", NOON + timedelta(minutes=n), n / 40) for n in range(40)]
    assert (len(skill_of(many).weeks), skill_of(many).change) == (1, "")
    assert plots_of(many) == {}
    weeks = [Try("choose", NOON + timedelta(weeks=n // 6), n / 12) for n in range(12)]
    assert skill_of(weeks).change == progress.RISES
    assert skill_of([Try(one.kind, one.at, 1 - one.share) for one in weeks]).change == progress.FALLS


def skill_of(tries: list[Try]) -> Skill:
    return next(one for one in progress.skills(tries) if one.kind == "choose")


def plots_of(tries: list[Try]) -> dict[str, tuple[progress.Week, ...]]:
    return dict(progress.lines(progress.Progress((), None, progress.skills(tries))))


def test_words_are_counted_and_never_scored():
    """What is written has no share and no part in what stands for all."""
    found = progress.skills([Try("write", NOON, None)])
    assert [one.kind for one in found] == ["write"]
    assert found[0].said == "1 text written, without a score"


SECOND = timedelta(seconds=1)
FIRST_TRIES = {
    "a choice of several, ticked one by one": (
        SEVERAL,
        [(0, ["nobody"]), (3, ["nobody", "team"]), (200, ["team"])],
        ["nobody", "team"],
    ),
    "an order, moved step by step": (ORDER, [(0, ["b", "a", "c"]), (4, ["a", "b", "c"])], ["a", "b", "c"]),
    "an order, changed after a look at the key": (
        ORDER,
        [(0, ["b", "a", "c"]), (90, ["a", "b", "c"])],
        ["b", "a", "c"],
    ),
    "a rating that was not whole at first": (
        RATE,
        [(0, {"bond": 3}), (500, {"bond": 3, "goals": 4}), (510, {"bond": 9, "goals": 9})],
        {"bond": 3, "goals": 4},
    ),
    "a rating that never was": (RATE, [(0, {"bond": 3})], None),
}


@pytest.mark.parametrize("name", FIRST_TRIES)
def test_a_first_try_is_the_first_whole_answer(name):
    """Each kind as its card keeps it: by single clicks, or piece by piece until the first pause."""
    item, given_, wanted = FIRST_TRIES[name]
    found = progress.first_try(item, [(NOON + seconds * SECOND, answer) for seconds, answer in given_])
    assert (found and found[1]) == wanted


def test_of_a_conversation_the_first_end_counts():
    """Playing it again until it goes well is practice, and the first play stays the measure."""
    talk = next(item for item in LESSON.items.values() if isinstance(item, Talk))
    lost, deepened = (list(path_to(talk.dialogue, [end])) for end in ("lost", "deepened"))
    paths = [lost[:1], lost, [], deepened]
    given_ = [entry(talk.name, "dialogue", path, NOON + n * SECOND) for n, path in enumerate(paths)]
    [found] = progress.first_tries(LESSON, Reading(tuple(given_)))
    assert (found.kind, found.share) == ("dialogue", 0.0)


# -- bad journals ----------------------------------------------------------------------------------------------------


def test_what_can_be_read_counts_and_one_sentence_says_what_could_not(tmp_path):
    """A torn line, binary, another version's line and an unreadable exercise cost themselves alone."""
    practising.work(tmp_path, practising.growing, modules=2)
    before = progress.of(tmp_path)
    journal = tmp_path / "foundations.answers.jsonl"
    newer = json.dumps({"v": 2, "at": NOON.isoformat(), "item": "x", "kind": "choose", "answer": []})
    journal.write_bytes(journal.read_bytes() + b"\xff\x00\n" + newer.encode() + b'\n{"v": 1, "at"')
    other = tmp_path / "exercises/rapport/rapport.answers.jsonl"
    other.write_bytes(b"Dear diary\n" + other.read_bytes())
    found = progress.of(tmp_path)
    assert (found.modules, found.skills, found.next) == (before.modules, before.skills, before.next)
    assert found.unread == (
        "Not counted, because it could not be read: 3 lines of foundations.answers.jsonl, "
        "1 line of exercises/rapport/rapport.answers.jsonl."
    )


def test_a_broken_exercise_without_its_source_is_told(tmp_path, monkeypatch):
    """Where neither the trainee's notebook nor ours can be read, the rest is there and the sentence names it."""
    practising.work(tmp_path, practising.growing, modules=2)
    monkeypatch.setattr(catalogue, "exercise_source", lambda module: None)
    (tmp_path / "exercises/rapport/rapport.ipynb").write_text("{", encoding="utf-8")
    found = progress.of(tmp_path)
    assert found.modules[1].exercise is None
    assert found.unread.endswith("the exercise rapport.ipynb.")
    assert found.next.link == "features.ipynb"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+00:00"])
def test_a_clock_that_was_wrong_stops_nothing(tmp_path, at):
    """An answer from the first or the last day there is counts as answered; what cannot be dated has no week."""
    item = next(item for item in LESSON.items.values() if isinstance(item, Choose) and not item.several)
    line = {"v": 1, "at": at, "item": item.name, "kind": "choose", "answer": whole(item)}
    (tmp_path / "rapport.answers.jsonl").write_text(json.dumps(line) + "\n")
    assert progress.of(tmp_path).modules[1].questions.done == 1


def test_answers_to_other_modules_items_begin_nothing(tmp_path):
    """Practice across modules stands in a journal of its own name; it is no lesson begun."""
    answers.append(tmp_path / "practice.answers.jsonl", "channel-first", "choose", ["ask"])
    assert not progress.of(tmp_path).begun


# -- the figure ------------------------------------------------------------------------------------------------------


def test_a_week_begins_on_its_monday():
    """A Sunday night and the Monday after it are two weeks."""
    assert progress.monday(datetime(2026, 3, 8, 23, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert progress.monday(datetime(2026, 3, 9, 0, 0, tzinfo=UTC)) == date(2026, 3, 9)
