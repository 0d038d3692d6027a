// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Limits } from "../libraries/Limits.sol";
import { IReportIntake } from "./IReportIntake.sol";
import { IReportProofs } from "./IReportProofs.sol";
import { ISpotIndexReader, Timing } from "./ISpotIndexReader.sol";

/// @notice Why an index keeps its last round. NONE: it got a new one. ABSENT: the report has no value for it.
/// OUT_OF_RANGE: the value is greater than 2^56 - 1. TOO_SOON: closer to the last round than its least interval, or
/// before it. TOO_FAST: beyond its speed limit, and too few signed for that; a value is never clamped.
enum Refusal {
    NONE,
    ABSENT,
    OUT_OF_RANGE,
    TOO_SOON,
    TOO_FAST
}

/// @title ISpotIndexV2
/// @notice Turns common reports into rounds, and rounds into time averages. A report is one content over which s of n
/// reporters signed; see docs/PROTOCOL.md for how they agree on it.
///
/// Every index stands alone: it has its own heartbeat, least interval, speed limit and wide quorum, and its own count
/// of rounds. One that may not move keeps its last round, is named in an event, and stops no other.
///
/// With n reporters f = ⌊(n-1)/3⌋ may do anything; s lies between f + 1 and n - f.
interface ISpotIndexV2 is ISpotIndexReader, IReportIntake, IReportProofs {
    /// @notice A report was taken. What it did to each index follows in the same transaction, with its slot.
    /// @param inputRoot Root of the input set that its values follow from.
    /// @param epoch Epoch of the reporters who signed.
    /// @param signers Mask of the set positions that signed.
    event ReportRecorded(bytes32 inputRoot, uint32 epoch, uint32 signers);

    /// @notice One index got a new value; the {ReportRecorded} before it says who signed.
    /// @param index Number of the index.
    /// @param slot Unix time the value is for.
    /// @param value USD per SCU, 8 decimals.
    /// @param confidence Half-width around the value, 8 decimals.
    /// @param providers How many providers it rests on.
    event RoundRecorded(
        uint256 indexed index, uint40 indexed slot, uint64 value, uint64 confidence, uint8 providers
    );

    /// @notice One index kept its last round although a report was taken.
    /// @param index Number of the index.
    /// @param slot Unix time of the report.
    /// @param reason Why.
    /// @param last Value it keeps, 8 decimals; 0 where it has none.
    /// @param value Value of the report; 0 where it has none.
    event IndexRefused(
        uint256 indexed index, uint40 indexed slot, Refusal reason, uint64 last, uint64 value
    );

    /// @notice The set got further indices, behind those it had.
    /// @param names All names, by number.
    /// @param indexSet What reports say from now on that they are of.
    event IndicesAppended(string[] names, bytes32 indexSet);

    /// @notice A limit of an index could never work.
    /// @param index Number of the index.
    /// @param field Name of the limit.
    error BadLimits(uint256 index, string field);
    /// @notice A grid must divide a day, and three slots of it must not be longer than one.
    /// @param grid The grid given, seconds.
    error BadGrid(uint32 grid);
    /// @notice With fewer signatures liars alone could sign; with more, silent reporters alone stop every round.
    /// @param given Signatures asked for.
    /// @param least f + 1.
    /// @param most n - f.
    error SignaturesOutOfRange(uint256 given, uint256 least, uint256 most);
    /// @notice Live values are recorded by one index and replayed ones by another, so that no contract can settle on
    /// history that it takes for the present.
    /// @param given Flags of the report.
    /// @param expected Flags of this contract.
    error OtherFlags(uint8 given, uint8 expected);
    /// @notice Every index refused; this is the first of them.
    /// @param index Number of the index.
    /// @param reason Why.
    /// @param last Value it keeps, 8 decimals; 0 where it has none.
    /// @param value Value of the report; 0 where it has none.
    error AllRefused(uint256 index, Refusal reason, uint64 last, uint64 value);

    /// @notice Records a round of every index that may move. Anyone may call: push and pull in one.
    ///
    /// `report` is packed, big-endian:
    ///
    ///     slot u40 | flags u8 | signers u32 (mask of set positions) | inputRoot b32
    ///     then per index:  value u64 (0: absent) | confidence u64 | providers u8
    ///     then per signer, by rising position:  r b32 | yParityAndS b32 (EIP-2098)
    ///
    /// All sign one digest, of the EIP-712 struct `Report(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,
    /// uint64[] values,uint64[] confidences,uint8[] providers,bytes32 methodHash,bytes32 inputRoot)`. A report is
    /// usable for three slots of the grid.
    /// @param report The packed report.
    /// @return updated Mask of the indices that got a new value: bit i is index i.
    function submit(bytes calldata report) external returns (uint256 updated);

    /// @notice Adds indices behind those there are, in a new epoch of the same reporters. Admin, behind a delay.
    /// Numbers, rounds and windows of the indices there are stay as they are.
    /// @param names Of the new indices.
    /// @param limits Of the new indices, by the same numbers.
    function append(string[] calldata names, Limits[] calldata limits) external;

    /// @notice How sure a round is, while it is kept.
    /// @param index Number of the index.
    /// @param roundId Number of the round, from 1.
    /// @return confidenceBps Half-width around the value in basis points of it, rounded up; 65535 says so or more.
    /// @return providers How many providers the value rests on; 255 says so or more.
    function quality(uint256 index, uint256 roundId)
        external
        view
        returns (uint16 confidenceBps, uint8 providers);

    /// @notice What an index may do.
    /// @param index Number of the index.
    /// @return Its limits, which never change.
    function limitsOf(uint256 index) external view returns (Limits memory);

    /// @notice When rounds of an index are due, accepted and stale; {timing} is that of index 0.
    /// @param index Number of the index.
    /// @return With the grid and the greatest age, which all indices share.
    function timingOf(uint256 index) external view returns (Timing memory);

    /// @notice The greatest slot of all indices: the protocol draws the next leader by it.
    /// @return Unix time; 0 before the first round.
    function lastSlot() external view returns (uint40);

    /// @notice Flags of every report that this contract takes.
    /// @return Bit 0: replayed history, not live quotes.
    function flags() external view returns (uint8);
}
