// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Governance
/// @notice Who may do what, and after which delay: one OpenZeppelin AccessManager for every contract.
/// Curators list grades and series; guardians stop entry and act once inside a challenge period;
/// councils stop what crosses between chains and can start nothing; admins (role 0) change the reporter
/// set. No role reaches unwrap, merge, redeem or claim.
contract Governance is AccessManager {
    uint64 public constant CURATOR = 1;
    uint64 public constant GUARDIAN = 2;
    uint64 public constant COUNCIL = 3;

    constructor(address admin) AccessManager(admin) {
        emit RoleLabel(CURATOR, "curator");
        emit RoleLabel(GUARDIAN, "guardian");
        emit RoleLabel(COUNCIL, "council");
    }
}
