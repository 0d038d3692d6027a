"""`pargrade grade`: list grades, show one, look at its reserves, propose a new one."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.wallet import Wallet
from pargrade.cli.grade_output import plain_terms, term_lines
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    GradeSymbol,
    KeyText,
    MaxFee,
    RpcUrl,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.file import DeployedGrade
from pargrade.deployment.grade import ListedGrade, listed_grades
from pargrade.deployment.grade_listing import (
    find_unrecorded,
    record_grade,
    require_free_symbol,
)
from pargrade.deployment.grade_terms import frozen_terms, listed_terms, read_proposal
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.token import Token
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import CURATOR, DESK
from pargrade.devnet.grades import unit_name, unit_symbol
from pargrade.factor.origin import factor_origin
from pargrade.text import moment
from pargrade.units import Scu

app = new_app(help="List grades, show one, propose a new one.", no_args_is_help=True)


@app.command("list", epilog="Example: pargrade grade list")
def list_grades(
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every listed grade: its factor, what is wrapped, and whether it takes more."""
    session = open_session(rpc_url, deployment)
    grades = listed_grades(session, session.chain.head())
    report(
        [grade.to_json() for grade in grades],
        Table(
            ("grade", "token", "SCU per token", "locked", "units", "valid until", "state"),
            [
                (
                    grade.symbol,
                    grade.token_name,
                    Scu(grade.factor.scu_per_token).text(),
                    grade.token.shown(grade.locked),
                    grade.unit.shown(grade.supply),
                    moment(grade.factor.valid_until),
                    grade.state,
                )
                for grade in grades
            ],
            numbers=frozenset({"SCU per token", "locked", "units"}),
        ),
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade grade show A1GH")
def show(
    symbol: GradeSymbol,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the frozen terms of one grade, and where it stands."""
    session = open_session(rpc_url, deployment)
    head = session.chain.head()
    known = session.deployment.grade(symbol)
    grade = ListedGrade.read(session, symbol, known.unit, head)
    terms = frozen_terms(session, known, head)
    report(
        {**grade.to_json(), "terms": plain_terms(terms)},
        Table(("", symbol), [*term_lines(terms), *grade.lines()]),
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade grade look A1GH")
def look(
    symbol: GradeSymbol,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Have the registry look at the reserves of a grade that are short. Anyone.

    The first look closes the grade to new wraps and locks. A second one, 24 hours to 7 days later,
    impairs it: series that expire later unwind it. A keeper takes both by itself. Exit code 1
    where reserves are not short, by more than ten basis points, or it is too early.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    _send_look(session, wallet, GradeRegistry.impair, symbol, as_json=as_json, dry_run=dry_run)


@app.command(epilog="Example: pargrade grade cure A1GH")
def cure(
    symbol: GradeSymbol,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Take the first look at a grade back whose reserves are whole again. Anyone.

    The next look is a first one then. The grade stays closed until a curator reopens it. A keeper
    does it by itself. Exit code 1 where reserves are still short, or nobody had looked.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    _send_look(session, wallet, GradeRegistry.cure, symbol, as_json=as_json, dry_run=dry_run)


@app.command(epilog="Example: pargrade grade propose terms.yaml --token 0x… --symbol B200H")
def propose(
    terms_file: Annotated[
        Path,
        typer.Argument(
            metavar="TERMS", help="Terms as TOML, YAML or JSON.", exists=True, dir_okay=False
        ),
    ],
    token: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="The token, where the file names none.", show_default=False
        ),
    ] = None,
    symbol: Annotated[
        str | None,
        typer.Option(help="What the grade is called here.", show_default="the token's symbol"),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="List it now; the key has to be a curator's.")
    ] = False,
    override_factor: Annotated[
        bool,
        typer.Option(
            "--override-factor", help="Propose a factor that the published table does not give."
        ),
    ] = False,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Check the terms of a new grade and print the call that lists it.

    The factor has to be what the published table gives, times the quality the file declares.
    The call is for a curator: a person, a multi-signature wallet, or this command with --send,
    which also records the grade in the deployment file. One that is listed already, as by a
    multi-signature wallet, it records alone.
    """
    session = open_session(rpc_url, deployment)
    head = session.chain.head()
    proposal = read_proposal(terms_file, None if token is None else parse_address(token))
    terms = proposal.terms
    origin = factor_origin(proposal, override=override_factor)
    underlying = Token.read(session.chain, parse_address(terms.token), head)
    name = symbol or underlying.symbol
    registry = GradeRegistry(session.chain, session.deployment.address("GradeRegistry"))
    token_name = underlying.contract.name(block=head)
    listing = registry.list(listed_terms(terms), unit_name(token_name), unit_symbol(name))
    grade_id = "0x" + terms.grade_id.hex()
    call = {
        "symbol": name,
        "scu_per_token": str(terms.scu_per_token),
        "grade_id": grade_id,
        "to": registry.address,
        "data": "0x" + listing.data.hex(),
        **origin.to_json(),
    }
    lines = Table(
        ("", name),
        [
            *term_lines(listed_terms(terms)),
            ("grade id", grade_id),
            *origin.lines(),
            ("call to", call["to"]),
            ("data", call["data"]),
        ],
    )
    if not send:
        report(call, lines, "Not sent: a curator lists it with this call.", as_json=as_json)
        return
    require_free_symbol(session.deployment, name)
    there = find_unrecorded(session, terms, head)
    if there is None:
        steps = carry_out(
            open_wallet(session.chain, key, CURATOR, max_fee), [listing], dry_run=dry_run
        )
        unit, sent, what = steps[-1].events(GradeListed)[0].unit, to_json(steps), describe(steps)
    else:
        unit, sent = there, {"dry_run": dry_run, "steps": []}
        what = "It was listed already: nothing sent."
    if not dry_run:
        grade = DeployedGrade(underlying.contract.address, unit, grade_id, terms.decimals)
        name = record_grade(session, name, grade)
    report(
        {**call, "symbol": name, "unit": unit, **sent},
        lines,
        f"{'Would be' if dry_run else 'Recorded'} as {name}: {unit_symbol(name)} at {unit}",
        what,
        as_json=as_json,
    )


def _send_look(
    session: Session,
    wallet: Wallet,
    look: Callable[[GradeRegistry, Address], Call[None]],
    symbol: str,
    *,
    as_json: bool,
    dry_run: bool,
) -> None:
    registry = GradeRegistry(session.chain, session.deployment.address("GradeRegistry"))
    unit = session.deployment.grade(symbol).unit
    steps = carry_out(wallet, (look(registry, unit),), dry_run=dry_run)
    grade = ListedGrade.read(session, symbol, unit, session.chain.head())
    report(
        {**grade.to_json(), **to_json(steps)},
        Table(("", symbol), grade.lines()),
        describe(steps),
        as_json=as_json,
    )
