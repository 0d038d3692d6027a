// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC7802 } from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";

/// @title IBridgedToken
/// @notice What stands on the remote chain for tokens locked at home: ERC-20 with permit, minted and burned by
/// one gate alone (ERC-7802). The gate burns only what its caller holds, so no allowance is asked for.
interface IBridgedToken is IERC7802 {
    /// @notice Only the gate mints and burns.
    /// @param caller Who tried.
    error NotGate(address caller);

    /// @notice The only contract that mints and burns.
    /// @return Address of the gate.
    function gate() external view returns (address);
}
