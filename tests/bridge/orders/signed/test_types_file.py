"""The types that ship for wallets give the digests that the exchange and the relay look at."""

import json
from random import Random

from eth_account.messages import encode_typed_data

from bridge.orders.event.receipt import OrderReceipt, domain_prefix
from bridge.orders.signed.cancel_request import CancelRequest, relay_domain
from bridge.orders.signed.order import Digester, SignedOrder, SignedRoll
from pargrade.chain.hashing import address_of, keccak
from pargrade.data.files import EIP712
from tests.support.signed_orders import CHAIN_ID, DOMAIN, EXCHANGE, any_order

FILE = json.loads(EIP712.read_text())
RELAY_DOMAIN = relay_domain(CHAIN_ID, EXCHANGE)


def digest_of(kind, message):
    """As a wallet makes it, from the file alone."""
    types = FILE["types"]
    chosen = {"Roll": ("Roll", "Order")}.get(kind, (kind,))
    domain = {
        **FILE["domains"][FILE["signed_for"][kind]],
        "chainId": CHAIN_ID,
        "verifyingContract": EXCHANGE,
    }
    signable = encode_typed_data(domain, {name: types[name] for name in chosen}, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def numbers(order):
    return {n: int(v) if isinstance(v, str) and v.isdigit() else v for n, v in order.items()}


def test_types__of_the_file__give_the_digests_of_orders_and_rolls():
    random = Random(6)
    for _ in range(20):
        near, far = (SignedOrder.of_struct(any_order(random)) for _ in range(2))
        digester = Digester(DOMAIN)
        assert digest_of("Order", numbers(near.to_json())) == digester.digest(near.hash)
        pair = {"near": numbers(near.to_json()), "far": numbers(far.to_json())}
        assert digest_of("Roll", pair) == digester.digest(SignedRoll(near, far).hash)


def test_types__of_the_file__give_the_digests_of_requests_and_receipts():
    request = CancelRequest(b"\x11" * 20, 5, 6, 7, b"")
    message = {"maker": address_of(request.maker), "lane": 5, "nonce": 6, "deadline": 7}
    assert digest_of("Cancel", message) == Digester(RELAY_DOMAIN).digest(request.hash)
    receipt = OrderReceipt(b"\x22" * 32, 8, 9, b"\x33" * 32)
    message = {"order": receipt.order, "sequence": 8, "time": 9, "head": receipt.head}
    assert digest_of("Receipt", message) == keccak(domain_prefix(RELAY_DOMAIN) + receipt.hash)
