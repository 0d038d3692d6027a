// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { GradeTerms } from "../src/interfaces/IGradeRegistry.sol";
import { Base } from "./Base.t.sol";
import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

contract GovernanceTest is Base {
    function test_deployment__labels_its_roles() public {
        vm.expectEmit(false, false, false, true);
        emit IAccessManager.RoleLabel(CURATOR, "curator");
        vm.expectEmit(false, false, false, true);
        emit IAccessManager.RoleLabel(GUARDIAN, "guardian");
        _deploy("Governance", abi.encode(admin));
    }

    function test_curator_acts__anyone_else__is_refused(address caller) public {
        vm.assume(caller != curator);
        GradeTerms memory grade = terms[0];
        SeriesTerms memory series;
        address unit = address(units[0]);
        vm.startPrank(caller);
        _expectUnauthorized(caller);
        registry.list(grade, "Name", "SYM");
        _expectUnauthorized(caller);
        registry.reopen(unit);
        _expectUnauthorized(caller);
        registry.announceImpairment(unit);
        _expectUnauthorized(caller);
        registry.withdrawImpairment(unit);
        _expectUnauthorized(caller);
        market.create(series);
        _expectUnauthorized(caller);
        market.allowEntry();
    }

    function test_guardian_acts__anyone_else__is_refused(address caller) public {
        vm.assume(caller != guardian);
        address unit = address(units[0]);
        vm.startPrank(caller);
        _expectUnauthorized(caller);
        registry.close(unit);
        _expectUnauthorized(caller);
        market.stopEntry();
        _expectUnauthorized(caller);
        market.exclude(0, 0, 0);
        _expectUnauthorized(caller);
        market.reject(0);
    }
}
