// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Amount,
    AmountLib,
    AmountTooLarge,
    AmountTooSmall,
    DecimalsMismatch
} from "../src/libraries/Amount.sol";
import { Test } from "forge-std/Test.sol";

contract AmountTest is Test {
    function test_operators__same_decimals__are_those_of_the_values(uint96 a, uint96 b)
        public
        view
    {
        (Amount x, Amount y) = (AmountLib.pack(a, 6), AmountLib.pack(b, 6));
        assertEq(x < y, a < b);
        assertEq(x <= y, a <= b);
        assertEq(x == y, a == b);
        assertTrue(x == x && x <= x && !(x < x));
        if (a >= b) assertEq(this.sub(x, y).value(), a - b);
        assertEq(this.sub(x, x).value(), 0);
    }

    function test_sub__below_zero__refuses() public {
        vm.expectRevert(abi.encodeWithSelector(AmountTooSmall.selector, 1, 2));
        this.sub(AmountLib.pack(1, 6), AmountLib.pack(2, 6));
    }

    function test_add__beyond_96_bits__refuses() public {
        Amount most = AmountLib.pack(type(uint96).max, 6);
        vm.expectRevert(abi.encodeWithSelector(AmountTooLarge.selector, uint256(1) << 96));
        this.add(most, AmountLib.pack(1, 6));
        assertEq(this.add(most, AmountLib.pack(0, 6)).value(), type(uint96).max);
    }

    function test_operators__other_decimals__never_meet() public {
        (Amount x, Amount y) = (AmountLib.pack(5, 6), AmountLib.pack(5, 8));
        bytes memory mismatch = abi.encodeWithSelector(DecimalsMismatch.selector, 6, 8);
        vm.expectRevert(mismatch);
        this.add(x, y);
        vm.expectRevert(mismatch);
        this.sub(x, y);
        vm.expectRevert(mismatch);
        this.equal(x, y);
        vm.expectRevert(mismatch);
        this.below(x, y);
        vm.expectRevert(mismatch);
        this.atMost(x, y);
    }

    function add(Amount a, Amount b) external pure returns (Amount) {
        return a + b;
    }

    function sub(Amount a, Amount b) external pure returns (Amount) {
        return a - b;
    }

    function equal(Amount a, Amount b) external pure returns (bool) {
        return a == b;
    }

    function below(Amount a, Amount b) external pure returns (bool) {
        return a < b;
    }

    function atMost(Amount a, Amount b) external pure returns (bool) {
        return a <= b;
    }
}
