"""Whether an index may follow another one: what the front will ask of it, and what a person would.

Looked at before anything is sent or scheduled, since a refusal after a delay of days costs days.
"""

from collections.abc import Iterator

from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.errors import ContractError
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment
from pargrade.deployment.front import INDEX
from pargrade.deployment.shipped_code import check_contract
from pargrade.errors import PargradeError
from pargrade.text import moment


class NotReady(PargradeError):
    """An index that the front would not take, or that nobody should lead it to."""

    hint = (
        "Run the members of the next index until each of its indices has a fresh round: "
        "`pargrade oracle member init --deployment NEXT`, then `oracle member run`."
    )

    def __init__(self, index: Address, why: tuple[str, ...], hint: str = "") -> None:
        self.index = index
        self.why = why
        self.hint = hint or self.hint
        super().__init__(f"index {index} cannot follow yet: {'; '.join(why)}")


def require_ready(chain: Chain, present: Address, follower: Deployment) -> None:
    """Raises NotReady unless the index of `follower`'s file may follow the present one now.

    Its code has to be what ships, under the file's Governance; it needs the same names, is live
    where the present one is, and has a fresh round of each index.
    """
    address = follower.address(INDEX)
    difference = check_contract(chain, follower, INDEX).difference
    if difference is not None:
        raise NotReady(address, (difference,), "Name another file with --next.")
    old, new = SpotIndex(chain, present), SpotIndex(chain, address)
    if why := tuple(_other_terms(old, new)):
        hint = "Make one with today's terms: `pargrade index next`."
        raise NotReady(address, why, hint)
    if why := tuple(_stale(new, len(old.index_names(block=Tag.LATEST)))):
        raise NotReady(address, why)


def _other_terms(old: SpotIndex, new: SpotIndex) -> Iterator[str]:
    """What of the next index is another than in the present one, for good."""
    had, has = (index.index_names(block=Tag.LATEST) for index in (old, new))
    for number, name in enumerate(had):
        if has[number : number + 1] != (name,):
            found = repr(has[number]) if number < len(has) else "nothing"
            yield f"its index {number} is {found}, not {name!r}"
            continue
        was, is_now = (index.latest(number, block=Tag.LATEST) for index in (old, new))
        if is_now.slot and was.flags != is_now.flags:
            words = ["of replayed history" if each.flags else "live" for each in (was, is_now)]
            yield f"{name} is {words[1]}, and today's is {words[0]}"


def _stale(index: SpotIndex, count: int) -> Iterator[str]:
    """Which of its first indices have no fresh round."""
    for number, name in enumerate(index.index_names(block=Tag.LATEST)[:count]):
        try:
            index.fresh(number, block=Tag.PENDING)
        except ContractError:
            newest = index.latest(number, block=Tag.LATEST).slot
            since = f"since {moment(newest)}" if newest else "yet"
            yield f"{name} has had no round {since}"
