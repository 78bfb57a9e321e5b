"""Practice that comes back: cards from the lessons somebody has done, each on the day it is due.

A review is one line in the trainee's `practice.answers.jsonl`: the answer itself, under the card's name. Nothing else
is kept. Which cards are due follows from replaying those lines through FSRS, so the same journal gives the same cards.
Scheduling is the library fsrs's (py-fsrs: FSRS-6 with its default weights, which grew out of Ye, Su & Cao 2022,
10.1145/3534678.3539081); it knows when, and nothing of the content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import fsrs

from alliancelab import answers, catalogue, marking, sheet
from alliancelab.dialogue import FEATURES, Choice, Dialogue
from alliancelab.errors import ContentError
from alliancelab.items import NAME, Choose, Code, Item, NotAnAnswer, Order, Rate, Talk, is_blank
from alliancelab.marking import Key, Remark, Result
from alliancelab.play import Transcript, replay

JOURNAL = "practice"  # its file is also the journal of the lesson of that name; "--" keeps their names apart
REPLY = "reply"
DONE = 0.5  # the share of a lesson's questions and conversations that must be answered before it comes back
TEN_MINUTES = 600
SECONDS: Mapping[str, int] = {
    REPLY: 60,
    "choose": 60,
    "order": 90,
    "rate": 90,
    "code": 150,
}  # reading the reasons included

# From which share of the credit on a review counts as what. FSRS's `Easy` is not used: a right click may be a guess,
# and a share does not tell how hard it was to find.
RATINGS = ((0.75, fsrs.Rating.Good), (0.5, fsrs.Rating.Hard), (0.0, fsrs.Rating.Again))

# Days of stability (after so many days nine in ten are still right) from which a card is shown in a harder way.
FAMILIAR, FIRM = 7.0, 21.0

# Without steps of minutes the shortest interval is a day; without fuzzing the same reviews give the same days.
SCHEDULER = fsrs.Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=365, enable_fuzzing=False)

_GOOD_ENDS = ("repaired", "deepened")


@dataclass(frozen=True)
class PracticeCard:
    """A question that comes back: an item of a lesson, or one scene of a conversation with its replies to choose from.

    `kind` is the item's, or "reply" for a scene; then `before` is the conversation up to it, and `dialogue` and `level`
    are those of the dialogue.
    """

    item: Item
    key: Key
    module: str
    kind: str
    hints: tuple[str, ...] = ()
    dialogue: str = ""
    level: str = ""
    before: Transcript | None = None

    @property
    def name(self) -> str:
        """The card's name in the journal: unique over all modules, as `rapport--size-of-the-word`."""
        return self.item.name


@dataclass(frozen=True)
class Review:
    """One answer to a card: the day, the share of credit (0 to 1), and days since the review before it, if there was one."""

    card: PracticeCard
    day: date
    share: float
    since: int | None

    @property
    def recalled(self) -> bool:
        """Whether it counts as remembered: FSRS takes everything but `Again` for that."""
        return rating(self.share) != fsrs.Rating.Again


@dataclass(frozen=True)
class Standing:
    """Where a card stands after its reviews: stability in days, the day it is due, the last review, how many there were."""

    stability: float
    due: date
    last: date
    reviews: int


# What there is to practise.


def deck(folder: Path) -> tuple[PracticeCard, ...]:
    """The cards of the lessons that are done in a trainee's folder, in teaching order.

    A lesson is done when half of what it asks is answered. Its scenes come from those of its conversations that were
    played to an end, so that no reason gives away what somebody has not met.
    """
    cards: dict[str, PracticeCard] = {}
    for module in catalogue.modules():
        for card in _of_module(module, _reading(folder, module)):
            cards.setdefault(card.name, card)
    return tuple(cards.values())


def done(folder: Path) -> list[str]:
    """The modules whose lesson counts as done."""
    return [module for module in catalogue.modules() if _is_done(module, _reading(folder, module))]


def _reading(folder: Path, module: str) -> answers.Reading:
    return answers.read(sheet.journal_path(folder, module))


def _is_done(module: str, reading: answers.Reading) -> bool:
    if not reading.entries:
        return False
    items = _lesson(module).items
    answered = sum(not is_blank(item, answers.answer_of(reading, item)) for item in items.values())
    return answered >= max(1, DONE * len(items))


@cache
def _lesson(module: str) -> sheet.Sheet:
    return sheet.read(catalogue.lesson(module))


def _of_module(module: str, reading: answers.Reading) -> list[PracticeCard]:
    if not _is_done(module, reading):
        return []
    cards = []
    for name, asked in _lesson(module).asked.items():
        if isinstance(asked.item, Talk):
            if answers.tries(reading, asked.item):
                cards += scenes(asked.item.dialogue, module)
        elif asked.key is not None and asked.item.kind in SECONDS and NAME.fullmatch(f"{module}--{name}"):
            item = replace(asked.item, name=f"{module}--{name}")
            cards.append(PracticeCard(item, asked.key, module, item.kind, asked.hints))
    return cards


@cache
def scenes(dialogue: Dialogue, module: str) -> tuple[PracticeCard, ...]:
    """The scenes of a dialogue that can be asked one by one: those in which three things name the same reply as best.

    The author's best play takes it (of the plays beside the dialogue that end repaired or deepened, the one with the
    highest alliance); such an end can be reached from it without coming back to this scene; and of the replies of which
    that is true, it does most for the alliance, and no other does as much. It earns everything; another that leads on and costs
    the alliance nothing earns half; the others earn nothing, and where there is none of these, the scene is not asked.
    The reasons are the dialogue's own.

    >>> first = scenes(catalogue.dialogue("tomasz-was-sent"), "rapport")[0]
    >>> first.name, first.key["credit"]
    ('rapport--tomasz-was-sent--opening', {'for-my-good': 1.0})
    """
    try:
        plays = [play for play in catalogue.plays(dialogue.name) if play["end"] in _GOOD_ENDS]
    except ContentError:
        return ()
    best = max(plays, key=lambda play: sum(play["alliance"].values()), default=None)
    cards = []
    for step, taken in enumerate(best["path"] if best else ()):
        before = replay(dialogue, best["path"][:step])
        scene = before.here
        name = f"{module}--{dialogue.name}--{scene.name}"
        on = [choice for choice in scene.choices if _leads_on(dialogue, choice.to, scene.name)]
        most = max(map(_pays, on), default=0)
        credit = {choice.to: 1.0 if choice.to == taken else 0.5 for choice in on if _pays(choice) >= 0}
        agreed = [choice.to for choice in on if _pays(choice) == most] == [taken] and len(credit) < len(scene.choices)
        if agreed and taken in credit and NAME.fullmatch(name) and name not in (card.name for card in cards):
            item = Choose(
                name, f"{dialogue.title}: what do you say here?", {choice.to: choice.says for choice in scene.choices}
            )
            key = {"credit": credit, "why": {choice.to: choice.why for choice in scene.choices}}
            cards.append(PracticeCard(item, key, module, REPLY, (), dialogue.name, dialogue.level, before))
    return tuple(cards)


def _pays(choice: Choice) -> int:
    return sum(getattr(choice.change, feature) for feature in FEATURES)


def _leads_on(dialogue: Dialogue, start: str, without: str) -> bool:
    """Whether a good end can be reached from `start` without passing through the scene `without`."""
    seen, waiting = {without}, [start]
    while waiting:
        name = waiting.pop()
        scene = dialogue.scene(name)
        if scene is None or name in seen:
            continue
        if scene.end in _GOOD_ENDS:
            return True
        seen.add(name)
        waiting += [choice.to for choice in scene.choices]
    return False


# What was practised, and when it comes back.


def journal(folder: Path) -> Path:
    """Where a trainee's reviews are kept."""
    return sheet.journal_path(folder, JOURNAL)


def record(path: Path, card: PracticeCard, value: object, at: Callable[[], datetime] = answers.now) -> Any:
    """Keep one review and return the answer as it is kept.

    Raises `NotAnAnswer` where the value is none, or leaves a part of the card open, and `NotSaved` where it did not
    reach the disk.
    """
    answer = card.item.clean(value)
    wanted = {Rate: "aspects", Code: "utterances"}.get(type(card.item))
    if is_blank(card.item, answer) or (wanted and len(answer) < len(getattr(card.item, wanted))):
        raise NotAnAnswer("something is still open; answer every part first")
    return answers.record(path, card.item, answer, at)


def local_now() -> datetime:
    """The clock where none is passed in, in this machine's time zone, whose days count."""
    return answers.now().astimezone()


def rating(share: float) -> fsrs.Rating:
    """What FSRS is told about a share of credit (0 to 1).

    >>> [rating(share).name for share in (0.4, 0.5, 0.75, 1.0)]
    ['Again', 'Hard', 'Good', 'Good']
    """
    return next(found for least, found in RATINGS if share >= least)


def share(card: PracticeCard, answer: object) -> float:
    """The share of credit (0 to 1) that an answer earns."""
    return marking.mark(card.item, card.key, answer, 1, catalogue.near_moves()).points


def feedback(card: PracticeCard, answer: object) -> Result:
    """What the author thinks of an answer; where one option was chosen and it is not the best, the best one, too."""
    result = marking.mark(card.item, card.key, answer, 1, catalogue.near_moves())
    best = marking.model_answer(card.item, card.key)
    if not isinstance(card.item, Choose) or card.item.several or result.points >= 1:
        return result
    said = Remark(f"The author’s choice: {card.item.options[best[0]]}", None, card.key["why"][best[0]])
    return replace(result, remarks=(*result.remarks, said))


def reviews(cards: Iterable[PracticeCard], reading: answers.Reading, now: datetime) -> list[Review]:
    """Every review in the journal of these cards, in its order. Days are those of `now`'s time zone.

    A line of another card, one that can be no answer any more, and one from a day after `now` are passed over.
    """
    known = {card.name: card for card in cards}
    last: dict[str, date] = {}
    found = []
    for entry in reading.entries:
        card = known.get(entry.item)
        day = _day(entry.at, now)
        if card is None or card.item.kind != entry.kind or day is None or day > now.date():
            continue
        try:
            answer = card.item.clean(entry.answer)
        except NotAnAnswer:
            continue
        before = last.get(card.name)
        found.append(Review(card, day, share(card, answer), None if before is None else max(0, (day - before).days)))
        last[card.name] = day
    return found


def _day(at: str, now: datetime) -> date | None:
    try:
        return datetime.fromisoformat(at).astimezone(now.tzinfo).date()
    except (ValueError, OverflowError):  # a year that no time zone can be applied to
        return None


def standings(given: Iterable[Review]) -> dict[str, Standing]:
    """Card name to where the card stands after these reviews: FSRS, told the day of each review and its rating."""
    found: dict[str, Standing] = {}
    at: dict[str, fsrs.Card] = {}
    for review in given:
        name = review.card.name
        noon = _noon(review.day)
        before = at.get(name) or fsrs.Card(
            card_id=1, due=noon
        )  # the id is the caller's affair; without one it would wait
        at[name], _ = SCHEDULER.review_card(before, rating(review.share), noon)
        count = found[name].reviews + 1 if name in found else 1
        found[name] = Standing(at[name].stability, at[name].due.date(), review.day, count)
    return found


def recalls(given: Iterable[Review]) -> list[tuple[int, bool]]:
    """Of each review that was not a card's first, the days since the one before it, and whether it was remembered."""
    return [(review.since, review.recalled) for review in given if review.since is not None]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def due(cards: Iterable[PracticeCard], reading: answers.Reading, now: datetime) -> list[PracticeCard]:
    """The cards for what is left of today's ten minutes, in the order in which they are asked.

    First one of each kind that has not come today, then what is most likely forgotten, then new cards in teaching order,
    until the estimated time passes ten minutes. What was answered today counts. Of one conversation only one scene comes
    on a day, since the next one shows what was said. Scenes of hard and tempting conversations wait until half of the
    module's cards that were practised hold for `FAMILIAR` days. Answering the first of the list leaves the rest as it is.
    """
    cards = list(cards)
    given = reviews(cards, reading, now)
    today = [review.card for review in given if review.day == now.date()]
    known = standings(review for review in given if review.day < now.date())
    waiting = _in_order(cards, known, {card.name for card in today}, now.date())
    spent = sum(SECONDS[card.kind] for card in today)
    kinds = {card.kind for card in today}
    talks = {card.dialogue for card in today if card.dialogue}
    chosen: list[PracticeCard] = []
    taken: set[str] = set()
    for one_of_each in (True, False):
        for card in waiting:
            if card.name in taken or card.dialogue in talks or (one_of_each and card.kind in kinds):
                continue
            if spent >= TEN_MINUTES:
                return chosen
            chosen.append(card)
            taken.add(card.name)
            spent += SECONDS[card.kind]
            kinds.add(card.kind)
            talks |= {card.dialogue} - {""}
    return chosen


def _in_order(
    cards: list[PracticeCard], known: Mapping[str, Standing], today: set[str], day: date
) -> list[PracticeCard]:
    again = [card for card in cards if card.name in known and known[card.name].due <= day and card.name not in today]
    again.sort(key=lambda card: retrievability(known[card.name], day))
    return again + [
        card for card in cards if card.name not in known and card.name not in today and _may_come(card, cards, known)
    ]


def retrievability(standing: Standing, day: date) -> float:
    """The chance, after FSRS, that it is still right on that day."""
    memory = fsrs.Card(card_id=1, stability=standing.stability, last_review=_noon(standing.last), due=_noon(day))
    return SCHEDULER.get_card_retrievability(memory, _noon(day))


def _may_come(card: PracticeCard, cards: Iterable[PracticeCard], known: Mapping[str, Standing]) -> bool:
    if card.level not in ("hard", "tempting"):
        return True
    module = [other for other in cards if other.module == card.module]
    held = [known[other.name].stability for other in module if other.name in known]
    return median(held or [0.0]) >= FAMILIAR or all(other.level in ("hard", "tempting") for other in module)


def minutes(cards: Iterable[PracticeCard]) -> int:
    """About how long these cards take, in whole minutes.

    >>> minutes([])
    0
    """
    return round(sum(SECONDS[card.kind] for card in cards) / 60)


def tomorrow(cards: Iterable[PracticeCard], reading: answers.Reading, now: datetime) -> list[PracticeCard]:
    """The cards of the day after `now`."""
    return due(cards, reading, now + timedelta(days=1))


def in_words(cards: Iterable[PracticeCard], reading: answers.Reading, now: datetime) -> str:
    """What to say when no card is left for today: what waits tomorrow, or what has to be done first.

    >>> in_words((), answers.Reading(), datetime(2026, 3, 2, tzinfo=UTC))
    'There is nothing to practise yet. Answer half of a lesson first; then what you answered comes back here.'
    """
    cards = list(cards)
    if not cards:
        return (
            "There is nothing to practise yet. Answer half of a lesson first; then what you answered comes back here."
        )
    next_day = tomorrow(cards, reading, now)
    number = f"{len(next_day)} {'card' if len(next_day) == 1 else 'cards'}"
    waits = f"{number} for tomorrow, about {minutes(next_day)} minutes" if next_day else "none for tomorrow"
    return f"That is all for today. There {'is' if len(next_day) < 2 else 'are'} {waits}."


def stability(card: PracticeCard, cards: Iterable[PracticeCard], reading: answers.Reading, now: datetime) -> float:
    """How firmly a card was held before today, in days; 0 for a new one."""
    standing = standings(r for r in reviews(cards, reading, now) if r.day < now.date()).get(card.name)
    return standing.stability if standing else 0.0


# How it is asked.


def variant(card: PracticeCard, stability: float) -> PracticeCard:
    """The card as it is asked of somebody who holds it so firmly (days); pure.

    Up to `FAMILIAR` days it stands as in the lesson, with its hints. From then on without hints, and options, steps,
    aspects and labels stand in another order each time, so that no place can be learned by heart. From `FIRM` days on,
    where two or more options of a question come near (they earn something), those that earn nothing are taken away. The
    best answer stays, nothing is added, and each answer earns what it earns on the card itself.

    >>> card = scenes(catalogue.dialogue("tomasz-was-sent"), "rapport")[0]
    >>> variant(card, 2.3) == card
    True
    >>> set(variant(card, 10.0).item.options) == set(card.item.options)
    True
    """
    if stability < FAMILIAR:
        return card
    chance = Random(f"{card.name} {stability:.4f}")
    item, key = card.item, card.key
    match item:
        case Choose():
            options = item.options
            near = [slug for slug, credit in key.get("credit", {}).items() if 0 < credit < 1]
            if stability >= FIRM and len(near) >= 2:
                options = {slug: text for slug, text in options.items() if key["credit"].get(slug, 0) > 0}
            item = replace(item, options=_shuffled(options, chance))
        case Order():
            item = _far_from_right(item, card, chance)
        case Rate():
            item = replace(item, aspects=_shuffled(item.aspects, chance))
        case Code():
            item = replace(item, labels=_shuffled(item.labels, chance))
    return replace(card, item=item, hints=())


def _shuffled(texts: Mapping[str, str], chance: Random) -> dict[str, str]:
    slugs = list(texts)
    chance.shuffle(slugs)
    return {slug: texts[slug] for slug in slugs}


def _far_from_right(item: Order, card: PracticeCard, chance: Random) -> Order:
    """The steps in another order that is not already right by half; where chance finds none, the author's."""
    for _ in range(20):
        other = replace(item, steps=_shuffled(item.steps, chance))
        if share(card, list(other.steps)) < 0.5:
            return other
    return item
