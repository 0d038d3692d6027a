// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a token may get up to, one flag per habit; several can be combined.
struct Habits {
    uint8 decimals;
    bool returnsNothing;
    bool returnsFalse;
    bool refusesZero;
    bool paused;
    uint16 feeBps;
    uint256 mostPerTransfer;
}

/// @notice An ERC-20, or nearly, with every habit seen in the wild. Written without OpenZeppelin, whose tokens
/// cannot misbehave in these ways.
contract UnitToken {
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    mapping(address account => bool) public isBlocked;
    mapping(address account => uint256) private _shares;
    /// @dev Balances are shares times this, in billionths: a rebase changes it alone.
    uint256 public index = 1e9;
    Habits public habits;
    address private _hook;
    bytes private _hookCall;
    bool private _hookFirst;
    bytes public hookAnswer;

    error Refused(string why);

    constructor(Habits memory habits_) {
        habits = habits_;
    }

    function become(Habits memory habits_) external {
        habits = habits_;
    }

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function rebase(uint256 index_) external {
        index = index_;
    }

    /// @notice Calls `target` once, before or after the next transfer moves anything.
    function arm(address target, bytes calldata call, bool first) external {
        (_hook, _hookCall, _hookFirst) = (target, call, first);
    }

    function mint(address to, uint256 amount) external {
        _shares[to] += amount * 1e9 / index;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        if (allowance[from][msg.sender] < amount) revert Refused("allowance");
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function balanceOf(address account) external view returns (uint256) {
        uint256 shares = _shares[account];
        return index == 1e9 ? shares : shares * index / 1e9;
    }

    function decimals() external view returns (uint8) {
        return habits.decimals;
    }

    /// @dev Answers by itself, because what it answers is a habit, too.
    function _move(address from, address to, uint256 amount) private {
        Habits memory h = habits;
        if (_hookFirst) _runHook();
        if (h.paused) revert Refused("paused");
        if (h.refusesZero && amount == 0) revert Refused("zero");
        if (h.mostPerTransfer != 0 && amount > h.mostPerTransfer) revert Refused("too much");
        if (isBlocked[from] || isBlocked[to]) revert Refused("blocked");
        bool moved = !h.returnsFalse;
        if (moved) {
            uint256 shares = index == 1e9 ? amount : (amount * 1e9 + index - 1) / index;
            if (_shares[from] < shares) revert Refused("balance");
            _shares[from] -= shares;
            _shares[to] += shares - shares * h.feeBps / 10_000;
        }
        _runHook();
        if (h.returnsNothing) return;
        assembly ("memory-safe") {
            mstore(0, moved)
            return(0, 0x20)
        }
    }

    function _runHook() private {
        address hook = _hook;
        if (hook == address(0)) return;
        _hook = address(0);
        (, hookAnswer) = hook.call(_hookCall);
    }
}
