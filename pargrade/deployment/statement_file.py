"""A settlement statement as a file: what it says, its CSV, its signature, and whether both hold."""

import csv
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any, Final

from pargrade.bindings.structs import Phase, Style
from pargrade.canonical import FloatRefused, canonical_json, read_json
from pargrade.chain.hashing import Address, BadAddress, keccak, parse_address
from pargrade.chain.keys import BadSignature, Key, Signature, recover
from pargrade.deployment.statement_stretches import SCHEMAS, phases_of, schema_of, stretches_in
from pargrade.deployment.statement_values import ContractFigures, StatementValues
from pargrade.errors import PargradeError
from pargrade.futures.statement import (
    Figures,
    Span,
    digest_of,
    figures_over,
    held_in,
)
from pargrade.text import moment
from pargrade.units import Price

MOST_BYTES: Final = 64 * 1024 * 1024
"""Largest statement that is read; a month of hourly rounds by five reporters takes 1 MB."""


class StatementDiffers(PargradeError):
    """The figures worked out from the rounds are not the ones somebody else states."""

    hint = "Trust neither until the difference is explained; check endpoint, deployment and file."

    def __init__(self, what: str, stated: object, computed: object) -> None:
        self.what = what
        self.stated = stated
        self.computed = computed
        super().__init__(f"{what}: {stated} is stated, {computed} follows from the rounds")


class BadStatement(PargradeError):
    """A file that is not a signed statement."""

    hint = "Ask its signer for the file again."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a settlement statement: {reason}")


def require_agreement(figures: Figures, outcome: ContractFigures) -> None:
    """Raises StatementDiffers where the contracts say otherwise."""
    for what, stated, computed in (
        ("value time of the index", outcome.value_time, figures.value_time),
        ("covered time of the index", outcome.covered, figures.covered),
        ("coverage of the proposal", outcome.proposed_cover, figures.covered),
        ("settlement price", outcome.price, figures.settlement),
    ):
        if stated is not None and stated != computed:
            raise StatementDiffers(what, stated, computed)


def figures_for(values: StatementValues) -> Figures:
    """The figures of a statement's values."""
    stretches = [each.stretch for each in values.indices]
    return figures_over(stretches, values.outcome.excluded, frozenset(values.holidays))


def body_of(values: StatementValues) -> dict[str, Any]:
    """The statement as JSON values: integers, and text of 8-decimal integers."""
    outcome, terms, last = values.outcome, values.terms, values.indices[-1]
    body: dict[str, Any] = {
        "schema": schema_of(values),
        "series": {
            "id": str(values.series),
            "chain_id": values.chain_id,
            "market": values.market,
            "spot_index": last.address,
            "index": values.index_name,
            "style": Style(terms.style).name,
            "start": terms.start,
            "expiry": terms.expiry,
            "reference8": str(terms.reference_price),
            "quote_token": terms.quote_token,
            "hold_s": last.hold,
        },
        "at": {"block": values.block, "hash": "0x" + values.block_hash.hex()},
        "contract": {
            "phase": Phase(outcome.phase).name,
            "price8": _text(outcome.price),
            "covered_s": outcome.covered,
            "value_time": _text(outcome.value_time),
        },
        "guardian": {
            "excluded": None if outcome.excluded is None else list(outcome.excluded),
            "rejected": outcome.rejected,
        },
        "holidays": list(values.holidays),
        "methods": _methods(values),
        "rounds": [
            {
                "slot": each.fix.slot,
                "value8": str(each.fix.value),
                "epoch": each.epoch,
                "tx_hash": "0x" + each.tx_hash.hex(),
                "reports": [
                    {
                        "reporter": report.reporter,
                        "value8": str(report.value),
                        "evidence_root": "0x" + report.evidence_root.hex(),
                    }
                    for report in each.reports
                ],
            }
            for each in values.rounds
        ],
    }
    body["series"] |= phases_of(values)
    body["figures"] = figures_in(body)
    body["csv_hash"] = "0x" + keccak(csv_of(body)).hex()
    return body


def figures_in(body: dict[str, Any]) -> dict[str, Any]:
    """The figures that follow from the rest of a body, as JSON values."""
    series, excluded = body["series"], body["guardian"]["excluded"]
    window = Span(series["start"], series["expiry"])
    figures = figures_over(
        stretches_in(body),
        None if excluded is None else _inside(Span(*excluded), window),
        frozenset(body["holidays"]),
    )
    return {
        "settlement8": _text(figures.settlement),
        "value_time": str(figures.value_time),
        "covered_s": figures.covered,
        "counted_s": figures.counted,
        "span_s": window.end - window.start,
        "coverage_bps": figures.counted * 10_000 // (window.end - window.start),
        "gaps": [list(gap) for gap in figures.gaps],
        "business_days": [
            {"day": day.midnight, "value8": _text(day.value)} for day in figures.days
        ],
        "business_mean8": _text(figures.business_mean),
        "difference8": _text(figures.difference),
    }


def csv_of(body: dict[str, Any]) -> bytes:
    """The rounds of a body, one per line, prices with 8 decimals."""
    stretches = stretches_in(body)
    fixes = [fix for each in stretches for fix in each.fixes]
    held = [held for each in stretches for held in held_in(each.fixes, each.span, each.hold)]
    written = StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(
        ("slot", "time_utc", "usd_per_scu", "held_s", "epoch", "signers", "tx_hash", "evidence")
    )
    for each, fix, seconds in zip(body["rounds"], fixes, held, strict=True):
        roots = " ".join(report["evidence_root"] for report in each["reports"])
        row = (fix.slot, moment(fix.slot), Price(fix.value).text(), seconds, each["epoch"])
        rows.writerow((*row, len(each["reports"]), each["tx_hash"], roots))
    return written.getvalue().encode()


def signed(body: dict[str, Any], key: Key) -> dict[str, Any]:
    """The file's JSON values: a body, who signs it, and the signature (EIP-712, EIP-2098)."""
    signature = key.sign(_digest(body))
    return {
        "statement": body,
        "signer": key.address,
        "signature": "0x" + signature.compact.hex(),
    }


def read_signed(path: Path) -> tuple[dict[str, Any], Address]:
    """The body of a file and its signer, after signature, figures and CSV hash were checked.

    The CSV beside the file is checked too when it is there. Raises BadStatement, StatementDiffers.
    """
    with path.open("rb") as file:
        packed = file.read(MOST_BYTES + 1)
    if len(packed) > MOST_BYTES:
        raise BadStatement(f"more than {MOST_BYTES} bytes")
    try:
        stated = read_json(packed)
        body: dict[str, Any] = stated["statement"]
        if body["schema"] not in SCHEMAS:
            raise BadStatement(f"schema {body['schema']!r}")
        signature = Signature.of_compact(bytes.fromhex(stated["signature"].removeprefix("0x")))
        signer = recover(_digest(body), signature)
        if signer != parse_address(stated["signer"]):
            raise BadStatement(f"{signer} signed it or it was changed, not {stated['signer']}")
        figures, rows = figures_in(body), csv_of(body)
        csv_hash = "0x" + keccak(rows).hex()
        require_same("figures", body["figures"], figures)
        require_same("hash of the CSV", body["csv_hash"], csv_hash)
    except (ValueError, KeyError, TypeError, AttributeError, FloatRefused) as error:
        raise BadStatement(f"{type(error).__name__} {error}") from None
    except (BadSignature, BadAddress) as bad:
        raise BadStatement(str(bad)) from None
    beside = path.with_suffix(".csv")
    if beside.is_file() and beside.read_bytes() != rows:
        raise StatementDiffers(beside.name, keccak(beside.read_bytes()).hex(), csv_hash)
    return body, signer


def require_same(what: str, stated: Any, computed: Any) -> None:
    """Raises StatementDiffers with the first place where two JSON values are not the same."""
    if isinstance(stated, dict) and isinstance(computed, dict):
        for name in sorted(stated.keys() | computed.keys()):
            require_same(f"{what}.{name}", stated.get(name), computed.get(name))
    elif isinstance(stated, list) and isinstance(computed, list):
        require_same(f"length of {what}", len(stated), len(computed))
        for place, (first, other) in enumerate(zip(stated, computed, strict=True)):
            require_same(f"{what}[{place}]", first, other)
    elif stated != computed:
        raise StatementDiffers(what, stated, computed)


def _methods(values: StatementValues) -> list[dict[str, Any]]:
    rounds = Counter((each.epoch, each.method_hash) for each in values.rounds)
    return [
        {"epoch": epoch, "method_hash": "0x" + method.hex(), "rounds": count}
        for (epoch, method), count in sorted(rounds.items())
    ]


def _digest(body: dict[str, Any]) -> bytes:
    series = body["series"]
    market = parse_address(series["market"])
    content = keccak(canonical_json(body))
    return digest_of(int(series["chain_id"]), market, int(series["id"]), content)


def _inside(part: Span, window: Span) -> Span:
    if not window.start <= part.start < part.end <= window.end:
        raise ValueError(f"{list(part)} is not a part of the window")
    return part


def _text(number: int | None) -> str | None:
    return None if number is None else str(int(number))
