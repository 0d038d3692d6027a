"""`pargrade index next`: the index that may follow today's, created and seated beside it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from oracle.cli.options import NextFile, next_path
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    GRACE,
    HEARTBEAT,
    MIN_INTERVAL,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    MethodHash,
    RpcUrl,
    Salt,
    quorum_option,
    reporters_option,
    seconds_option,
)
from pargrade.cli.toolkit.output import report
from pargrade.errors import PargradeError
from pargrade.text import moment

if TYPE_CHECKING:
    from pargrade.deployment.next_index import NextIndex, Provided

app = new_app()

_AS_TODAY = "as today"


class OtherNext(PargradeError):
    """A file that names another next index than the one these options make."""

    hint = "Give the options it was made with, or write to another file with --next."

    def __init__(self, path: Path, index: str) -> None:
        self.path = path
        super().__init__(f"{path} names another next index, {index}")


@app.command("next", epilog="Example: pargrade index next --reporters 0x…,0x…,0x…,0x… --dry-run")
def make_next(
    reporters: Annotated[list[str] | None, reporters_option("today's")] = None,
    quorum: Annotated[int | None, quorum_option()] = None,
    method: MethodHash = None,
    heartbeat: Annotated[int | None, seconds_option("heartbeat", HEARTBEAT, _AS_TODAY)] = None,
    grace: Annotated[int | None, seconds_option("grace", GRACE, _AS_TODAY)] = None,
    min_interval: Annotated[
        int | None, seconds_option("min-interval", MIN_INTERVAL, _AS_TODAY)
    ] = None,
    salt: Salt = "",
    next_file: NextFile = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Create the index that may follow today's (`deploy --phased`), and write its file.

    It is a SpotIndexV2 under the same Governance, with today's names, grid and limits, live or of
    replayed history as today's newest rounds are. The key is the admin's: where it acts with a
    delay, its seat of the reporters is scheduled in the open, and made by the same command once it
    is due. What is there is found: run again, it does what is left, and says what it waits for.

    From the file that it writes `oracle member init` configures the members, who report beside
    today's nodes. Nobody reads the new index before `index follow`.
    """
    from pargrade.chain.block import Tag
    from pargrade.chain.create2 import NO_SALT
    from pargrade.chain.hashing import keccak
    from pargrade.cli.toolkit.parse import accounts, method_hash
    from pargrade.cli.toolkit.session import open_wallet
    from pargrade.deployment.file import Deployment
    from pargrade.deployment.front import INDEX, require_present
    from pargrade.deployment.next_index import IndexTerms, NextIndex, provide, reporters_of
    from pargrade.deployment.plan import Reporters, default_quorum
    from pargrade.deployment.session import open_session
    from pargrade.devnet.accounts import ADMIN
    from pargrade.spot_index.published_method import published_method_hash
    from pargrade.spot_index.quorum import IndexVersion

    session = open_session(rpc_url, deployment)
    chain, present = session.chain, session.deployment
    phase = require_present(chain, present, Tag.LATEST)
    path, today = next_file or next_path(session.path), phase.index
    named = accounts(reporters, "a reporter") if reporters else reporters_of(chain, today)
    second = IndexVersion.COMMON_REPORT
    wanted = NextIndex(
        chain,
        present,
        phase,
        IndexTerms.of_present(chain, today, Tag.LATEST).limited(
            heartbeat=heartbeat, grace=grace, min_interval=min_interval
        ),
        Reporters(
            named,
            default_quorum(len(named), second) if quorum is None else quorum,
            method_hash(method) if method else published_method_hash(),
            second,
        ),
        keccak(salt.encode()) if salt else NO_SALT,
    )
    if path.exists():
        known = Deployment.read(path).address(INDEX)
        # One that was led on to since stands in the file of the deployment itself.
        if known not in (wanted.address, today):
            raise OtherNext(path, known)
    wallet = open_wallet(chain, key, ADMIN, max_fee)
    done = provide(wallet, wanted, dry_run=dry_run)
    if not dry_run:
        wanted.file().write(path)
    is_seated = not dry_run and wanted.is_seated()
    report(
        {
            "dry_run": dry_run,
            "spot_index": wanted.address,
            "created": done.created and not dry_run,
            "seated": is_seated,
            "waiting": {each.wanted.label: each.due_at for each in done.waiting},
            "gas": done.gas,
            "steps": [step.to_json() for step in done.steps],
            "deployment": str(path),
            **_terms(wanted),
        },
        *_describe(wanted, done, path, dry_run=dry_run, is_seated=is_seated),
        as_json=as_json,
    )


def _terms(wanted: "NextIndex") -> dict[str, Any]:
    reporters, terms = wanted.reporters, wanted.terms
    return {
        "indices": list(terms.names),
        "replayed": bool(terms.flags),
        "reporters": list(reporters.addresses),
        "quorum": reporters.quorum,
        "liars_survived": reporters.liars,
        "silent_survived": reporters.silent,
        "method_hash": "0x" + reporters.method_hash.hex(),
    }


def _describe(
    wanted: "NextIndex", done: "Provided", path: Path, *, dry_run: bool, is_seated: bool
) -> list[str]:
    reporters, lines = wanted.reporters, []
    would = "would be " if dry_run else ""
    lines.append(
        f"SpotIndexV2 {wanted.address}: {would}created"
        if done.created
        else f"SpotIndexV2 {wanted.address}: found"
    )
    lines.append(
        f"{len(reporters.addresses)} reporters, quorum {reporters.quorum}: it survives "
        f"{reporters.liars} that lie, or {reporters.silent} that are silent"
    )
    for each in done.waiting:
        if each.call is not None:
            lines.append(
                f"{each.wanted.label} {would}scheduled, due {moment(each.due_at)}: run this again "
                "then, within a week"
            )
        else:
            lines.append(f"{each.wanted.label} waits until {moment(each.due_at)}")
    if dry_run:
        cost = "gas unknown" if done.gas is None else f"{done.gas:,} gas"
        return [*lines, f"Dry run, nothing sent: {cost}; would write {path}"]
    lines.append(f"Written to {path}")
    if is_seated:
        lines.append(
            f"Seated. Next: `pargrade oracle member init DIR --deployment {path}`, and once each "
            "index has a round `pargrade index follow`."
        )
    return lines
