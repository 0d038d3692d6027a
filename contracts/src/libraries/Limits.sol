// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice When rounds of one index are due, accepted and stale, for ever. Seconds, except where named.
/// @param heartbeat H: a round is due at least this often.
/// @param grace How much later than H a value still holds.
/// @param minInterval Least distance between two slots.
/// @param deviationBps Move that makes a round due before the heartbeat, in basis points.
/// @param bandBps Speed limit: most that a value may move per heartbeat with s signatures, in basis points.
/// @param widePercent How many of the other n - s reporters a faster move needs as well: 50 asks for half of them,
/// 100 for all, 0 lifts the limit.
struct Limits {
    uint32 heartbeat;
    uint32 grace;
    uint32 minInterval;
    uint16 deviationBps;
    uint16 bandBps;
    uint8 widePercent;
}

/// @notice The same as 17 bytes at the top of a word, in this order.
type LimitsWord is uint256;

using LimitsLib for LimitsWord global;

library LimitsLib {
    /// @notice Bytes of one.
    uint256 internal constant SIZE = 17;

    /// @notice The name of the field that could never work; empty when all are possible.
    function problem(Limits memory l, uint256 least) internal pure returns (string memory) {
        if (l.minInterval < least) return "minInterval";
        if (l.heartbeat < l.minInterval) return "heartbeat";
        if (uint256(l.heartbeat) + l.grace > 1 days) return "grace";
        if (l.deviationBps == 0 || l.deviationBps > 10_000) return "deviationBps";
        if (l.bandBps == 0 || l.bandBps > 10_000) return "bandBps";
        if (l.widePercent > 100) return "widePercent";
        return "";
    }

    function pack(Limits memory l) internal pure returns (bytes memory) {
        return abi.encodePacked(
            l.heartbeat, l.grace, l.minInterval, l.deviationBps, l.bandBps, l.widePercent
        );
    }

    function unpack(LimitsWord w) internal pure returns (Limits memory) {
        uint256 word = LimitsWord.unwrap(w);
        return Limits(
            uint32(w.heartbeat()),
            uint32(word >> 192),
            uint32(w.minInterval()),
            uint16(word >> 144),
            uint16(w.bandBps()),
            uint8(word >> 120)
        );
    }

    function heartbeat(LimitsWord w) internal pure returns (uint256) {
        return LimitsWord.unwrap(w) >> 224;
    }

    function minInterval(LimitsWord w) internal pure returns (uint256) {
        return uint32(LimitsWord.unwrap(w) >> 160);
    }

    function bandBps(LimitsWord w) internal pure returns (uint256) {
        return uint16(LimitsWord.unwrap(w) >> 128);
    }

    /// @notice How long a value covers time after its slot: H + grace.
    function hold(LimitsWord w) internal pure returns (uint40) {
        unchecked {
            return uint40(w.heartbeat() + uint32(LimitsWord.unwrap(w) >> 192));
        }
    }

    /// @notice Signatures of a move beyond the speed limit, rounded up, in a set of n of whom s make a round.
    function wideQuorum(LimitsWord w, uint256 s, uint256 n) internal pure returns (uint256) {
        unchecked {
            uint256 others = n > s ? n - s : 0;
            return s + (others * uint8(LimitsWord.unwrap(w) >> 120) + 99) / 100;
        }
    }
}
