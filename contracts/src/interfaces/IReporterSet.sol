// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IReporterSet
/// @notice Who may sign observations and how many of them make a round. Every change is a new epoch, and a
/// signature counts in its own epoch only.
///
/// With n reporters and quorum q: a value stays within the honest observations while liars <= ⌈q/2⌉ - 1,
/// and rounds keep landing while silent reporters <= n - q. 5-of-7 and 9-of-13 balance the two.
interface IReporterSet {
    /// @param quorum Signatures a value needs: odd, more than half of the set.
    /// @param wideQuorum Signatures a move beyond the speed limit needs: ⌈(n + quorum) / 2⌉.
    /// @param methodHash Hash of the method every observation must have been computed with.
    struct ReporterConfig {
        uint32 epoch;
        uint8 quorum;
        uint8 wideQuorum;
        bytes32 methodHash;
        address[] reporters;
    }

    event ReportersChanged(
        uint32 indexed epoch, uint8 quorum, bytes32 methodHash, address[] reporters
    );

    error QuorumNotOdd(uint256 quorum);
    error QuorumOutOfRange(uint256 quorum, uint256 reporters);
    error TooManyReporters(uint256 reporters, uint256 most);
    error InvalidReporter(address reporter, uint256 position);
    error MethodMissing();
    /// @notice It was proven to have signed two contents for one slot, and can never come back.
    error JailedReporter(address reporter, uint256 position);
    /// @notice So many new reporters within seven days could form the median by themselves.
    error TooManyAdditions(uint256 additions, uint256 most);

    /// @notice Replaces reporters, quorum and method; starts a new epoch. Admin, behind a delay.
    /// Removing reporters is unlimited; additions are at most ⌈quorum/2⌉ - 1 per seven days.
    function setReporters(uint8 quorum, bytes32 methodHash, address[] calldata reporters) external;

    /// @notice The set of the current epoch.
    function reporterConfig() external view returns (ReporterConfig memory);

    /// @notice True for reporters removed by proof, see {IEquivocation-proveEquivocation}.
    function isJailed(address reporter) external view returns (bool);

    /// @notice How many liars a value survives, and how many silent reporters the index survives (0 also
    /// when fewer than the quorum are left).
    function tolerance() external view returns (uint256 liars, uint256 silent);
}
