// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

/// @notice Actions that a campaign takes in any order. An action is effective when it changed the state of the
/// contracts under test in the way it is named after; a campaign whose actions mostly are not proves little.
/// Each run adds a line of its calls and effective calls to the file that CAMPAIGN_LEDGER names, if any.
abstract contract Counted is Test {
    uint256 private constant LEAST_EFFECTIVE_PERCENT = 30;
    /// @dev A share of fewer calls than this says nothing.
    uint256 private constant LEAST_CALLS = 8;

    bytes4[] private _actions;
    mapping(bytes4 action => string) private _names;
    mapping(bytes4 action => uint256) internal calls;
    mapping(bytes4 action => uint256) internal effects;
    /// @dev Actions taken so far.
    uint256 internal steps;

    modifier counted() {
        ++steps;
        ++calls[msg.sig];
        _;
    }

    /// @dev Marks the action under way as effective.
    function _effective() internal {
        ++effects[msg.sig];
    }

    /// @dev The campaign calls `action` on this very contract.
    function _act(string memory name, bytes4 action) internal {
        _actions.push(action);
        _names[action] = name;
    }

    /// @dev To be called once all actions are named.
    function _targetActions() internal {
        targetContract(address(this));
        targetSelector(FuzzSelector(address(this), _actions));
    }

    function afterInvariant() public virtual {
        uint256 effective;
        for (uint256 i; i < _actions.length; ++i) {
            effective += effects[_actions[i]];
        }
        string memory ledger = vm.envOr("CAMPAIGN_LEDGER", string(""));
        if (bytes(ledger).length != 0) {
            vm.writeLine(ledger, string.concat(vm.toString(steps), " ", vm.toString(effective)));
        }
        for (uint256 i; i < _actions.length; ++i) {
            uint256 made = calls[_actions[i]];
            if (made < LEAST_CALLS) continue;
            assertGe(
                effects[_actions[i]] * 100,
                made * LEAST_EFFECTIVE_PERCENT,
                string.concat("too few effective calls of ", _names[_actions[i]])
            );
        }
    }

    /// @dev Small seeds are many, and all their high bits are zero: this makes each as good as any other.
    function _mix(uint256 seed) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed)));
    }

    /// @dev Between 1 and `most`, every order of magnitude about as likely.
    function _magnitude(uint256 seed, uint256 most) internal pure returns (uint256) {
        uint256 digits = 1;
        while (10 ** digits <= most) ++digits;
        uint256 bound_ = 10 ** (1 + (seed >> 128) % digits);
        return 1 + seed % (bound_ < most ? bound_ : most);
    }
}
