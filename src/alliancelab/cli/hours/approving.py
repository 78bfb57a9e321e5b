"""The commands of a supervisor: what waits, a look at it, and the decisions, signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from alliancelab.cli.hours.options import DAY, account, day, folder_option, json_option, ledger_option, say
from alliancelab.errors import AllianceLabError

if TYPE_CHECKING:
    from alliancelab.hours.account.approvals import Bundle, Decision

_HOW = (
    click.option("--part", multiple=True, metavar="VERSION=MINUTES", help="Sign only so many minutes of an entry."),
    click.option("--ask", "asks", multiple=True, metavar="VERSION=QUESTION", help="Ask about an entry instead."),
    click.option("--decline", multiple=True, metavar="VERSION=REASON", help="Do not sign an entry."),
    click.option("--yes", is_flag=True, help="Sign without being asked once more."),
)


def how_to_decide(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a supervisor says more than yes."""
    for option in reversed(_HOW):
        command = option(command)
    return command


def decisions(
    bundles: Sequence[Bundle], part: Iterable[str], asks: Iterable[str], decline: Iterable[str]
) -> list[Decision]:
    """What the options say of the entries in bundles; what they do not name is approved as it was logged."""
    from alliancelab.hours.account import approvals

    waiting = [one for bundle in bundles for one in bundle.waiting]
    made: list[Decision] = []
    for option, given, decide in (
        ("--part", part, lambda one, word: approvals.approve(one, _whole(word))),
        ("--ask", asks, approvals.ask),
        ("--decline", decline, approvals.decline),
    ):
        for text in given:
            version, separator, word = text.partition("=")
            if not separator:
                raise click.UsageError(f"{option} '{text}' has no =; write the version, =, and what you say of it")
            found = [one for one in waiting if version and one.version.startswith(version.lower())]
            if len(found) != 1:
                why = "may be any of several entries" if found else "is none of the entries shown"
                raise AllianceLabError(f"{option}: '{version[:64]}' {why}; nothing is signed")
            made.append(decide(found[0], word))
    named = {one.version for one in made}
    return made + [one for one in approvals.everything(bundles) if one.version not in named]


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise AllianceLabError(f"'{text[:40]}' is no number of minutes; write --part VERSION=MINUTES")
    return int(text)


@click.command("waiting")
@folder_option
@ledger_option
@json_option
def waiting(folder: Any, ledger: str | None, as_json: bool) -> None:
    """Print what waits for your signature, week by week; or, for a trainee, what waits for whom."""
    from alliancelab.cli.hours import looking

    mine = account(folder, ledger)
    looking.waiting(mine.waiting(), as_json)


@click.command("approve")
@click.option("--trainee", help="Only this one's hours.")
@click.option("--until", type=DAY, help="Only entries up to this day.")
@how_to_decide
@folder_option
@ledger_option
@json_option
def approve(
    trainee: str | None,
    until: datetime | None,
    part: tuple[str, ...],
    asks: tuple[str, ...],
    decline: tuple[str, ...],
    yes: bool,
    folder: Any,
    ledger: str | None,
    as_json: bool,
) -> None:
    """Sign what waits for you in a shared ledger: a look first, then your yes. What you do not name is signed as logged.

    The questions that can be asked, and the reasons for declining, are listed by `alliancelab hours codes`.
    """
    from alliancelab.cli.hours import looking

    mine = account(folder, ledger)
    shown = mine.bundles(trainee, day(until))
    made = decisions(shown, part, asks, decline)
    if not as_json:
        looking.bundles(shown, mine.today())
    if not made:
        say("Nothing waits for your signature.", {"decided": []}, as_json)
        return
    confirm(made, yes, as_json)
    mine.decide(shown, made)
    looking.decided(made, as_json)


def confirm(made: Sequence[Decision], yes: bool, as_json: bool) -> None:
    """Have the supervisor say yes, or end here with nothing signed."""
    from alliancelab.cli.hours import looking

    if yes:
        return
    if as_json:
        raise click.UsageError("with --json nobody can be asked; add --yes once you have looked")
    if not click.confirm(f"{looking.said(made)}. Is that what you want to sign?", err=True):
        raise click.exceptions.Exit(1)


@click.command("reverse")
@click.argument("version")
@click.option("--trainee", required=True, metavar="ID", help="Whose entry it is.")
@folder_option
@ledger_option
@json_option
def reverse(version: str, trainee: str, folder: Any, ledger: str | None, as_json: bool) -> None:
    """Take back your signature of the entry VERSION; the record keeps both. The entry then waits to be signed again."""
    mine = account(folder, ledger)
    before = mine.reverse(trainee, version)
    told = {"version": before.version, "trainee": trainee, "minutes": before.approved, "by": before.by}
    said = f"The signature of {before.by} over {before.approved} minutes of {before.version[:8]} is taken back."
    say(f"{said} It waits to be signed again.", told, as_json)


@click.command("reminders")
@click.option("--on", type=DAY, help="As of this day (today without).")
@folder_option
@ledger_option
@json_option
def reminders(on: datetime | None, folder: Any, ledger: str | None, as_json: bool) -> None:
    """Print what has waited for more than 14 days, who leaves soon, and what nobody can sign."""
    from alliancelab.cli.hours import looking

    mine = account(folder, ledger)
    looking.reminders(mine.reminders(day(on) or mine.today()), as_json)


@click.command("codes")
@json_option
def codes(as_json: bool) -> None:
    """Print the words by which one asks, declines and revokes: there is no free text in the record."""
    from alliancelab.cli.hours import looking

    looking.all_codes(as_json)
