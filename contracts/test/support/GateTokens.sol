// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/devnet/TestToken.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Takes one percent of every transfer on top of it, from whoever pays.
contract FeeOnTopToken is TestToken {
    constructor() TestToken("Fee on top", "TOP", 18) { }

    function burn(address account, uint256 amount) external {
        _burn(account, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        uint256 fee = amount / 100;
        if (from != address(0) && to != address(0) && fee != 0) {
            super._update(from, address(0), fee);
        }
    }
}

/// @notice Refuses to move nothing.
contract GateNoZeroToken is TestToken {
    error NothingMoved();

    constructor() TestToken("No zero", "NZ", 18) { }

    function _update(address from, address to, uint256 amount) internal override {
        if (amount == 0) revert NothingMoved();
        super._update(from, to, amount);
    }
}

/// @notice Can be stopped as a whole.
contract GatePausableToken is TestToken {
    bool public paused;

    error Paused();

    constructor() TestToken("Pausable", "PAU", 18) { }

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (paused) revert Paused();
        super._update(from, to, amount);
    }
}

/// @notice Its decimals change with an upgrade.
contract GateUpgradableToken is ERC20 {
    uint8 private _now = 6;

    constructor() ERC20("Upgradable", "UPG") { }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function upgrade(uint8 decimals_) external {
        _now = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _now;
    }
}

/// @notice Balances grow and shrink by decree.
contract GateRebasingToken is TestToken {
    constructor() TestToken("Rebasing", "REB", 18) { }

    function rebase(address account, uint256 balance) external {
        uint256 present = balanceOf(account);
        if (balance > present) _mint(account, balance - present);
        else _burn(account, present - balance);
    }
}

/// @notice Moves at most 96 bits at a time, as some governance tokens do.
contract GateUint96Token is TestToken {
    error Beyond96Bits(uint256 amount);

    constructor() TestToken("Ninety-six", "U96", 18) { }

    function _update(address from, address to, uint256 amount) internal override {
        if (amount > type(uint96).max) revert Beyond96Bits(amount);
        super._update(from, to, amount);
    }
}

/// @notice Not quite ERC-20: returns nothing, or says false instead of reverting.
contract GateOddToken {
    bool private immutable _silent;
    uint8 public constant decimals = 18;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    constructor(bool silent) {
        _silent = silent;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _finish(_move(msg.sender, to, amount));
    }

    function transferFrom(address from, address to, uint256 amount) external {
        bool allowed = allowance[from][msg.sender] >= amount;
        _finish(allowed && _move(from, to, amount));
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (balanceOf[from] < amount || to == address(0xbad)) return false;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    /// @dev Silent: no return data, reverts on failure. Else: a word that is the success.
    function _finish(bool ok) private view {
        if (_silent) {
            require(ok, "odd");
            return;
        }
        assembly ("memory-safe") {
            mstore(0, ok)
            return(0, 0x20)
        }
    }
}
