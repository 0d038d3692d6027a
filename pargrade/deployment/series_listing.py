"""Listing a series: the terms go to the market, its name into the deployment file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pargrade.bindings.futures_market import SeriesCreated
from pargrade.bindings.structs import SeriesTerms
from pargrade.chain.wallet import Wallet
from pargrade.deployment.file import DeployedSeries, Deployment, free_name
from pargrade.deployment.series import market_of
from pargrade.deployment.session import Session
from pargrade.deployment.transactions import Step, carry_out
from pargrade.errors import PargradeError

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


class BadName(PargradeError):
    """A name no series can have, or that another one has."""

    hint = "Take another name: a letter, then letters, digits, '.', '_' or '-', at most 64."


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A series that was listed, or in a dry run would be."""

    session: Session
    """Knows the series by its name; as before in a dry run."""
    name: str
    number: int
    """Its id."""
    steps: Sequence[Step]


def require_free_name(deployment: Deployment, name: str) -> None:
    """Raises BadName for a name that no series can have here."""
    if not _NAME.fullmatch(name):
        raise BadName(f"a series cannot be called {name[:80]!r}")
    if name in deployment.series:
        raise BadName(f"this deployment already has a series {name}")


def list_series(
    session: Session, curator: Wallet, name: str, terms: SeriesTerms, *, dry_run: bool = False
) -> NewSeries:
    """Lists a series and writes its name into the deployment file, as `record_series` does.

    Raises BadName, and the market's errors.
    """
    require_free_name(session.deployment, name)
    steps = carry_out(curator, [market_of(session).create(terms)], dry_run=dry_run)
    number = steps[-1].events(SeriesCreated)[0].series
    if not dry_run:
        session, name = record_series(session, name, number)
    return NewSeries(session, name, number, steps)


def record_series(session: Session, name: str, number: int) -> tuple[Session, str]:
    """Writes a listed series into the deployment file; the session that knows it, and its name.

    One that the file has keeps its name there. Where another series got the name meanwhile a number
    follows it: what is on the chain is kept.
    """
    amended = Deployment.amend(session.path, lambda known: _with_series(known, name, number))
    kept = next(kept for kept, each in amended.series.items() if int(each.series_id) == number)
    return replace(session, deployment=amended), kept


def _with_series(known: Deployment, name: str, number: int) -> Deployment:
    if any(int(each.series_id) == number for each in known.series.values()):
        return known
    added = {free_name(name, known.series): DeployedSeries(str(number))}
    return replace(known, series={**known.series, **added})
