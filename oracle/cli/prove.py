"""`pargrade oracle prove` and `pargrade oracle verify`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oracle.cli.options import NodeFolder, RoundName
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, RpcUrl, rpc_url_option
from pargrade.cli.toolkit.output import report
from pargrade.errors import PargradeError
from pargrade.text import moment
from pargrade.units import Price

if TYPE_CHECKING:
    from oracle.audit.inclusion_proof import Proven, Refuted


class NoEvidence(PargradeError):
    """No archive at hand has what a reporter's signature rests on."""

    hint = "Name the folder of the nodes' configurations, or a file from GET /evidence/ROOT."

    def __init__(self, slot: int, roots: list[str]) -> None:
        self.slot = slot
        super().__init__(f"round {slot}: nothing here has evidence {', '.join(roots)}")


class ProofFails(PargradeError):
    """The chain does not bear a proof out."""

    hint = "Ask for the proof again, and check that the endpoint and the deployment are right."

    def __init__(self, refuted: "Refuted") -> None:
        self.refuted = refuted
        super().__init__(f"the proof does not hold: {refuted.sentence}")


def prove(
    slot_or_hash: RoundName,
    quote: Annotated[
        str,
        typer.Argument(
            metavar="QUOTE",
            help="Provider, then any of model, variant, GPUs, region, source, tier, time and "
            "verdict, with slashes; or #PLACE. With --line, provider/source.",
        ),
    ],
    line: Annotated[
        str | None,
        typer.Option(
            metavar="HEX",
            help="Of a committee: the bytes of a line, which nobody needs to have stated.",
            show_default="the line that QUOTE selects",
        ),
    ] = None,
    nodes: NodeFolder = Path("nodes"),
    evidence: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Of version 1: evidence as a node's API gives it, instead of archives.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    position: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Of version 1: whose observation.",
            show_default="the first that is archived here",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it.", dir_okay=False)
    ] = None,
    chain_url: Annotated[str, rpc_url_option("the nodes'")] = "",
    as_json: AsJson = False,
) -> None:
    """Prove that a quote entered a reporter's observation of a round, or why it was refused in it.

    The proof is checked before it is written, and anyone can check it again against the chain. With
    configurations of a committee it is of the price at which a line counted, and of who stated it,
    or that it had none.
    """
    from oracle.cli.common.members import OptionNotHere, is_committee, refuse_for_committee

    if is_committee(nodes):
        from oracle.cli.common.line import prove_common

        refuse_for_committee(evidence=evidence, position=position)
        prove_common(slot_or_hash, quote, line, nodes, chain_url, out, as_json=as_json)
        return
    if line is not None:
        hint = "Name a quote of its evidence by provider and words, or by #PLACE."
        raise OptionNotHere("--line", "nodes of version 1", hint)
    from oracle.audit.audit import stated_evidence
    from oracle.audit.inclusion_proof import Refuted, examine
    from oracle.audit.inclusion_proof import prove as proof_of
    from oracle.cli.replay import read_configs
    from oracle.evidence.evidence import Evidence
    from oracle.evidence.find_quote import select
    from pargrade.chain.rpc import Chain
    from pargrade.deployment.submission import read_submission
    from pargrade.spot_index.observation import index_domain

    configs = read_configs(nodes)
    first = configs[0].chain
    chain = Chain.connect(chain_url or first.rpc[0], expected=first.id)
    submission = read_submission(chain, first.index, slot_or_hash)
    given = None if evidence is None else Evidence.unpack(evidence.read_bytes())
    asked = [s for s in submission.statements if position is None or s.position == position]
    by_reporter = {node.reporter: node for node in configs}
    found = stated_evidence(asked, by_reporter, given)
    if found is None:
        roots = ["0x" + s.observation.evidence_root.hex() for s in asked]
        raise NoEvidence(submission.slot, roots or [f"of position {position}"])
    statement, archived = found
    domain = index_domain(chain.chain_id, first.spot_index)
    proof = proof_of(archived, statement, domain, select(archived, quote))
    examined = examine(proof, submission, domain)
    if isinstance(examined, Refuted):
        raise ProofFails(examined)
    if out is not None:
        out.write_bytes(proof.pack())
    elif not as_json:
        print(proof.pack().decode(), end="", flush=True)
        return
    machine = {"proof": str(out) if out else proof.pack().decode(), **_to_json(examined)}
    report(machine, f"proof written to {out}", *_describe(examined), as_json=as_json)


def verify(
    proof: Annotated[
        Path, typer.Argument(metavar="PROOF", help="File to check.", exists=True, dir_okay=False)
    ],
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof against the chain alone, say what it establishes, or fail with what differs.

    The index is one of your deployment file, never another that a proof names.
    """
    from oracle.audit.common.line_proof import MOST_BYTES, LineProof, is_line_proof
    from oracle.audit.inclusion_proof import Proof, Refuted, examine
    from oracle.cli.common.line import verify_common
    from pargrade.bindings.spot_index import SpotIndex
    from pargrade.deployment.front import indices_of
    from pargrade.deployment.index_on_chain import IndexOnChain
    from pargrade.deployment.session import open_session
    from pargrade.deployment.submission import read_submission
    from pargrade.spot_index.observation import index_domain

    with proof.open("rb") as file:
        packed = file.read(MOST_BYTES + 1)
    of_line = is_line_proof(packed)
    checked = None if of_line else Proof.unpack(packed)
    named = (LineProof.unpack(packed) if checked is None else checked).domain.contract
    session = open_session(rpc_url, deployment)
    known = indices_of(session.deployment)
    domain = index_domain(session.chain.chain_id, named if named in known else known[0])
    contract = SpotIndex(session.chain, domain.contract)
    names = contract.index_names(block=session.chain.head())
    index = IndexOnChain(domain.contract, names, session.deployment.block)
    if checked is None:
        verify_common(packed, session.chain, index, as_json=as_json)
        return
    submission = read_submission(session.chain, index, str(checked.slot))
    examined = examine(checked, submission, domain)
    if isinstance(examined, Refuted):
        raise ProofFails(examined)
    report(_to_json(examined), *_describe(examined), as_json=as_json)


def _to_json(proven: "Proven") -> dict[str, Any]:
    stated = proven.statement.observation
    return {
        "verdict": proven.verdict,
        "quote": proven.quote,
        "place": proven.place,
        "quotes": proven.count,
        "slot": stated.slot,
        "as_of": proven.as_of,
        "position": proven.statement.position,
        "reporter": proven.statement.reporter,
        "reported": str(stated.values[0]),
        "recorded": str(proven.recorded),
        "evidence_root": "0x" + stated.evidence_root.hex(),
    }


def _describe(proven: "Proven") -> tuple[str, ...]:
    quote, stated = proven.quote, proven.statement.observation
    price = Price(int(quote["price8"])).text()
    what = "counted in" if proven.verdict == "ACCEPTED" else f"was refused as {proven.verdict} in"
    return (
        f"Proven: {quote['provider']} {quote['gpu_count']} x {quote['gpu_model']} "
        f"{quote['variant']} at {price} USD, seen {moment(int(quote['observed_at']))} by "
        f"{quote['source']}, {what}",
        f"the observation of reporter {proven.statement.reporter} (position "
        f"{proven.statement.position}) for slot {stated.slot}, quote {proven.place} of "
        f"{proven.count}.",
        f"That reporter signed {Price(stated.values[0]).text()} USD per SCU; the round recorded "
        f"{Price(proven.recorded).text()}, the median of its observations.",
        "Not proven: that the price was true, or that no other quote is missing from the evidence.",
    )
