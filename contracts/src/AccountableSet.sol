// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ReporterSet } from "./ReporterSet.sol";
import { IAccountable } from "./interfaces/IAccountable.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title AccountableSet
/// @notice See {IAccountable}. It keeps what is proven; which contents a reporter may sign once only, the contract
/// that inherits it knows.
abstract contract AccountableSet is IAccountable, ReporterSet, EIP712 {
    /// @dev What is proven against a reporter for one UTC day, in one word.
    /// @param first Least slot proven, and `last` the greatest.
    /// @param enough One more than may lie in the epoch proven, the least if there are several.
    struct Offence {
        address reporter;
        uint40 first;
        uint40 last;
        uint8 enough;
    }

    /// @dev A content as it is signed.
    /// @param r First word of the compact signature (EIP-2098), and `yParityAndS` the second.
    struct Signed {
        bytes32 digest;
        bytes32 r;
        bytes32 yParityAndS;
    }

    uint32 internal immutable _maxAge;

    mapping(uint256 day => Offence[]) private _offences;
    uint32 private _offenders;
    /// @dev Least `enough` of all proofs: fewer offenders than this compromise no window.
    uint8 private _fewest;

    /// @param version Of the EIP-712 domain that reporters sign under.
    /// @param maxAge Seconds after which a slot is recorded no more.
    constructor(address authority, string memory version, uint32 maxAge)
        ReporterSet(authority)
        EIP712("Pargrade SpotIndex", version)
    {
        _maxAge = maxAge;
    }

    /// @inheritdoc IAccountable
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

    /// @dev Jails who signed both digests. That they are two contents of `slot` and `epoch`, the caller knows.
    function _prove(address reporter, uint32 epoch, uint40 slot, Signed memory a, Signed memory b)
        internal
    {
        _checkEpoch(epoch, slot);
        bytes memory set = _setOf(epoch);
        if (!_contains(set, reporter)) revert NotInSet(reporter, epoch);
        if (a.digest == b.digest) revert SameContent(a.digest);
        _checkSigned(reporter, a);
        _checkSigned(reporter, b);

        _book(reporter, slot, uint8(_liars(set) + 1));
        emit EquivocationProven(reporter, slot, epoch, a.digest, b.digest);
        if (!isJailed[reporter]) {
            ++_offenders;
            _jail(reporter);
        }
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

    function _checkSigned(address reporter, Signed memory s) private pure {
        // Which of two malleable signatures it is does not matter: contents are told apart by their digests.
        uint8 v = uint8(27 + (uint256(s.yParityAndS) >> 255));
        address recovered = ecrecover(s.digest, v, s.r, (s.yParityAndS << 1) >> 1);
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
