"""`pargrade unit`: explain a grade's factor, and compare what grades cost per SCU."""

from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.unit_basis import basis
from oracle.cli.unit_derivation import derived
from oracle.cli.unit_drift import drift
from oracle.cli.unit_guard import guard
from oracle.cli.unit_measure import measure
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, rpc_url_option
from pargrade.cli.toolkit.output import Table, report
from pargrade.deployment.grade_terms import NO_TOKEN, frozen_terms, own_terms, read_proposal
from pargrade.deployment.session import open_session
from pargrade.devnet.grades import DEVNET
from pargrade.errors import PargradeError
from pargrade.factor.derivation import Derivation
from pargrade.grade.file import Proposal, load_proposal
from pargrade.grade.terms import GradeTerms

app = new_app(
    help="Explain a grade's factor, and compare what grades cost per SCU.", no_args_is_help=True
)
app.command(epilog="Example: pargrade unit basis --as-of 2026-04-01T00:00:00Z")(basis)
app.command(epilog="Example: pargrade unit drift --sample quotes.csv --pause")(drift)
app.command(epilog="Example: pargrade unit guard --fetched /var/lib/pargrade/node-1 --close")(guard)
app.command(epilog="Example: pargrade unit measure --out result.json --key env:KEY")(measure)


class UnknownGradeName(PargradeError):
    """A name that is neither a devnet grade nor a file."""

    hint = (
        f"Name one of {', '.join(grade.symbol for grade in DEVNET)}, or a file of terms; for a "
        "grade of a deployment add --deployment or --rpc-url."
    )

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no grade {name!r} among those that ship, and no such file")


@app.command(epilog="Example: pargrade unit explain A1GH")
def explain(
    grade: Annotated[
        str, typer.Argument(metavar="GRADE", help="Symbol of a grade, or a file of terms.")
    ],
    chain_url: Annotated[str | None, rpc_url_option("the terms that ship")] = None,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Derive a grade's factor line by line, and compare it with the grade's terms.

    A devnet grade or a file needs no chain. With --rpc-url or --deployment the terms are the ones
    frozen on chain. Exits with 1 where the terms are not what the table they name gives.
    """
    if chain_url is not None or deployment is not None:
        session = open_session(chain_url or DEFAULT_RPC, deployment)
        terms = own_terms(
            frozen_terms(session, session.deployment.grade(grade), session.chain.head())
        )
        found = derived(terms, None)
        origin = "chain"
    else:
        proposal = _shipped(grade)
        terms = proposal.terms
        found = derived(terms, proposal.quality)
        origin = "file"
    _show(grade, terms, found, origin, as_json=as_json)
    if found.differences:
        raise typer.Exit(1)


def _shipped(name: str) -> Proposal:
    for grade in DEVNET:
        if grade.symbol == name:
            return load_proposal(grade.file, NO_TOKEN)
    path = Path(name)
    if not path.is_file():
        raise UnknownGradeName(name)
    return read_proposal(path, NO_TOKEN)


def _show(name: str, terms: GradeTerms, found: Derivation, origin: str, *, as_json: bool) -> None:
    verdict = "match: the terms are what the table gives"
    if found.differences:
        verdict = f"DIFFERS: {'; '.join(found.differences)}"
    report(
        {
            "grade": name,
            "terms_from": origin,
            "denomination": terms.denomination.name,
            "scu_per_token": str(terms.scu_per_token),
            "method_hash": "0x" + terms.method_hash.hex(),
            "valid_until": terms.valid_until,
            **found.to_json(),
        },
        Table(("", f"{name} ({terms.network})"), [*found.lines, (f"terms on {origin}", verdict)]),
        as_json=as_json,
    )
