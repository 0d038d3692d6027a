"""What `pargrade oracle` prints."""

from typing import Any

from oracle.audit.audit import Finding, Verdict
from oracle.audit.replay import FirstDifference, Match
from oracle.node.dry_run import DryRun
from oracle.node.tick import Held, Landed, Overtaken
from pargrade.cli.toolkit.output import Table, report
from pargrade.deployment.submission import Submission
from pargrade.errors import PargradeError
from pargrade.units import Price


class NotBrought(PargradeError):
    """No round could be brought for the slot."""

    hint = "Start the nodes that are down, or wait: the next slot is another attempt."

    def __init__(self, held: Held) -> None:
        self.held = held
        left_out = "".join(f"; {refusal}" for refusal in held.refusals)
        super().__init__(f"no round at slot {held.slot}: {held.reason}{left_out}")


class ReplayDiffers(PargradeError):
    """What was signed does not follow from the quotes, or nothing could be redone."""

    hint = "Compare the quotes named above with the node's source."

    def __init__(self, slot: int, findings: tuple[Finding, ...]) -> None:
        self.slot = slot
        self.findings = findings
        differing = sum(isinstance(finding.verdict, FirstDifference) for finding in findings)
        what = f"{differing} of {len(findings)} observations differ" if differing else "all unknown"
        super().__init__(f"round {slot} does not replay: {what}")


def show_outcome(outcome: Held | Overtaken | Landed, *, as_json: bool) -> None:
    """What came of bringing a round. Raises NotBrought when nothing did."""
    if isinstance(outcome, Held):
        raise NotBrought(outcome)
    if isinstance(outcome, Overtaken):
        message = f"slot {outcome.slot} has its round already, or is too soon after the last one"
        report({"slot": outcome.slot, "landed": False}, message, as_json=as_json)
        return
    values = [str(value) for value in outcome.report.medians]
    signers = len(outcome.report.parts)
    report(
        {
            "slot": outcome.slot,
            "landed": True,
            "values": values,
            "signers": signers,
            "refusals": [str(refusal) for refusal in outcome.refusals],
            "tx_hash": "0x" + outcome.receipt.tx_hash.hex(),
            "block": outcome.receipt.block.number,
            "gas": outcome.receipt.gas_used,
        },
        f"slot {outcome.slot}: {_prices(outcome.report.medians)} USD per SCU, {signers} signers, "
        f"{outcome.receipt.gas_used:,} gas, transaction 0x{outcome.receipt.tx_hash.hex()}",
        *map(str, outcome.refusals),
        as_json=as_json,
    )


def show_rehearsal(rehearsal: DryRun, *, as_json: bool) -> None:
    """What a node would sign for a slot."""
    value = rehearsal.determination.value.to_json()
    cause = rehearsal.cause.value if rehearsal.cause else None
    facts: dict[str, Any] = {
        "dry_run": True,
        "slot": rehearsal.slot,
        "epoch": rehearsal.chain_state.epoch,
        "last_slot": rehearsal.chain_state.last_slot,
        "due": cause,
        "places_before": rehearsal.places_before,
        "evidence_root": "0x" + rehearsal.determination.root.hex(),
        **value,
    }
    stated = _prices((int(value["value8"]),)) + " USD per SCU" if "value8" in value else "no value"
    state = value.get("state", value.get("absent"))
    turn = {None: "not a reporter", 0: "this node's turn"}.get(
        rehearsal.places_before, f"{rehearsal.places_before} reporters have their turn first"
    )
    report(
        facts,
        f"Dry run, nothing signed: slot {rehearsal.slot}, {stated} ({state}, "
        f"{value['providers']} providers)",
        f"A round is {f'due ({cause})' if cause else 'not due'}; {turn}",
        f"evidence 0x{rehearsal.determination.root.hex()}",
        as_json=as_json,
    )


def show_findings(submission: Submission, findings: tuple[Finding, ...], *, as_json: bool) -> None:
    """One line per observation of a round. Raises ReplayDiffers unless what was redone matches."""
    report(
        {
            "slot": submission.slot,
            "tx_hash": "0x" + submission.tx_hash.hex(),
            "values": [str(value) for value in submission.values],
            "observations": [_to_json(finding) for finding in findings],
        },
        f"Round {submission.slot}: {_prices(submission.values)} USD per SCU, block "
        f"{submission.block}, transaction 0x{submission.tx_hash.hex()}",
        Table(
            ("position", "node", "USD per SCU", "replay"),
            [
                (
                    finding.statement.position,
                    finding.node or finding.statement.reporter,
                    _prices(finding.statement.observation.values),
                    _word(finding.verdict),
                )
                for finding in findings
            ],
            numbers=frozenset({"USD per SCU"}),
        ),
        *(
            f"position {finding.statement.position}: {_detail(finding.verdict)}"
            for finding in findings
            if not isinstance(finding.verdict, Match)
        ),
        as_json=as_json,
    )
    verdicts = [finding.verdict for finding in findings]
    if any(isinstance(v, FirstDifference) for v in verdicts) or not any(
        isinstance(v, Match) for v in verdicts
    ):
        raise ReplayDiffers(submission.slot, findings)


def _to_json(finding: Finding) -> dict[str, Any]:
    return {
        "position": finding.statement.position,
        "reporter": finding.statement.reporter,
        "node": finding.node,
        "values": [str(value) for value in finding.statement.observation.values],
        "evidence_root": "0x" + finding.statement.observation.evidence_root.hex(),
        "replay": _word(finding.verdict),
        "detail": _detail(finding.verdict),
    }


def _word(verdict: Verdict) -> str:
    if isinstance(verdict, Match):
        return "match"
    return "DIFFERS" if isinstance(verdict, FirstDifference) else "unknown"


def _detail(verdict: Verdict) -> str:
    if isinstance(verdict, Match):
        return ""
    return verdict.sentence if isinstance(verdict, FirstDifference) else verdict.reason


def _prices(values: tuple[int, ...]) -> str:
    return ", ".join(Price(value).text() for value in values)
