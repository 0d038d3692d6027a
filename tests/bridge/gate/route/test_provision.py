"""A route is brought to both ends from one file, checked before anything is sent, again a no-op."""

import pytest

from bridge.gate.route.attester_set import AttesterSet, BadAttesters
from bridge.gate.route.file import AttesterTable, RouteFile
from bridge.gate.route.terms import route_of, terms_of
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.devnet.accounts import ADMIN, CURATOR, DESK
from pargrade.settings import BadConfig
from tests.support.two_chains import ATTESTERS, REMOTE_CHAIN, TwoChains


def heights(chains: TwoChains) -> tuple[int, int]:
    return chains.home.chain.height(), chains.remote.chain.height()


def labels(document: dict, end: str) -> list[str]:
    return [step["call"] for step in document[end]["steps"]]


def test_add__of_a_new_route__makes_the_token_and_adds_both_ends(bare):
    done = bare.run("route", "add", "--json").json
    assert (
        labels(done, "remote") == ["new BridgedToken", "BridgeGate.addRoute"]
        or len(labels(done, "remote")) == 2
    )
    assert len(labels(done, "home")) == 1
    pair = bare.pair()
    assert done["route"] == "0x" + pair.route.id.hex()
    for gate, token in (
        (bare.gate("home"), pair.route.home),
        (bare.gate("remote"), pair.route.remote),
    ):
        assert gate.route_of(token.token, block=Tag.LATEST) == pair.route.id
        assert route_of(gate.route_state(pair.route.id, block=Tag.LATEST).terms) == pair.route
    made = BridgedToken(bare.remote.chain, pair.route.remote.token)
    assert made.gate(block=Tag.LATEST) == bare.gate("remote").address
    assert made.decimals(block=Tag.LATEST) == 6


def test_add__a_second_time__sends_nothing(chains):
    before = heights(chains)
    for words in (("route", "add"), ("route", "limit"), ("attesters", "set")):
        done = chains.run(*words, "--json").json
        assert done["home"]["steps"] == done["remote"]["steps"] == []
    assert heights(chains) == before


def test_add__dry_run__sends_nothing_and_names_what_it_would(bare):
    before = heights(bare)
    done = bare.run("route", "add", "--dry-run", "--json").json
    assert (len(labels(done, "home")), len(labels(done, "remote"))) == (1, 2)
    assert heights(bare) == before


def test_add__interrupted_between_the_ends__goes_on_where_it_stopped(bare):
    assert labels(bare.run("route", "add", "--end", "remote", "--json").json, "remote")
    done = bare.run("route", "add", "--json").json
    assert (len(labels(done, "home")), labels(done, "remote")) == (1, [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"representation__decimals": 18, "remote__token": "tUSD"}, "has 6 decimals"),
        ({"remote__token": "tUSD"}, ""),
        ({"home__limit": "0.0000001"}, "more than the 6 decimals"),
        ({"home__limit": "-1"}, "cannot be kept"),
    ],
)
def test_add__ends_that_do_not_fit__are_refused_before_anything_is_sent(bare, changes, words):
    quote = bare.deployment("remote").quote_token
    given = {k: quote if v == "tUSD" else v for k, v in changes.items()}
    bare.write(**given)
    before = heights(bare)
    refused = bare.run("route", "add")
    assert refused.code == 1
    assert heights(bare) == before
    assert words in refused.error


def test_add__both_ends_on_one_chain__is_refused(bare):
    bare.write(remote__deployment=str(bare.folder / "home.json"), remote__rpc_urls=[bare.home.url])
    assert "both ends are on chain 31337" in bare.run("route", "add").error


def test_add__an_endpoint_of_the_other_chain__is_refused(bare):
    bare.write(remote__rpc_urls=[bare.home.url])
    assert f"expected chain {REMOTE_CHAIN}" in bare.run("route", "add").error


def test_add__a_token_with_another_route__is_refused_naming_it(chains):
    chains.write(representation__symbol="OTHER")
    before = heights(chains)
    taken = "the token at home (chain 31337) has another route, 0x"
    assert taken in chains.run("route", "add").error
    assert heights(chains) == before


def test_add__by_who_has_no_role__is_refused_before_anything_is_sent(bare):
    before = heights(bare)
    key = "0x" + DESK.key.reveal().hex()
    assert "may not call" in bare.run("route", "add", "--key", key).error
    assert heights(bare) == before


def test_limit__a_larger_limit__is_announced_and_in_force_two_days_later(chains):
    chains.write(home__limit="2400", remote__limit="300")
    done = chains.run("route", "limit", "--json").json
    assert (len(labels(done, "home")), len(labels(done, "remote"))) == (1, 1)
    shown = chains.run("route", "show", "--json").json
    assert shown["home"]["pending_limit"] == str(2400 * 10**6)
    assert shown["remote"]["limit"] == str(300 * 10**6)
    waits = chains.run("route", "limit", "--json").json["home"]
    assert waits["steps"] == []
    chains.home.chain.advance(waits["waiting"]["limit"])
    assert len(labels(chains.run("route", "limit", "--json").json, "home")) == 1
    shown = chains.run("route", "show", "--json").json["home"]
    assert (shown["limit"], shown["limit_ready_at"]) == (str(2400 * 10**6), 0)
    assert "may leave now" in chains.run("route", "show").out


def test_stop__by_the_council__holds_until_the_curator_starts_it_two_days_later(chains):
    done = chains.run("route", "stop", "--json").json
    assert (len(labels(done, "home")), len(labels(done, "remote"))) == (1, 1)
    assert "stopped until" in chains.run("route", "show").out
    assert len(labels(chains.run("route", "start", "--json").json, "home")) == 1
    waits = chains.run("route", "start", "--json").json["home"]
    assert waits["steps"] == []
    for net in (chains.home, chains.remote):
        net.chain.advance(waits["waiting"]["transfers"] + 60)
    assert len(labels(chains.run("route", "start", "--json").json, "home")) == 1
    assert chains.run("route", "show", "--json").json["home"]["is_entry_stopped"] is False


def test_revoke__the_current_epoch__and_set_again__makes_the_next(chains):
    done = chains.run("attesters", "revoke", "--end", "remote", "--json").json
    assert len(labels(done, "remote")) == 1
    assert chains.gate("remote").attester_config(1, block=Tag.LATEST).revoked
    assert not chains.gate("home").attester_config(1, block=Tag.LATEST).revoked
    done = chains.run("attesters", "set", "--json").json
    assert (labels(done, "home"), len(labels(done, "remote"))) == ([], 1)
    found = chains.gate("remote").attester_config(2, block=Tag.LATEST)
    assert found.attesters == tuple(key.address for key in ATTESTERS)


def test_revoke__while_two_sets_count__ends_both_in_one_act_and_no_older_one(chains):
    for keys in (ATTESTERS[1:], ATTESTERS[:4]):
        chains.write(attesters__addresses=[key.address for key in keys])
        assert chains.run("attesters", "set").code == 0
        chains.remote.chain.advance(chains.remote.chain.head().timestamp + 2 * 86_400)
    # The first set is over since a day: its three days began when the second came.
    done = chains.run("attesters", "revoke", "--end", "remote", "--json").json
    assert len(labels(done, "remote")) == 2
    config = chains.gate("remote").attester_config
    assert [config(epoch, block=Tag.LATEST).revoked for epoch in (1, 2, 3)] == [False, True, True]
    assert (
        labels(chains.run("attesters", "revoke", "--end", "remote", "--json").json, "remote") == []
    )


def test_revoke__an_epoch_that_never_was__is_refused(chains):
    words = ("attesters", "revoke", "--end", "remote", "--epoch", "7")
    assert "there is no epoch 7" in chains.run(*words).error


def test_set__by_an_admin_with_a_delay__is_scheduled_and_made_once_it_is_due(bare):
    assert bare.run("route", "add").code == 0
    pair = bare.pair()
    for end in (pair.home, pair.remote):
        call = end.governance.grant_role(0, CURATOR.address, 3_600)
        Wallet(end.chain, ADMIN.key).send(call)
    key = "0x" + CURATOR.key.reveal().hex()
    first = bare.run("attesters", "set", "--key", key, "--json").json
    assert len(labels(first, "home")) == 1
    assert bare.gate("home").attester_epoch(block=Tag.LATEST) == 0
    waits = bare.run("attesters", "set", "--key", key, "--json").json["home"]
    assert waits["steps"] == []
    [due] = waits["waiting"].values()
    for net in (bare.home, bare.remote):
        net.chain.advance(due + 10)
    assert bare.run("attesters", "set", "--key", key).code == 0
    assert bare.gate("home").attester_epoch(block=Tag.LATEST) == 1
    assert bare.gate("remote").attester_epoch(block=Tag.LATEST) == 1


def test_terms__of_a_route__lead_back_to_it(chains):
    pair = chains.pair()
    assert route_of(terms_of(pair.route)) == pair.route
    assert pair.has_representation


@pytest.mark.parametrize(("threshold", "numbers"), [(2, (0, 1, 2, 3)), (3, (0, 1)), (2, (0, 0, 1))])
def test_attesters__the_gate_would_refuse__are_refused_here(threshold, numbers):
    addresses = tuple(ATTESTERS[number].address for number in numbers)
    with pytest.raises(BadAttesters):
        AttesterSet.of(AttesterTable(threshold=threshold, addresses=addresses))


@pytest.mark.parametrize(
    "line", ["threshold = 1", 'home = "x"', "nothing = 3", 'attesters = { threshold = "3" }']
)
def test_file__with_a_fault__is_one_error(tmp_path, line):
    path = tmp_path / "route.toml"
    path.write_text(line)
    with pytest.raises(BadConfig):
        RouteFile.read_file(path)


def test_file__that_names_a_forgery_twice__is_refused(bare):
    forged = {"chain": 1337, "nonce": 7, "covered_by": [8]}
    bare.write(forgeries=[forged, {**forged, "covered_by": [9]}])
    with pytest.raises(BadConfig, match="different forgeries"):
        RouteFile.read_file(bare.path)
