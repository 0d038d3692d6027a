// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IEquivocation } from "./IEquivocation.sol";
import { IReportIntake } from "./IReportIntake.sol";
import { ISpotIndexReader, State, Timing } from "./ISpotIndexReader.sol";

/// @title ISpotIndex
/// @notice Turns signed observations into rounds, and rounds into time averages.
///
/// A submission is for one slot. Per index the value is the lower median of the observations that have one,
/// which lies within the honest observations while liars <= ⌈quorum/2⌉ - 1. Values have 8 decimals.
interface ISpotIndex is ISpotIndexReader, IReportIntake, IEquivocation {
    /// @notice One index got a new value.
    /// @param index Number of the index.
    /// @param slot Unix time the value is for.
    /// @param value USD per SCU, 8 decimals.
    /// @param epoch Epoch of the reporters who signed.
    /// @param signers Mask of the set positions behind the submission.
    event RoundRecorded(
        uint256 indexed index, uint40 indexed slot, uint64 value, uint32 epoch, uint32 signers
    );

    /// @notice A field of the timing is out of its range.
    /// @param field Name of the field.
    error BadTiming(string field);
    /// @notice The slot is too close to the last one, or before it.
    /// @param slot The slot given, Unix time.
    /// @param earliest Unix time of the first slot that is accepted.
    error SlotTooSoon(uint40 slot, uint256 earliest);
    /// @notice The observation named is not the lower median of those that have a value.
    /// @param index Number of the index.
    /// @param rank The observation named, counted from 0 by set position.
    error NotTheMedian(uint256 index, uint256 rank);
    /// @notice No index has a quorum of values.
    error NothingToRecord();
    /// @notice The value moved beyond the speed limit, and too few signed for that. It is never clamped.
    /// @param index Number of the index.
    /// @param last Value of the round before, 8 decimals; 0 where there is none.
    /// @param value The new value.
    /// @param signers Observations behind the new value.
    /// @param wideQuorum Observations it would need.
    error TooFast(uint256 index, uint64 last, uint64 value, uint256 signers, uint256 wideQuorum);

    /// @notice Records a round from a quorum of observations. Anyone may call: push and pull in one.
    ///
    /// `report` is packed, big-endian:
    ///
    ///     slot u40 | flags u8 | signers u32 (mask of set positions) | rank u8 × indices
    ///     then per signer, by rising position:
    ///     r b32 | yParityAndS b32 (EIP-2098) | evidenceRoot b32 | value u64 × indices (0: absent)
    ///
    /// `rank[i]` names the observation that holds the median of index i; the contract only counts below
    /// and above it. What each reporter signed is the EIP-712 struct
    /// `Observation(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,uint256 present,
    /// bytes32 methodHash,bytes32 evidenceRoot)`, where bit i of `present` says that values[i] is not zero.
    /// @param report The packed observations.
    /// @return updated Mask of the indices that got a new value: bit i is index i.
    function submit(bytes calldata report) external returns (uint256 updated);

    /// @notice Submissions so far.
    /// @return Their count, which is also the number of the last one.
    function rounds() external view returns (uint256);
}
