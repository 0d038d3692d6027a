// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IEquivocation } from "../../src/interfaces/IEquivocation.sol";
import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";
import { Base } from "../Base.t.sol";
import { Accusations } from "../support/Accusations.sol";
import { Counted } from "../support/Counted.sol";
import { Draft, Reports } from "../support/Reports.sol";
import { Seen } from "../support/WindowModel.sol";

/// @notice What seven reporters, two of whom may lie, submitters and time do to an index of three series.
abstract contract IndexActions is Base, Counted {
    uint40 internal constant HOLD = 1 hours + 5 minutes;
    uint256 private constant MOST_LIARS = 2;

    /// @dev What is known of an index beyond what it says itself.
    /// @param low Least honest observation of the last round, and `high` the greatest.
    struct Known {
        uint64 low;
        uint64 high;
        uint96 valueTime;
        uint32 coveredTime;
    }

    /// @dev Who takes part in a round, and how far apart honest values may be.
    struct Turnout {
        uint32 signers;
        uint32 liars;
        uint8 absent;
        bool wide;
    }

    mapping(uint256 index => Seen[]) internal seen;
    Known[INDICES] internal known;
    /// @dev Windows as they were first read, by index and edges.
    mapping(bytes32 key => bytes32 hash) internal firstRead;
    uint256 internal accepted;
    uint32 internal epoch = 1;
    address[] internal seats;
    /// @dev Reporters proven to have signed two contents.
    address[] internal jailed;
    uint256 private _nextReporter = 7;
    uint256 private _additionAt;
    bytes private _lastReport;

    function setUp() public virtual override {
        super.setUp();
        seats = _reporters(0, 7);
        for (uint256 i; i < 4; ++i) {
            vm.warp(GENESIS + i * 22 hours);
            _round(Turnout(ALL, 0, 0, true), 5 * USD, uint256(keccak256(abi.encode(i))));
        }
        _act("round", this.round.selector);
        _act("silence", this.silence.selector);
        _act("forge", this.forge.selector);
        _act("rotate", this.rotate.selector);
        _act("equivocate", this.equivocate.selector);
        _act("read", this.read.selector);
        _targetActions();
    }

    // ── actions ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A round five minutes to six hours after the last, by five to seven of whom at most two lie.
    function round(uint256 wait, uint256 seed) external counted {
        seed = _mix(seed);
        skip(wait % 4 == 0 ? 5 minutes : bound(wait >> 8, 5 minutes, 6 hours));
        Turnout memory p = _turnout(seed);
        uint64 last = index.latest(0).value;
        if (!p.wide) p.absent = uint8(seed >> 40) % 8;
        uint64 center = p.wide ? uint64(bound(seed >> 64, last / 2 + 1, 2 * last)) : last;
        if (center > 1e15) center = 5 * USD;
        if (_round(p, center, seed)) _effective();
    }

    function silence(uint256 seed) external counted {
        seed = _mix(seed);
        skip(bound(seed, 1 hours, 40 hours));
        _effective();
    }

    /// @dev A report that is spoiled in one respect, and nothing else, must be refused.
    function forge(uint256 kind, uint256 seed) external counted {
        seed = _mix(seed);
        skip(10 minutes);
        Draft memory d = _draft(index.latest(0).value);
        bytes memory report = _spoiled(d, kind % 10, seed);
        (bool ok,) = address(index).call(abi.encodeCall(index.submit, (report)));
        assertFalse(ok, "17: a spoiled report was taken");
        _effective();
    }

    /// @dev The same people in another order, or, a week after the last newcomer, one of them replaced.
    function rotate(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 i = seed % 7;
        if (block.timestamp >= _additionAt + 7 days) {
            keys[i] = _key(_nextReporter++);
            seats[i] = vm.addr(keys[i]);
            _additionAt = block.timestamp;
        } else {
            uint256 j = (i + 1) % 7;
            (keys[i], keys[j]) = (keys[j], keys[i]);
            (seats[i], seats[j]) = (seats[j], seats[i]);
        }
        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, seats);
        ++epoch;
        _effective();
    }

    /// @dev Two contents signed for the present slot jail a reporter; a newcomer takes the seat when the week's
    /// additions allow it, so that rounds go on. The same content twice must be refused.
    function equivocate(uint256 seed) external counted {
        seed = _mix(seed);
        if (block.timestamp < _additionAt + 7 days) return _assertHonestIsSafe(seed % 7);
        uint256 i = seed % 7;
        address liar = seats[i];
        (Draft memory x, Draft memory y) = (_draft(USD), _draft(2 * USD));
        _accuse(i, x, y);
        assertTrue(reporterSet.isJailed(liar), "17: proven and not jailed");
        assertEq(reporterSet.reporterConfig().reporters.length, 6, "17: still in the set");
        jailed.push(liar);

        keys[i] = _key(_nextReporter++);
        seats[i] = vm.addr(keys[i]);
        _additionAt = block.timestamp;
        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, seats);
        epoch += 2;
        _effective();
    }

    /// @dev Reads a window that is final, and remembers it or compares it with what it was.
    function read(uint256 seed) external counted {
        seed = _mix(seed);
        (uint256 i, uint40 start, uint40 end) = _anyWindow(seed);
        if (end <= start) return;
        bytes32 key = keccak256(abi.encode(i, start, end));
        bytes32 hash = keccak256(abi.encode(index.window(i, start, end)));
        if (firstRead[key] == 0) firstRead[key] = hash;
        assertEq(hash, firstRead[key], "13: a final window changed");
        _effective();
    }

    function _assertHonestIsSafe(uint256 i) private {
        Draft memory x = _draft(USD);
        IEquivocation.Statement memory s = Accusations.statement(x, keys[i], i);
        bytes memory call =
            abi.encodeCall(index.proveEquivocation, (seats[i], x.epoch, x.slot, s, s));
        (bool ok,) = address(index).call(call);
        assertFalse(ok, "17: one content is no proof");
        _effective();
    }

    function _accuse(uint256 i, Draft memory x, Draft memory y) private {
        index.proveEquivocation(
            seats[i],
            x.epoch,
            x.slot,
            Accusations.statement(x, keys[i], i),
            Accusations.statement(y, keys[i], i)
        );
    }

    // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A final window of one to four days, of any index, since its first round; empty if there is none.
    function _anyWindow(uint256 seed) internal view returns (uint256 i, uint40 start, uint40 end) {
        i = seed % INDICES;
        uint40 first = seen[i][0].slot / 1 days + 1;
        uint40 last = uint40((block.timestamp - 15 minutes) / 1 days);
        if (last <= first) return (i, 0, 0);
        uint40 day = first + uint40((seed >> 8) % (last - first));
        uint40 length = 1 + uint40((seed >> 64) % 4);
        if (day + length > last) length = last - day;
        return (i, day * 1 days, (day + length) * 1 days);
    }

    /// @dev Submits, and checks every index against what honest reporters said. False if there was no quorum.
    function _round(Turnout memory p, uint64 center, uint256 seed) private returns (bool) {
        Draft memory d = _draft(0);
        d.signers = p.signers;
        (uint64[INDICES] memory low, uint64[INDICES] memory high) = _observe(d, p, center, seed);
        bytes memory report = Reports.signed(d, keys);
        uint256 expected;
        for (uint256 i; i < INDICES; ++i) {
            if (Reports.column(d, i).length >= QUORUM) expected |= 1 << i;
        }
        if (expected == 0) {
            vm.expectRevert(ISpotIndex.NothingToRecord.selector);
            index.submit(report);
            return false;
        }
        assertEq(index.submit(report), expected, "4: other indices than those with a quorum");
        ++accepted;
        _lastReport = report;
        for (uint256 i; i < INDICES; ++i) {
            if ((expected >> i) & 1 == 1) _remember(i, low[i], high[i]);
        }
        return true;
    }

    /// @dev Fills in who says what. Honest values lie within 0.1 % of the center, or on it.
    function _observe(Draft memory d, Turnout memory p, uint64 center, uint256 seed)
        private
        view
        returns (uint64[INDICES] memory low, uint64[INDICES] memory high)
    {
        d.values = new uint64[][](_count(p.signers));
        uint256 row;
        for (uint256 position; position < 7; ++position) {
            if ((p.signers >> position) & 1 == 0) continue;
            d.values[row] = new uint64[](INDICES);
            bool lies = (p.liars >> position) & 1 == 1;
            for (uint256 i; i < INDICES; ++i) {
                uint256 noise = uint256(keccak256(abi.encode(seed, position, i)));
                uint64 middle =
                    p.wide ? center : known[i].high == 0 ? center : index.latest(i).value;
                uint64 spread = middle / 1000;
                uint64 v = middle - spread / 2 + uint64(noise % (spread + 1));
                if (lies) v = noise % 3 == 0 ? 0 : noise % 3 == 1 ? type(uint64).max : 1;
                else if ((p.absent >> i) & 1 == 1 && noise % 4 == 0) v = 0;
                d.values[row][i] = v;
                if (lies || v == 0) continue;
                if (low[i] == 0 || v < low[i]) low[i] = v;
                if (v > high[i]) high[i] = v;
            }
            ++row;
        }
    }

    function _remember(uint256 i, uint64 low, uint64 high) private {
        ISpotIndex.RoundView memory r = index.latest(i);
        assertGe(r.value, low, "4: below the honest");
        assertLe(r.value, high, "4: above the honest");
        Known storage k = known[i];
        if (seen[i].length != 0) {
            Seen memory last = seen[i][seen[i].length - 1];
            uint40 held = r.slot - last.slot < HOLD ? r.slot - last.slot : HOLD;
            k.valueTime += uint96(last.value) * held;
            k.coveredTime += uint32(held);
        }
        (k.low, k.high) = (low, high);
        seen[i].push(Seen(r.slot, r.value));
    }

    /// @dev Five to seven signers; a wide and complete turnout may move anywhere.
    function _turnout(uint256 seed) private pure returns (Turnout memory p) {
        p.signers = ALL;
        uint256 silent = seed % 3;
        for (uint256 i; i < silent; ++i) {
            p.signers &= ~uint32(1 << ((seed >> (8 + 4 * i)) % 7));
        }
        uint256 liars = (seed >> 16) % (MOST_LIARS + 1);
        for (uint256 i; i < liars; ++i) {
            p.liars |= uint32(1 << ((seed >> (24 + 4 * i)) % 7));
        }
        p.wide = p.signers == ALL && p.liars == 0;
    }

    function _spoiled(Draft memory d, uint256 kind, uint256 seed)
        private
        view
        returns (bytes memory report)
    {
        if (kind == 0) return _lastReport;
        if (kind == 1) d.domain = keccak256(abi.encode(d.domain, seed));
        if (kind == 2) d.epoch = seed % 2 == 0 ? d.epoch - 1 : d.epoch + 1;
        if (kind == 3) d.slot += 60 * uint40(1 + seed % 1000);
        if (kind == 4) d.slot -= uint40(1 + seed % 59);
        if (kind == 5) d.slot = index.latest(0).slot;
        if (kind == 6) d.methodHash = keccak256(abi.encode(seed));
        if (kind == 7) {
            d.signers = 0x0f;
            d.values = Reports.unanimous(d.values[0], 4);
        }
        report = Reports.signed(d, keys);
        uint256 offset = kind == 8 ? 4 : 13 + seed % (report.length - 13);
        if (kind >= 8) {
            report[offset] = bytes1(uint8(report[offset]) ^ uint8(kind == 8 ? 60 : 1 + seed % 255));
        }
    }

    function _count(uint32 mask) private pure returns (uint256 bits) {
        for (; mask != 0; mask >>= 1) {
            bits += mask & 1;
        }
    }
}
