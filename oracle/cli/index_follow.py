"""`pargrade index follow`: leads markets and feeds from today's index to the next one."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oracle.cli.options import NextFile, next_path
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    RpcUrl,
    first_day_option,
)
from pargrade.cli.toolkit.output import report
from pargrade.errors import PargradeError
from pargrade.text import moment

if TYPE_CHECKING:
    from pargrade.chain.hashing import Address
    from pargrade.chain.rpc import Chain
    from pargrade.chain.wallet import Wallet
    from pargrade.deployment.file import Deployment
    from pargrade.deployment.follow_stage import Led

app = new_app()


class NoNext(PargradeError):
    """A deployment whose next index nobody has made."""

    hint = "Make it with `pargrade index next`, or name its file with --next."

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"there is no next index yet: no file {path}")


@app.command(epilog="Example: pargrade index follow --from 2026-05-01 --dry-run")
def follow(
    since: Annotated[
        str, first_day_option("the next that the delay of the admin and its notice allow")
    ] = "",
    withdraw: Annotated[
        bool,
        typer.Option("--withdraw", help="Take back what is scheduled, or has not begun."),
    ] = False,
    next_file: NextFile = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Lead all that reads today's index on to the next one, from a UTC midnight on.

    The next index is that of `index next`: its code has to be what ships, it needs the same names
    and a fresh round of each, and a method that may follow. The key is the admin's: where it acts
    with a delay, the call is scheduled in the open, and made by the same command once it is due. A
    midnight may be 30 days ahead at most.

    Run again, it does what is left and says what it waits for. Once the midnight has passed it
    writes the deployment file: the next index as SpotIndex, the one before as SpotIndex1, and so
    on. No key is needed for that.
    """
    from pargrade.cli.toolkit.session import open_wallet
    from pargrade.deployment.file import Deployment
    from pargrade.deployment.follow_stage import Stage
    from pargrade.deployment.following import Following
    from pargrade.deployment.front import require_front
    from pargrade.deployment.session import open_session
    from pargrade.devnet.accounts import ADMIN

    session = open_session(rpc_url, deployment)
    require_front(session.chain, session.deployment)
    path = next_file or next_path(session.path)
    asked = parse.midnight(since) if since else None
    if not path.exists():
        raise NoNext(path)
    following = Following(session.chain, session.deployment, Deployment.read(path))

    def open_admin() -> "Wallet":
        return open_wallet(session.chain, key, ADMIN, max_fee)

    if withdraw:
        led = following.withdraw(open_admin, dry_run=dry_run)
    else:
        led = following.lead_on(
            open_admin,
            asked,
            dry_run=dry_run,
            require=lambda: _require_method(session.chain, following.entry.address),
        )
    is_changed = led.file != session.deployment and not dry_run
    if is_changed:
        _amend(session.path, session.deployment, led.file)
    may_stop = led.stage is Stage.IN_FORCE and following.is_old_final(led)
    report(
        {
            "dry_run": dry_run,
            "stage": led.stage.value,
            "phase": led.number,
            "spot_index": following.entry.address,
            "from": led.start,
            "due_at": led.due_at,
            "written": str(session.path) if is_changed else None,
            "old_may_stop": may_stop,
            "steps": [step.to_json() for step in led.steps],
        },
        f"Index {following.entry.address}, phase {led.number}: {led.stage.value}",
        *_describe(led, may_stop=may_stop),
        *([f"Written to {session.path}"] if is_changed else []),
        *(["Dry run, nothing sent."] if dry_run else []),
        as_json=as_json,
    )


def _amend(path: Path, before: "Deployment", after: "Deployment") -> None:
    """Changes in a file what differs between two deployments' contracts, and nothing else."""
    was, now = before.contracts, after.contracts
    gone, new = was.keys() - now.keys(), {n: each for n, each in now.items() if was.get(n) != each}

    def change(known: "Deployment") -> "Deployment":
        kept = {name: each for name, each in known.contracts.items() if name not in gone}
        return replace(known, contracts={**kept, **new})

    before.amend(path, change)


def _require_method(chain: "Chain", address: "Address") -> None:
    """Raises NotShadowed for a live index by a version of the method that may not follow another.

    Its members sign by it, since on their own index it is the first; what it follows they cannot
    see. Raises WrongMethod for one that does not ship.
    """
    from oracle.member.method_choice import choose_method
    from pargrade.bindings.spot_index_v2 import SpotIndexV2
    from pargrade.chain.block import Tag

    index = SpotIndexV2(chain, address)
    used = index.reporter_config(block=Tag.LATEST).method_hash
    names, flags = index.index_names(block=Tag.LATEST), index.flags(block=Tag.LATEST)
    for name in names:
        choose_method(used, name, flags, lambda: False)


def _describe(led: "Led", *, may_stop: bool) -> list[str]:
    from pargrade.deployment.follow_stage import Stage

    start, due = moment(led.start), moment(led.due_at)
    match led.stage:
        case Stage.POSSIBLE:
            found = [f"It can follow from {start} on."]
            if led.due_at:
                found.append(f"Scheduled now, the call could be made from {due}.")
            return found
        case Stage.SCHEDULED:
            if not led.start:
                return ["What is scheduled would be cancelled."]
            return [
                f"Scheduled in the open, to follow from {start} on.",
                f"Run this again from {due}, and before {start}: it makes the call.",
            ]
        case Stage.PENDING:
            return [
                f"Markets and feeds read it from {start} on.",
                "Run this again then: it writes the deployment file anew. Nodes of the index "
                "before run on until it says that they may stop.",
            ]
        case Stage.IN_FORCE:
            return [
                f"Markets and feeds have read it since {start}.",
                "Nodes of the index before may stop: what it answers is final."
                if may_stop
                else "Nodes of the index before run on: its last midnight is not final yet.",
            ]
        case Stage.WITHDRAWING:
            return [f"Its withdrawal waits until {due}: run this again then, before {start}."]
        case Stage.WITHDRAWN:
            return ["Nothing follows any more: today's index goes on."]
