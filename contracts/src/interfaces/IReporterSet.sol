// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IReporterSet
/// @notice Who may sign observations and how many of them make a round. Every change is a new epoch, and a
/// signature counts in its own epoch only.
///
/// With n reporters and quorum q: a value stays within the honest observations while liars <= ⌈q/2⌉ - 1,
/// and rounds keep landing while silent reporters <= n - q. 5-of-7 and 9-of-13 balance the two.
interface IReporterSet {
    /// @notice The set of one epoch.
    /// @param epoch Number of the epoch; 0 before the first set.
    /// @param quorum Signatures a value needs: odd, more than half of the set.
    /// @param wideQuorum Signatures a move beyond the speed limit needs: ⌈(n + quorum) / 2⌉.
    /// @param methodHash Hash of the method every observation must have been computed with.
    /// @param reporters Addresses, by set position.
    struct ReporterConfig {
        uint32 epoch;
        uint8 quorum;
        uint8 wideQuorum;
        bytes32 methodHash;
        address[] reporters;
    }

    /// @notice A new set is in force.
    /// @param epoch Epoch of the new set.
    /// @param quorum Signatures a value needs.
    /// @param methodHash Hash of the method every observation must have been computed with.
    /// @param reporters Addresses, by set position.
    event ReportersChanged(
        uint32 indexed epoch, uint8 quorum, bytes32 methodHash, address[] reporters
    );

    /// @notice An even quorum has no middle observation.
    /// @param quorum The quorum given.
    error QuorumNotOdd(uint256 quorum);
    /// @notice A quorum must be more than half of the set and no more than all of it.
    /// @param quorum The quorum given.
    /// @param reporters Size of the set.
    error QuorumOutOfRange(uint256 quorum, uint256 reporters);
    /// @notice The set is larger than the mask of signers has bits.
    /// @param reporters Size of the set.
    /// @param most Largest size allowed.
    error TooManyReporters(uint256 reporters, uint256 most);
    /// @notice The address is zero, or stands in the set already.
    /// @param reporter The address.
    /// @param position Its set position.
    error InvalidReporter(address reporter, uint256 position);
    /// @notice The method hash is zero.
    error MethodMissing();
    /// @notice It was proven to have signed two contents for one slot, and can never come back.
    /// @param reporter The address.
    /// @param position Its set position.
    error JailedReporter(address reporter, uint256 position);
    /// @notice So many new reporters within seven days could form the median by themselves.
    /// @param additions New reporters within seven days, with these.
    /// @param most Most that are allowed.
    error TooManyAdditions(uint256 additions, uint256 most);

    /// @notice Replaces reporters, quorum and method; starts a new epoch. Admin, behind a delay.
    /// Removing reporters is unlimited; additions are at most ⌈quorum/2⌉ - 1 per seven days.
    /// @param quorum Signatures a value needs: odd, more than half of the set.
    /// @param methodHash Hash of the method every observation must have been computed with; not zero.
    /// @param reporters The new set: distinct addresses, none of them jailed, at most {MOST_REPORTERS}.
    function setReporters(uint8 quorum, bytes32 methodHash, address[] calldata reporters) external;

    /// @notice The set of the current epoch.
    /// @return The set; all zero before the first one.
    function reporterConfig() external view returns (ReporterConfig memory);

    /// @notice Whether a reporter was removed by proof; see {IEquivocation-proveEquivocation}.
    /// @param reporter Address of the reporter.
    /// @return True from the first proof on, for ever.
    function isJailed(address reporter) external view returns (bool);

    /// @notice How many reporters may fail before the index does.
    /// @return liars Most reporters that may lie with every value still within the honest observations.
    /// @return silent Most reporters that may be silent with rounds still landing; 0 also when fewer than the
    /// quorum are left.
    function tolerance() external view returns (uint256 liars, uint256 silent);
}
