// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";
import { Settlement } from "./libraries/Settlement.sol";

/// @title LastRung
/// @notice What a BANDED series of a {FuturesMarket} settles at when nobody proposed it for fourteen days. Each market
/// makes its own; it has no state and no say elsewhere.
contract LastRung {
    uint32 public constant LEAST_COVERED = 24 hours;
    uint40 public constant LOOK_BACK = 30 days;

    ISpotIndexReader public immutable spotIndex;

    constructor(ISpotIndexReader spotIndex_) {
        spotIndex = spotIndex_;
    }

    /// @notice The average of the window, else of the first equally long span before it, up to A, A - 1 d, … of which
    /// {LEAST_COVERED} is covered, else K. That span decides also if proven liars made it, by K: going on would let
    /// proofs make a price dear. Of errors only the index having no history there is an answer; a call that merely ran
    /// out of gas reverts.
    /// @param index Number of the index.
    /// @param start A of the series.
    /// @param expiry B of the series.
    /// @param referencePrice K, USD per SCU, 8 decimals.
    /// @return S, likewise.
    function average(uint16 index, uint40 start, uint40 expiry, uint64 referencePrice)
        external
        view
        returns (uint64)
    {
        uint40 span = expiry - start;
        for (uint40 to = expiry; to + LOOK_BACK >= start;) {
            try spotIndex.window(index, to - span, to) returns (ISpotIndexReader.Window memory w) {
                if (w.coveredTime >= LEAST_COVERED) {
                    if (spotIndex.isCompromised(to - span, to)) break;
                    return Settlement.average(w.valueTime, w.coveredTime);
                }
            } catch (bytes memory reason) {
                if (bytes4(reason) == ISpotIndexReader.NoCheckpoint.selector) break;
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
            to = to == expiry ? start : to - 1 days;
        }
        return referencePrice;
    }
}
