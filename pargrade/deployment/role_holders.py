"""Who holds a role of a deployment's governance, by what it announced and then by its own word."""

from collections.abc import Mapping

from pargrade.bindings.governance import Governance, RoleGranted
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.deployment.roles import Role


def read_role_holders(
    governance: Governance, first: int, block: BlockStamp
) -> Mapping[Role, Mapping[Address, int]]:
    """Execution delays in seconds by holder, of every role, at a block.

    `first` is a block that the governance is not older than. Raises what the chain raises.
    """
    events = governance.history(RoleGranted, first=first, last=block.number)
    granted = dict.fromkeys((event.role_id, event.account) for _, event in events)
    found: dict[Role, dict[Address, int]] = {role: {} for role in Role}
    for number, account in granted:
        if number not in found:
            continue
        access = governance.has_role(number, account, block=block)
        if access.is_member:
            found[Role(number)][account] = access.execution_delay
    return found
