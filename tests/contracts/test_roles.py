"""Every function that asks Governance is wired to one role and has its row in docs/ROLES.md."""

import subprocess
import sys
from pathlib import Path

import pytest

from pargrade.bindings.governance import Governance
from pargrade.chain.block import Tag
from pargrade.chain.hashing import keccak
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.plan import ADMIN_DELAY, Plan, Reporters
from pargrade.deployment.roles import PERMISSIONS, Role
from pargrade.devnet.anvil import Devnet, devnet_keys

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_roles.py"


def check(root: Path) -> subprocess.CompletedProcess[str]:
    script = root / "scripts" / "make_roles.py"
    return subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )


def test_roles__committed_document__is_what_the_sources_say():
    checked = check(ROOT)
    assert checked.returncode == 0, checked.stderr


ADDITIONS = {
    "a contract": (
        "GradeRegistry.sol",
        "contract GradeRegistry is IGradeRegistry, AccessManaged {\n",
        "function seize(address unit) external restricted { }",
        "GradeRegistry.seize is given to no role",
    ),
    "a base of a contract": (
        "RouteLimits.sol",
        "abstract contract RouteLimits is IRouteLimits, AccessManaged {\n",
        "function drain() external restricted { }",
        "BridgeGate.drain is given to no role",
    ),
    "one caller": (
        "WrappedUnit.sol",
        "contract WrappedUnit is IWrappedUnit, ERC20Permit, ReentrancyGuardTransient {\n",
        "function grab() external { if (msg.sender != registry) revert NotRegistry(msg.sender); }",
        "WrappedUnit.grab has no row in roles.toml",
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("where", ADDITIONS)
def test_roles__another_guarded_function__has_no_row_and_fails(tmp_path, where):
    files = [SCRIPT, ROOT / "scripts/data/roles.toml", ROOT / "docs/ROLES.md"]
    for path in (*files, *(ROOT / "contracts/src").rglob("*.sol")):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    assert check(tmp_path).returncode == 0
    file, opening, function, error = ADDITIONS[where]
    source = tmp_path / "contracts/src" / file
    text = source.read_text()
    assert opening in text
    source.write_text(text.replace(opening, f"{opening}    {function}\n"))
    failed = check(tmp_path)
    assert failed.returncode == 1
    assert error in failed.stderr


def test_deploy__outside_development__admin_waits_seven_days_and_the_deployer_keeps_nothing():
    keys = devnet_keys()
    with Devnet(genesis=1_772_582_400) as devnet:
        wallet = Wallet(devnet.chain, keys[0])
        reporters = Reporters((keys[5].address,), 1, keccak(b"method"))
        curators, guardians, admin = (keys[1].address,), (keys[2].address,), keys[3].address
        plan = Plan(reporters, curators, guardians, (keys[4].address,), admin=admin)
        placed = deploy(wallet, plan)
        governance = Governance(devnet.chain, placed.address("Governance"))
        held = governance.has_role(Role.ADMIN, admin, block=Tag.LATEST)
        assert (held.is_member, held.execution_delay) == (True, ADMIN_DELAY)
        assert ADMIN_DELAY >= 7 * 86_400
        assert not governance.has_role(Role.ADMIN, keys[0].address, block=Tag.LATEST).is_member
        for each in PERMISSIONS:
            if each.contract in {"PhasedIndex", "SpotIndexV2"}:
                # Not of this deployment: what nobody wired is the admin's.
                continue
            if each.role is Role.ADMIN:
                target = placed.address(each.contract)
                may = governance.can_call(admin, target, each.selector, block=Tag.LATEST)
                assert (may.immediate, may.delay) == (False, ADMIN_DELAY), each.function
