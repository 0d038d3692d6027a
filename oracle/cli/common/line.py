"""`pargrade oracle prove` and `verify` of the price at which a line counted."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from oracle.audit.common.landed_report import (
    LandedReport,
    read_landed_report,
)
from oracle.audit.common.line_proof import LineProof, prove_line
from oracle.audit.common.set_replay import find_set
from oracle.cli.common.members import chain_of, open_stores, read_members
from oracle.evidence.evidence import Evidence
from oracle.evidence.find_quote import NoSuchQuote, select
from oracle.protocol.batch.manifest import MOST_NAME
from oracle.protocol.batch.section import MOST_LINE, read_section
from oracle.protocol.report.attested import LineName, Lines
from oracle.protocol.report.input_set import InputSet
from oracle.protocol.report.line_price import Basis, LineValue
from oracle.valuation.lists import is_list_name, quotes_of
from pargrade.canonical import canonical_json
from pargrade.chain.rpc import Chain
from pargrade.cli.toolkit.output import report
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.errors import PargradeError
from pargrade.units import Price

ALONE: Final = "alone"
"""The verdict on a line that fewer than f+1 members state alike, or than 2f+1 state at all."""


class NoSuchLine(PargradeError):
    """No line of a round's input set is meant, or none can be."""

    hint = (
        "Name the provider, then any of model, variant, GPUs, region, source, time and verdict "
        "(list, middle, disputed, alone), with slashes between: lambda/H100/8. Or a place: #12. A "
        "line that nobody states is named by provider/source and its bytes, --line HEX."
    )


class LineFails(PargradeError):
    """The chain does not bear a proof of a line out."""

    hint = "Ask for the proof again, and check that the endpoint and the deployment are right."

    def __init__(self, what: str, proof: object, chain: object) -> None:
        super().__init__(f"the proof does not hold: {what} is {proof}, on chain {chain}")


def prove_common(
    reference: str,
    quote: str,
    line: str | None,
    folder: Path,
    rpc_url: str,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Writes the proof of the price at which a line counted in a round, or that it had none.

    `quote` selects among the lines that anyone states; with the bytes of a line, hex, it names the
    list, which need not have that line. Raises NoSuchLine, ManyQuotes, NoInputSet.
    """
    wanted = None if line is None else _name_line(quote, line)
    configs = read_members(folder)
    chain, index = chain_of(configs[0], rpc_url)
    landed = read_landed_report(chain, index, reference)
    with open_stores(configs) as stores:
        found = find_set(stores, landed.report.slot, landed.report.input_root)
    name = wanted or _select_line(found, found.lines(landed.stored.committee), quote)
    proof = prove_line(found, name, landed.stored.committee.domain)
    stated = _require_line(proof, landed)
    if out is not None:
        out.write_bytes(proof.pack())
    elif not as_json:
        print(proof.pack().decode(), flush=True)
        return
    machine = {"proof": str(out) if out else proof.pack().decode(), **stated}
    report(machine, f"proof written to {out}", *_describe_line(stated), as_json=as_json)


def verify_common(packed: bytes, chain: Chain, index: IndexOnChain, *, as_json: bool) -> None:
    """Checks a proof of a line against the chain alone. Raises BadProof, LineFails."""
    proof = LineProof.unpack(packed)
    landed = read_landed_report(chain, index, str(proof.slot))
    stated = _require_line(proof, landed)
    report(stated, *_describe_line(stated), as_json=as_json)


def _name_line(quote: str, line: str) -> LineName:
    """The line of a list in bytes, which need not be stated by anybody. Raises NoSuchLine."""
    provider, separator, source = quote.partition("/")
    if not (provider and separator and source) or not is_list_name(quote):
        raise NoSuchLine(f"{quote[:MOST_NAME]!r} with --line is no provider/source")
    try:
        raw = bytes.fromhex(line.removeprefix("0x"))
    except ValueError:
        raise NoSuchLine("--line is no hexadecimal number") from None
    if not 0 < len(raw) <= MOST_LINE:
        raise NoSuchLine(f"--line has {len(raw)} bytes, and a line 1 to {MOST_LINE}")
    return LineName(quote, raw)


def _select_line(found: InputSet, lines: Lines, text: str) -> LineName:
    """The one line that provider and words name: among those with a price, else among all stated.

    So no liar makes the words of a line that counts name two. The verdict on a line is how its
    price was found, ALONE for one that too few state. Raises NoSuchLine, ManyQuotes.
    """
    alone = {name: value for name, value in _stated_lines(found).items() if name not in lines}
    agreed = _verdicts((name, value, value.basis.value) for name, value in lines.items())
    others = _verdicts((name, value, ALONE) for name, value in alone.items())
    for named in (agreed, agreed | others):
        try:
            place = select(Evidence(b"", (), (), tuple(named.values())), text)
        except NoSuchQuote as failure:
            reason = str(failure)
        else:
            return list(named)[place]
    raise NoSuchLine(reason)


def _verdicts(lines: Iterable[tuple[LineName, LineValue, str]]) -> dict[LineName, bytes]:
    """Verdict lines by name; of a line that is of no quote there is none."""
    return {
        name: canonical_json({"quote": quotes[0].to_json(), "verdict": verdict})
        for name, value, verdict in lines
        if (quotes := quotes_of({name: value}))
    }


def _stated_lines(found: InputSet) -> Lines:
    """Every line of a set as the first batch states it, in ascending order of names."""
    stated: dict[LineName, LineValue] = {}
    for batch in found.batches:
        for provider, fetched_at, section in batch.content.entries:
            for line, price8, words in read_section(found.sections[section]):
                value = LineValue(price8, words, fetched_at, Basis.LIST)
                stated.setdefault(LineName(provider, line), value)
    return {name: stated[name] for name in sorted(stated)}


def _require_line(proof: LineProof, landed: LandedReport) -> dict[str, Any]:
    """What a proof and the chain establish. Raises LineFails, BadProof."""
    committee, signed = landed.stored.committee, landed.report
    for what, ours, theirs in (
        ("the index", proof.domain, committee.domain),
        ("the slot", proof.slot, signed.slot),
        ("the input root", "0x" + proof.input_root.hex(), "0x" + signed.input_root.hex()),
    ):
        if ours != theirs:
            raise LineFails(what, ours, theirs)
    value, attesters = proof.price(committee.bounds)
    stated = proof.statements()
    return {
        "slot": signed.slot,
        "provider": proof.name.provider,
        "line": "0x" + proof.name.line.hex(),
        "quote": _quote_of(proof.name, value),
        "stated": [{"position": position, "price8": str(each.price8)} for position, each in stated],
        "price8": None if value is None else str(value.price8),
        "basis": None if value is None else value.basis.value,
        "fetched_at": None if value is None else value.fetched_at,
        "attesters": list(attesters),
        "batches": len(proof.batches),
        "needed": committee.bounds.attesters,
        "reported": [str(each.value8) for each in signed.figures],
        "input_root": "0x" + signed.input_root.hex(),
        "signers": list(landed.signers),
        "tx_hash": "0x" + landed.tx_hash.hex(),
    }


def _quote_of(name: LineName, value: LineValue | None) -> dict[str, Any] | None:
    found = [] if value is None else quotes_of({name: value})
    return found[0].to_json() if found else None


def _describe_line(stated: dict[str, Any]) -> list[str]:
    if stated["price8"] is None:
        prices = [
            f"position {each['position']} at {Price(int(each['price8'])).text()} USD"
            for each in stated["stated"]
        ]
        return [
            f"Proven: {stated['provider']} has no price of this line in round {stated['slot']}: "
            f"no {stated['needed']} of {stated['batches']} batches state one alike.",
            f"It is stated by {', '.join(prices)}." if prices else "Nobody states the line at all.",
        ]
    quote = stated["quote"] or {}
    what = " ".join(str(quote.get(name, "")) for name in ("gpu_count", "gpu_model", "variant"))
    found = {
        Basis.LIST.value: f"stated alike by positions {stated['attesters']}",
        Basis.MIDDLE.value: "the middle of what the batches state",
        Basis.DISPUTED.value: "the middle, as several prices are attested",
    }
    price = Price(int(stated["price8"])).text()
    values = ", ".join(Price(int(each)).text() for each in stated["reported"])
    return [
        f"Proven: {stated['provider']} {what} entered round {stated['slot']} at {price} USD, "
        f"{found[stated['basis']]}, of {stated['batches']} batches.",
        f"{len(stated['signers'])} members signed {values} USD per SCU for this input set.",
        "Not proven: that the price was true, or that the screen of the method accepted it.",
    ]
