// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ReportProofs } from "./ReportProofs.sol";
import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";
import { ISpotIndexV2 } from "./interfaces/ISpotIndexV2.sol";
import { CodeBlob } from "./libraries/CodeBlob.sol";
import { Limits, LimitsLib, LimitsWord } from "./libraries/Limits.sol";

/// @title IndexTerms
/// @notice The part of {ISpotIndexV2} that knows which indices there are and what each may do.
///
/// Terms are kept as code: indexSet b32 | limits × k. The same bytes stand behind every set of reporters, after the
/// liars u8 it tolerates, so that a submission reads one blob.
abstract contract IndexTerms is ISpotIndexV2, ReportProofs {
    uint256 internal constant MOST_INDICES = 16;
    /// @dev A report is usable for so many slots.
    uint256 internal constant USABLE_SLOTS = 3;
    /// @dev Bytes of terms before the limits.
    uint256 private constant FIRST_LIMITS = 32;

    uint32 internal immutable _grid;
    /// @dev No index may have rounds closer than this: it sizes the rings.
    uint32 internal immutable _leastInterval;
    /// @inheritdoc ISpotIndexV2
    uint8 public immutable flags;

    string[] private _names;
    address private _terms;

    constructor(
        address authority,
        uint32 grid,
        uint8 flags_,
        string[] memory names,
        Limits[] memory limits
    ) ReportProofs(authority, uint32(USABLE_SLOTS) * grid) {
        if (grid == 0 || 1 days % grid != 0 || USABLE_SLOTS * grid > 1 days) {
            revert BadGrid(grid);
        }
        (_grid, flags) = (grid, flags_);
        uint32 least = type(uint32).max;
        for (uint256 i; i < limits.length; ++i) {
            if (limits[i].minInterval < least) least = limits[i].minInterval;
        }
        if (least < grid) least = grid;
        _leastInterval = least;
        _write(names, limits, "", least);
    }

    /// @inheritdoc ISpotIndexV2
    function append(string[] calldata names, Limits[] calldata limits) external restricted {
        _write(names, limits, _packedLimits(), _leastInterval);
        emit IndicesAppended(_names, indexSet());
        ReporterConfig memory config = reporterConfig();
        if (config.epoch == 0) return;
        // The liars tolerated stay those of the set: it may have lost members by proof.
        uint256 liars = _liars(CodeBlob.read(_head.blob));
        _seat(config.quorum, config.methodHash, config.reporters, _tailFor(liars));
    }

    /// @inheritdoc ISpotIndexV2
    function limitsOf(uint256 index) public view returns (Limits memory) {
        _checkIndex(index);
        return _limitsWord(index).unpack();
    }

    /// @inheritdoc ISpotIndexReader
    function indexNames() external view returns (string[] memory) {
        return _names;
    }

    /// @inheritdoc ISpotIndexReader
    function indexSet() public view returns (bytes32) {
        return bytes32(CodeBlob.read(_terms));
    }

    /// @inheritdoc ISpotIndexReader
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _indices() internal view returns (uint256) {
        return _names.length;
    }

    function _name(uint256 index) internal view returns (string memory) {
        return _names[index];
    }

    function _checkIndex(uint256 index) internal view {
        if (index >= _names.length) revert UnknownIndex(index);
    }

    function _limitsWord(uint256 index) internal view returns (LimitsWord) {
        return _limitsIn(CodeBlob.read(_terms), FIRST_LIMITS, index);
    }

    /// @dev How many indices the reports of a set are of.
    function _indicesOf(bytes memory set) internal pure returns (uint256) {
        unchecked {
            return (set.length - _limitsAt(set)) / LimitsLib.SIZE;
        }
    }

    /// @dev Where the limits of index 0 are in a set; those of the others follow.
    function _limitsAt(bytes memory set) internal pure returns (uint256) {
        unchecked {
            return _termsAt(set) + FIRST_LIMITS;
        }
    }

    /// @dev The limits of an index behind `start`; it must be one there is. Bytes after the last are shifted out.
    function _limitsIn(bytes memory blob, uint256 start, uint256 index)
        internal
        pure
        returns (LimitsWord limits)
    {
        unchecked {
            uint256 offset = start + index * LimitsLib.SIZE;
            assembly ("memory-safe") {
                limits := mload(add(add(blob, 0x20), offset))
            }
        }
    }

    function _indexSetOf(bytes memory set) internal pure override returns (bytes32 indexSet_) {
        uint256 start = _termsAt(set);
        assembly ("memory-safe") {
            indexSet_ := mload(add(add(set, 0x20), start))
        }
    }

    /// @dev Proofs do not lower it: a set that lost members stays as careful as it was.
    function _liars(bytes memory set) internal pure override returns (uint256) {
        return uint8(set[_tailAt(set)]);
    }

    function _tailFor(uint256 liars) internal view override returns (bytes memory) {
        return abi.encodePacked(uint8(liars), CodeBlob.read(_terms));
    }

    function _termsAt(bytes memory set) private pure returns (uint256) {
        unchecked {
            return _tailAt(set) + 1;
        }
    }

    function _packedLimits() private view returns (bytes memory packed) {
        for (uint256 i; i < _names.length; ++i) {
            packed = bytes.concat(packed, LimitsLib.pack(limitsOf(i)));
        }
    }

    /// @dev Puts indices behind those whose limits are `packed`.
    function _write(
        string[] memory names,
        Limits[] memory limits,
        bytes memory packed,
        uint256 least
    ) private {
        uint256 known = _names.length;
        uint256 n = names.length;
        if (n == 0 || n != limits.length || known + n > MOST_INDICES) revert NoIndices();
        for (uint256 i; i < n; ++i) {
            string memory problem = LimitsLib.problem(limits[i], least);
            if (bytes(problem).length != 0) revert BadLimits(known + i, problem);
            _names.push(names[i]);
            packed = bytes.concat(packed, LimitsLib.pack(limits[i]));
        }
        _terms = CodeBlob.write(bytes.concat(keccak256(abi.encode(_names)), packed));
    }
}
