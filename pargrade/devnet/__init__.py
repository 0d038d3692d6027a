"""A development chain: anvil as a child process, its well-known people, and a deployment on it.

`Devnet` starts one, `open_devnet_session` deploys everything, `record_rounds` gives it an index.
"""

from typing import TYPE_CHECKING

from pargrade.face import face

if TYPE_CHECKING:
    from pargrade.devnet.accounts import ADMIN as ADMIN
    from pargrade.devnet.accounts import COUNCIL as COUNCIL
    from pargrade.devnet.accounts import CURATOR as CURATOR
    from pargrade.devnet.accounts import DESK as DESK
    from pargrade.devnet.accounts import GUARDIAN as GUARDIAN
    from pargrade.devnet.accounts import KEEPER as KEEPER
    from pargrade.devnet.accounts import MAKER as MAKER
    from pargrade.devnet.accounts import RELAY as RELAY
    from pargrade.devnet.accounts import REPORTERS as REPORTERS
    from pargrade.devnet.accounts import Actor as Actor
    from pargrade.devnet.anvil import DEVNET_KEYS as DEVNET_KEYS
    from pargrade.devnet.anvil import DevChain as DevChain
    from pargrade.devnet.anvil import Devnet as Devnet
    from pargrade.devnet.anvil import Memory as Memory
    from pargrade.devnet.anvil import devnet_keys as devnet_keys
    from pargrade.devnet.deployment import deploy_on_devnet as deploy_on_devnet
    from pargrade.devnet.deployment import devnet_plan as devnet_plan
    from pargrade.devnet.deployment import fund_people as fund_people
    from pargrade.devnet.deployment import open_devnet_session as open_devnet_session
    from pargrade.devnet.deployment import stock_desk as stock_desk
    from pargrade.devnet.errors import DevnetFailed as DevnetFailed
    from pargrade.devnet.faucet import mint_calls as mint_calls
    from pargrade.devnet.faucet import missing_coins as missing_coins
    from pargrade.devnet.faucet import transfer_coins as transfer_coins
    from pargrade.devnet.fork import forked as forked
    from pargrade.devnet.grades import DEVNET as DEVNET
    from pargrade.devnet.grades import grade_messages as grade_messages
    from pargrade.devnet.grades import list_devnet_grades as list_devnet_grades
    from pargrade.devnet.grades import unit_name as unit_name
    from pargrade.devnet.grades import unit_symbol as unit_symbol
    from pargrade.devnet.rounds import pass_finality as pass_finality
    from pargrade.devnet.rounds import record_rounds as record_rounds
    from pargrade.devnet.wall_clock import STATES as STATES
    from pargrade.devnet.wall_clock import WallClock as WallClock

__getattr__, __dir__ = face(__name__)
