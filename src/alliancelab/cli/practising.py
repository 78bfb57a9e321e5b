"""The daily practice in the terminal: one card at a time, answered with numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from alliancelab import answers, catalogue, marking, practice
from alliancelab.practice import PracticeCard


def session(home: Path) -> None:
    """Ask what is left of today's ten minutes, one card after the other, and say at the end what waits tomorrow."""
    cards, journal = practice.deck(home), practice.journal(home)
    while waiting := practice.due(cards, answers.read(journal), practice.local_now()):
        held = practice.stability(waiting[0], cards, answers.read(journal), practice.local_now())
        _ask(practice.variant(waiting[0], held), len(waiting), journal)
    click.echo(practice.in_words(cards, answers.read(journal), practice.local_now()))


def as_json(home: Path) -> str:
    """What is due now, and counts."""
    cards = practice.deck(home)
    reading, now = answers.read(practice.journal(home)), practice.local_now()
    waiting, given = practice.due(cards, reading, now), practice.reviews(cards, reading, now)
    recalled = [well for _, well in practice.recalls(given)]
    counts = {
        "due": [
            {"name": c.name, "module": c.module, "kind": c.kind, "seconds": practice.SECONDS[c.kind]} for c in waiting
        ],
        "minutes": practice.minutes(waiting),
        "modules": practice.done(home),
        "cards": len(cards),
        "practised": len({review.card.name for review in given}),
        "reviews": len(given),
        "reviews_today": sum(review.day == now.date() for review in given),
        "due_tomorrow": len(practice.tomorrow(cards, reading, now)),
        "retention": sum(recalled) / len(recalled) if recalled else None,
        "retention_aimed_at": practice.SCHEDULER.desired_retention,
    }
    return json.dumps(counts, indent=2, ensure_ascii=False)


def _ask(card: PracticeCard, left: int, journal: Path) -> None:
    """Ask one card until there is an answer, keep it, and say what the author thinks."""
    count = f"{left} {'card' if left == 1 else 'cards'} left"
    click.secho(f"\n{count}, this one from: {catalogue.modules()[card.module]}\n", bold=True)
    if card.before is not None:
        _conversation(card)
    click.echo(f"{card.item.ask}\n")
    answer = practice.record(journal, card, _ASK[card.item.kind](card.item), at=practice.local_now)
    result = practice.feedback(card, answer)
    click.secho(f"\nSaved. {marking.HEADLINES[result.status]} The author’s judgement, with the reasons:", bold=True)
    for remark in result.remarks:
        click.echo(f"  {marking.SIGNS[marking.sign_of(remark)]} {remark.part} {remark.why}")
    click.prompt("\nEnter goes on, Ctrl-C stops", default="", show_default=False, prompt_suffix=". ")


def _conversation(card: PracticeCard) -> None:
    run = card.before
    click.echo(f"{run.dialogue.intro}\n")
    if run.turns:
        click.echo(f"You: {run.turns[-1].choice.says}")
    for line in run.here.lines:
        click.echo(f"{line.speaker}: {line.text}" if line.speaker else line.text)
    click.echo()


def _numbered(texts: Any) -> list[str]:
    for number, text in enumerate(texts.values(), start=1):
        click.echo(f"  {number}. {text}")
    return list(texts)


def _numbers(ask: str, of: int, least: int, most: int) -> list[int]:
    """Different numbers from 1 to `of`, as many as wanted, separated by blanks or commas; asked again until they are."""
    wanted = f"{least} of the numbers" if least == most else f"{least} to {most} of the numbers"
    while True:
        given = click.prompt(ask, prompt_suffix=": ").replace(",", " ").split()
        numbers = [int(word) for word in given if word.isascii() and word.isdigit() and 1 <= int(word[:9]) <= of]
        if len(numbers) == len(given) == len(set(numbers)) and least <= len(numbers) <= most:
            return numbers
        click.echo(f"Type {wanted} from 1 to {of}, with blanks between them.")


def _choose(item: Any) -> list[str]:
    slugs = _numbered(item.options)
    ask, most = ("Which ones? Their numbers", len(slugs)) if item.several else ("Which one? Its number", 1)
    return [slugs[number - 1] for number in _numbers(ask, len(slugs), 1, most)]


def _order(item: Any) -> list[str]:
    slugs = _numbered(item.steps)
    return [slugs[n - 1] for n in _numbers("In which order? All the numbers", len(slugs), len(slugs), len(slugs))]


def _rate(item: Any) -> dict[str, int]:
    low, high = item.scale
    click.echo(f"  {low} {item.ends[0]}, {high} {item.ends[1]}")
    return {aspect: click.prompt(f"  {text}", type=click.IntRange(low, high)) for aspect, text in item.aspects.items()}


def _code(item: Any) -> dict[str, str]:
    labels = _numbered(item.labels)
    given = {}
    click.echo()
    for line in item.exchange:
        click.echo(f"{line[0]}: {line[1]}")
        if len(line) == 3:
            given[line[2]] = labels[_numbers("  Which label? Its number", len(labels), 1, 1)[0] - 1]
    return given


_ASK = {"choose": _choose, "order": _order, "rate": _rate, "code": _code}
