// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a quote token may do wrong, and when it pays rather than when it is paid.
enum Vice {
    NONE,
    REVERTS,
    RETURNS_FALSE,
    RETURNS_NOTHING,
    RETURNS_GARBAGE,
    RETURNS_A_BOMB,
    REVERTS_WITH_A_BOMB,
    CALLS_BACK,
    BLOCKS_A_HOLDER,
    CHANGES_DECIMALS,
    REVERTS_ON_ZERO,
    UINT96
}

/// @notice A token that behaves until it is told to show its vice in `transfer`. Written from scratch: inherited
/// code would check what some of these do not.
contract HostileToken {
    uint256 private constant BOMB = 1 << 20;

    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    uint8 public decimals;
    Vice public vice;
    address private _target;
    bytes private _call;
    /// Whether calling back succeeded.
    bool public gotIn;

    error Refused();

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    /// @param target Who is called back or blocked, if the vice is that.
    function show(Vice vice_, address target, bytes calldata call) external {
        (vice, _target, _call) = (vice_, target, call);
        if (vice_ == Vice.CHANGES_DECIMALS) decimals = decimals == 6 ? 18 : 6;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        Vice v = vice;
        if (v == Vice.REVERTS || (v == Vice.BLOCKS_A_HOLDER && to == _target)) revert Refused();
        if (v == Vice.RETURNS_FALSE) return false;
        if (v == Vice.REVERTS_ON_ZERO && amount == 0) revert Refused();
        if (v == Vice.UINT96 && amount > type(uint96).max) revert Refused();
        if (v == Vice.RETURNS_GARBAGE || v == Vice.RETURNS_A_BOMB || v == Vice.REVERTS_WITH_A_BOMB)
        {
            assembly ("memory-safe") {
                // Beyond the free memory: nothing of ours is there.
                let pointer := mload(0x40)
                mstore(pointer, 2)
                if eq(v, 4) { return(pointer, 0x20) }
                if eq(v, 5) { return(pointer, BOMB) }
                revert(pointer, BOMB)
            }
        }
        _move(msg.sender, to, amount);
        if (v == Vice.CALLS_BACK) {
            (gotIn,) = _target.call(_call);
        }
        if (v == Vice.RETURNS_NOTHING) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        if (vice == Vice.UINT96 && amount > type(uint96).max) revert Refused();
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
