"""Where independent pieces of work are done: here one after another, or on a Dask cluster.

Dask is the only one: it is pure Python, needs no daemon of its own on each machine, and hands back
results in the order of the pieces, as Ray would.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from pargrade.errors import PargradeError
from pargrade.extras import require_extra

if TYPE_CHECKING:
    from distributed import Client

Piece = TypeVar("Piece")
Result = TypeVar("Result")

_CONNECT_S: Final = 10
_SCHEDULER: Final = re.compile(r"(tcp|tls)://\S+:\d+")


class BadEngine(PargradeError):
    """A text that names no engine."""

    hint = "Write local, dask (processes of this machine) or dask=tcp://HOST:PORT (a scheduler)."

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:80]!r} is no engine")


class EngineDown(PargradeError):
    """A cluster that does not answer, or whose workers ended."""

    hint = "Look at the scheduler and its workers; or leave --engine away, to work here."

    def __init__(self, scheduler: str, reason: str) -> None:
        self.scheduler = scheduler
        super().__init__(f"Dask at {scheduler}: {reason}")


@dataclass(frozen=True, slots=True)
class Engine:
    """Maps a function over pieces; results are the same everywhere, in the order of the pieces."""

    scheduler: str | None = None
    """Address of Dask's scheduler, empty for a cluster of this machine; None: work here."""

    @classmethod
    def parse(cls, text: str) -> "Engine":
        """From `local`, `dask` or `dask=ADDRESS`. Raises BadEngine, and MissingExtra for Dask."""
        if text == "local":
            return cls()
        name, equals, address = text.partition("=")
        if name != "dask" or (equals and not _SCHEDULER.fullmatch(address)):
            raise BadEngine(text)
        require_extra("dask")
        return cls(address)

    def map(self, work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
        """`work` of each piece. Both, and the results, must be picklable for a cluster.

        The first piece that raises decides: its error is raised here. Workers on other machines
        have the same version of pargrade, and find files under the same paths.

        Raises EngineDown, and what `work` raises.
        """
        if self.scheduler is None:
            return [work(piece) for piece in pieces]
        with _client(self.scheduler) as client:
            # Pure work would be looked up by a hash of its arguments; files may have changed.
            futures = client.map(partial(_attempt, work), list(pieces), pure=False)
            outcomes = _gather(client, futures, self.scheduler or "this machine")
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        return [outcome.result for outcome in outcomes]


HERE: Final = Engine()
"""One piece after another in this process."""


class _Outcome(NamedTuple):
    result: Any
    error: Exception | None = None


def _attempt(work: Callable[[Piece], Result], piece: Piece) -> _Outcome:
    # An error that leaves the work would fill the worker's log, and be taken for the cluster's.
    try:
        return _Outcome(work(piece))
    except Exception as error:  # noqa: BLE001
        return _Outcome(None, error)


def _gather(client: "Client", futures: list[Any], where: str) -> list[_Outcome]:
    from distributed import CancelledError, KilledWorker

    try:
        found: list[_Outcome] = client.gather(futures)  # type: ignore[no-untyped-call]
    except (CancelledError, KilledWorker, OSError) as failure:
        raise EngineDown(where, str(failure).splitlines()[0]) from None
    return found


@contextmanager
def _client(scheduler: str) -> Iterator["Client"]:
    from distributed import Client, LocalCluster

    if not scheduler:
        workers = len(os.sched_getaffinity(0))
        made = LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=max(2, workers), threads_per_worker=1, dashboard_address=None
        )
        with made as cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
            yield client
        return
    try:
        client = Client(scheduler, timeout=_CONNECT_S)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError) as failure:
        raise EngineDown(scheduler, str(failure).splitlines()[0]) from None
    with client:
        yield client
