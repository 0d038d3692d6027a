"""What a command works with: a chain, the deployment on it, and a wallet when it writes."""

from pargrade.chain.development import is_development
from pargrade.chain.fees import COIN_DECIMALS, FeePolicy
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.parse import positive
from pargrade.devnet.accounts import Actor
from pargrade.errors import PargradeError
from pargrade.keys.source import load_signer


class NoKey(PargradeError):
    """A command that signs was given no key."""

    hint = "Set PARGRADE_KEY, or give --key. Development chains need none."

    def __init__(self) -> None:
        super().__init__("this command signs a transaction and has no key")


def open_wallet(
    chain: Chain, key: str, stand_in: Actor | None = None, max_fee: str | None = None
) -> Wallet:
    """A wallet for the key a person gave. Raises NoKey, and what `load_signer` raises.

    On a development chain, whose keys everyone knows, `stand_in` acts where no key was given.
    `max_fee` is the most that each of its transactions may cost, in the chain's coin; a dearer one
    raises FeesAboveCap before it is sent. Raises NotPositive and what `positive` raises for others.
    """
    cost = None if max_fee is None else positive(max_fee, COIN_DECIMALS, "--max-fee")
    policy = FeePolicy(max_cost=cost)
    if key:
        return Wallet(chain, load_signer(key, lambda: chain), policy)
    if stand_in is None or not is_development(chain.chain_id):
        raise NoKey
    return Wallet(chain, stand_in.key, policy)
