// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpotIndexReader } from "./ISpotIndexReader.sol";

/// @title IPhasedIndex
/// @notice An index in front of indices that follow each other: markets and feeds read it, and stay as they are when
/// one that runs is followed by another version.
///
/// A phase begins at a UTC midnight, and an index answers for what lies in its phase: a window over several phases is
/// the sum of its parts. Rounds are numbered as in feeds that change their aggregator: phase << 64 | number in its
/// index. What was final stays as it was.
interface IPhasedIndex is ISpotIndexReader {
    /// @notice One index, and since when it answers.
    /// @param index Who answers.
    /// @param from Unix time at which the phase begins, a midnight; 0 for the first.
    struct Phase {
        ISpotIndexReader index;
        uint40 from;
    }

    /// @notice Another index will answer.
    /// @param phase Number of its phase, from 1.
    /// @param index Who will answer.
    /// @param from Unix time from which on.
    event Followed(uint256 indexed phase, ISpotIndexReader indexed index, uint40 from);
    /// @notice The phase that was to begin will not.
    /// @param phase Its number.
    event Withdrawn(uint256 indexed phase);

    /// @notice A phase begins at a midnight to come, no later than 30 days ahead.
    /// @param from The Unix time given.
    error BadStart(uint40 from);
    /// @notice A phase that has not begun can be withdrawn, but not followed.
    /// @param phase Its number.
    error PhasePending(uint256 phase);
    /// @notice There is no phase that could be withdrawn.
    error NothingPending();
    /// @notice The follower lacks an index, or names another by its number.
    /// @param index Number of the index.
    error OtherNames(uint256 index);
    /// @notice The follower is of replayed history and the present index is not, or the other way round.
    /// @param index Number of the index.
    error OtherHistory(uint256 index);

    /// @notice From a midnight on another index answers. Admin, behind a delay. It must be fresh for every index now:
    /// it runs beside the present one before it takes over.
    /// @param next Who will answer; its indices begin with those of the present one.
    /// @param from Unix time from which on, a midnight.
    function follow(ISpotIndexReader next, uint40 from) external;

    /// @notice Takes back a phase that has not begun. Admin.
    function withdraw() external;

    /// @notice Who answers now.
    /// @return Number of the phase, from 1.
    function phaseNow() external view returns (uint256);

    /// @notice All phases so far, also one that is still to begin.
    /// @return In their order.
    function phases() external view returns (Phase[] memory);
}
