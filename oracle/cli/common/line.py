"""`pargrade oracle prove` and `verify` of the price at which a line counted."""

from pathlib import Path
from typing import Any

from oracle.audit.common.landed_report import (
    LandedReport,
    read_landed_report,
)
from oracle.audit.common.line_proof import LineProof, prove_line
from oracle.audit.common.set_replay import find_set
from oracle.cli.common.members import chain_of, open_stores, read_members
from oracle.evidence.evidence import Evidence
from oracle.evidence.find_quote import select
from oracle.protocol.report.attested import LineName, Lines
from oracle.protocol.report.line_price import Basis, LineValue
from oracle.valuation.lists import quotes_of
from pargrade.canonical import canonical_json
from pargrade.chain.rpc import Chain
from pargrade.cli.toolkit.output import report
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.errors import PargradeError
from pargrade.units import Price


class LineFails(PargradeError):
    """The chain does not bear a proof of a line out."""

    hint = "Ask for the proof again, and check that the endpoint and the deployment are right."

    def __init__(self, what: str, proof: object, chain: object) -> None:
        super().__init__(f"the proof does not hold: {what} is {proof}, on chain {chain}")


def prove_common(
    reference: str, quote: str, folder: Path, rpc_url: str, out: Path | None, *, as_json: bool
) -> None:
    """Writes the proof of the price at which a line counted in a round."""
    configs = read_members(folder)
    chain, index = chain_of(configs[0], rpc_url)
    landed = read_landed_report(chain, index, reference)
    with open_stores(configs) as stores:
        found = find_set(stores, landed.report.slot, landed.report.input_root)
    name = _select_line(found.lines(landed.stored.committee), quote)
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


def _select_line(lines: Lines, text: str) -> LineName:
    """The one line that provider and words name; its verdict is how its price was found."""
    named = [
        (name, value.basis.value, quotes)
        for name, value in lines.items()
        if (quotes := quotes_of({name: value}))
    ]
    stated = tuple(
        canonical_json({"quote": quotes[0].to_json(), "verdict": basis})
        for _, basis, quotes in named
    )
    place = select(Evidence(b"", (), (), stated), text)
    return named[place][0]


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
    return {
        "slot": signed.slot,
        "provider": proof.name.provider,
        "quote": _quote_of(proof.name, value),
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
        return [
            f"Proven: {stated['provider']} has no price of this line in round {stated['slot']}: "
            f"no {stated['needed']} of {stated['batches']} batches state one."
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
