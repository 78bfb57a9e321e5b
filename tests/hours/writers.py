"""Processes that write to one ledger at once, or are killed while they do; run as a program, so that a fork copies little.

`python writers.py together URL WRITERS EACH` lets so many go at the same moment, and prints as JSON which commitments they
were told are recorded, and how often one submission, sent by all of them, was taken and refused.
`python writers.py killed URL KILLS SEED` kills one writer after the other and prints what each was told, what stands in the
ledger after all, and what an audit found after each kill.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from people import BERG, PROGRAMME, key_of

from alliancelab.hours.record import records
from alliancelab.hours.record.audit import audit
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Draft, Refused

TRAINEES = [f"trainee-{number}" for number in range(4)]
SIZES = (1, 1, 2, 20)  # entries in a submission of a writer that will be killed


def now() -> datetime:
    """The real time: the programme's chain and the others must agree on it however the processes fall."""
    return datetime.now(UTC)


def opened(url: str) -> None:
    """A new ledger with the trainees, whom berg supervises."""
    with Ledger.create(url, PROGRAMME, "A programme", now) as ledger:
        said = [_key("berg", "supervisor", BERG.public)]
        for name in TRAINEES:
            said.append(_key(name, "trainee", key_of(name).public))
            agreement = {"agreement": name, "trainee": name, "supervisor": "berg", "from": "2019-01-01"}
            said.append(records.draft(records.AGREEMENT, agreement))
        ledger.append(records.submit(PROGRAMME, ledger.id, records.PROGRAMME, said))


def together(url: str, writers: int, each: int) -> dict[str, object]:
    """Each logs in a log that it shares with others and signs there; every fifth enrols somebody; all send one submission."""
    with Ledger.open(url, now) as ledger:
        shared = records.submit(key_of(TRAINEES[0]), ledger.id, TRAINEES[0], [_minute(0)])

    def work(number: int, tell: Callable[[object], None]) -> None:
        trainee = TRAINEES[number % len(TRAINEES)]
        with Ledger.open(url, now) as ledger:
            try:
                ledger.append(shared)
                tell("taken")
            except Refused as refusal:
                tell(refusal.rule)
            for turn in range(each):
                two = [_minute(turn), _minute(turn)]
                made = ledger.append(records.submit(key_of(trainee), ledger.id, trainee, two))
                signed = records.draft(records.APPROVAL, {"version": made[0].commitment, "minutes": 1})
                made += ledger.append(records.submit(BERG, ledger.id, trainee, [signed]))
                if number % 5 == 0:
                    name = f"new-{number}-{turn}"
                    person = [_key(name, "supervisor", key_of(name).public)]
                    made += ledger.append(records.submit(PROGRAMME, ledger.id, records.PROGRAMME, person))
                tell([event.commitment for event in made])

    start, go = os.pipe()
    children = [_forked(work, number, start, go) for number in range(writers)]
    os.close(start)
    os.close(go)  # now each reads the end of the pipe, and begins
    told = [line for _, reader in children for line in _lines(_all_of(reader))]
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child, _ in children]
    return {
        "ended": ended,
        "shared": [line for line in told if isinstance(line, str)],
        "told": [commitment for line in told if isinstance(line, list) for commitment in line],
    }


def killed(url: str, kills: int, seed: int) -> dict[str, object]:
    """Kill so many writers, each after some submissions and then at any instant; audit after each."""
    chance = random.Random(seed)
    told: list[str] = []
    findings: list[str] = []
    for kill in range(kills):
        trainee, salt = TRAINEES[kill % len(TRAINEES)], chance.randrange(2**32)

        def work(_: int, tell: Callable[[object], None], trainee: str = trainee, salt: int = salt) -> None:
            sizes = random.Random(salt)
            with Ledger.open(url, now) as ledger:
                tell([])
                while True:  # only SIGKILL ends it
                    drafts = [_minute(sizes.randrange(2_000)) for _ in range(sizes.choice(SIZES))]
                    made = ledger.append(records.submit(key_of(trainee), ledger.id, trainee, drafts))
                    tell([event.commitment for event in made])

        start, go = os.pipe()
        child, reader = _forked(work, kill, start, go)
        os.close(start)
        os.close(go)
        said = b""
        for _ in range(chance.randint(1, 4)):
            said += os.read(reader, 65_536)
        select.select([], [], [], chance.uniform(0, 0.02))  # any instant of what it is at
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        told += [commitment for line in _lines(said + _all_of(reader)) for commitment in line]
        with Ledger.open(url, now) as ledger:
            findings += [str(finding) for finding in audit(ledger).findings]
    with Ledger.open(url, now) as ledger:
        kept = [event.commitment for name in TRAINEES for event in ledger.events(name)]
    return {"told": told, "kept": kept, "findings": findings}


def _key(person: str, role: str, public: str) -> Draft:
    return records.draft(records.KEY, {"person": person, "role": role, "key": public})


def _minute(day: int) -> Draft:
    date = f"{2020 + day // 336}-{1 + day // 28 % 12:02d}-{1 + day % 28:02d}"
    return records.draft(records.ENTRY, {"date": date, "minutes": 1, "category": "study"})


def _forked(work: Callable[[int, Callable[[object], None]], None], number: int, start: int, go: int) -> tuple[int, int]:
    """A child that works once nobody holds `go` any more, and the pipe on which it tells what it was told."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    code = 1
    try:
        os.close(go)
        os.read(start, 1)
        work(number, lambda said: os.write(writer, json.dumps(said).encode() + b"\n") and None)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _all_of(reader: int) -> bytes:
    said = b""
    while more := os.read(reader, 65_536):
        said += more
    os.close(reader)
    return said


def _lines(said: bytes) -> list:
    """What a child told; a line that its end cut short was told to nobody."""
    return [json.loads(line) for line in said.split(b"\n")[:-1]]


if __name__ == "__main__":
    program, address, *numbers = sys.argv[1:]
    opened(address)
    print(json.dumps({"together": together, "killed": killed}[program](address, *map(int, numbers))))
