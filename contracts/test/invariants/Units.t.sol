// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { UnitActions } from "./UnitActions.sol";

/// @notice Invariants of grades and their units.
contract UnitInvariants is UnitActions {
    /// forge-config: default.invariant.runs = 256
    /// forge-config: quick.invariant.runs = 8
    function invariant_units() public {
        _check01__units_are_backed_unless_the_underlying_shrank();
        _check02__nobody_takes_out_more_than_was_put_in();
        _check03__terms_of_a_grade_never_change();
        if (steps % 10 == 0) _check10__every_holder_can_leave();
    }

    function _check01__units_are_backed_unless_the_underlying_shrank() private view {
        for (uint256 g; g < 3; ++g) {
            uint256 backed = units[g].previewWrap(tokens[g].balanceOf(address(units[g])));
            assertEq(units[g].isShort(), backed < units[g].totalSupply());
            if (!ledgers[g].shrunk) assertGe(backed, units[g].totalSupply(), "1: not backed");
        }
    }

    function _check02__nobody_takes_out_more_than_was_put_in() private view {
        for (uint256 g; g < 3; ++g) {
            (uint256 factor, uint256 whole) = (terms[g].scuPerToken, 10 ** terms[g].decimals);
            assertLe(ledgers[g].minted * whole, ledgers[g].arrived * factor, "2: minted");
            assertLe(ledgers[g].paid * factor, ledgers[g].burned * whole, "2: paid");
            assertEq(units[g].totalSupply(), ledgers[g].minted - ledgers[g].burned, "2: supply");
            assertEq(
                tokens[g].balanceOf(address(units[g])),
                ledgers[g].arrived + ledgers[g].donated - ledgers[g].lost - ledgers[g].paid,
                "2: held"
            );
        }
    }

    function _check03__terms_of_a_grade_never_change() private view {
        for (uint256 g; g < 3; ++g) {
            bytes32 id = keccak256(abi.encode(terms[g]));
            assertEq(registry.unitOf(id), address(units[g]));
            assertEq(units[g].gradeId(), id);
            assertEq(registry.grade(address(units[g])).id, id);
            IWrappedUnit.Factor memory f = units[g].factor();
            assertEq(address(f.token), terms[g].token);
            assertEq(f.scuPerToken, terms[g].scuPerToken);
            assertEq(f.validUntil, terms[g].validUntil);
            assertEq(f.depositCap, terms[g].depositCap);
        }
    }

    /// Everybody leaves, one after the other, whatever the roles have done.
    function _check10__every_holder_can_leave() private {
        for (uint256 g; g < 3; ++g) {
            for (uint256 i; i < 4; ++i) {
                uint256 share = units[g].balanceOf(holders[i]);
                (uint256 due,) = units[g].previewUnwrap(share);
                if (due == 0) continue;
                uint256 before = tokens[g].balanceOf(holders[i]);
                vm.prank(holders[i]);
                units[g].unwrap(share, due, holders[i]);
                assertEq(tokens[g].balanceOf(holders[i]) - before, due);
            }
        }
    }
}
