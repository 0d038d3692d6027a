"""Orders packed by hand are the orders the exchange hashes, and survive the log's form."""

from random import Random

import pytest

from bridge.orders.signed.order import Digester, SignedOrder, SignedRoll
from pargrade.bindings.structs import Roll
from pargrade.futures import order as twin
from tests.support.signed_orders import DOMAIN, EXCHANGE, any_order, order

RUNS = 300


def test_hash__any_order_or_roll__is_the_one_the_exchange_computes():
    random = Random(14)
    digester = Digester(DOMAIN)
    for _ in range(RUNS):
        near, far = any_order(random), any_order(random)
        ours = SignedOrder.of_struct(near)
        assert ours.hash == twin.struct_hash(near)
        assert digester.digest(ours.hash) == twin.digest(near, DOMAIN)
        pair = SignedRoll(ours, SignedOrder.of_struct(far))
        assert digester.digest(pair.hash) == twin.digest(Roll(near, far), DOMAIN)


def test_digest__another_chain_or_contract__is_another():
    made = SignedOrder.of_struct(order())
    others = (twin.exchange_domain(1, EXCHANGE), twin.exchange_domain(31_337, order().maker))
    digests = {Digester(domain).digest(made.hash) for domain in (DOMAIN, *others)}
    assert len(digests) == 3


def test_pack__any_order__comes_back_as_it_was():
    random = Random(15)
    for _ in range(RUNS):
        made = any_order(random)
        packed = SignedOrder.of_struct(made).pack()
        again = SignedOrder.unpack(packed, b"\x01")
        assert again.as_struct() == made
        assert again.hash == twin.struct_hash(made)
        assert (again.pack(), again.signature) == (packed, b"\x01")


@pytest.mark.parametrize(
    "change", [{"lots": 101}, {"lane": 2}, {"side": 1}, {"series": 5}, {"lots": 99}, {"epoch": 1}]
)
def test_roll__halves_that_do_not_fit__is_none(change):
    near = SignedOrder.of_struct(order())
    far = {"series": 9, "side": 1, **change}
    halves = SignedRoll(near, SignedOrder.of_struct(order(**far)))
    assert halves.fits_together == (change in ({"side": 1}, {"series": 5}))
