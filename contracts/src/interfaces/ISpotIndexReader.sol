// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAccountable } from "./IAccountable.sol";

/// @notice How much a reader may rely on an index now. HALTED: no round within heartbeat + grace. THIN: fresh, but
/// signed by no more than the quorum. LIVE: fresh, and signed by more.
enum State {
    HALTED,
    THIN,
    LIVE
}

/// @notice Timing of an index set, frozen at deployment. Seconds, except where named.
/// @param grid Every slot is a multiple of it.
/// @param heartbeat H: a round is due at least this often.
/// @param grace How much later than H a value still holds.
/// @param maxAge Oldest slot a submission may carry.
/// @param minInterval Least distance between two slots.
/// @param deviationBps Move that makes a round due before the heartbeat, in basis points.
/// @param bandBps Speed limit: most that a value may move per heartbeat with a plain quorum, in basis points.
struct Timing {
    uint32 grid;
    uint32 heartbeat;
    uint32 grace;
    uint32 maxAge;
    uint32 minInterval;
    uint16 deviationBps;
    uint16 bandBps;
}

/// @title ISpotIndexReader
/// @notice What markets, feeds and pages read of an index, whichever version records it. Values have 8 decimals.
interface ISpotIndexReader is IAccountable {
    /// @notice One round of an index. All zero where there is none.
    /// @param value USD per SCU, 8 decimals.
    /// @param slot Unix time the value is for.
    /// @param valueTime ∫ value dt over covered time up to `slot`: 8 decimals · seconds.
    /// @param coveredTime Seconds covered up to `slot`.
    /// @param signers Observations behind the value.
    /// @param flags Bit 0: replayed history, not live quotes.
    struct RoundView {
        uint64 value;
        uint40 slot;
        uint96 valueTime;
        uint32 coveredTime;
        uint8 signers;
        uint8 flags;
    }

    /// @notice All a reader needs to judge an index, in one call.
    /// @param name Name of the index.
    /// @param state How much to rely on it now.
    /// @param latest The latest round, however old.
    /// @param timing As frozen at deployment.
    /// @param epoch Epoch of the present reporters.
    /// @param quorum Signatures a value needs.
    /// @param wideQuorum Signatures a move beyond the speed limit needs.
    /// @param reporters Size of the present set.
    /// @param methodHash Hash of the method that observations are computed with.
    /// @param indexSet As {indexSet}.
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

    /// @notice What accumulated between two midnights.
    /// @param valueTime ∫ value dt over covered time in the window: 8 decimals · seconds.
    /// @param coveredTime Seconds covered.
    /// @param longGap Whether an uncovered stretch of more than 24 hours lies in the window.
    struct Window {
        uint96 valueTime;
        uint32 coveredTime;
        bool longGap;
    }

    /// @notice There is no index of this number.
    /// @param index The number given.
    error UnknownIndex(uint256 index);
    /// @notice The latest value is too old to act on.
    /// @param index Number of the index.
    /// @param slot Unix time the latest value is for; 0 where there is none.
    /// @param oldest Unix time of the oldest slot that would still be fresh.
    error StaleIndex(uint256 index, uint40 slot, uint256 oldest);
    /// @notice The ring does not hold this round, or not yet.
    /// @param roundId The number given.
    error RoundEvicted(uint256 roundId);
    /// @notice An edge of a window must be a UTC midnight.
    /// @param time The Unix time given.
    error NotMidnight(uint40 time);
    /// @notice A further round could still have a slot before this time.
    /// @param time The Unix time given.
    error NotFinal(uint40 time);
    /// @notice The index had no round yet at this midnight.
    /// @param time The Unix time given.
    error NoCheckpoint(uint40 time);

    /// @notice The latest round of an index, however old.
    /// @param index Number of the index.
    /// @return The round; all zero before the first.
    function latest(uint256 index) external view returns (RoundView memory);

    /// @notice The latest value, or {StaleIndex}: for contracts that act on it.
    /// @param index Number of the index.
    /// @return value USD per SCU, 8 decimals.
    /// @return slot Unix time it is for, at most heartbeat + grace ago.
    function fresh(uint256 index) external view returns (uint64 value, uint40 slot);

    /// @notice What an index is and whether to rely on it.
    /// @param index Number of the index.
    /// @return Its latest round and all that says how far to trust it.
    function status(uint256 index) external view returns (Status memory);

    /// @notice One round of an index, while it is kept: by version 1 for 256 submissions, by version 2 for ten days.
    /// @param index Number of the index.
    /// @param roundId Number of the round, from 1.
    /// @return The round. Version 1 counts submissions: one without a quorum for the index repeats the round before.
    function roundAt(uint256 index, uint256 roundId) external view returns (RoundView memory);

    /// @notice Rounds of an index so far.
    /// @param index Number of the index.
    /// @return Their count, which is also the number of the latest one.
    function roundsOf(uint256 index) external view returns (uint256);

    /// @notice Whether no further round can have a slot before a time.
    /// @param time Unix time.
    /// @return True once what accumulated up to it can change no more.
    function isFinal(uint40 time) external view returns (bool);

    /// @notice Accumulated value and coverage between two UTC midnights that are final.
    /// Two storage reads once both midnights have been passed by a round.
    /// @param index Number of the index.
    /// @param start Unix time at which the window opens, a midnight.
    /// @param end Unix time at which it closes, a later midnight.
    /// @return What accumulated in [start, end).
    function window(uint256 index, uint40 start, uint40 end) external view returns (Window memory);

    /// @notice What the indices are called.
    /// @return Their names, by number.
    function indexNames() external view returns (string[] memory);

    /// @notice What an observation says it is of.
    /// @return keccak256(abi.encode(indexNames()))
    function indexSet() external view returns (bytes32);

    /// @notice When rounds are due, accepted and stale.
    /// @return As frozen at deployment.
    function timing() external view returns (Timing memory);

    /// @notice What binds signed observations to this contract and chain (EIP-712).
    /// @return The domain separator.
    function domainSeparator() external view returns (bytes32);
}
