"""Wrapped at home, carried to another chain and back, and all of it accounted for.

    python scripts/examples/two_chains.py

Two development chains of different ids, five attesters, one carrier, all on this machine. What it
prints balances over both chains, and is read back from them.
"""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bridge.gate.attester.service import AttesterService, create_journal, open_attester
from bridge.gate.carrier.service import open_carrier
from bridge.gate.ledger.ends import follow_both
from bridge.gate.ledger.store import open_store
from bridge.gate.route.attester_set import AttesterSet
from bridge.gate.route.end import RouteSide
from bridge.gate.route.file import RouteFile
from bridge.gate.route.pair import RoutePair
from bridge.gate.route.plan import addition, seating
from bridge.gate.route.provision import EndWork, provision
from bridge.gate.route.reading import read_pair
from bridge.gate.watcher.reserves import prove_reserves
from pargrade import deployment as pg
from pargrade.chain import Tag, Wallet
from pargrade.devnet import ADMIN, CURATOR, DESK, KEEPER, Devnet, devnet_keys, open_devnet_session

GENESIS = 1_772_582_400
REMOTE_CHAIN = 1337
ATTESTERS = devnet_keys()[10:15]
ROUTE = """
[home]
rpc_urls = [{home}]
deployment = "{folder}/home.json"
token = "A1GH"
limit = "3000"

[remote]
rpc_urls = [{remote}]
deployment = "{folder}/remote.json"
limit = "3000"

[attesters]
threshold = 3
addresses = [{attesters}]
urls = [{urls}]
"""


def write_route(folder: Path, urls: dict[str, str], attester_urls: list[str]) -> Path:
    """The route file. An attester needs two hosts a chain; here one machine has two names."""
    two = {end: f'"{url}", "{url.replace("127.0.0.1", "localhost")}"' for end, url in urls.items()}
    path = folder / "route.toml"
    addresses = ", ".join(f'"{key.address}"' for key in ATTESTERS)
    path.write_text(
        ROUTE.format(
            folder=folder,
            home=two["home"],
            remote=two["remote"],
            attesters=addresses,
            urls=", ".join(f'"{url}"' for url in attester_urls),
        )
    )
    return path


def set_up(pair: RoutePair) -> None:
    """The route and its attesters, at both ends."""
    for actor, wanted in ((CURATOR, None), (ADMIN, AttesterSet.of(pair.file.attesters))):
        readings = dict(zip(RouteSide, read_pair(pair), strict=True))
        works = []
        for side, reading in readings.items():
            end = pair.end(side)
            calls = (
                addition(pair, side, reading) if wanted is None else seating(end, wanted, reading)
            )
            works.append(EndWork(end, Wallet(end.chain, actor.key), calls))
        provision(works[::-1], dry_run=False)


def send(pair: RoutePair, source: RouteSide, amount: int) -> None:
    """The desk sends units to itself on the other chain."""
    end, token = pair.end(source), pair.token_at(source)
    wallet = Wallet(end.chain, DESK.key)
    calls = []
    if source is RouteSide.HOME:
        found = end.read_token(token)
        calls += found.approvals(wallet.address, end.gate.address, amount, Tag.LATEST)
    calls.append(end.gate.send(pair.terms, amount, amount, DESK.address, False))
    pg.carry_out(wallet, calls)


def main() -> None:
    """Runs it, in a folder that is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = stack.enter_context(Devnet(genesis=GENESIS))
        remote = stack.enter_context(Devnet(genesis=GENESIS, chain_id=REMOTE_CHAIN))
        session = open_devnet_session(home.chain, folder / "home.json")
        open_devnet_session(remote.chain, folder / "remote.json")
        urls = {"home": home.url, "remote": remote.url}
        pair = RoutePair.open(RouteFile.read_file(write_route(folder, urls, [])))
        set_up(pair)

        grade = pg.WrappedGrade.read(session, "A1GH")
        desk = Wallet(home.chain, DESK.key)
        given = 1_000 * 10**grade.token.decimals
        pg.carry_out(desk, grade.wrap_calls(desk.address, given, minimum=0, to=desk.address))
        wrapped = grade.unit.held_by(desk.address, Tag.LATEST)
        print(f"wrapped {grade.token.shown(given)} into {grade.unit.shown(wrapped)} at home")

        services: list[AttesterService] = []
        for number, key in enumerate(ATTESTERS):
            create_journal(pair, key, folder / f"attester-{number}", key_is_new=True)
            services.append(open_attester(pair, key, folder / f"attester-{number}"))
            stack.callback(services[-1].close)
        listening = [stack.enter_context(each.serving("127.0.0.1", 0)) for each in services]
        route = write_route(folder, urls, [f"http://127.0.0.1:{port}" for port in listening])
        pair = RoutePair.open(RouteFile.read_file(route))
        carrier = open_carrier(pair, KEEPER.key, folder / "carrier").carrier

        for source, amount in ((RouteSide.HOME, wrapped // 2), (RouteSide.REMOTE, wrapped // 5)):
            send(pair, source, amount)
            for service in services:
                service.attester.attest()
            [(_, outcome)] = carrier.carry().outcomes
            to = source.other.value
            print(f"carried {grade.unit.shown(amount)} to {to}, {outcome.gas_used:,} gas there")

        reserves = prove_reserves(pair, follow_both(pair, open_store("sqlite://")))
        abroad = pair.remote.read_token(pair.route.remote.token)
        held = {
            "held at home": grade.unit.held_by(desk.address, Tag.LATEST),
            "held on the other chain": abroad.held_by(desk.address, Tag.LATEST),
        }
        for where, amount in held.items():
            print(f"{where}: {grade.unit.shown(amount)}")
        assert sum(held.values()) == wrapped
        locked, minted = reserves.locked_steps, reserves.minted_steps
        print(f"locked {grade.unit.shown(locked)}, minted {grade.unit.shown(minted)}: ", end="")
        print("covered" if reserves.is_covered else "NOT COVERED")


if __name__ == "__main__":
    sys.exit(main())
