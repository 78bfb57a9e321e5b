"""`alliancelab practise`, run as people run it: in a terminal, with keys."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alliancelab import answers, catalogue, marking, practice, sheet
from alliancelab.items import Talk
from alliancelab.play import path_to

COMMAND = [sys.executable, "-W", "error::DeprecationWarning:alliancelab", "-m", "alliancelab.cli", "practise"]
PATIENCE = 60  # seconds, for a loaded machine; nothing waits longer than it must


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trainee's folder with one lesson done."""
    for asked in sheet.read(catalogue.lesson("rapport")).asked.values():
        item = asked.item
        value = path_to(item.dialogue, ["deepened", "repaired"]) if isinstance(item, Talk) else None
        value = value or marking.model_answer(item, asked.key)
        if value is not None:
            answers.record(sheet.journal_path(tmp_path, "rapport"), item, value)
    return tmp_path


class Terminal:
    """A terminal with the command running in it."""

    def __init__(self, descriptor: int):
        self.descriptor = descriptor
        self.seen = ""

    def until(self, *texts: str) -> None:
        """Wait until one of the texts is shown, and forget what was shown up to its end."""
        while not any(text in self.seen for text in texts):
            ready, _, _ = select.select([self.descriptor], [], [], PATIENCE)
            assert ready, f"waited in vain for {texts} after:\n{self.seen}"
            try:
                self.seen += os.read(self.descriptor, 65536).decode()
            except OSError:  # the command has ended
                raise AssertionError(f"ended without {texts}:\n{self.seen}") from None
        start, length = min((self.seen.find(text), len(text)) for text in texts if text in self.seen)
        self.seen = self.seen[start + length :]

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self.descriptor, keys.encode())


@contextmanager
def terminal(*arguments: object) -> Iterator[tuple[Terminal, subprocess.Popen]]:
    """The command in a terminal of its own, ended afterwards."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    try:
        yield Terminal(ours), process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def type_answer(screen: Terminal, card: practice.PracticeCard, answer: object) -> None:
    """Answer a card with numbers."""
    item = card.item
    match item.kind:
        case "choose":
            screen.until("number: ", "numbers: ")
            screen.press(" ".join(str(list(item.options).index(slug) + 1) for slug in answer) + "\n")
        case "order":
            screen.until("numbers: ")
            screen.press(", ".join(str(list(item.steps).index(slug) + 1) for slug in answer) + "\n")
        case "rate":
            for aspect, text in item.aspects.items():
                screen.until(f"{text}: ")
                screen.press(f"{answer[aspect]}\n")
        case "code":
            for label in answer.values():
                screen.until("number: ")
                screen.press(f"{list(item.labels).index(label) + 1}\n")


def test_a_whole_session_in_the_terminal(folder):
    """Every kind of card is answered with numbers, kept at once, and told; the end says what waits tomorrow."""
    cards, journal = practice.deck(folder), practice.journal(folder)
    planned = practice.due(cards, answers.Reading(), practice.local_now())
    assert {card.kind for card in planned} == set(practice.SECONDS)
    with terminal("--folder", folder) as (screen, process):
        for number, card in enumerate(planned):
            left = len(planned) - number
            screen.until(f"{left} card{'s' if left > 1 else ''} left, this one from: Rapport")
            type_answer(screen, card, marking.model_answer(card.item, card.key))
            screen.until("Saved. Yes. The author’s judgement, with the reasons:")
            assert answers.read(journal).entries[-1].item == card.name
            screen.until("Enter goes on")
            screen.press("\n")
        screen.until("That is all for today. There are ")
        assert process.wait(timeout=PATIENCE) == 0
    given = practice.reviews(cards, answers.read(journal), practice.local_now())
    assert [(review.card.name, review.share) for review in given] == [(card.name, 1.0) for card in planned]


def test_what_is_no_answer_is_asked_again_and_ctrl_c_keeps_what_was_answered(folder):
    """A number that is not there, words, or nothing: said and asked again. Ctrl-C ends quietly."""
    with terminal("--folder", folder) as (screen, process):
        for typed in ("9", "who", "0", "1 2", "-1", "²"):
            screen.until("Its number: ")
            screen.press(f"{typed}\n")
            screen.until("Type 1 of the numbers from 1 to 4")
        screen.until("Its number: ")
        screen.press("1\n")
        screen.until("Enter goes on")
        screen.press("\n")
        screen.until("7 cards left")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 130
        assert "Traceback" not in screen.seen
    assert len(answers.read(practice.journal(folder)).entries) == 1


def test_without_a_terminal_it_says_what_to_type(folder):
    """In a pipe nothing can be asked: a sentence, exit code 2, nothing written."""
    run = subprocess.run([*COMMAND, "--folder", folder], input="1\n", capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "type `alliancelab practise` in a terminal" in run.stderr
    assert not practice.journal(folder).exists()


def test_json_tells_what_is_due(folder):
    """The same cards as on the page, with their time, and counts; an empty folder gives nothing due."""
    run = subprocess.run([*COMMAND, "--folder", folder, "--json"], capture_output=True, text=True, check=True)
    told = json.loads(run.stdout)
    due = practice.due(practice.deck(folder), answers.Reading(), practice.local_now())
    assert [card["name"] for card in told["due"]] == [card.name for card in due]
    assert told["modules"] == ["rapport"]
    assert 9 <= told["minutes"] <= 12
    assert (told["reviews"], told["retention"], told["retention_aimed_at"]) == (0, None, 0.9)
    empty = subprocess.run(
        [*COMMAND, "--folder", folder / "empty", "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(empty.stdout)["due"] == []
