"""`pargrade oracle member`: configure and run the nodes that agree on one report."""

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.options import ReplayFrom, Wait
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    LogFormatOption,
    SampleFile,
    rpc_url_option,
)
from pargrade.cli.toolkit.output import complain, report
from pargrade.deployment.session import open_session

app = new_app(no_args_is_help=True)

MemberFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="Configuration of the node.")]
BackupFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The backup, one SQLite file.", dir_okay=False)
]


@app.callback()
def member() -> None:
    """Run committee nodes: one input set and one report for all, docs/PROTOCOL.md."""


@app.command(epilog="Example: pargrade oracle member init members --first-port 7701")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write them to.")],
    endpoints: Annotated[list[str] | None, rpc_url_option(DEFAULT_RPC)] = None,
    deployment: DeploymentFile = None,
    first_port: Annotated[
        int, typer.Option(min=0, max=65_000, help="Port of the first node; 0 takes free ones.")
    ] = 7701,
    sample: SampleFile = None,
    replay_from: ReplayFrom = None,
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Write a configuration and an empty journal for every member, in the order of the committee.

    The committee is read from the chain, whose index has to be of the second version. The public
    keys of development accounts go into files; any other configuration names the environment
    variable in which its key is expected. Journals promise after the slot in progress now.
    """
    from oracle.member.config import MemberConfig
    from oracle.member.provision import (
        DEVNET_PACE,
        MemberPlan,
        provision,
        read_members,
        slot_in_progress,
    )
    from oracle.member.settings import MemberPace
    from oracle.node.config import await_files
    from oracle.node.provision import whole_days_since
    from oracle.node.settings import SHIPPED
    from oracle.protocol.committee.bounds import bounds_of_set
    from pargrade.chain.development import is_development
    from pargrade.chain.keys import Key
    from pargrade.devnet.anvil import DEVNET_KEYS

    urls = tuple(endpoints or [DEFAULT_RPC])
    if deployment is not None:
        await_files([deployment], wait)
    session = open_session(urls[0], deployment)
    spot_index = session.deployment.address("SpotIndex")
    found = read_members(session.chain, spot_index)
    devnet = is_development(session.chain.chain_id)
    recording = SHIPPED if sample is None else str(sample.resolve())
    plan = MemberPlan(
        rpc=urls,
        spot_index=spot_index,
        known_keys={Key.parse(key).address: key for key in DEVNET_KEYS} if devnet else {},
        pace=DEVNET_PACE if devnet else MemberPace(),
        first_port=first_port,
        floor=slot_in_progress(session.chain, spot_index),
        sample=recording,
        opening=recording,
        replay_offset_s=0
        if replay_from is None
        else whole_days_since(int(replay_from.replace(tzinfo=UTC).timestamp()), session.chain),
        first_block=session.deployment.block,
    )
    paths = provision(folder, session.chain, plan)
    nodes = [MemberConfig.read_file(path) for path in paths]
    count = len(paths)
    bounds = bounds_of_set(count, found.quorum)
    silent = count - max(bounds.signatures, bounds.prepares)
    report(
        {
            "configs": [str(path) for path in paths],
            "nodes": [{"name": node.name, "url": node.url} for node in nodes],
            "signatures": bounds.signatures,
            "liars_survived": bounds.liars,
            "silent_survived": silent,
        },
        *map(str, paths),
        f"{bounds.signatures} of {count} sign a report that {bounds.prepares} prepared: "
        f"it survives {bounds.liars} members that lie, or {silent} that are silent",
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade oracle member run members/member-1.toml")
def run(
    configs: Annotated[
        list[Path],
        typer.Argument(metavar="CONFIG…", help="Nodes to run, each in a process of its own."),
    ],
    wait: Wait = 0,
    log_format: LogFormatOption = None,
) -> None:
    """Run committee nodes until Ctrl-C: batch what was fetched, agree, sign, bring the report."""
    from oracle.member.config import MemberConfig
    from oracle.member.daemon import run_member
    from oracle.node.config import await_files
    from oracle.node.fleet import run_fleet
    from pargrade.logs.handler import set_up_logs

    def read() -> list[MemberConfig]:
        await_files(configs, wait)
        return [MemberConfig.read(path).with_log_format(log_format) for path in configs]

    if len(configs) == 1:
        [node] = read()
        set_up_logs(node.name, node.log_format)
        run_member(node)
    else:
        run_fleet(read, run_member, lambda error: complain(str(error), error.hint))


@app.command(epilog="Example: pargrade oracle member check members/member-1.toml")
def check(config: MemberFile, as_json: AsJson = False) -> None:
    """Look at all that a committee node needs, say what is wrong and how to mend it.

    Changes nothing. Looked at are the key, each endpoint alone, this clock against the chain's, the
    index's version, names and method, the key's seat, the balance against the fees of 30 days,
    the other members, watchers of each line where all files are in one folder, quotes, journal and
    disk. Exit code 0: nothing is wrong; 1: something is; a warning is not.
    """
    from oracle.member.check import check_member
    from oracle.member.config import MemberConfig
    from pargrade.cli.toolkit.findings import report_findings

    report_findings(check_member(MemberConfig.read(config)), as_json=as_json)


@app.command(epilog="Example: pargrade oracle member archive members/member-1.toml")
def archive(
    config: MemberFile,
    chain_url: Annotated[str, rpc_url_option("the member's")] = "",
    as_json: AsJson = False,
) -> None:
    """Show a member's archived days, and check every input set in them against the chain.

    The root of a day is computed from the chain's log alone (docs/PROTOCOL.md). Exit code 1: a day
    is another one than the chain's, or something in it is missing or was changed.
    """
    from oracle.cli.common.archive import show_archive

    show_archive(config, chain_url, as_json=as_json)


@app.command("new-journal", epilog="Example: pargrade oracle member new-journal m/member-1.toml")
def new_journal(config: MemberFile, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Create the journal of a member, on purpose: only for a key whose journal is lost, or new.

    It promises after the slot that follows the one in progress, by this machine's clock and by the
    chain's. Bring a backup back instead where there is one (`oracle member restore`).
    """
    import time

    from oracle.member.config import MemberConfig
    from oracle.member.daemon import open_ledger
    from oracle.member.settings import ClockKind
    from oracle.protocol_store.promise_journal import FILE, PromiseJournal
    from pargrade.journal.refusals import JournalExists

    node = MemberConfig.read(config)
    path = node.data / FILE
    if path.exists():
        raise JournalExists(path)
    ledger = open_ledger(node)
    try:
        by_machine = node.pace.clock is ClockKind.MACHINE
        floor = ledger.read().floor(time.time() if by_machine else 0)
    finally:
        ledger.close()
    if not dry_run:
        PromiseJournal.create(node.data, node.owner, floor)
    report(
        {"dry_run": dry_run, "journal": str(path), "floor": floor, **node.owner.to_settings()},
        f"{'would create' if dry_run else 'created'} {path}",
        f"for {node.owner.describe()}; promises after slot {floor}",
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade oracle member backup members/member-1.toml member-1.backup")
def backup(config: MemberFile, file: BackupFile, as_json: AsJson = False) -> None:
    """Copy the journal of a member to a file, as it is at one moment, while it runs or not.

    Input sets are not in it: they are evidence, and peers have them, too.
    """
    from oracle.journal.backup import back_up
    from oracle.member.config import MemberConfig
    from oracle.protocol_store.promise_journal import FORM

    content = back_up(MemberConfig.read_file(config).data, file, FORM)
    report(
        {"file": str(file), "entries": content.entries, "newest_slot": content.newest_slot},
        f"{file}: {content.entries} promises, the newest for {content.newest_slot}",
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade oracle member restore members/member-1.toml member-1.backup")
def restore(
    config: MemberFile,
    file: BackupFile,
    replace: Annotated[bool, typer.Option("--replace", help="Move what is there aside.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back as the journal of a member that is not running.

    What was promised after the backup is unknown to it. At its next start the node promises nothing
    up to the slot after the one in progress then.
    """
    from oracle.journal.backup import check_restore
    from oracle.journal.backup import restore as bring_back
    from oracle.member.config import MemberConfig
    from oracle.protocol_store.promise_journal import FORM

    node = MemberConfig.read_file(config)
    content = check_restore(file, node.data, node.owner, replace=replace, form=FORM)
    moved = None if dry_run else bring_back(file, node.data, node.owner, replace=replace, form=FORM)
    report(
        {
            "dry_run": dry_run,
            "journal": str(node.data),
            "entries": content.entries,
            "newest_slot": content.newest_slot,
            "moved": None if moved is None else str(moved),
        },
        f"{'would restore' if dry_run else 'restored'} {content.entries} promises, "
        f"the newest for {content.newest_slot}",
        "at its next start the node promises nothing up to the slot after the one in progress then",
        *([] if moved is None else [f"the journal that was there is now {moved}"]),
        as_json=as_json,
    )
