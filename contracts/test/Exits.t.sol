// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAttesterSet } from "../src/interfaces/IAttesterSet.sol";
import { IFuturesExchange, Leg, Order, Side } from "../src/interfaces/IFuturesExchange.sol";
import { Phase } from "../src/interfaces/IFuturesMarket.sol";
import { Attestation, Transfer } from "../src/libraries/Message.sol";
import { Accusations } from "./support/Accusations.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";
import { GateTest } from "./support/GateTest.sol";
import { Draft } from "./support/Reports.sol";

/// @notice An authority that allows nothing, to anybody.
contract Obstinate {
    function canCall(address, address, bytes4) external pure returns (bool) {
        return false;
    }
}

/// @notice The worst a captured governance can do to those who want out: nothing.
contract ExitsTest is ExchangeTest {
    uint64 private constant LOTS = 500;

    function test_exits__every_role_hostile__merge_unwrap_redeem_and_claim_go_on(uint64 merged)
        public
    {
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
    function test_exits__any_one_role_hostile__every_way_out_stays_open(uint8 role, uint64 merged)
        public
    {
        merged = uint64(bound(merged, 1, LOTS - 1));
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _giveUnits(0, carol, 1 ether);
        _capture(role);

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

    function test_exits__no_reporter_guardian_or_curator_alive__one_transaction_settles_and_pays(uint256 late)
        public
    {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        vm.warp(EXPIRY + 14 days + bound(late, 0, 1000 days));
        address[] memory page = new address[](1);
        page[0] = alice;
        vm.prank(stranger);
        market.redeemFor(_long(id), page);
        assertEq(units[0].balanceOf(alice), LOTS * LOT);
    }

    /// A BANDED series, too, is left by merging and, without a price ever again, by redeeming what was locked.
    function test_exits__banded_any_one_role_hostile__merge_and_redeem_pay_both_locks(
        uint8 role,
        uint64 merged
    ) public {
        merged = uint64(bound(merged, 1, LOTS - 1));
        uint256 id = _create(_bandedTerms());
        _open(id, 0, LOTS, alice, bob);
        _capture(role);

        vm.prank(matcher);
        market.merge(id, 0, merged, alice, bob);
        assertEq(quote.balanceOf(alice), merged * LONG_LOCK);
        assertEq(quote.balanceOf(bob), merged * SHORT_LOCK);
        vm.warp(EXPIRY + 14 days);
        vm.prank(alice);
        market.redeem(_long(id), LOTS - merged, alice);
        vm.prank(bob);
        market.redeem(_short(id, 0), LOTS - merged, bob);
        assertEq(quote.balanceOf(alice) + quote.balanceOf(bob), LOTS * (LONG_LOCK + SHORT_LOCK));
        assertEq(quote.balanceOf(address(market)), 0);
    }

    /// Nobody can be kept bound to what he signed: also once entry is allowed again, it stays cancelled.
    function test_exits__any_one_role_hostile__orders_are_cancelled_one_by_one_and_all_at_once(uint8 role)
        public
    {
        uint256 id = _create(1);
        _stock(id, alice, bob);
        Order memory order = _order(id, alice, Side.SELL, K, 10);
        Order memory other = _order(id, alice, Side.SELL, K, 10);
        other.lane = 1;
        assertEq(exchange.remaining(order), 10);
        vm.prank(guardian);
        exchange.stopEntry();
        _capture(role);

        vm.prank(alice);
        exchange.cancel(order.lane, order.nonce);
        assertEq(exchange.remaining(order), 0);
        assertEq(exchange.remaining(other), 10);
        vm.prank(alice);
        exchange.cancelAll(1);
        assertEq(exchange.remaining(other), 0);

        if (bound(role, 0, 3) == 2) return; // Nobody can allow entry again.
        vm.prank(curator);
        exchange.allowEntry();
        _expectFillRefusal(
            other,
            _take(1, Leg.LONG),
            bob,
            abi.encodeWithSelector(IFuturesExchange.EpochOver.selector, 0, 1)
        );
    }

    function _capture(uint8 role) private {
        role = uint8(bound(role, 0, 3));
        if (role == 0) _captureCurator();
        if (role == 1) _captureGuardian();
        if (role == 2) _captureAdmin();
        if (role == 3) _jailEverybody();
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
        governance.updateAuthority(address(exchange), address(new Obstinate()));
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

/// @notice The same for what crosses: one captured role at a time, at both ends.
contract GateExitsTest is GateTest {
    /// A queued send is taken back at once. What is burned arrives when the captured role's time is over: a guardian's
    /// delay after two days, a council's stop after thirty, a curator's limit once the admin named another curator.
    function test_exits__any_one_role_hostile__cancels_at_once_and_burned_arrives_in_time(uint8 role)
        public
    {
        _cross(alice, bob, 9e6);
        uint256 id = _enqueue(home, alice, bob, 2 * AT_REST);
        role = uint8(bound(role, 0, 3));
        if (role == 0) _captureCurator();
        if (role == 1) _captureGuardian();
        if (role == 2) _captureAdmin();
        if (role == 3) _captureCouncil();

        uint256 before = token.balanceOf(alice);
        _on(home);
        vm.prank(alice);
        home.cancel(id);
        assertEq(token.balanceOf(alice) - before, 2 * AT_REST);
        if (role == 0) _replaceCurator();
        if (role == 3) skip(30 days);
        uint64 nonce = _send(remote, bob, bob, 9e18);
        assertEq(bridged.balanceOf(bob), 0);
        uint256 arrived = _deliver(home, _transfer(nonce, bob, bob, 9e6));
        if (arrived != 0) {
            vm.warp(block.timestamp + 2 days);
            home.execute(arrived);
        }
        assertEq(token.balanceOf(bob), 9e6);
    }

    /// Whoever still waits to leave needs no attester.
    function test_exits__attesters_gone_for_good__queued_sends_and_burns_are_taken_back() public {
        _cross(alice, bob, 9e6);
        uint256 id = _enqueue(home, alice, bob, 2 * AT_REST);
        _setLimit(remote, 0);
        uint256 burn = _enqueue(remote, bob, bob, 9e18);
        _revoke(home, 1);
        _revoke(remote, 1);

        uint256 before = token.balanceOf(alice);
        _on(home);
        vm.prank(alice);
        home.cancel(id);
        assertEq(token.balanceOf(alice) - before, 2 * AT_REST);
        _on(remote);
        vm.prank(bob);
        remote.cancel(burn);
        assertEq(bridged.balanceOf(bob), 9e18);
    }

    /// Arrivals alone depend on attesters: they wait for the next set, which cannot be kept from them.
    function test_exits__attesters_gone__the_arrival_goes_through_by_the_next_set() public {
        _cross(alice, bob, 9e6);
        uint64 nonce = _send(remote, bob, bob, 9e18);
        Transfer memory t = _transfer(nonce, bob, bob, 9e6);
        Attestation memory old = _attest(home, t);
        _revoke(home, 1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.RevokedEpoch.selector, 1));
        home.deliver(terms, t, old);
        _seat(10, 15);
        Attestation memory fresh = _attest(home, t, 2, THREE, 10);
        home.deliver(terms, t, fresh);
        assertEq(token.balanceOf(bob), 9e6);
    }

    function _captureCurator() private {
        _setLimit(home, 0);
        _setLimit(remote, 0);
    }

    function _replaceCurator() private {
        vm.startPrank(admin);
        homeGovernance.revokeRole(CURATOR, curator);
        remoteGovernance.revokeRole(CURATOR, curator);
        curator = makeAddr("next curator");
        homeGovernance.grantRole(CURATOR, curator, 0);
        remoteGovernance.grantRole(CURATOR, curator, 0);
        vm.stopPrank();
        _reopen(home);
        _reopen(remote);
    }

    function _captureGuardian() private {
        vm.startPrank(guardian);
        home.stopEntry(_all());
        remote.stopEntry(_all());
        home.delayInbound(_all());
        vm.stopPrank();
    }

    function _captureCouncil() private {
        vm.startPrank(council);
        home.stopRoutes(_all());
        remote.stopRoutes(_all());
        vm.stopPrank();
    }

    function _captureAdmin() private {
        vm.startPrank(admin);
        homeGovernance.updateAuthority(address(home), address(new Obstinate()));
        remoteGovernance.updateAuthority(address(remote), address(new Obstinate()));
        vm.stopPrank();
    }
}
