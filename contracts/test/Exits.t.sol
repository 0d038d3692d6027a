// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Phase } from "../src/interfaces/IFuturesMarket.sol";
import { Accusations } from "./support/Accusations.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { Draft } from "./support/Reports.sol";

/// @notice An authority that allows nothing, to anybody.
contract Obstinate {
    function canCall(
        address,
        address,
        bytes4
    ) external pure returns (bool) {
        return false;
    }
}

/// @notice The worst a captured governance can do to those who want out: nothing.
contract ExitsTest is MarketTest {
    uint64 private constant LOTS = 500;

    function test_exits__every_role_hostile__merge_unwrap_redeem_and_claim_go_on(
        uint64 merged
    ) public {
        merged = uint64(bound(merged, 1, LOTS - 1));
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _seize();

        vm.prank(matcher);
        market.merge(id, 0, merged, alice, bob);
        assertEq(quote.balanceOf(alice), merged * LOCK);

        vm.warp(EXPIRY + 14 days);
        quote.setBlocked(alice, true);
        vm.prank(alice);
        market.redeem(_long(id), LOTS - merged, alice);
        vm.prank(bob);
        market.redeem(_short(id, 0), LOTS - merged, bob);
        _assertPhase(id, Phase.DELIVERED);
        assertEq(quote.balanceOf(bob), (LOTS - merged) * LOCK);

        uint256 held = units[0].balanceOf(alice);
        assertEq(held, (LOTS - merged) * LOT);
        vm.prank(alice);
        (uint256 tokens_,) = units[0].unwrap(held, 0, alice);
        assertEq(tokens[0].balanceOf(alice), tokens_);
        assertEq(tokens_, held * 1e6 / terms[0].scuPerToken);
    }

    /// One captured role at a time: what it can do to entry, it cannot do to any way out.
    function test_exits__any_one_role_hostile__every_way_out_stays_open(
        uint8 role,
        uint64 merged
    ) public {
        merged = uint64(bound(merged, 1, LOTS - 1));
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _giveUnits(0, carol, 1 ether);
        role = uint8(bound(role, 0, 3));
        if (role == 0) _captureCurator();
        if (role == 1) _captureGuardian();
        if (role == 2) _captureAdmin();
        if (role == 3) _jailEverybody();

        vm.prank(carol);
        units[0].unwrap(1 ether, 0, carol);
        assertLe(units[0].balanceOf(carol), terms[0].scuPerToken / 1e6 + 1);
        vm.prank(matcher);
        market.merge(id, 0, merged, alice, bob);
        vm.warp(EXPIRY + 14 days);
        vm.prank(alice);
        market.redeem(_long(id), LOTS - merged, alice);
        vm.prank(bob);
        market.redeem(_short(id, 0), LOTS - merged, bob);
        assertEq(quote.balanceOf(alice) + quote.balanceOf(bob), LOTS * LOCK);
        assertEq(quote.balanceOf(address(market)), 0);
    }

    function test_exits__no_reporter_guardian_or_curator_alive__one_transaction_settles_and_pays(
        uint256 late
    ) public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        vm.warp(EXPIRY + 14 days + bound(late, 0, 1000 days));
        address[] memory page = new address[](1);
        page[0] = alice;
        vm.prank(stranger);
        market.redeemFor(_long(id), page);
        assertEq(units[0].balanceOf(alice), LOTS * LOT);
    }

    function _captureCurator() private {
        vm.prank(curator);
        registry.announceImpairment(address(units[0]));
    }

    function _captureGuardian() private {
        vm.startPrank(guardian);
        market.stopEntry();
        registry.close(address(units[0]));
        vm.stopPrank();
    }

    function _captureAdmin() private {
        vm.startPrank(admin);
        governance.updateAuthority(address(market), address(new Obstinate()));
        governance.updateAuthority(address(registry), address(new Obstinate()));
        governance.setTargetClosed(address(index), true);
        vm.stopPrank();
    }

    function _jailEverybody() private {
        Draft memory x = _draft(USD);
        Draft memory y = _draft(2 * USD);
        for (uint256 i; i < keys.length; ++i) {
            index.proveEquivocation(
                vm.addr(keys[i]),
                1,
                x.slot,
                Accusations.statement(x, keys[i], i),
                Accusations.statement(y, keys[i], i)
            );
        }
    }

    /// @dev Guardian stops what it can stop, curator flags, admin closes every target and replaces the reporters.
    function _seize() private {
        vm.startPrank(guardian);
        market.stopEntry();
        registry.close(address(units[0]));
        vm.stopPrank();
        vm.startPrank(admin);
        governance.setTargetClosed(address(market), true);
        governance.setTargetClosed(address(registry), true);
        governance.setTargetClosed(address(index), true);
        governance.revokeRole(CURATOR, curator);
        governance.revokeRole(GUARDIAN, guardian);
        governance.renounceRole(0, admin);
        vm.stopPrank();
    }
}
