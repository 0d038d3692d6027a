// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/devnet/TestToken.sol";
import { IAttesterSet } from "../../src/interfaces/IAttesterSet.sol";
import { IBridgeGate, Passage } from "../../src/interfaces/IBridgeGate.sol";
import { IRouteBook } from "../../src/interfaces/IRouteBook.sol";
import { Direction, IRouteLimits } from "../../src/interfaces/IRouteLimits.sol";
import { Amount, AmountLib } from "../../src/libraries/Amount.sol";
import { Attestation, Transfer } from "../../src/libraries/Message.sol";
import { RouteLib, RouteTerms } from "../../src/libraries/Route.sol";
import { Reports } from "./Reports.sol";
import { Shipped } from "./Shipped.sol";
import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Two gates on two chains in one machine: the chain id says on which chain a call happens. Five
/// attesters sit at both, of whom three make an attestation.
abstract contract GateTest is Shipped {
    uint64 internal constant HOME = 31_337;
    uint64 internal constant REMOTE = 84_532;
    uint40 internal constant GENESIS = 20_393 days;
    uint32 internal constant THREE = 7;
    /// @dev What may go either way at once from a bucket at rest; the capacity is three times as much.
    uint96 internal constant AT_REST = 1_000_000e6;
    uint96 internal constant CAPACITY = 3 * AT_REST;
    uint256 internal constant ALL = type(uint256).max;
    uint64 internal constant CURATOR = 1;
    uint64 internal constant GUARDIAN = 2;
    uint64 internal constant COUNCIL = 3;

    address internal admin = makeAddr("admin");
    address internal curator = makeAddr("curator");
    address internal guardian = makeAddr("guardian");
    address internal council = makeAddr("council");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal stranger = makeAddr("stranger");

    IBridgeGate internal home;
    IBridgeGate internal remote;
    IAccessManager internal homeGovernance;
    IAccessManager internal remoteGovernance;
    TestToken internal token;
    IERC20 internal bridged;
    RouteTerms internal terms;
    bytes32 internal route;
    /// @dev Routes so far, the same at both gates.
    uint64 private _routes;

    function setUp() public virtual {
        vm.warp(GENESIS);
        vm.chainId(REMOTE);
        (remote, remoteGovernance) = _newGate();
        vm.chainId(HOME);
        (home, homeGovernance) = _newGate();
        _seat(0, 5);
        token = new TestToken("Compute", "CPU", 6);
        _openRoute(address(token), 6, 18);
        _fund(alice, 10_000_000e6);
    }

    function _newGate() private returns (IBridgeGate gate, IAccessManager governance) {
        governance = IAccessManager(_deploy("Governance", abi.encode(admin)));
        gate = IBridgeGate(_deploy("BridgeGate", abi.encode(governance)));
        vm.startPrank(admin);
        _permit(governance, CURATOR, address(gate), IRouteBook.addRoute.selector);
        _permit(governance, CURATOR, address(gate), IRouteBook.allowEntry.selector);
        _permit(governance, CURATOR, address(gate), IRouteBook.startRoute.selector);
        _permit(governance, CURATOR, address(gate), IRouteLimits.setLimit.selector);
        _permit(governance, GUARDIAN, address(gate), IRouteBook.stopEntry.selector);
        _permit(governance, GUARDIAN, address(gate), IRouteBook.delayInbound.selector);
        _permit(governance, COUNCIL, address(gate), IRouteBook.stopRoutes.selector);
        _permit(governance, COUNCIL, address(gate), IAttesterSet.revokeEpoch.selector);
        governance.grantRole(CURATOR, curator, 0);
        governance.grantRole(GUARDIAN, guardian, 0);
        governance.grantRole(COUNCIL, council, 0);
        vm.stopPrank();
    }

    function _permit(IAccessManager governance, uint64 role, address target, bytes4 selector)
        private
    {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        governance.setTargetFunctionRole(target, selectors, role);
    }

    // ── routes ────────────────────────────────────────────────────────────────────────────────────────────────

    function _openRoute(address homeToken, uint8 homeDecimals, uint8 remoteDecimals) internal {
        _openRoute(homeToken, homeDecimals, remoteDecimals, CAPACITY);
    }

    /// @dev Makes the representation and adds the route at both ends; it becomes {terms}.
    function _openRoute(
        address homeToken,
        uint8 homeDecimals,
        uint8 remoteDecimals,
        uint96 capacity
    ) internal {
        bridged = IERC20(
            _deploy("BridgedToken", abi.encode(remote, "Bridged Compute", "bCPU", remoteDecimals))
        );
        terms = RouteTerms({
            homeChain: HOME,
            homeGate: address(home),
            homeToken: homeToken,
            homeDecimals: homeDecimals,
            remoteChain: REMOTE,
            remoteGate: address(remote),
            remoteToken: address(bridged),
            remoteDecimals: remoteDecimals
        });
        route = RouteLib.id(terms);
        ++_routes;
        vm.startPrank(curator);
        home.addRoute(terms, capacity, council);
        remote.addRoute(terms, capacity, council);
        vm.stopPrank();
    }

    function _fund(address account, uint256 amount) internal {
        token.mint(account, amount);
        vm.prank(account);
        token.approve(address(home), type(uint256).max);
    }

    /// @dev The nonce of transfer number `count` of the route.
    function _nonce(uint64 count) internal view returns (uint64) {
        return (_routes << 40) | count;
    }

    /// @dev Amount in the decimals of the route.
    function _steps(uint256 value) internal view returns (Amount) {
        return AmountLib.pack(value, RouteLib.decimals(terms));
    }

    // ── attesters ─────────────────────────────────────────────────────────────────────────────────────────────

    function _key(uint256 i) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("attester", i)));
    }

    /// @dev Attesters number `from` to `to`, the latter excluded, at both gates.
    function _seat(uint256 from, uint256 to) internal {
        address[] memory attesters = new address[](to - from);
        for (uint256 i; i < attesters.length; ++i) {
            attesters[i] = vm.addr(_key(from + i));
        }
        vm.startPrank(admin);
        IAttesterSet(address(home)).setAttesters(uint8(attesters.length / 2 + 1), attesters);
        IAttesterSet(address(remote)).setAttesters(uint8(attesters.length / 2 + 1), attesters);
        vm.stopPrank();
    }

    function _on(IBridgeGate gate) internal {
        vm.chainId(gate == home ? HOME : REMOTE);
    }

    /// @dev Signed by the set positions in `signers`, whose keys begin at number `first`.
    function _attest(
        IBridgeGate destination,
        Transfer memory t,
        uint32 epoch,
        uint32 signers,
        uint256 first
    ) internal returns (Attestation memory a) {
        _on(destination);
        bytes32 digest = destination.digest(t, epoch);
        (a.epoch, a.signers) = (epoch, signers);
        for (uint256 position; position < 32; ++position) {
            if ((signers >> position) & 1 == 0) continue;
            (bytes32 r, bytes32 vs) = Reports.sign(_key(first + position), digest);
            a.signatures = abi.encodePacked(a.signatures, r, vs);
        }
    }

    function _attest(IBridgeGate destination, Transfer memory t)
        internal
        returns (Attestation memory)
    {
        return _attest(destination, t, 1, THREE, 0);
    }

    // ── crossing ──────────────────────────────────────────────────────────────────────────────────────────────

    function _transfer(uint64 nonce, address sender, address recipient, uint256 steps)
        internal
        view
        returns (Transfer memory)
    {
        return Transfer(route, nonce, sender, recipient, _steps(steps));
    }

    /// @dev Sends at once; the nonce.
    function _send(IBridgeGate gate, address sender, address recipient, uint256 amount)
        internal
        returns (uint64 nonce)
    {
        _on(gate);
        vm.prank(sender);
        (bool sent, uint256 number) = gate.send(terms, amount, 0, recipient, false);
        assertTrue(sent);
        return uint64(number);
    }

    /// @dev Sends more than the budget; the id in the queue.
    function _enqueue(IBridgeGate gate, address sender, address recipient, uint256 amount)
        internal
        returns (uint256 id)
    {
        _on(gate);
        vm.prank(sender);
        (bool sent, uint256 number) = gate.send(terms, amount, 0, recipient, true);
        assertFalse(sent);
        return number;
    }

    function _deliver(IBridgeGate gate, Transfer memory t) internal returns (uint256 id) {
        Attestation memory a = _attest(gate, t);
        _on(gate);
        vm.prank(stranger);
        return gate.deliver(terms, t, a);
    }

    /// @dev From home to remote, all the way.
    function _cross(address sender, address recipient, uint256 amount)
        internal
        returns (uint64 nonce)
    {
        nonce = _send(home, sender, recipient, amount);
        uint256 step = AmountLib.step(terms.homeDecimals, RouteLib.decimals(terms));
        assertEq(_deliver(remote, _transfer(nonce, sender, recipient, amount / step)), 0);
    }

    function _budget(IBridgeGate gate, Direction direction) internal view returns (uint256) {
        return IRouteLimits(address(gate)).budget(route, direction);
    }

    function _setLimit(IBridgeGate gate, uint96 capacity) internal {
        vm.prank(curator);
        IRouteLimits(address(gate)).setLimit(route, capacity);
    }

    /// @dev The only route, as a list.
    function _all() internal view returns (bytes32[] memory all) {
        all = new bytes32[](1);
        all[0] = route;
    }

    function _revoke(IBridgeGate gate, uint32 epoch) internal {
        vm.prank(council);
        IAttesterSet(address(gate)).revokeEpoch(epoch);
    }

    /// @dev Back to the capacity it had, and at rest.
    function _reopen(IBridgeGate gate) internal {
        _setLimit(gate, CAPACITY);
        skip(2 days);
        IRouteLimits(address(gate)).applyLimit(route);
        skip(1 days);
    }

    function _passage(IBridgeGate gate, uint64 nonce) internal view returns (Passage passage) {
        (uint64 chain, address source) =
            gate == home ? (REMOTE, address(remote)) : (HOME, address(home));
        (passage,) = gate.arrival(chain, source, nonce);
    }

    /// @dev What every state must satisfy in a world of one home and one remote end.
    function _assertBacked() internal view {
        IBridgeGate.RouteState memory h = home.routeState(route);
        IBridgeGate.RouteState memory r = remote.routeState(route);
        uint8 decimals = RouteLib.decimals(terms);
        uint256 locked = h.locked / AmountLib.step(terms.homeDecimals, decimals);
        uint256 minted = r.minted / AmountLib.step(terms.remoteDecimals, decimals);
        assertLe(minted, locked, "9: minted more than is locked");
    }
}
