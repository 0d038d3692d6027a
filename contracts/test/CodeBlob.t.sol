// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CodeBlob } from "../src/libraries/CodeBlob.sol";
import { Test } from "forge-std/Test.sol";

contract CodeBlobTest is Test {
    function test_write__any_bytes__are_read_back(bytes memory data) public {
        vm.assume(data.length < 24_576);
        assertEq(CodeBlob.read(CodeBlob.write(data)), data);
    }

    function test_read__does_not_disturb_memory_that_follows(bytes memory a, bytes memory b)
        public
    {
        vm.assume(a.length < 24_576 && b.length < 24_576);
        (address blobA, address blobB) = (CodeBlob.write(a), CodeBlob.write(b));
        bytes memory first = CodeBlob.read(blobA);
        bytes memory second = CodeBlob.read(blobB);
        assertEq(first, a);
        assertEq(second, b);
    }

    function test_blob__called__does_nothing(bytes memory data, bytes memory call) public {
        vm.assume(data.length < 24_576);
        (bool ok, bytes memory returned) = CodeBlob.write(data).call(call);
        assertTrue(ok);
        assertEq(returned.length, 0);
    }

    /// Code costs 200 gas a byte, which the creation runs out of before its caller does.
    function test_write__too_little_gas_for_the_code__refuses() public {
        vm.expectRevert(CodeBlob.BlobNotWritten.selector);
        this.write{ gas: 150_000 }(new bytes(1000));
    }

    function write(bytes calldata data) external returns (address) {
        return CodeBlob.write(data);
    }
}
