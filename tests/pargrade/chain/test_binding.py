"""The generated binding of a contract that has one of everything."""

from typing import Any

import pytest

from pargrade.chain.abi import BadArgument, BadEncoding
from pargrade.chain.hashing import keccak
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain


def test_results__several__named_and_equal_to_what_went_in(
    chain: DevChain, specimen: Any, binding: Any, wallet: Wallet
) -> None:
    legs = (binding.Leg(wallet.address, 2**128 - 1, "½"), binding.Leg(specimen.address, 0, ""))
    series = binding.Series(2**40 - 1, b"\x07" * 32, binding.Mood.BUSY, legs, (1, 2, 2**64 - 1))
    echoed = specimen.echo(series, b"extra", (-1, 2**255 - 1), b"abc", True, block=chain.head())
    assert echoed == (series, b"extra", (-1, 2**255 - 1), b"abc", True)


def test_result__single_dynamic__typed(chain: DevChain, specimen: Any, binding: Any) -> None:
    found = specimen.legs(specimen.address, block=chain.head())
    assert found == (binding.Leg(specimen.address, 1, "½"),)


def test_overloads__each_has_a_name(chain: DevChain, specimen: Any) -> None:
    assert specimen.twice(4, block=chain.head()) == 8
    assert specimen.twice_with_plus(4, 1, block=chain.head()) == 9


def test_events__every_kind_of_argument__decoded(
    specimen: Any, binding: Any, wallet: Wallet
) -> None:
    receipt = wallet.send(specimen.count(5))
    assert [specimen.decode(log) for log in receipt.logs] == [
        binding.Counted(who=wallet.address, by=5, total=5),
        binding.Moved(
            mood=binding.Mood.BUSY,
            name=keccak(b"name"),
            delta=-5,
            tag=b"\x01\x02\x03\x04",
            ok=True,
            next=binding.Mood.CALM,
        ),
        binding.Listed(id=5, values=(1, 2), leg=binding.Leg(wallet.address, 7, "leg"), note="note"),
    ]


def test_event__log_of_another_event__bad_encoding(
    specimen: Any, binding: Any, wallet: Wallet
) -> None:
    log = wallet.send(specimen.count(5)).logs[0]
    with pytest.raises(BadEncoding):
        binding.Moved.decode(log)


def test_call__argument_out_of_range__bad_argument(chain: DevChain, specimen: Any) -> None:
    with pytest.raises(BadArgument):
        specimen.count(-1)
    with pytest.raises(BadArgument):
        specimen.twice(2**256, block=chain.head())


def test_call__same_arguments__equal_values(specimen: Any) -> None:
    assert specimen.count(5) == specimen.count(5)
    assert specimen.count(5) != specimen.count(6)
    assert specimen.give(wei=1) != specimen.give(wei=2)
