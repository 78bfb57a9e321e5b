"""Practice that comes back: what is drawn, when, and how hard; all of it from the journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliancelab import answers, catalogue, marking, practice, sheet
from alliancelab.answers import Entry, Reading
from alliancelab.items import Choose, NotAnAnswer, Rate, Talk
from alliancelab.play import path_to, replay

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MODULES = list(catalogue.modules())


# What stands for an answer where there is none to make from a key.
FILLED = {
    "write": lambda item: "In my own words.",
    "fill": lambda item: dict.fromkeys(item.fields, "Here."),
    "scale": lambda item: dict.fromkeys(item.scale.items, int(item.scale.range[0])),
}


def do(folder: Path, module: str, share: float = 1.0) -> None:
    """Somebody who answers so much of a lesson, from its beginning."""
    items = list(sheet.read(catalogue.lesson(module)).asked.values())
    for asked in items[: round(share * len(items))]:
        item = asked.item
        value = path_to(item.dialogue, ["deepened", "repaired"]) if isinstance(item, Talk) else None
        value = value or marking.model_answer(item, asked.key)
        if value is None:
            value = FILLED[item.kind](item)
        answers.record(sheet.journal_path(folder, module), item, value, at=lambda: MONDAY)


@pytest.fixture(scope="module")
def trainee(tmp_path_factory) -> Path:
    """The folder of somebody who has done two lessons, and read a quarter of a third one."""
    folder = tmp_path_factory.mktemp("practised")
    do(folder, "foundations")
    do(folder, "rapport")
    do(folder, "features", 0.25)
    return folder


@pytest.fixture(scope="module")
def cards(trainee) -> tuple[practice.PracticeCard, ...]:
    """What comes back for them."""
    return practice.deck(trainee)


@pytest.fixture(scope="module")
def every(tmp_path_factory) -> tuple[practice.PracticeCard, ...]:
    """What comes back for somebody who has done every lesson."""
    folder = tmp_path_factory.mktemp("everything")
    for module in MODULES:
        do(folder, module)
    return practice.deck(folder)


def right(card: practice.PracticeCard) -> object:
    return marking.model_answer(card.item, card.key)


def wrong(card: practice.PracticeCard) -> object:
    """An answer that earns less than half."""
    item = card.item
    if isinstance(item, Choose):
        return next([slug] for slug in item.options if practice.share(card, [slug]) < 0.5)
    if isinstance(item, Rate):
        low, high = item.scale
        return {a: high if 2 * card.key["ratings"][a] < low + high else low for a in item.aspects}
    if item.kind == "order":
        return right(card)[::-1]
    return next(
        given for label in item.labels if practice.share(card, given := dict.fromkeys(item.utterances, label)) < 0.5
    )


def entry(card: practice.PracticeCard, answer: object, at: datetime) -> Entry:
    return Entry(at.isoformat(), card.name, card.item.kind, answer)


def test_what_is_drawn_is_what_was_done(trainee, cards):
    """Cards come from lessons of which half is answered, replies from conversations played to an end, of five kinds."""
    assert practice.done(trainee) == ["foundations", "rapport"]
    assert {card.module for card in cards} == {"foundations", "rapport"}
    assert {card.kind for card in cards} == set(practice.SECONDS)
    assert len({card.name for card in cards}) == len(cards) > 40


def test_a_lesson_that_is_not_done_never_comes(tmp_path):
    """Less than half of a lesson gives no card, and half of it gives its questions; an empty folder gives nothing."""
    assert practice.deck(tmp_path) == ()
    do(tmp_path, "rapport", 0.4)
    assert practice.deck(tmp_path) == ()
    do(tmp_path, "rapport", 0.6)
    items = sheet.read(catalogue.lesson("rapport")).asked.values()
    played = {asked.item.name for asked in list(items)[: round(0.6 * len(items))] if isinstance(asked.item, Talk)}
    assert {card.dialogue for card in practice.deck(tmp_path)} - {""} == played


def test_no_graded_item_is_ever_a_card(every):
    """Keys of exercises do not travel: no card's question stands in an exercise."""
    graded = {
        asked.item.ask
        for module in MODULES
        for asked in sheet.read(catalogue.exercise_source(module)).asked.values()
        if not isinstance(asked.item, Talk)
    }
    talks = {
        name
        for module in MODULES
        for name, item in sheet.read(catalogue.exercise_source(module)).items.items()
        if isinstance(item, Talk)
    }
    assert not graded & {card.item.ask for card in every}
    assert not talks & {card.dialogue for card in every}


def test_reviews_in_the_lesson_journal_of_the_same_name_disturb_nothing(tmp_path):
    """The lesson `practice` and the reviews share a file: no review answers a question of the lesson, or the reverse."""
    do(tmp_path, "practice")
    before = practice.deck(tmp_path)
    assert practice.reviews(before, answers.read(practice.journal(tmp_path)), MONDAY) == []
    practice.record(practice.journal(tmp_path), before[0], right(before[0]), at=lambda: MONDAY)
    assert practice.deck(tmp_path) == before
    assert len(practice.reviews(before, answers.read(practice.journal(tmp_path)), MONDAY)) == 1
    assert not set(practice._lesson("practice").asked) & {card.name for card in before}


def test_the_best_reply_of_a_scene_leads_to_a_good_end_and_has_a_reason(every):
    """Each scene has one reply that earns everything; the author's best play goes on with it; all have their reasons."""
    replies = [card for card in every if card.kind == practice.REPLY]
    assert len(replies) > 150
    for card in replies:
        full = [to for to, credit in card.key["credit"].items() if credit == 1]
        assert len(full) == 1, card.name
        assert set(card.key["why"]) == set(card.item.options)
        assert practice.share(card, wrong(card)) == 0
        path = list(card.before.path)
        assert any(list(play["path"][: len(path) + 1]) == [*path, *full] for play in catalogue.plays(card.dialogue))
        assert replay(card.before.dialogue, [*path, *full])


def test_half_an_answer_is_no_review(cards, tmp_path):
    """A rating or coding with a part left open is not kept, so that a slip costs nothing."""
    path = tmp_path / "practice.answers.jsonl"
    for kind in ("rate", "code"):
        card = next(card for card in cards if card.kind == kind)
        answer = dict(right(card))
        answer.popitem()
        for value in (answer, {}, None):
            with pytest.raises(NotAnAnswer):
                practice.record(path, card, value)
    assert not path.exists()


@st.composite
def histories(draw, days: int = 40):
    """What somebody may have answered, in any order, with clocks that jump: (card number, well?, day, hour)."""
    line = st.tuples(st.integers(0, 200), st.sampled_from([right, wrong]), st.integers(0, days), st.integers(0, 23))
    return draw(st.lists(line, max_size=60))


def reading(cards, history) -> Reading:
    lines = []
    for number, how, day, hour in history:
        card = cards[number % len(cards)]
        lines.append(entry(card, how(card), MONDAY + timedelta(days=day, hours=hour)))
    return Reading(tuple(lines))


@settings(deadline=None, max_examples=60)
@given(history=histories(), day=st.integers(0, 60))
def test_the_same_journal_gives_the_same_next_cards(cards, history, day):
    """Twice the same cards in the same order; about ten minutes; one scene of a conversation; none answered today."""
    now = MONDAY + timedelta(days=day)
    kept = reading(cards, history)
    first = practice.due(cards, kept, now)
    assert [card.name for card in practice.due(list(cards), kept, now)] == [card.name for card in first]
    assert practice.minutes(first) <= 12
    talks = [card.dialogue for card in first if card.dialogue]
    assert len(set(talks)) == len(talks)
    today = {line.item for line in kept.entries if datetime.fromisoformat(line.at).date() == now.date()}
    assert not today & {card.name for card in first}


@settings(deadline=None, max_examples=60)
@given(history=histories(), day=st.integers(0, 60), how=st.sampled_from([right, wrong]))
def test_answering_the_first_card_leaves_the_rest(cards, history, day, how):
    """A session goes on where it was: after each answer, and so after a reload, what was next is next."""
    now = MONDAY + timedelta(days=day, hours=3)
    kept = reading(cards, history)
    before = practice.due(cards, kept, now)
    if not before:
        return
    card = before[0]
    later = practice.due(cards, Reading((*kept.entries, entry(card, how(card), now))), now)
    assert [card.name for card in later] == [card.name for card in before[1:]]


def after(card, hows) -> list[practice.Standing]:
    """Where a card stands after each review, each on the day it was due."""
    now, lines, found = MONDAY, [], []
    for how in hows:
        lines.append(entry(card, how(card), now))
        standing = practice.standings(practice.reviews([card], Reading(tuple(lines)), now))[card.name]
        found.append(standing)
        now = datetime.combine(standing.due, MONDAY.timetz())
    return found


def test_intervals_grow_with_right_answers_and_shrink_with_wrong_ones(cards):
    """Right again and again, a card comes ever more rarely; once wrong, it comes back soon."""
    for kind in practice.SECONDS:
        card = next(card for card in cards if card.kind == kind)
        held = after(card, [right] * 5)
        gaps = [(one.due - one.last).days for one in held]
        assert all(b > a for a, b in pairwise(gaps)), (kind, gaps)
        slipped = after(card, [right] * 4 + [wrong])
        assert (slipped[4].due - slipped[4].last).days < (slipped[3].due - slipped[3].last).days
        assert slipped[4].stability < slipped[3].stability


def test_a_torn_line_costs_only_itself(cards, tmp_path):
    """A journal that breaks off in its last line has all reviews before it, and takes the next one."""
    path = practice.journal(tmp_path)
    for card in cards[:3]:
        practice.record(path, card, right(card), at=lambda: MONDAY)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert [r.card for r in practice.reviews(cards, answers.read(path), MONDAY)] == list(cards[:2])
    practice.record(path, cards[3], right(cards[3]), at=lambda: MONDAY)
    assert [r.card for r in practice.reviews(cards, answers.read(path), MONDAY)] == [cards[0], cards[1], cards[3]]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2099-01-01T00:00:00+00:00"])
def test_a_clock_that_was_wrong_breaks_nothing(cards, at):
    """A line with a day no time zone can take, or one that has not come, is passed over."""
    line = Entry(at, cards[0].name, cards[0].item.kind, right(cards[0]))
    for zone in (UTC, timezone(timedelta(hours=-11)), timezone(timedelta(hours=13))):
        now = MONDAY.astimezone(zone)
        given = practice.reviews(cards, Reading((line,)), now)
        assert practice.due(cards, Reading((line,)), now)
        assert [review.day.year for review in given] in ([], [1])


def test_a_day_is_the_trainees_own(cards):
    """What was answered at eleven at night counts for that day where the trainee lives, not for the next one in UTC."""
    zone = timezone(timedelta(hours=-8))
    late = datetime(2026, 3, 2, 23, tzinfo=zone)
    kept = Reading((entry(cards[0], right(cards[0]), late.astimezone(UTC)),))
    [review] = practice.reviews(cards, kept, late)
    assert review.day == late.date()


@settings(deadline=None, max_examples=200)
@given(number=st.integers(0, 1000), stability=st.floats(0, 400), data=st.data())
def test_a_harder_variant_is_the_same_question(every, number, stability, data):
    """What can be answered to a variant can be answered to its card and earns the same, and the best answer is there."""
    card = every[number % len(every)]
    shown = practice.variant(card, stability)
    assert practice.variant(card, stability) == shown
    assert shown.name == card.name
    assert practice.share(shown, right(card)) == practice.share(card, right(card)) == 1
    if stability >= practice.FAMILIAR:
        assert shown.hints == ()
    if isinstance(card.item, Choose):
        assert len(shown.item.options) >= min(3, len(card.item.options))
        answer = [data.draw(st.sampled_from(list(shown.item.options)))]
    elif card.kind == "order":
        answer = data.draw(st.permutations(list(shown.item.steps)))
        assert stability < practice.FAMILIAR or practice.share(card, list(shown.item.steps)) < 1
    elif card.kind == "rate":
        answer = {a: data.draw(st.integers(*shown.item.scale)) for a in shown.item.aspects}
    else:
        answer = {u: data.draw(st.sampled_from(list(shown.item.labels))) for u in shown.item.utterances}
    assert practice.share(shown, answer) == practice.share(card, card.item.clean(answer))


def test_the_same_reviews_give_the_same_days(cards):
    """No chance is in the schedule: replayed again, every card is due on the same day to the day, also after months."""
    for card in cards[:5]:
        assert after(card, [right] * 4) == after(card, [right] * 4)


def test_steps_to_order_never_stand_nearly_right(every):
    """However they are mixed, pressing the button at once earns less than half, unless they stand as in the lesson."""
    for card in every:
        for days in range(7, 60) if card.kind == "order" else ():
            shown = list(practice.variant(card, float(days)).item.steps)
            assert practice.share(card, shown) < 0.5 or shown == list(card.item.steps)


def test_it_grows_harder_with_skill(every):
    """Some question stands in another order from `FAMILIAR` days on, and some loses what earns nothing from `FIRM` on."""
    choices = [c for c in every if isinstance(c.item, Choose)]
    assert any(list(practice.variant(c, 7.0).item.options) != list(c.item.options) for c in choices)
    fewer = [c for c in choices if len(practice.variant(c, 30.0).item.options) < len(c.item.options)]
    assert fewer
    assert all(len(practice.variant(c, 20.0).item.options) == len(c.item.options) for c in choices)


def test_scenes_of_hard_conversations_wait_for_the_easier_ones(cards):
    """Nobody new gets one, however much time is left; who holds the module's other cards for a week does."""
    easy = next(card for card in cards if card.kind == "order")
    hard = next(card for card in cards if card.level == "hard" and card.module == easy.module)
    assert practice.due([easy, hard], Reading(), MONDAY) == [easy]
    lines = [entry(easy, right(easy), MONDAY)]
    assert hard not in practice.due([easy, hard], Reading(tuple(lines)), MONDAY + timedelta(days=2))
    lines += [entry(easy, right(easy), MONDAY + timedelta(days=gap)) for gap in (2, 13)]
    assert hard in practice.due([easy, hard], Reading(tuple(lines)), MONDAY + timedelta(days=14))
    assert practice.due([hard], Reading(), MONDAY) == [hard]  # where there is nothing easier it does not wait for ever


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sixty_days_of_a_simulated_trainee(every, seed):
    """Who forgets as FSRS expects it has about ten minutes a day, and about nine of ten come back right."""
    chance = Random(seed)
    lines: list[Entry] = []
    load: list[int] = []
    for day in range(60):
        now = MONDAY + timedelta(days=day)
        spent = 0
        known = practice.standings(practice.reviews(every, Reading(tuple(lines)), now))
        for card in practice.due(every, Reading(tuple(lines)), now):
            held = practice.retrievability(known[card.name], now.date()) if card.name in known else 0.7
            lines.append(entry(card, right(card) if chance.random() < held else wrong(card), now))
            spent += practice.SECONDS[card.kind]
        load.append(spent)
    given = practice.reviews(every, Reading(tuple(lines)), MONDAY + timedelta(days=60))
    recalled = [review.recalled for review in given if review.since is not None]
    assert max(load) < practice.TEN_MINUTES + max(practice.SECONDS.values())
    assert 9 * 60 <= mean(load) <= 12 * 60
    assert practice.SCHEDULER.desired_retention - 0.06 <= mean(recalled) <= 0.97
    assert len(recalled) > 150
