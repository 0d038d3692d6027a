// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// A contract that breaks every rule of semgrep.yml in the function that is named after it. It is never compiled.
contract Specimen {
    function raw_token_transfer(address token) internal {
        IERC20(token).transfer(msg.sender, 1);
    }

    function low_level_call(address target) internal {
        target.call("");
    }

    function no_origin() internal view {
        require(tx.origin == msg.sender);
    }

    function self_destruction() internal {
        selfdestruct(payable(msg.sender));
    }

    function raw_recovery(bytes32 digest) internal pure returns (address) {
        return ecrecover(digest, 27, digest, digest);
    }

    function packed_hash(string memory a, string memory b) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(a, b));
    }

    function unsafe_assembly() internal {
        assembly {
            mstore(0x40, 0)
        }
    }

    function swallowed_error(IERC20 token) internal {
        try token.approve(msg.sender, 1) { } catch { }
    }

    function time_equality(uint256 time) internal view returns (bool) {
        return block.timestamp == time;
    }

    function balance_equality(IERC20 token) internal view returns (bool) {
        return token.balanceOf(address(this)) == 1;
    }

    function open_to_all(uint256 value) external {
        _value = value;
    }
}
