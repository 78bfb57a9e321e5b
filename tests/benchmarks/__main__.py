"""Every benchmark in one run: `make bench`. Figures are of this machine; the ratios are what to compare."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "browser"))
sys.path.insert(0, str(HERE.parent / "workspace"))

import grading  # noqa: E402 - they stand in the folders above
import hours_policy  # noqa: E402
import measuring  # noqa: E402
import page  # noqa: E402

RUNS = 7


def seconds(command: list[str]) -> float:
    """The median wall time of a command, after one run to warm up."""
    return _median(lambda: subprocess.run(command, check=True, capture_output=True))


def _median(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def commands() -> None:
    """What starting costs, beside a bare interpreter."""
    alliancelab = str(Path(sys.executable).with_name("alliancelab"))
    bare = seconds([sys.executable, "-c", "pass"])
    rows = {
        "python -c pass": bare,
        "import alliancelab": seconds([sys.executable, "-c", "import alliancelab"]),
        "alliancelab --help": seconds([alliancelab, "--help"]),
        "import alliancelab.notebook": seconds([sys.executable, "-c", "import alliancelab.notebook"]),
    }
    for name, took in rows.items():
        print(f"{name:<30} {took * 1000:7.0f} ms   {took / bare:5.1f} times a bare interpreter")


def check() -> None:
    """`alliancelab check` after start-up: reading the exercise and a full journal, and marking it."""
    import tempfile

    from alliancelab import catalogue, checking, sheet
    from alliancelab.course import simulate

    source = catalogue.exercise_source("rapport")
    with tempfile.TemporaryDirectory() as folder:
        trainee = simulate.Trainee("simulated-01", 0.7, 1.0)
        simulate.work(trainee, sheet.read(source), Path(folder))
        took = _median(lambda: checking.check("rapport", Path(folder)))
    print(f"{'check of one exercise':<30} {took * 1000:7.0f} ms")


if __name__ == "__main__":
    commands()
    check()
    measuring.main()
    hours_policy.main()
    page.main()
    grading.main()
