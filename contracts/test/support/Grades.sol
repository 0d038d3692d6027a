// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Basis,
    Denomination,
    GradeTerms,
    Kind,
    Precision
} from "../../src/interfaces/IGradeRegistry.sol";

/// @title Grades
/// @notice One grade of each denomination, in full.
library Grades {
    bytes32 private constant METHOD = keccak256("grade factors");
    uint128 private constant CAP = 1e32;

    /// @notice One hour of an A100.
    function gpuHour(address token, uint8 decimals, uint40 validUntil)
        internal
        pure
        returns (GradeTerms memory t)
    {
        t = _common("aurora", token, decimals, validUntil);
        (t.denomination, t.model, t.quantity) = (Denomination.GPU_HOUR, "A100 80GB SXM", 3600);
        t.scuPerToken = 0.5931e18;
    }

    /// @notice One delivered BF16 exaFLOP.
    function exaflop(address token, uint8 decimals, uint40 validUntil)
        internal
        pure
        returns (GradeTerms memory t)
    {
        t = _common("exaline", token, decimals, validUntil);
        (t.denomination, t.precision, t.basis) =
        (Denomination.FLOP, Precision.BF16, Basis.DELIVERED);
        (t.quantity, t.scuPerToken) = (1e18, 0.7019e18);
    }

    /// @notice One million output tokens of Llama-2-70B.
    function inference(address token, uint8 decimals, uint40 validUntil)
        internal
        pure
        returns (GradeTerms memory t)
    {
        t = _common("lumen", token, decimals, validUntil);
        (t.denomination, t.model, t.precision) =
        (Denomination.INFERENCE, "Llama-2-70B", Precision.FP8);
        (t.inputTokens, t.outputTokens) = (294, 294);
        (t.quantity, t.scuPerToken) = (1e6, 0.0712e18);
    }

    function _common(string memory network, address token, uint8 decimals, uint40 validUntil)
        private
        pure
        returns (GradeTerms memory t)
    {
        (t.network, t.token, t.decimals, t.kind) = (network, token, decimals, Kind.REDEEMABLE);
        (t.methodHash, t.validUntil, t.depositCap) = (METHOD, validUntil, CAP);
    }
}
