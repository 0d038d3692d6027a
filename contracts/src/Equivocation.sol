// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ReporterSet } from "./ReporterSet.sol";
import { IEquivocation } from "./interfaces/IEquivocation.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Equivocation
/// @notice See {IEquivocation}. A base of {SpotIndex}: it knows what an observation of this contract is.
abstract contract Equivocation is IEquivocation, ReporterSet, EIP712 {
    bytes32 public constant OBSERVATION_TYPEHASH = keccak256(
        "Observation(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,uint256 present,bytes32 methodHash,bytes32 evidenceRoot)"
    );

    /// @dev What is proven against a reporter for one UTC day, in one word.
    /// @param first Least slot proven, and `last` the greatest.
    /// @param enough ⌈q/2⌉ of the epoch proven, the least if there are several.
    struct Offence {
        address reporter;
        uint40 first;
        uint40 last;
        uint8 enough;
    }

    bytes32 internal immutable _indexSet;
    uint32 internal immutable _maxAge;

    mapping(uint256 day => Offence[]) private _offences;
    uint32 private _offenders;
    /// @dev Least `enough` of all proofs: fewer offenders than this compromise no window.
    uint8 private _fewest;

    constructor(address authority, bytes32 indexSet_, uint32 maxAge)
        ReporterSet(authority)
        EIP712("Pargrade SpotIndex", "1")
    {
        (_indexSet, _maxAge) = (indexSet_, maxAge);
    }

    /// @inheritdoc IEquivocation
    function proveEquivocation(
        address reporter,
        uint32 epoch,
        uint40 slot,
        Statement calldata a,
        Statement calldata b
    ) external {
        _checkEpoch(epoch, slot);
        bytes memory set = _setOf(epoch);
        if (!_contains(set, reporter)) revert NotInSet(reporter, epoch);

        (bytes32 digestA, bytes32 digestB) = (_digest(epoch, slot, a), _digest(epoch, slot, b));
        if (digestA == digestB) revert SameContent(digestA);
        _checkSigned(reporter, digestA, a);
        _checkSigned(reporter, digestB, b);

        (uint8 quorum,) = _quorums(set);
        _book(reporter, slot, (quorum + 1) / 2);
        emit EquivocationProven(reporter, slot, epoch, digestA, digestB);
        if (!isJailed[reporter]) {
            ++_offenders;
            _jail(reporter);
        }
    }

    /// @inheritdoc IEquivocation
    function isCompromised(uint40 from, uint40 to) external view returns (bool) {
        uint256 offenders = _offenders;
        if (offenders == 0 || offenders < _fewest) return false;
        address[] memory found = new address[](offenders);
        uint256 count;
        uint256 enough = type(uint256).max;
        for (uint256 day = from / 1 days; day <= to / 1 days; ++day) {
            Offence[] storage offences = _offences[day];
            for (uint256 i; i < offences.length; ++i) {
                Offence memory o = offences[i];
                if (!_isIn(o.first, from, to) && !_isIn(o.last, from, to)) continue;
                if (o.enough < enough) enough = o.enough;
                count = _include(found, count, o.reporter);
            }
        }
        return count >= enough;
    }

    /// @dev A slot counts for an epoch if a submission of that epoch could have carried it. Without this, a
    /// reporter long gone could be bought to void a window it had no part in.
    function _checkEpoch(uint32 epoch, uint40 slot) private view {
        (uint256 since, uint256 until) = _tenureOf(epoch);
        if (since == 0) revert UnknownEpoch(epoch);
        if (uint256(slot) + _maxAge < since || slot > until) {
            revert SlotOutsideEpoch(slot, since - _maxAge, until);
        }
    }

    function _checkSigned(address reporter, bytes32 digest, Statement calldata s) private pure {
        // Which of two malleable signatures it is does not matter: contents are told apart by their digests.
        uint8 v = uint8(27 + (uint256(s.yParityAndS) >> 255));
        address recovered = ecrecover(digest, v, s.r, (s.yParityAndS << 1) >> 1);
        if (recovered != reporter) revert NotSignedBy(reporter, recovered);
    }

    function _book(address reporter, uint40 slot, uint8 enough) private {
        if (_fewest == 0 || enough < _fewest) _fewest = enough;
        Offence[] storage offences = _offences[slot / 1 days];
        for (uint256 i; i < offences.length; ++i) {
            Offence storage o = offences[i];
            if (o.reporter != reporter) continue;
            if (o.first <= slot && slot <= o.last) revert AlreadyProven(reporter, slot);
            if (slot < o.first) o.first = slot;
            else o.last = slot;
            if (enough < o.enough) o.enough = enough;
            return;
        }
        offences.push(Offence(reporter, slot, slot, enough));
    }

    /// @dev The digest that {SpotIndex-submit} recomputes from a report, by the book.
    function _digest(uint32 epoch, uint40 slot, Statement calldata s)
        private
        view
        returns (bytes32)
    {
        uint256 present;
        for (uint256 i; i < s.values.length; ++i) {
            if (s.values[i] != 0) present |= 1 << i;
        }
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    OBSERVATION_TYPEHASH,
                    _indexSet,
                    epoch,
                    slot,
                    s.flags,
                    keccak256(abi.encodePacked(s.values)),
                    present,
                    s.methodHash,
                    s.evidenceRoot
                )
            )
        );
    }

    function _isIn(uint40 slot, uint40 from, uint40 to) private pure returns (bool) {
        return from <= slot && slot <= to;
    }

    /// @dev Adds to the first `count` of `found` what is not among them. Returns how many there are then.
    function _include(address[] memory found, uint256 count, address reporter)
        private
        pure
        returns (uint256)
    {
        for (uint256 i; i < count; ++i) {
            if (found[i] == reporter) return count;
        }
        found[count] = reporter;
        return count + 1;
    }
}
