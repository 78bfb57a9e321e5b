"""Kill writers of a journal at random instants and see that nothing they were told is saved is lost.

Run as a program of its own, so that a fork copies little: `python kill_writers.py FOLDER KILLS SEED` prints, as JSON,
how many were killed, how many answers they were told are saved, how many of them left a torn line, and what was lost.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
from pathlib import Path

from alliancelab import answers

KILLS_A_JOURNAL = 10


def main(folder: Path, kills: int, seed: int) -> dict[str, object]:
    """Start and kill one writer after the other; several share a journal, as a trainee's kernels do."""
    chance = random.Random(seed)
    told, torn, lost = 0, 0, []
    acknowledged: list[str] = []
    for kill in range(kills):
        path = folder / f"{kill // KILLS_A_JOURNAL}{answers.SUFFIX}"
        if kill % KILLS_A_JOURNAL == 0:
            acknowledged = []
        acknowledged += _killed_writer(path, f"w{kill}", chance)
        reading = answers.read(path)
        kept = {entry.item: entry.answer for entry in reading.entries}
        lost += [item for item in acknowledged if kept.get(item) != _answer(item)]
        told += len(acknowledged) if kill % KILLS_A_JOURNAL == KILLS_A_JOURNAL - 1 else 0
        torn += reading.torn
    return {"kills": kills, "told": told, "torn": torn, "lost": lost}


def _answer(item: str) -> str:
    return item * random.Random(item).choice((1, 1, 10, 20_000))  # now and then a long one, which takes longer to write


def _killed_writer(path: Path, name: str, chance: random.Random) -> list[str]:
    """A child that answers until it is killed: after some saved answers, and then at any instant."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        number = 0
        while True:  # only SIGKILL ends it
            item = f"{name}-{number}"
            answers.append(path, item, "write", _answer(item))
            os.write(writer, f"{item}\n".encode())
            number += 1
    os.close(writer)
    said = b""
    for _ in range(chance.randint(0, 3)):
        said += os.read(reader, 65_536)
    select.select([], [], [], chance.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reader, 65_536):
        said += more
    os.close(reader)
    return said.decode().split()


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
