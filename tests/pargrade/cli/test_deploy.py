import json
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from oracle.index.method import load_method
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.chain.block import Tag
from pargrade.chain.create2 import FACTORY, FACTORY_COST, FACTORY_SIGNER, FACTORY_TRANSACTION
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.deployment.file import DeployedSeries
from pargrade.deployment.roles import Role
from pargrade.devnet.accounts import ADMIN, COUNCIL, CURATOR, DESK, GUARDIAN, REPORTERS
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet, devnet_keys, find_anvil
from pargrade.devnet.grades import DEVNET
from pargrade.grade.file import load_terms
from pargrade.process.child import Child
from tests.support.cli import run
from tests.support.proxy import FaultProxy, error, fault_proxy
from tests.support.world import HOUR, MIDNIGHT, World

ELSEWHERE = 999


def people(*, reporters: int = 5, admin: Key | None = None) -> list[str]:
    """Options that name everyone, with keys 5 and up as reporters."""
    keys = devnet_keys()
    names = ",".join(key.address for key in keys[5 : 5 + reporters])
    return [
        *("--reporters", names, "--curator", keys[1].address, "--guardian", keys[2].address),
        *("--council", keys[4].address, "--admin", (admin or keys[3]).address),
    ]


@pytest.fixture
def anvil_of(tmp_path: Path):
    """Starts chains of a hard fork; their URLs."""
    with ExitStack() as running:

        def start(fork: str) -> str:
            log = running.enter_context((tmp_path / "anvil.log").open("w+"))
            words = (find_anvil(), "--port", "0", "--hardfork", fork)
            running.enter_context(Child("anvil", words, log=log))
            deadline = time.monotonic() + 60
            while "Listening on" not in (text := (tmp_path / "anvil.log").read_text()):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            return "http://" + text.rpartition("Listening on ")[2].split()[0]

        yield start


@pytest.fixture
def elsewhere(tmp_path: Path):
    """A chain that is no development chain, as far as its id says."""
    with Devnet(genesis=MIDNIGHT) as devnet:
        devnet.chain.request("anvil_setChainId", ELSEWHERE)
        devnet.chain.chain_id = ELSEWHERE
        yield World(devnet.chain, devnet.url, tmp_path)


def test_deploy__development_chain__reporters_and_roles_are_the_well_known_ones(world):
    config = world.index.reporter_config(block=Tag.LATEST)
    governance = Governance(world.chain, world.deployment.address("Governance"))

    assert config.reporters == tuple(reporter.address for reporter in REPORTERS)
    assert (config.quorum, config.wide_quorum) == (4, 5)
    assert config.method_hash == load_method().method_hash
    for role, actor in (
        (Role.ADMIN, ADMIN),
        (Role.CURATOR, CURATOR),
        (Role.GUARDIAN, GUARDIAN),
        (Role.COUNCIL, COUNCIL),
    ):
        assert governance.has_role(role, actor.address, block=Tag.LATEST).is_member


def test_deploy__development_chain__lists_the_published_grades_as_wrapped_units(world):
    for known, decimals in zip(DEVNET, (6, 8, 18), strict=True):
        grade = world.deployment.grade(known.symbol)
        published = load_terms(known.file, grade.token)
        unit, token = world.unit(known.symbol), world.token(known.symbol)

        assert unit.symbol(block=Tag.LATEST) == f"p{known.symbol}"
        assert unit.factor(block=Tag.LATEST).scu_per_token == published.scu_per_token
        assert unit.grade_id(block=Tag.LATEST) == published.grade_id
        assert token.decimals(block=Tag.LATEST) == grade.decimals == decimals


def test_deploy__development_chain__desk_can_wrap_and_trade(world):
    for symbol in ("A1GH", "EFLP", "L70M"):
        assert world.token(symbol).balance_of(DESK.address, block=Tag.LATEST) > 0
    assert world.quote.balance_of(DESK.address, block=Tag.LATEST) == 10**12


def test_deploy__chain_younger_than_the_factors__grades_are_listed_for_a_year(tmp_path):
    published = load_terms(DEVNET[2].file, "0x" + 40 * "1").valid_until
    with Devnet(genesis=published + 30 * 86_400) as devnet:
        late = World(devnet.chain, devnet.url, tmp_path)
        assert late.run("deploy").code == 0
        until = late.unit("L70M").factor(block=Tag.LATEST).valid_until
        assert until - late.chain.head().timestamp > 364 * 86_400
        assert late.run("wrap", "L70M", "1").code == 0


def test_deploy__dry_run__says_who_gets_what_and_leaves_no_trace(world):
    world.path.unlink()
    with world.unchanged():
        output = world.run("deploy", "--dry-run", "--salt", "two", "--json").json

    assert output["dry_run"]
    assert output["quorum"] == 4
    assert output["liars_survived"] == 1
    assert output["silent_survived"] == 1
    assert output["admin"] == ADMIN.address
    assert output["gas_at_least"] > 10**7
    assert output["simulated"]


def test_deploy__dry_run__its_gas_is_what_deploying_takes(tmp_path):
    with Devnet(genesis=MIDNIGHT) as fresh:
        there = World(fresh.chain, fresh.url, tmp_path)
        foreseen = there.run("deploy", "--dry-run", "--json").json["gas_at_least"]
        assert there.run("deploy", "--json").code == 0
        receipts = [
            receipt
            for number in range(1, fresh.chain.head().number + 1)
            for receipt in fresh.chain.request("eth_getBlockReceipts", hex(number))
        ]
    mints = 4
    used = sum(int(receipt["gasUsed"], 16) for receipt in receipts[:-mints])
    assert foreseen == pytest.approx(used, rel=0.01)


def test_deploy__file_of_another_instance__is_refused_and_the_file_stays(world):
    with world.unchanged():
        refused = world.run("deploy", "--salt", "two")
        assert "names contracts that are on this chain" in refused.error
        assert "--force" in refused.hint


def test_deploy__dry_run__predicts_where_everything_will_be(tmp_path):
    with Devnet(genesis=MIDNIGHT) as fresh:
        there = World(fresh.chain, fresh.url, tmp_path)
        output = there.run("deploy", "--dry-run", "--json").json["addresses"]
        assert there.run("deploy", "--no-devnet-grades").code == 0
        contracts = there.deployment.contracts
    assert output == {name: entry.address for name, entry in contracts.items()}


def test_deploy__same_again__finds_everything_and_sends_nothing(world):
    before = world.deployment
    nonce = world.chain.request("eth_getTransactionCount", ADMIN.address, "latest")
    assert world.run("deploy", "--force", "--no-devnet-grades").code == 0
    after = world.deployment
    now = world.chain.request("eth_getTransactionCount", ADMIN.address, "latest")
    assert now == nonce
    for name, entry in before.contracts.items():
        assert after.contracts[name].address == entry.address
        assert after.contracts[name].block <= entry.block
    assert world.run("deploy", "--force").code == 0
    assert world.deployment.grades == before.grades


def test_deploy__same_contracts_with_other_reporters__is_refused(world):
    with world.unchanged():
        refused = world.run(
            "deploy", "--force", "--reporters", ",".join(actor.address for actor in REPORTERS[:3])
        )
        assert "with other reporters" in refused.error
        assert "--salt" in refused.hint


def test_deploy__finished_before__is_done_again_without_a_trace(world):
    before = world.run("futures", "list", "--json").json
    with world.unchanged():
        ran = world.run("deploy", "--json")
        assert ran.code == 0
        assert set(ran.json["series"]) == {"SPRING", "MIX"}
    assert world.run("futures", "list", "--json").json == before


def test_deploy__file_lost__finds_everything_and_sends_nothing(world):
    before, head = world.deployment, world.chain.head()
    world.path.unlink()
    assert world.run("deploy").code == 0
    assert world.chain.head() == head
    assert world.deployment.grades == before.grades


@pytest.fixture
def bare(tmp_path: Path):
    """A chain without the CREATE2 proxy."""
    with Devnet(genesis=MIDNIGHT) as devnet:
        devnet.chain.request("anvil_setCode", FACTORY, "0x")
        devnet.chain.request("anvil_setNonce", FACTORY, "0x0")
        yield World(devnet.chain, devnet.url, tmp_path)


def test_deploy__chain_without_the_proxy__it_is_brought_by_its_presigned_transaction(bare):
    ran = bare.run("deploy")
    assert ran.code == 0
    assert "sending its presigned transaction" in ran.err
    brought = bare.chain.receipt(keccak(FACTORY_TRANSACTION))
    assert brought is not None
    assert brought.succeeded
    assert bare.chain.code(FACTORY, block=Tag.LATEST)


def test_deploy__chain_without_the_proxy__a_dry_run_simulates_it_too(bare):
    with bare.unchanged():
        output = bare.run("deploy", "--dry-run", "--json").json
    assert output["simulated"]


UNPROTECTED = "only replay-protected (EIP-155) transactions allowed over RPC"
"""How go-ethereum refuses what is signed for no chain, unless it is told to take it."""


@pytest.fixture
def strict(bare: World):
    """The same behind an endpoint that takes no transaction without a chain id."""

    def refuse(proxy: FaultProxy, asked, handler) -> None:
        is_ours = bytes.fromhex(asked["params"][0][2:]) == FACTORY_TRANSACTION
        fault = error(-32000, UNPROTECTED) if is_ours else proxy.fault_of("others")
        fault(proxy, asked, handler)

    bare.chain.request("anvil_setBalance", FACTORY_SIGNER, "0x0")
    with fault_proxy(bare.url) as proxy:
        proxy.break_with(refuse, "eth_sendRawTransaction")
        yield World(bare.chain, proxy.url, bare.folder)


def test_deploy__presigned_transaction_is_refused__no_coin_is_paid_for_it(strict):
    before = strict.chain.head()
    assert UNPROTECTED in strict.run("deploy").err
    assert strict.chain.head() == before
    assert strict.chain.balance(FACTORY_SIGNER, block=Tag.LATEST) == 0
    assert strict.chain.nonce(ADMIN.address, block=Tag.LATEST) == 0


def test_deploy__gas_is_dearer_than_the_presigned_transaction_pays__is_refused_before(bare):
    bare.chain.request("anvil_setBalance", FACTORY_SIGNER, "0x0")
    bare.chain.request("anvil_setNextBlockBaseFeePerGas", hex(150 * 10**9))
    bare.chain.mine()
    head = bare.chain.head()
    for words in (("deploy",), ("deploy", "--dry-run")):
        refused = bare.run(*words)
        assert "its transaction pays 100000000000 for ever" in refused.error
    assert bare.chain.head() == head
    assert bare.chain.balance(FACTORY_SIGNER, block=Tag.LATEST) == 0


def test_deploy__dry_run__counts_what_the_presigned_transaction_takes(bare):
    bare.chain.request("anvil_setBalance", FACTORY_SIGNER, "0x1")
    output = bare.run("deploy", "--dry-run", "--json").json
    assert int(output["proxy_wei"]) == FACTORY_COST - 1
    assert "and 0.0099" in bare.run("deploy", "--dry-run").out
    assert bare.run("deploy", "--no-devnet-grades").code == 0
    assert bare.run("deploy", "--dry-run", "--json").json["proxy_wei"] == "0"


def test_deploy__presigned_account_has_sent_something_else__is_refused(bare):
    bare.chain.request("anvil_setNonce", FACTORY_SIGNER, "0x1")
    refused = bare.run("deploy")
    assert refused.code == 1
    assert "takes no deterministic-deployment proxy: its account has sent" in refused.err
    assert not bare.path.exists()


def test_deploy__forced_with_another_salt__replaces_the_file(world):
    before = world.deployment.address("SpotIndex")
    assert world.run("deploy", "--force", "--salt", "two", "--no-devnet-grades").code == 0
    assert world.deployment.address("SpotIndex") != before
    assert world.deployment.grades == {}


def test_deploy__chain_was_restarted__replaces_the_file(world):
    with Devnet(genesis=MIDNIGHT) as fresh:
        restarted = World(fresh.chain, fresh.url, world.folder)
        assert restarted.run("deploy", "--no-devnet-grades").code == 0
        code = fresh.chain.code(restarted.deployment.address("FuturesMarket"), block=Tag.LATEST)
        assert code


def test_deploy__file_of_another_chain__is_refused(world):
    world.rewrite(chain_id=1)
    with world.unchanged():
        assert "names contracts" in world.run("deploy").error


def test_deploy__broken_file__is_refused_and_stays(world):
    world.path.write_text("{")
    with world.unchanged():
        assert "not a usable deployment file" in world.run("deploy").error


def test_deploy__nowhere_to_write_the_file__is_refused_before_anything_is_sent(world):
    blocked = world.folder / "a-file"
    blocked.write_text("")
    with world.unchanged():
        ran = run(
            "deploy", "--rpc-url", world.url, "--deployment", str(blocked / "deployment.json")
        )
        assert "cannot be written" in ran.error


def test_deploy__elsewhere_with_everyone_named__hands_the_admin_role_over(elsewhere):
    words = people(reporters=7)
    output = elsewhere.run("deploy", *words, "--key", DEVNET_KEYS[1], "--yes", "--json").json
    governance = Governance(elsewhere.chain, elsewhere.deployment.address("Governance"))
    keys = devnet_keys()

    assert output["quorum"] == 5
    assert output["admin_delay"] == 7 * 86_400
    assert elsewhere.deployment.chain_id == ELSEWHERE
    assert elsewhere.deployment.grades == {}
    assert governance.has_role(Role.ADMIN, keys[3].address, block=Tag.LATEST).execution_delay == (
        7 * 86_400
    )
    assert not governance.has_role(Role.ADMIN, keys[1].address, block=Tag.LATEST).is_member


def test_deploy__elsewhere_by_public_keys_and_with_mintable_money__wants_a_yes(elsewhere):
    with elsewhere.unchanged():
        refused = elsewhere.run("deploy", *people(), "--key", DEVNET_KEYS[1])
        assert refused.code == 1
        assert refused.out == ""
        for role in ("deployer", "admin", "curator", "guardian", "council", "reporter"):
            assert f"warning: everybody has the key of {role} 0x" in refused.err
        assert "that anybody can mint" in refused.err
        assert "--yes" in refused.err.splitlines()[-1]


def test_deploy__chain_before_cancun__names_what_is_missing(tmp_path, anvil_of):
    old = anvil_of("shanghai")
    refused = run("deploy", "--rpc-url", old, "--deployment", str(tmp_path / "deployment.json"))
    assert "does not know MCOPY, TSTORE, TLOAD: it is before Cancun" in refused.error
    assert "Cancun or later" in refused.hint


@pytest.mark.parametrize(
    "missing", ["--reporters", "--curator", "--guardian", "--council", "--admin"]
)
def test_deploy__elsewhere_without_a_name__says_which(elsewhere, missing):
    words = people()
    block = words.index(missing)
    with elsewhere.unchanged():
        ran = elsewhere.run("deploy", *words[:block], *words[block + 2 :], "--key", "11" * 32)
        assert missing.removeprefix("--") in ran.error
        assert missing in ran.hint


def test_deploy__elsewhere_without_a_key__is_refused(elsewhere):
    with elsewhere.unchanged():
        assert "has no key" in elsewhere.run("deploy", *people()).error


def test_deploy__elsewhere_without_funds__is_refused_before_anything_is_sent(elsewhere):
    with elsewhere.unchanged():
        poor = elsewhere.run("deploy", *people(), "--key", "11" * 32)
        assert "holds 0 wei" in poor.error


def test_deploy__grades_without_a_curators_key__is_refused(elsewhere):
    with elsewhere.unchanged():
        ran = elsewhere.run("deploy", *people(), "--key", DEVNET_KEYS[2], "--devnet-grades")
        assert "curators' keys" in ran.error


def test_deploy__quote_token_given__no_test_token_is_created(world):
    token = world.deployment.quote_token
    assert world.run("deploy", "--force", "--quote-token", token).code == 0
    assert world.deployment.quote_token == token
    assert "tUSD" not in world.deployment.contracts


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--quorum", "5"], "quorum of 5 among 5"),
        (["--quorum", "7"], "quorum of 7 among 5"),
        (["--quorum", "1"], "quorum of 1 among 5"),
        (["--quorum", "0"], "quorum of 0 among 5"),
        (["--reporters", f"{REPORTERS[0].address},{REPORTERS[0].address}"], "named twice"),
        (["--reporters", "0x" + 40 * "0"], "is the zero address"),
        (["--reporters", "0x12"], "is not an address"),
        (["--reporters", REPORTERS[0].address + ","], "is not an address"),
        (["--reporters", ",".join(f"0x{n:040x}" for n in range(1, 34))], "33 reporters"),
        (["--curator", "someone"], "is not an address"),
        (["--admin", "0x" + 40 * "0"], "the admin is the zero address"),
        (["--method-hash", "0x00"], "is not a method hash"),
        (["--method-hash", "0x" + 64 * "0"], "is not a method hash"),
        (["--method-hash", "forty-two"], "is not a method hash"),
        (["--grace", "90000"], "BadLimits(index=0, field=grace)"),
        (["--min-interval", "7200"], "BadLimits(index=0, field=heartbeat)"),
        (["--index-version", "1", "--max-age", "0"], "BadTiming(field=maxAge)"),
        (["--index-version", "1", "--quorum", "4"], "quorum of 4 among 5"),
        (["--heartbeat", "-5"], "is not a uint32"),
        (["--quote-token", REPORTERS[0].address], "no such contract"),
        (["--key", "0x1234"], "not a private key"),
        (["--key", "0x" + 64 * "0"], "not a private key"),
    ],
)
def test_deploy__bad_input__one_error_and_no_trace(world, words, error):
    with world.unchanged():
        assert error in world.run("deploy", "--force", *words).error


def test_deploy__progress__goes_to_stderr_and_the_result_is_json(world):
    ran = world.run("deploy", "--force", "--json")
    assert "SpotIndex found at 0x" in ran.err
    assert ran.json["contracts"]["SpotIndex"]["address"] in ran.err


def test_deploy__without_a_file_named__writes_the_chains_own(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("deploy", "--rpc-url", world.url, "--no-devnet-grades")
    assert ran.code == 0
    assert Path("deployments/31337.json").exists()
    assert "Written to deployments/31337.json" in ran.out


def test_deploy__by_another_wallet__curator_lists_with_the_well_known_key(world):
    wallet = Wallet(world.chain, devnet_keys()[12])
    output = world.run("deploy", "--force", "--json", "--key", DEVNET_KEYS[12]).json
    registry = GradeRegistry(world.chain, world.deployment.address("GradeRegistry"))
    assert output["admin"] == wallet.address
    assert len(registry.units(block=Tag.LATEST)) == 3


def test_deploy__world_of_the_tests__starts_with_a_round_of_the_first_hour(world):
    assert world.index.latest(0, block=Tag.LATEST).slot == MIDNIGHT + HOUR


def test_deploy_verify__what_was_deployed__is_what_ships_and_nothing_is_sent(world):
    before = world.chain.head()
    checked = world.run("deploy", "--verify", "--json")
    assert checked.code == 0
    contracts = checked.json["contracts"]
    grades = {f"grade {name}" for name in world.deployment.grades}
    inner = {"ListingRules", "LastRung", "RouteRules"}
    assert contracts.keys() == {*world.deployment.contracts, *inner, *grades}
    assert all(found["matches"] for found in contracts.values())
    assert world.chain.head() == before


def test_deploy_verify__file_of_another_chain__is_refused(world):
    world.rewrite(chain_id=1)
    assert "is chain 31337, expected chain 1" in world.run("deploy", "--verify").error


def test_deploy_verify__file_under_the_chain_s_name_of_another__is_refused(
    world, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    replace(world.deployment, chain_id=1).write(tmp_path / "deployments" / "31337.json")
    for words in (("deploy", "--verify"), ("futures", "list")):
        refused = run(*words, "--rpc-url", world.url)
        assert "is chain 31337, expected chain 1" in refused.error


def test_deploy_verify__registry_that_reverts_and_series_that_is_not_there__all_else_is_told(world):
    world.rewrite(series={"GONE": DeployedSeries("256")})
    registry = world.deployment.address("GradeRegistry")
    world.chain.request("anvil_setCode", registry, "0x5f5ffd")
    ran = world.run("deploy", "--verify")
    assert ran.code == 1
    assert ran.err == ""
    for line in ("series GONE: the market lists no 256", "BridgeGate", "role COUNCIL"):
        assert line in ran.out
    found = json.loads(world.run("deploy", "--verify", "--json").out)
    assert "cannot be told" in found["contracts"]["grades"]["why"]
    assert found["contracts"]["SpotIndex"]["matches"]
    assert not found["entries"]["series GONE"]["fits"]


def test_deploy_verify__one_byte_of_one_contract_is_another__names_it_and_fails(world):
    address = world.deployment.address("FuturesMarket")
    code = bytearray(world.chain.code(address, block=Tag.LATEST))
    code[777] ^= 1
    world.chain.request("anvil_setCode", address, "0x" + code.hex())
    checked = world.run("deploy", "--verify", "--json")
    assert checked.code == 1
    contracts = json.loads(checked.out)["contracts"]
    differing = {name: found["why"] for name, found in contracts.items() if not found["matches"]}
    assert differing == {"FuturesMarket": "its code differs at byte 777"}


def test_deploy_verify__nothing_there_or_of_another_version__says_which(world):
    world.chain.request("anvil_setCode", world.deployment.address("BridgeGate"), "0x")
    raw = json.loads(world.path.read_text())
    raw["contracts"]["IndexFeed"]["input_hash"] = "00" * 32
    world.path.write_text(json.dumps(raw))
    checked = world.run("deploy", "--verify", "--json")
    assert checked.code == 1
    contracts = json.loads(checked.out)["contracts"]
    assert contracts["BridgeGate"]["why"] == "there is no code at its address"
    assert contracts["IndexFeed"]["why"] == "it is of another version of Pargrade than this one"
