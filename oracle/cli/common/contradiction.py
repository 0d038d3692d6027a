"""`pargrade oracle accuse` over two messages of one key for one slot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from oracle.audit.common.contradiction import (
    MOST_BYTES,
    epoch_of,
    find_contradiction,
    proving_call,
)
from oracle.epochs.history import read_epochs
from oracle.protocol.message.envelope import MessageKind
from pargrade.bindings.spot_index_v2 import EquivocationProven, SpotIndexV2
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.output import report
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.errors import PargradeError
from pargrade.spot_index.equivocation import NoEquivocation

_JUDGED: Final = (MessageKind.BATCH, MessageKind.REPORT)


class NoMessage(PargradeError):
    """A file that holds no message of the protocol."""

    hint = "Save `a` and `b` of one pair of GET /protocol/contradictions, as hex, in a file each."

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


def is_message(path: Path) -> bool:
    """Whether a file is a message of the protocol, and not a signed observation in JSON."""
    try:
        with path.open("rb") as file:
            return file.read(1) not in (b"{", b"[", b" ", b"\n", b"")
    except OSError:
        return False


def accuse_common(
    a: Path,
    b: Path,
    index: IndexOnChain,
    chain: Chain,
    wallet_of: Callable[[], Wallet],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Checks two messages of one key for one slot, and has the chain jail the key where it can."""
    raw_a, raw_b = _read_message(a), _read_message(b)
    epoch = epoch_of(raw_a)
    if epoch != epoch_of(raw_b):
        raise NoEquivocation(f"epoch differs: {epoch} and {epoch_of(raw_b)}")
    stored = read_epochs(chain, index).committee(epoch)
    proof = find_contradiction(raw_a, raw_b, stored)
    position, slot = proof.a.position, proof.a.content.slot
    stated: dict[str, Any] = {
        "kind": proof.kind.name,
        "reporter": stored.members[position],
        "position": position,
        "epoch": epoch,
        "slot": slot,
        "digest_a": "0x" + proof.a.digest.hex(),
        "digest_b": "0x" + proof.b.digest.hex(),
    }
    sentence = f"{stored.members[position]} (position {position}) signed two of {proof.kind.name} "
    sentence += f"for slot {slot} of epoch {epoch}"
    call = proving_call(proof, stored, SpotIndexV2(chain, index.address))
    if call is None:
        judged = " and ".join(f"two of {kind.name}" for kind in _JUDGED)
        note = f"The chain jails for {judged} alone: show this proof to the other members"
        report({**stated, "sent": False}, sentence, note, as_json=as_json)
        return
    steps = carry_out(wallet_of(), [call], dry_run=dry_run)
    proven = steps[0].events(EquivocationProven)[0]
    report(
        {**stated, "reporter": proven.reporter, "sent": not dry_run, **to_json(steps)},
        sentence,
        describe(steps),
        as_json=as_json,
    )


def _read_message(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.read(2 * MOST_BYTES + 3)
    except OSError as failure:
        raise NoMessage(path, failure.strerror or "cannot be read") from None
    if len(packed) > 2 * MOST_BYTES + 2:
        raise NoMessage(path, f"more than {MOST_BYTES} bytes")
    text = packed.strip().removeprefix(b"0x")
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return packed
