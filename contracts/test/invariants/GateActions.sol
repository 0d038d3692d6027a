// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAttesterSet } from "../../src/interfaces/IAttesterSet.sol";
import { IBridgeGate, Passage } from "../../src/interfaces/IBridgeGate.sol";
import { IRouteBook } from "../../src/interfaces/IRouteBook.sol";
import { Direction } from "../../src/interfaces/IRouteLimits.sol";
import { Attestation, Transfer } from "../../src/libraries/Message.sol";
import { Counted } from "../support/Counted.sol";
import { GateTest } from "../support/GateTest.sol";

/// @notice What four holders, attesters, roles and fate may do at both gates, and a ledger of what was done. The
/// token has 6 decimals at home and 18 at the other end, so a step is a base unit at home.
abstract contract GateActions is GateTest, Counted {
    uint256 internal constant STEP = 1e12;

    /// @dev What one gate did, in steps.
    struct Ledger {
        uint256 sent;
        uint256 executed;
        uint256 queued;
        uint256 donated;
    }

    struct Crossing {
        uint256 time;
        int256 steps;
    }

    /// @dev Sent and not yet delivered, by destination: index 0 is home.
    Transfer[][2] internal pending;
    /// @dev Delivered, through or in the queue.
    Transfer[][2] internal delivered;
    uint256[][2] internal waitingOut;
    uint256[][2] internal waitingIn;
    Ledger[2] internal ledgers;
    /// @dev Steps that went through, by destination and nonce.
    mapping(bytes32 id => uint256) internal executed;
    /// @dev What crossed each gate, and when: departures are positive.
    Crossing[][2] internal crossings;
    uint256 internal cancelled;
    uint32 internal epoch = 1;
    uint256 internal seated;
    address[4] internal holders;

    function setUp() public virtual override {
        super.setUp();
        holders = [alice, bob, stranger, makeAddr("carol")];
        for (uint256 i; i < 4; ++i) {
            _fund(holders[i], 1e15);
            _sendOf(0, holders[i], 1e10);
            _deliverOf(1, 0);
        }
        _act("send", this.send.selector);
        _act("deliver", this.deliver.selector);
        _act("queue", this.queue.selector);
        _act("cancel", this.cancel.selector);
        _act("complete", this.complete.selector);
        _act("execute", this.execute.selector);
        _act("replay", this.replay.selector);
        _act("rotate", this.rotate.selector);
        _act("delay", this.delay.selector);
        _act("donate", this.donate.selector);
        _act("stop", this.stop.selector);
        _targetActions();
    }

    // ── actions ───────────────────────────────────────────────────────────────────────────────────────────────

    function send(uint256 seed) external counted {
        seed = _mix(seed);
        (uint256 side, address holder, uint256 most) = _holding(seed);
        uint256 budget = _budget(_gate(side), Direction.OUT);
        most = most < budget ? most : budget;
        if (most == 0) return;
        _sendOf(side, holder, _magnitude(seed >> 8, most));
        _effective();
    }

    function queue(uint256 seed) external counted {
        if (_queueOne(_mix(seed))) _effective();
    }

    function cancel(uint256 seed) external counted {
        seed = _mix(seed);
        // Whoever wants to leave a queue has to be in one.
        if (waitingOut[0].length + waitingOut[1].length == 0) _queueOne(seed >> 16);
        (uint256 side, uint256 id) = _draw(waitingOut, seed);
        if (id == 0) return;
        IBridgeGate.Outbound memory o = _gate(side).outbound(id);
        _on(_gate(side));
        vm.prank(o.sender);
        _gate(side).cancel(id);
        ledgers[side].queued -= o.amount.value();
        ++cancelled;
        _effective();
    }

    function complete(uint256 seed) external counted {
        seed = _mix(seed);
        // Whoever wants to leave a queue has to be in one.
        if (waitingOut[0].length + waitingOut[1].length == 0) _queueOne(seed >> 16);
        (uint256 side, uint256 id) = _draw(waitingOut, seed);
        if (id == 0) return;
        IBridgeGate.Outbound memory o = _gate(side).outbound(id);
        // A bucket at rest lets a third of the capacity through, and that is no less than the least part.
        skip(1 days);
        _on(_gate(side));
        uint64 nonce = _gate(side).complete(id);
        uint256 waiting = _gate(side).outbound(id).amount.value();
        uint256 part = o.amount.value() - waiting;
        if (waiting != 0) waitingOut[side].push(id);
        ledgers[side].queued -= part;
        _left(side, part);
        pending[1 - side].push(Transfer(route, nonce, o.sender, o.recipient, _steps(part)));
        _effective();
    }

    function deliver(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 side = seed & 1;
        if (pending[side].length == 0) side = 1 - side;
        if (pending[side].length == 0) {
            side = 1;
            if (_budget(home, Direction.OUT) == 0) return;
            _sendOf(0, holders[seed >> 2 & 3], 1);
        }
        _deliverOf(side, (seed >> 8) % pending[side].length);
        _effective();
    }

    function execute(uint256 seed) external counted {
        seed = _mix(seed);
        if (waitingIn[0].length + waitingIn[1].length == 0) _arriveInQueue(seed >> 16);
        (uint256 side, uint256 id) = _draw(waitingIn, seed);
        if (id == 0) return;
        IBridgeGate.Inbound memory i = _gate(side).inbound(id);
        uint40 until = _gate(side).delayedUntil(route);
        if (block.timestamp < until) vm.warp(until);
        skip(1 days);
        _on(_gate(side));
        if (IAttesterSet(address(_gate(side))).attesterConfig(i.epoch).revoked) {
            vm.expectPartialRevert(IAttesterSet.RevokedEpoch.selector);
            _gate(side).execute(id);
            // Attested again by the present set, it waits anew.
            Attestation memory a = _attest(_gate(side), i.transfer, epoch, THREE, seated);
            assertEq(_gate(side).deliver(terms, i.transfer, a), id);
        }
        uint256 part = _gate(side).execute(id).value();
        assertEq(_gate(side).inbound(id).waiting, i.waiting - part, "9: waiting");
        if (part < i.waiting) waitingIn[side].push(id);
        _through(side, i.transfer, part);
        _effective();
    }

    /// @dev The council stops a route: nothing arrives. The curator starts it again, two days later.
    function stop(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 side = seed & 1;
        vm.prank(council);
        _gate(side).stopRoutes(_all());
        if (pending[side].length != 0) {
            Transfer memory t = pending[side][(seed >> 8) % pending[side].length];
            Attestation memory a = _attest(_gate(side), t, epoch, THREE, seated);
            vm.expectPartialRevert(IRouteBook.RouteIsStopped.selector);
            _gate(side).deliver(terms, t, a);
        }
        vm.startPrank(curator);
        _gate(side).startRoute(route);
        skip(2 days);
        _gate(side).allowEntry(route);
        vm.stopPrank();
        _effective();
    }

    /// @dev The same nonce with the same or another content, attested by the present set: never again. A queued
    /// arrival of a revoked epoch is the one exception, and {execute} takes it.
    function replay(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 side = seed & 1;
        if (delivered[side].length == 0) side = 1 - side;
        if (delivered[side].length == 0) return;
        Transfer memory t = delivered[side][(seed >> 8) % delivered[side].length];
        if (_passage(_gate(side), t.nonce) == Passage.QUEUED) return;
        if (seed & 2 != 0) (t.recipient, t.amount) = (stranger, _steps(1 + (seed >> 16) % 1e9));
        Attestation memory a = _attest(_gate(side), t, epoch, THREE, seated);
        vm.expectPartialRevert(IBridgeGate.AlreadyDelivered.selector);
        _gate(side).deliver(terms, t, a);
        _effective();
    }

    /// @dev A new set takes over; every other time the old one is revoked rather than left to run out.
    function rotate(uint256 seed) external counted {
        seed = _mix(seed);
        if (seed & 1 == 0) {
            _revoke(home, epoch);
            _revoke(remote, epoch);
        }
        seated = (seed >> 8) % 1000;
        _seat(seated, seated + 5);
        ++epoch;
        _effective();
    }

    function delay(uint256 seed) external counted {
        seed = _mix(seed);
        if (seed & 2 != 0) skip(14 days);
        vm.prank(guardian);
        try _gate(seed & 1).delayInbound(_all()) {
            _effective();
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), IRouteBook.DelayedRecently.selector);
        }
    }

    function donate(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 amount = 1 + seed % 1e12;
        token.mint(address(home), amount);
        ledgers[0].donated += amount;
        _effective();
    }

    // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    function _gate(uint256 side) internal view returns (IBridgeGate) {
        return side & 1 == 0 ? home : remote;
    }

    function _sendOf(uint256 side, address holder, uint256 amount) private {
        address to = holders[amount & 3];
        uint64 nonce = _send(_gate(side), holder, to, side == 0 ? amount : amount * STEP);
        _left(side, amount);
        pending[1 - side].push(Transfer(route, nonce, holder, to, _steps(amount)));
    }

    /// @dev Something waits to leave, at a gate whose budget is closed for the moment.
    function _queueOne(uint256 seed) private returns (bool queued) {
        (uint256 side, address holder, uint256 most) = _holding(seed);
        if (most == 0) return false;
        _setLimit(_gate(side), 0);
        uint256 amount = _magnitude(seed >> 8, most);
        uint256 base = side == 0 ? amount : amount * STEP;
        waitingOut[side].push(_enqueue(_gate(side), holder, holders[seed >> 250 & 3], base));
        ledgers[side].queued += amount;
        _reopen(_gate(side));
        return true;
    }

    /// @dev Something arrives at a gate whose budget is closed for the moment.
    function _arriveInQueue(uint256 seed) private {
        uint256 side = seed & 1;
        if (pending[side].length == 0) side = 1 - side;
        if (pending[side].length == 0) {
            side = 1;
            if (_budget(home, Direction.OUT) == 0) return;
            _sendOf(0, holders[seed >> 2 & 3], 1);
        }
        _setLimit(_gate(side), 0);
        _deliverOf(side, (seed >> 8) % pending[side].length);
        _reopen(_gate(side));
    }

    function _deliverOf(uint256 side, uint256 number) private {
        Transfer memory t = pending[side][number];
        pending[side][number] = pending[side][pending[side].length - 1];
        pending[side].pop();
        delivered[side].push(t);
        Attestation memory a = _attest(_gate(side), t, epoch, THREE, seated);
        uint256 id = _gate(side).deliver(terms, t, a);
        if (id == 0) _through(side, t, t.amount.value());
        else waitingIn[side].push(id);
    }

    function _left(uint256 side, uint256 steps) private {
        ledgers[side].sent += steps;
        crossings[side].push(Crossing(block.timestamp, int256(steps)));
    }

    function _through(uint256 side, Transfer memory t, uint256 steps) private {
        ledgers[side].executed += steps;
        crossings[side].push(Crossing(block.timestamp, -int256(steps)));
        bytes32 id = keccak256(abi.encode(side, t.nonce));
        executed[id] += steps;
        assertLe(executed[id], t.amount.value(), "9: executed twice");
    }

    /// @dev A holder at either side, and what it has, in steps.
    function _holding(uint256 seed)
        private
        view
        returns (uint256 side, address holder, uint256 most)
    {
        (side, holder) = (seed & 1, holders[seed >> 2 & 3]);
        if (side == 1) most = bridged.balanceOf(holder) / STEP;
        if (most == 0) (side, most) = (0, token.balanceOf(holder));
    }

    /// @dev Takes one id out of a queue at either side; 0 where both are empty.
    function _draw(uint256[][2] storage queues, uint256 seed)
        private
        returns (uint256 side, uint256 id)
    {
        side = seed & 1;
        if (queues[side].length == 0) side = 1 - side;
        uint256[] storage ids = queues[side];
        if (ids.length == 0) return (side, 0);
        uint256 number = (seed >> 8) % ids.length;
        id = ids[number];
        ids[number] = ids[ids.length - 1];
        ids.pop();
    }
}
