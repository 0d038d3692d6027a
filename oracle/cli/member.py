"""`pargrade oracle member`: configure and run the nodes that agree on one report."""

from pathlib import Path
from typing import Annotated, Final

from oracle.cli.journal import JournalWords, back_up_journal, restore_journal, show_created
from oracle.cli.options import (
    BackupFile,
    FirstPort,
    NewFolder,
    NodeFile,
    NodeFiles,
    ReplaceJournal,
    ReplayFrom,
    Wait,
)
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

app = new_app(no_args_is_help=True)

_PROMISED: Final = JournalWords(
    entries="promises",
    newest="the newest for",
    verb="promises",
    at_start="at its next start the node promises nothing up to the slot after the one in progress "
    "then",
)


@app.callback()
def member() -> None:
    """Run committee nodes: one input set and one report for all, docs/PROTOCOL.md."""


@app.command(epilog="Example: pargrade oracle member init members --first-port 7701")
def init(
    folder: NewFolder,
    endpoints: Annotated[list[str] | None, rpc_url_option(DEFAULT_RPC)] = None,
    deployment: DeploymentFile = None,
    first_port: FirstPort = 7701,
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
    from oracle.cli.nodes import Outset, report_configured
    from oracle.member.config import MemberConfig
    from oracle.member.provision import (
        DEVNET_PACE,
        MemberPlan,
        provision,
        read_members,
        slot_in_progress,
    )
    from oracle.member.settings import MemberPace
    from oracle.protocol.committee.bounds import Bounds, most_liars

    outset = Outset.open(endpoints, deployment, wait, sample, replay_from)
    chain, spot_index = outset.session.chain, outset.spot_index
    found = read_members(chain, spot_index)
    plan = MemberPlan(
        rpc=outset.urls,
        spot_index=spot_index,
        known_keys=outset.known_keys,
        pace=DEVNET_PACE if outset.is_development else MemberPace(),
        first_port=first_port,
        floor=slot_in_progress(chain, spot_index),
        sample=outset.sample,
        opening=outset.sample,
        replay_offset_s=outset.replay_offset_s,
        first_block=outset.session.deployment.block,
    )
    paths = provision(folder, chain, plan)
    count = len(paths)
    bounds = Bounds(count, most_liars(count), found.quorum)
    silent = count - max(bounds.signatures, bounds.prepares)
    report_configured(
        paths,
        [MemberConfig.read_file(path) for path in paths],
        {
            "signatures": bounds.signatures,
            "liars_survived": bounds.liars,
            "silent_survived": silent,
        },
        f"{bounds.signatures} of {count} sign a report that {bounds.prepares} prepared: "
        f"it survives {bounds.liars} members that lie, or {silent} that are silent",
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade oracle member run members/member-1.toml")
def run(
    configs: NodeFiles,
    wait: Wait = 0,
    log_format: LogFormatOption = None,
) -> None:
    """Run committee nodes until Ctrl-C: batch what was fetched, agree, sign, bring the report."""
    from oracle.cli.nodes import run_nodes
    from oracle.member.config import MemberConfig
    from oracle.member.daemon import run_member

    def read(path: Path) -> MemberConfig:
        return MemberConfig.read(path).with_log_format(log_format)

    run_nodes(configs, wait, read, run_member)


@app.command(epilog="Example: pargrade oracle member check members/member-1.toml")
def check(config: NodeFile, as_json: AsJson = False) -> None:
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
    config: NodeFile,
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
def new_journal(config: NodeFile, dry_run: DryRun = False, as_json: AsJson = False) -> None:
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
    show_created(_PROMISED, path, node.owner, floor, dry_run=dry_run, as_json=as_json)


@app.command(epilog="Example: pargrade oracle member backup members/member-1.toml member-1.backup")
def backup(config: NodeFile, file: BackupFile, as_json: AsJson = False) -> None:
    """Copy the journal of a member to a file, as it is at one moment, while it runs or not.

    Input sets are not in it: they are evidence, and peers have them, too.
    """
    from oracle.member.config import MemberConfig
    from oracle.protocol_store.promise_journal import FORM

    node = MemberConfig.read_file(config)
    back_up_journal(_PROMISED, node.data, file, FORM, as_json=as_json)


@app.command(epilog="Example: pargrade oracle member restore members/member-1.toml member-1.backup")
def restore(
    config: NodeFile,
    file: BackupFile,
    replace: ReplaceJournal = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back as the journal of a member that is not running.

    What was promised after the backup is unknown to it. At its next start the node promises nothing
    up to the slot after the one in progress then.
    """
    from oracle.member.config import MemberConfig
    from oracle.protocol_store.promise_journal import FORM

    node = MemberConfig.read_file(config)
    restore_journal(
        _PROMISED,
        file,
        node.data,
        node.owner,
        FORM,
        replace=replace,
        dry_run=dry_run,
        as_json=as_json,
    )
