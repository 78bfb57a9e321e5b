"""Where submissions are graded: in this process, in several on this machine, or on a dask.distributed cluster.

Each way takes an exercise and what was handed in, and yields what was graded, in any order. Workers need this package
and nothing else, no course and no gradebook: what they get is the exercise and some submissions at a time.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import chain, islice
from multiprocessing import get_context

from alliancelab import __version__
from alliancelab.course.graded import Exercise, Graded, HandedIn
from alliancelab.errors import AllianceLabError

AT_A_TIME = 16  # submissions sent to a worker together
AHEAD = 3  # portions that wait for each worker: none is idle, and memory stays small
CONNECT_SECONDS = 15
LOST = "the process that graded it ended twice; look at what was handed in"

Portion = list[HandedIn]


def graded(
    exercise: Exercise, handed_in: Iterable[HandedIn], workers: int = 1, dask: str | None = None
) -> Iterator[Graded]:
    """Grade each submission, in `workers` processes or on the cluster whose scheduler is at `dask`."""
    if dask is not None:
        yield from _on_cluster(_packed(exercise), _portions(handed_in), dask)
    elif workers > 1:
        yield from _in_processes(_packed(exercise), _portions(handed_in), workers)
    else:
        for one in handed_in:
            yield _graded(exercise, one)


def _graded(exercise: Exercise, one: HandedIn) -> Graded:
    try:
        return exercise.grade(one)
    except Exception as error:  # noqa: BLE001 - one broken submission never stops the rest; it is listed with its reason
        return Graded(one.student, "", {}, {}, {}, f"it could not be graded ({type(error).__name__}: {error})")


def grade_some(packed: bytes, some: Portion) -> list[Graded]:
    """What a worker does: grade some submissions of a packed exercise."""
    return [_graded(_unpacked(packed), one) for one in some]


def _packed(exercise: Exercise) -> bytes:
    return zlib.compress(pickle.dumps(exercise))


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Exercise:
    return pickle.loads(zlib.decompress(packed))


def _portions(handed_in: Iterable[HandedIn]) -> Iterator[Portion]:
    rest = iter(handed_in)
    while some := list(islice(rest, AT_A_TIME)):
        yield some


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))  # as on every system; nothing is inherited


def _in_processes(packed: bytes, portions: Iterator[Portion], workers: int) -> Iterator[Graded]:
    pool = _pool(workers)
    going: dict[Future[list[Graded]], Portion] = {}
    try:
        while True:
            for some in islice(portions, workers * AHEAD - len(going)):
                going[pool.submit(grade_some, packed, some)] = some
            if not going:
                return
            done, _ = wait(going, return_when=FIRST_COMPLETED)
            if any(isinstance(future.exception(), BrokenProcessPool) for future in done):
                # One process ended, and all that were going are lost with it.
                lost = [some for future, some in going.items() if future.exception() is not None]
                yield from chain.from_iterable(future.result() for future in going if future.exception() is None)
                going.clear()
                pool.shutdown()
                pool = _pool(workers)
                yield from _one_by_one(packed, chain.from_iterable(lost))
                continue
            for future in done:
                del going[future]
                yield from future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _one_by_one(packed: bytes, some: Iterable[HandedIn]) -> Iterator[Graded]:
    """Grade each alone in a process of its own, after one of them may have ended another."""
    pool = _pool(1)
    try:
        for one in some:
            try:
                yield from pool.submit(grade_some, packed, [one]).result()
            except BrokenProcessPool:
                yield Graded(one.student, "", {}, {}, {}, LOST)
                pool.shutdown()
                pool = _pool(1)
    finally:
        pool.shutdown(cancel_futures=True)


def _on_cluster(packed: bytes, portions: Iterator[Portion], address: str) -> Iterator[Graded]:
    try:
        from distributed import CancelledError, Client, KilledWorker, as_completed
        from distributed.comm import CommClosedError
    except ModuleNotFoundError:
        raise AllianceLabError("grading on a cluster needs dask; type: pip install 'alliancelab[dask]'") from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise AllianceLabError(
            f"no dask scheduler answers at {address} ({error}); start one with `dask scheduler` and name its address"
        ) from None
    try:
        with client:
            yield from _through(client, packed, portions, address, as_completed, KilledWorker)
    except (CancelledError, CommClosedError):
        raise AllianceLabError(
            f"the cluster at {address} was lost; what was graded until then is kept. Run the same command again"
        ) from None


def _through(client, packed, portions, address, as_completed, killed) -> Iterator[Graded]:  # type: ignore[no-untyped-def]
    versions = client.run(_version)
    if not versions:
        raise AllianceLabError(f"the cluster at {address} has no worker; start some with `dask worker {address}`")
    if other := sorted(worker for worker, version in versions.items() if version != __version__):
        raise AllianceLabError(
            f"the worker {other[0]} has alliancelab {versions[other[0]]}, and this is {__version__}; install the same there"
        )
    going = {}
    done = as_completed(loop=client.loop)
    ahead = max(1, sum(client.nthreads().values())) * AHEAD

    def send() -> None:
        for some in islice(portions, ahead - len(going)):
            future = client.submit(grade_some, packed, some, pure=False)
            going[future] = some
            done.add(future)

    send()
    while going:
        future = next(done)
        some = going.pop(future)
        if isinstance(future.exception(), killed):  # each worker that tried it ended
            yield from _one_by_one(packed, some)
        else:
            yield from future.result()
        send()


def _version() -> str:
    from alliancelab import __version__ as version

    return version
