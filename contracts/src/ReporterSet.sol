// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReporterSet } from "./interfaces/IReporterSet.sol";
import { CodeBlob } from "./libraries/CodeBlob.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title ReporterSet
/// @notice See {IReporterSet}. A base of the index rather than a contract beside it: the set is read once
/// per submission, and a second contract on that path would cost 4.7k gas a round for no one's benefit.
///
/// The set is kept as code (see {CodeBlob}): quorum u8 | size u8 | methodHash b32 | reporter b20 × size | tail.
abstract contract ReporterSet is IReporterSet, AccessManaged {
    /// @notice Signers of a round are a 32-bit mask.
    uint256 public constant MOST_REPORTERS = 32;
    uint40 public constant ADDITION_PERIOD = 7 days;

    /// @dev Bytes of a set before its reporters.
    uint256 private constant FIRST_REPORTER = 34;

    /// @dev All that a submission reads before it looks at signatures, in one word.
    /// @param blob Where the set is.
    /// @param epoch Of the set, 0 before there is one.
    /// @param rounds Submissions so far, in version 1 of the index.
    /// @param slot Of the last submission, in version 1.
    struct Head {
        address blob;
        uint24 epoch;
        uint32 rounds;
        uint40 slot;
    }

    /// @dev Where the set of an epoch is, and since when it has been one: past epochs stay provable.
    struct Tenure {
        address blob;
        uint40 since;
    }

    Head internal _head;
    mapping(uint256 epoch => Tenure) private _tenures;
    /// @inheritdoc IReporterSet
    mapping(address reporter => bool) public isJailed;
    uint40 private _lastAdditionAt;
    uint8 private _recentAdditions;

    constructor(address authority) AccessManaged(authority) { }

    /// @inheritdoc IReporterSet
    function setReporters(uint8 quorum, bytes32 methodHash, address[] calldata reporters)
        external
        restricted
    {
        uint256 n = reporters.length;
        if (n > MOST_REPORTERS) revert TooManyReporters(n, MOST_REPORTERS);
        _checkQuorum(quorum, n);
        if (methodHash == 0) revert MethodMissing();

        for (uint256 i; i < n; ++i) {
            if (reporters[i] == address(0)) revert InvalidReporter(reporters[i], i);
            if (isJailed[reporters[i]]) revert JailedReporter(reporters[i], i);
            for (uint256 j; j < i; ++j) {
                if (reporters[j] == reporters[i]) revert InvalidReporter(reporters[i], i);
            }
        }
        uint256 liars = _tolerated(quorum, n);
        if (_head.epoch != 0) _limitAdditions(liars, reporters);
        _seat(quorum, methodHash, reporters, _tailFor(liars));
    }

    /// @inheritdoc IReporterSet
    function reporterConfig() public view returns (ReporterConfig memory config) {
        if (_head.epoch == 0) return config;
        bytes memory set = CodeBlob.read(_head.blob);
        config.epoch = _head.epoch;
        config.quorum = _quorum(set);
        config.wideQuorum = uint8(_wideQuorum(config.quorum, _size(set)));
        config.methodHash = _methodHash(set);
        config.reporters = new address[](_size(set));
        for (uint256 i; i < config.reporters.length; ++i) {
            config.reporters[i] = _reporter(set, i);
        }
    }

    /// @inheritdoc IReporterSet
    function tolerance() external view returns (uint256 liars, uint256 silent) {
        ReporterConfig memory config = reporterConfig();
        if (config.epoch == 0) return (0, 0);
        liars = _liars(CodeBlob.read(_head.blob));
        uint256 n = config.reporters.length;
        uint256 needed = _needed(config.quorum, n);
        silent = n > needed ? n - needed : 0;
    }

    /// @dev Reverts for a number of signatures with which values would be unsafe, or could never land.
    function _checkQuorum(uint256 quorum, uint256 n) internal pure virtual;

    /// @dev Most of n reporters that may lie while values stay within what honest ones signed.
    function _tolerated(uint256 quorum, uint256 n) internal pure virtual returns (uint256 liars);

    /// @dev As {_tolerated}, of a set as it was seated: proofs do not lower it.
    function _liars(bytes memory set) internal pure virtual returns (uint256);

    /// @dev Reporters that have to be there for a round.
    function _needed(uint256 quorum, uint256 n) internal pure virtual returns (uint256);

    /// @dev Signatures of a move beyond the speed limit, as the set alone says it.
    function _wideQuorum(uint256 quorum, uint256 n) internal view virtual returns (uint256);

    /// @dev What a contract keeps with each set behind the reporters.
    function _tailFor(uint256 liars) internal view virtual returns (bytes memory);

    /// @dev Removal by proof: the set without `reporter` is a new epoch of the same quorum. With fewer left
    /// than that, rounds stop until the admin adds: a smaller quorum would survive fewer liars.
    function _jail(address reporter) internal {
        isJailed[reporter] = true;
        ReporterConfig memory config = reporterConfig();
        address[] memory rest = new address[](config.reporters.length);
        uint256 n;
        for (uint256 i; i < rest.length; ++i) {
            if (config.reporters[i] != reporter) rest[n++] = config.reporters[i];
        }
        if (n == rest.length) return;
        assembly ("memory-safe") {
            mstore(rest, n)
        }
        _seat(config.quorum, config.methodHash, rest, _tailOf(CodeBlob.read(_head.blob)));
    }

    /// @dev `since` is 0 when there is no such epoch; `until` is now for the present one.
    function _tenureOf(uint256 epoch) internal view returns (uint256 since, uint256 until) {
        since = _tenures[epoch].since;
        until = epoch == _head.epoch ? block.timestamp : _tenures[epoch + 1].since;
    }

    function _setOf(uint256 epoch) internal view returns (bytes memory) {
        return CodeBlob.read(_tenures[epoch].blob);
    }

    function _contains(bytes memory set, address reporter) internal pure returns (bool) {
        for (uint256 i; i < _size(set); ++i) {
            if (_reporter(set, i) == reporter) return true;
        }
        return false;
    }

    function _quorum(bytes memory set) internal pure returns (uint8) {
        return uint8(set[0]);
    }

    function _size(bytes memory set) internal pure returns (uint256) {
        return uint8(set[1]);
    }

    function _methodHash(bytes memory set) internal pure returns (bytes32 methodHash) {
        assembly ("memory-safe") {
            methodHash := mload(add(set, 0x22))
        }
    }

    /// @dev `position` must be below {_size}; beyond it the bytes are not an address of the set.
    function _reporter(bytes memory set, uint256 position)
        internal
        pure
        returns (address reporter)
    {
        assembly ("memory-safe") {
            reporter := shr(96, mload(add(add(set, 0x42), mul(position, 20))))
        }
    }

    /// @dev Where in memory the addresses of a set begin, 20 bytes each.
    function _reportersAt(bytes memory set) internal pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(add(set, 0x20), FIRST_REPORTER)
        }
    }

    /// @dev Where the tail of a set begins.
    function _tailAt(bytes memory set) internal pure returns (uint256) {
        return FIRST_REPORTER + _size(set) * 20;
    }

    function _tailOf(bytes memory set) internal pure returns (bytes memory tail) {
        uint256 start = _tailAt(set);
        tail = new bytes(set.length - start);
        assembly ("memory-safe") {
            mcopy(add(tail, 0x20), add(add(set, 0x20), start), mload(tail))
        }
    }

    /// @dev A new epoch of these reporters.
    function _seat(uint8 quorum, bytes32 methodHash, address[] memory reporters, bytes memory tail)
        internal
    {
        bytes memory set = abi.encodePacked(quorum, uint8(reporters.length), methodHash);
        for (uint256 i; i < reporters.length; ++i) {
            set = abi.encodePacked(set, reporters[i]);
        }
        address blob = CodeBlob.write(bytes.concat(set, tail));
        uint24 epoch = _head.epoch + 1;
        (_head.blob, _head.epoch) = (blob, epoch);
        _tenures[epoch] = Tenure(blob, uint40(block.timestamp));
        emit ReportersChanged(epoch, quorum, methodHash, reporters);
    }

    /// The count is cleared only by seven quiet days, so no sliding window of that length holds more.
    function _limitAdditions(uint256 most, address[] calldata reporters) private {
        address[] memory present = reporterConfig().reporters;
        uint256 additions;
        for (uint256 i; i < reporters.length; ++i) {
            bool known;
            for (uint256 j; j < present.length; ++j) {
                known = known || present[j] == reporters[i];
            }
            if (!known) ++additions;
        }
        bool isRecent = block.timestamp < _lastAdditionAt + ADDITION_PERIOD;
        uint256 newcomers = additions + (isRecent ? _recentAdditions : 0);
        // Also without additions: a lowered quorum makes those of last week count for more.
        if (newcomers > most) revert TooManyAdditions(newcomers, most);
        if (additions == 0) return;
        (_lastAdditionAt, _recentAdditions) = (uint40(block.timestamp), uint8(newcomers));
    }
}
