// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC1271 } from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A contract that signs by saying so, and can be told to misbehave when it is asked.
contract FickleMaker is IERC1271 {
    enum Mood {
        AGREES,
        REFUSES,
        REVERTS,
        ANSWERS_SHORT,
        BURNS_GAS,
        REENTERS
    }

    Mood public mood;
    address private _target;
    bytes private _call;

    function become(Mood mood_) external {
        mood = mood_;
    }

    function arm(address target, bytes calldata call) external {
        (mood, _target, _call) = (Mood.REENTERS, target, call);
    }

    function act(address target, bytes calldata call) external {
        (bool ok,) = target.call(call);
        require(ok);
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (mood == Mood.AGREES) return IERC1271.isValidSignature.selector;
        if (mood == Mood.REFUSES) return 0xffffffff;
        if (mood == Mood.REVERTS) revert("no");
        if (mood == Mood.ANSWERS_SHORT) {
            assembly ("memory-safe") {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        if (mood == Mood.BURNS_GAS) {
            while (true) { }
        }
        // A static call cannot change anything, whatever is tried in it.
        (bool ok,) = _target.staticcall(_call);
        return ok ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
