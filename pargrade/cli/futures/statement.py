"""`pargrade futures statement` and `pargrade futures verify-statement`."""

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from pargrade.chain.development import is_development
from pargrade.chain.hashing import parse_address
from pargrade.chain.keys import Key
from pargrade.cli.futures.options import Series
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    KeyText,
    RpcUrl,
    out_folder_option,
    rpc_url_option,
)
from pargrade.cli.toolkit.output import Table, progress, report
from pargrade.cli.toolkit.parse import midnight
from pargrade.cli.toolkit.session import NoKey
from pargrade.deployment.series import number_of
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.statement_file import (
    BadStatement,
    body_of,
    csv_of,
    figures_for,
    read_signed,
    require_agreement,
    require_same,
    signed,
)
from pargrade.devnet.accounts import KEEPER
from pargrade.keys.source import load_local_key
from pargrade.text import moment
from pargrade.units import Price, format_amount

_MOST_GAPS: Final = 5
"""Uncovered stretches shown; the file has all."""

# What reads the rounds is imported by the commands themselves: `--help` then stays quick.


def statement(
    series: Series,
    out: Annotated[Path | None, out_folder_option("only print")] = None,
    holidays: Annotated[
        list[str] | None,
        typer.Option(
            "--holiday",
            metavar="DAY",
            help="A weekday that is no business day; repeatable.",
            show_default="none",
        ),
    ] = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Work out from the rounds alone what a series settled on, and sign it.

    Everything comes from events and calldata and has to agree with the contracts, or this fails.
    Beside S stands the mean that the CME's rule takes, of each business day's closing value. With
    --out it becomes SERIES.json and SERIES.csv.
    """
    from pargrade.deployment.settlement_rounds import read_values

    session = open_session(rpc_url, deployment)
    number = number_of(session, series)
    signer = _signer(session, key)
    days = tuple(sorted({midnight(day) for day in holidays or ()}))
    values = read_values(session, number, session.chain.head(), days, progress)
    require_agreement(figures_for(values), values.outcome)
    body = body_of(values)
    document = signed(body, signer)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{series}.csv").write_bytes(csv_of(body))
        (out / f"{series}.json").write_text(json.dumps(document, indent=2) + "\n")
    written = f"written to {out / series}.json and .csv" if out else "not written: give --out DIR"
    report(
        document, _figures_table(body), f"signed by {signer.address}, {written}", as_json=as_json
    )


def verify_statement(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Statement.", exists=True, dir_okay=False)
    ],
    signer: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Who has to have signed it.", show_default="whoever did"
        ),
    ] = None,
    chain_url: Annotated[str, rpc_url_option("the file alone")] = "",
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Check a statement's signature, work its figures out again, and compare it with a chain.

    Without --rpc-url it shows that the figures follow from the rounds it lists, not that the chain
    has those rounds.
    """

    body, found = read_signed(path)
    if signer is not None and parse_address(signer) != found:
        raise BadStatement(f"{found} signed it, not {signer}")
    if chain_url:
        _compare(body, open_session(chain_url, deployment))
    against = "; all of it is what the chain says" if chain_url else "; not compared with a chain"
    report(
        {"signer": found, "on_chain": bool(chain_url), "figures": body["figures"]},
        _figures_table(body),
        f"signed by {found}; its figures follow from its rounds{against}",
        as_json=as_json,
    )


def _compare(body: dict[str, Any], session: Session) -> None:
    from pargrade.deployment.settlement_rounds import read_values

    block = session.chain.block(int(body["at"]["block"]))
    number, days = int(body["series"]["id"]), tuple(body["holidays"])
    values = read_values(session, number, block, days, progress)
    require_agreement(figures_for(values), values.outcome)
    require_same("statement", body, body_of(values))


def _signer(session: Session, key: str) -> Key:
    if key:
        return load_local_key(key)
    if not is_development(session.chain.chain_id):
        raise NoKey
    return KEEPER.key


def _figures_table(body: dict[str, Any]) -> Table:
    series, contract = body["series"], body["contract"]
    settlement = _price(body["figures"]["settlement8"])
    lines = [
        ("window", f"{moment(series['start'])} to {moment(series['expiry'])}"),
        ("contract", f"{contract['phase'].lower()}, S {_price(contract['price8'])}"),
        ("S from the rounds", f"{settlement} USD per SCU"),
        *_business_lines(body),
        *_coverage_lines(body),
        *_guardian_lines(body["guardian"]),
        *((f"method, epoch {used['epoch']}", used["method_hash"]) for used in body["methods"]),
    ]
    return Table(("statement", ""), lines)


def _business_lines(body: dict[str, Any]) -> list[tuple[str, str]]:
    figures = body["figures"]
    days, difference = figures["business_days"], figures["difference8"]
    lacking = sum(day["value8"] is None for day in days)
    shown = "none to give" if difference is None else format_amount(int(difference), 8)
    return [
        ("business-day mean", f"{_price(figures['business_mean8'])} USD per SCU"),
        ("difference", shown),
        (
            "business days",
            f"{len(days)} (Monday to Friday, {len(body['holidays'])} holidays given), "
            f"{lacking} of them without a value",
        ),
    ]


def _coverage_lines(body: dict[str, Any]) -> list[tuple[str, str]]:
    figures = body["figures"]
    share, gaps = format_amount(figures["coverage_bps"], 2), figures["gaps"]
    seconds = f"{figures['counted_s']:,} of {figures['span_s']:,} s"
    return [
        ("rounds", f"{len(body['rounds'])}"),
        ("coverage", f"{share} %: {seconds}, uncovered stretches: {len(gaps)}"),
        *(("uncovered", f"{moment(start)} to {moment(end)}") for start, end in gaps[:_MOST_GAPS]),
    ]


def _guardian_lines(guardian: dict[str, Any]) -> list[tuple[str, str]]:
    excluded = guardian["excluded"]
    cut = "nothing" if excluded is None else f"{moment(excluded[0])} to {moment(excluded[1])}"
    return [("cut out", cut), ("rejected", "yes" if guardian["rejected"] else "no")]


def _price(text: str | None) -> str:
    return "none" if text is None else Price(int(text)).text()
