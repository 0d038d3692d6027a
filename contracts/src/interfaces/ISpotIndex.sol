// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IEquivocation } from "./IEquivocation.sol";

/// @notice How much a reader may rely on an index now.
/// HALTED: no round within heartbeat + grace. THIN: fresh, but signed by no more than the quorum.
enum State {
    HALTED,
    THIN,
    LIVE
}

/// @notice Timing of an index set, frozen at deployment. Seconds, except where named.
/// @param grid A slot is a multiple of it.
/// @param heartbeat H: a round is due at least this often.
/// @param grace How much later than H a value still holds.
/// @param maxAge Oldest slot a submission may carry.
/// @param minInterval Least distance between two slots.
/// @param deviationBps Move that makes a round due before the heartbeat, basis points.
/// @param bandBps Speed limit per heartbeat with a plain quorum, basis points.
struct Timing {
    uint32 grid;
    uint32 heartbeat;
    uint32 grace;
    uint32 maxAge;
    uint32 minInterval;
    uint16 deviationBps;
    uint16 bandBps;
}

/// @title ISpotIndex
/// @notice Turns signed observations into rounds, and rounds into time averages.
///
/// A submission is for one slot. Per index the value is the lower median of the observations that have one,
/// which lies within the honest observations while liars <= ⌈quorum/2⌉ - 1. Values have 8 decimals.
interface ISpotIndex is IEquivocation {
    /// @param value 8 decimals.
    /// @param slot Unix time the value is for.
    /// @param valueTime ∫ value dt over
    /// covered time up to `slot`.
    /// @param coveredTime Seconds covered up to `slot`.
    /// @param signers
    /// Observations behind the value. @param flags Bit 0: replayed history, not live quotes.
    struct RoundView {
        uint64 value;
        uint40 slot;
        uint96 valueTime;
        uint32 coveredTime;
        uint8 signers;
        uint8 flags;
    }

    /// @notice All a reader needs to judge an index, in one call.
    struct Status {
        string name;
        State state;
        RoundView latest;
        Timing timing;
        uint32 epoch;
        uint8 quorum;
        uint8 wideQuorum;
        uint8 reporters;
        bytes32 methodHash;
        bytes32 indexSet;
    }

    /// @param valueTime ∫ value dt over covered time in the window.
    /// @param coveredTime Seconds covered.
    /// @param longGap An uncovered stretch of more than 24 hours lies in the window.
    struct Window {
        uint96 valueTime;
        uint32 coveredTime;
        bool longGap;
    }

    /// @notice One index got a new value.
    /// @param signers Mask of set positions behind the submission.
    event RoundRecorded(
        uint256 indexed index, uint40 indexed slot, uint64 value, uint32 epoch, uint32 signers
    );

    error BadTiming(string field);
    error NoIndices();
    error NotConfigured();
    error BadReportLength(uint256 length, uint256 expected);
    error TooFewSignatures(uint256 given, uint256 quorum);
    error UnknownPosition(uint256 position, uint256 reporters);
    /// @notice The signature at this set position is not that reporter's, for this slot, epoch and content.
    error WrongSigner(uint256 position, address recovered, address expected);
    error OffGrid(uint40 slot, uint32 grid);
    error SlotInFuture(uint40 slot, uint256 timestamp);
    error SlotTooOld(uint40 slot, uint256 oldest);
    error SlotTooSoon(uint40 slot, uint256 earliest);
    error NotTheMedian(uint256 index, uint256 rank);
    error NothingToRecord();
    error TooFast(uint256 index, uint64 last, uint64 value, uint256 signers, uint256 wideQuorum);
    error UnknownIndex(uint256 index);
    error StaleIndex(uint256 index, uint40 slot, uint256 oldest);
    error RoundEvicted(uint256 roundId);
    error NotMidnight(uint40 time);
    error NotFinal(uint40 time);
    error NoCheckpoint(uint40 time);

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
    /// @return updated Mask of the indices that got a new value.
    function submit(bytes calldata report) external returns (uint256 updated);

    /// @notice The latest round of an index, however old.
    function latest(uint256 index) external view returns (RoundView memory);

    /// @notice The latest value, or {StaleIndex}: for contracts that act on it.
    function fresh(uint256 index) external view returns (uint64 value, uint40 slot);

    /// @notice What an index is and whether to rely on it.
    function status(uint256 index) external view returns (Status memory);

    /// @notice The state of `index` after submission number `roundId` (from 1), while the ring of 256 holds it.
    function roundAt(uint256 index, uint256 roundId) external view returns (RoundView memory);

    /// @notice Submissions so far.
    function rounds() external view returns (uint256);

    /// @notice True when no further round can have a slot before `time`.
    function isFinal(uint40 time) external view returns (bool);

    /// @notice Accumulated value and coverage between two UTC midnights that are final.
    /// Two storage reads once both midnights have been passed by a round.
    function window(uint256 index, uint40 start, uint40 end) external view returns (Window memory);

    /// @notice Names of the indices, in order.
    function indexNames() external view returns (string[] memory);

    /// @notice keccak256(abi.encode(indexNames())): what an observation says it is of.
    function indexSet() external view returns (bytes32);

    /// @notice Timing, frozen at deployment.
    function timing() external view returns (Timing memory);

    /// @notice EIP-712 domain separator of observations.
    function domainSeparator() external view returns (bytes32);
}
