// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket } from "../src/interfaces/IFuturesMarket.sol";
import { FickleMaker } from "./support/Makers.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";

/// @notice Owners of positions name operators by signature.
/// forge-config: default.fuzz.runs = 96
contract FuturesPositionsTest is MarketTest {
    uint256 private constant FOREVER = type(uint256).max;

    address private owner;
    uint256 private key;

    function setUp() public override {
        super.setUp();
        (owner, key) = makeAddrAndKey("owner");
    }

    function test_permitOperator__brought_by_anyone__is_the_owner_s_own_act(
        address bringer,
        address operator,
        bool approved
    ) public {
        vm.assume(operator != address(0));
        vm.prank(owner);
        positions.setOperator(operator, !approved);
        bytes memory signature = _permit(operator, approved, 0, FOREVER);
        vm.expectEmit(address(market));
        emit IERC6909.OperatorSet(owner, operator, approved);
        vm.prank(bringer);
        market.permitOperator(owner, operator, approved, FOREVER, signature);
        assertEq(positions.isOperator(owner, operator), approved);
        assertEq(market.nonces(owner), 1);
    }

    function test_permitOperator__submitted_twice__counts_once() public {
        bytes memory signature = _permit(matcher, true, 0, FOREVER);
        market.permitOperator(owner, matcher, true, FOREVER, signature);
        vm.prank(owner);
        positions.setOperator(matcher, false);
        _expectUnsigned(owner, matcher, true, 1, FOREVER, signature);
        assertFalse(positions.isOperator(owner, matcher));
    }

    function test_permitOperator__by_another_or_over_other_terms__refuses() public {
        bytes memory signature = _permit(matcher, true, 0, FOREVER);
        _expectUnsigned(alice, matcher, true, 0, FOREVER, signature);
        _expectUnsigned(owner, stranger, true, 0, FOREVER, signature);
        _expectUnsigned(owner, matcher, false, 0, FOREVER, signature);
        _expectUnsigned(owner, matcher, true, 0, FOREVER - 1, signature);
        _expectUnsigned(owner, matcher, true, 0, FOREVER, new bytes(65));
        _expectUnsigned(address(0), matcher, true, 0, FOREVER, new bytes(65));
        vm.chainId(7777);
        _expectUnsigned(owner, matcher, true, 0, FOREVER, signature);
    }

    function test_permitOperator__until_its_deadline__and_not_a_second_longer(uint40 deadline)
        public
    {
        deadline = uint40(bound(deadline, block.timestamp, type(uint40).max - 1));
        bytes memory first = _permit(matcher, true, 0, deadline);
        bytes memory second = _permit(matcher, false, 1, deadline);
        vm.warp(deadline);
        market.permitOperator(owner, matcher, true, deadline, first);
        vm.warp(deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesMarket.SignatureExpired.selector, deadline, deadline + 1)
        );
        market.permitOperator(owner, matcher, false, deadline, second);
    }

    function test_permitOperator__of_a_contract__is_asked_of_it() public {
        FickleMaker fickle = new FickleMaker();
        market.permitOperator(address(fickle), matcher, true, FOREVER, "");
        assertTrue(positions.isOperator(address(fickle), matcher));
        fickle.become(FickleMaker.Mood.REFUSES);
        _expectUnsigned(address(fickle), stranger, true, 1, FOREVER, "");
    }

    function test_permitOperator__every_role_hostile__revoking_goes_on() public {
        vm.prank(owner);
        positions.setOperator(matcher, true);
        vm.prank(guardian);
        market.stopEntry();
        vm.prank(admin);
        governance.setTargetClosed(address(market), true);
        market.permitOperator(owner, matcher, false, FOREVER, _permit(matcher, false, 0, FOREVER));
        assertFalse(positions.isOperator(owner, matcher));
    }

    function _permit(address operator, bool approved, uint256 nonce, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes32 digest = market.operatorDigest(owner, operator, approved, nonce, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _expectUnsigned(
        address of_,
        address operator,
        bool approved,
        uint256 nonce,
        uint256 deadline,
        bytes memory signature
    ) private {
        bytes32 digest = market.operatorDigest(of_, operator, approved, nonce, deadline);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesMarket.WrongOwnerSignature.selector, of_, digest)
        );
        market.permitOperator(of_, operator, approved, deadline, signature);
    }
}
