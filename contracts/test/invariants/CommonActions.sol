// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Limits } from "../../src/libraries/Limits.sol";
import { CommonDraft, CommonReports } from "../support/CommonReports.sol";
import { Counted } from "../support/Counted.sol";
import { IndexV2Test } from "../support/IndexV2Test.sol";
import { Seen } from "../support/WindowModel.sol";

/// @notice What nodes of the common report, two of whom may lie, transmitters and time do to an index. What should come
/// of a report is decided here from the values signed and the limits in words, not as the contract does it.
abstract contract CommonActions is IndexV2Test, Counted {
    uint256 internal constant RING = 2881;
    uint256 private constant MOST = type(uint56).max;

    mapping(uint256 index => Seen[]) internal seen;
    uint256 internal known = INDICES;
    uint32 internal epoch = 1;
    address[] internal jailed;
    address[] private _seats;
    uint256 private _nextReporter = 7;
    uint256 private _additionAt;
    bytes private _lastReport;

    function setUp() public virtual override {
        super.setUp();
        _seats = _reporters(0, 7);
        _send(_draft(5 * USD));
        _act("report", this.report.selector);
        _act("silence", this.silence.selector);
        _act("forge", this.forge.selector);
        _act("equivocate", this.equivocate.selector);
        _act("extend", this.extend.selector);
        _targetActions();
    }

    // ── actions ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A report one minute to six hours after the last; values far and near, absent and too large; five to seven
    /// signatures.
    function report(uint256 wait, uint256 seed) external counted {
        seed = _mix(seed);
        skip(wait % 3 == 0 ? 5 minutes : bound(wait >> 8, 1, 360) * 1 minutes);
        CommonDraft memory d = _draft(0);
        d.signers = uint32(ALL >> (seed % 3));
        for (uint256 i; i < known; ++i) {
            uint256 noise = uint256(keccak256(abi.encode(seed, i)));
            uint64 last = seen[i].length == 0 ? 5 * USD : seen[i][seen[i].length - 1].value;
            uint64 near = last - last / 100 + uint64((noise >> 8) % (last / 50 + 1));
            if (noise % 16 == 0) d.values[i] = 0;
            else if (noise % 16 == 1) d.values[i] = uint64(noise >> 64);
            else d.values[i] = near == 0 ? 1 : near;
            (d.confidences[i], d.providers[i]) = (uint64(noise >> 128), uint8(noise >> 192));
        }
        if (_send(d)) _effective();
    }

    function silence(uint256 seed) external counted {
        skip(bound(_mix(seed), 1 hours, 40 hours));
        _effective();
    }

    /// @dev A report that is spoiled in one respect, and nothing else, must be refused.
    function forge(uint256 kind, uint256 seed) external counted {
        seed = _mix(seed);
        skip(1 hours);
        CommonDraft memory d = _draft(5 * USD);
        kind %= 8;
        if (kind == 1) d.domain = keccak256(abi.encode(d.domain, seed));
        if (kind == 2) d.epoch = seed % 2 == 0 ? d.epoch - 1 : d.epoch + 1;
        if (kind == 3) d.slot -= 60 * uint40(4 + seed % 1000);
        if (kind == 4) d.slot += 60 * uint40(1 + seed % 1000);
        if (kind == 5) d.flags = 1;
        if (kind == 6) d.signers = 0x0f;
        bytes memory packed = kind == 0 ? _lastReport : _signed(d);
        if (kind == 7) {
            uint256 place = 10 + seed % (32 + 17 * known);
            packed[place] = bytes1(uint8(packed[place]) ^ uint8(1 + (seed >> 64) % 255));
        }
        (bool ok,) = address(index).call(abi.encodeCall(index.submit, (packed)));
        assertFalse(ok, "17: a spoiled report was taken");
        _effective();
    }

    /// @dev Two batches or two reports jail; a newcomer takes the seat a week later.
    function equivocate(uint256 seed) external counted {
        seed = _mix(seed);
        skip(1 hours);
        if (block.timestamp < _additionAt + 7 days) {
            _assertHonestIsSafe(seed % _seats.length);
            return _effective();
        }
        uint256 i = seed % 7;
        CommonDraft memory d = _draft(USD);
        if (seed % 2 == 0) _proveBatches(i, d, bytes32("a"));
        else _proveReports(i, d, _draft(2 * USD));
        jailed.push(_seats[i]);
        keys[i] = _key(_nextReporter++);
        _seats[i] = vm.addr(keys[i]);
        _additionAt = block.timestamp;
        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, _seats);
        epoch += 2;
        _effective();
    }

    /// @dev One further index, up to sixteen; later ones are refused.
    function extend(uint256 seed) external counted {
        seed = _mix(seed);
        string[] memory names = new string[](1);
        Limits[] memory limits = new Limits[](1);
        names[0] = vm.toString(seed);
        uint32 interval = uint32(bound(seed >> 8, 5, 120)) * 1 minutes;
        limits[0] = Limits(4 hours, 10 minutes, interval, 25, uint16(1 + seed % 10_000), 50);
        vm.prank(admin);
        (bool ok,) = address(index).call(abi.encodeCall(index.append, (names, limits)));
        assertEq(ok, known < 16);
        if (ok) (known, epoch) = (known + 1, epoch + 1);
        _effective();
    }

    // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Submits, and compares the indices that moved with those that should. False where none did.
    function _send(CommonDraft memory d) private returns (bool) {
        uint256 expected;
        for (uint256 i; i < known; ++i) {
            if (_mayMove(i, d)) expected |= 1 << i;
        }
        bytes memory packed = _signed(d);
        (bool ok, bytes memory returned) =
            address(index).call(abi.encodeCall(index.submit, (packed)));
        assertEq(
            ok,
            expected != 0,
            "4: taken although nothing may move, or refused although something may"
        );
        if (!ok) return false;
        assertEq(
            abi.decode(returned, (uint256)), expected, "4: other indices than those that may move"
        );
        _lastReport = packed;
        for (uint256 i; i < known; ++i) {
            if ((expected >> i) & 1 == 1) seen[i].push(Seen(d.slot, d.values[i]));
        }
        return true;
    }

    function _mayMove(uint256 i, CommonDraft memory d) private view returns (bool) {
        if (d.values[i] == 0 || d.values[i] > MOST) return false;
        Limits memory l = index.limitsOf(i);
        uint256 signatures;
        for (uint32 mask = d.signers; mask != 0; mask >>= 1) {
            signatures += mask & 1;
        }
        uint256 others = (7 - QUORUM) * uint256(l.widePercent);
        bool isWide = (signatures - QUORUM) * 100 >= others;
        if (seen[i].length == 0) return isWide;
        Seen memory last = seen[i][seen[i].length - 1];
        if (d.slot < last.slot + l.minInterval) return false;
        uint256 move =
            d.values[i] > last.value ? d.values[i] - last.value : last.value - d.values[i];
        uint256 most = uint256(l.bandBps) * (d.slot - last.slot) * last.value;
        return isWide || move * 10_000 * l.heartbeat <= most;
    }

    function _assertHonestIsSafe(uint256 i) private {
        CommonDraft memory d = _draft(USD);
        address reporter = vm.addr(keys[i]);
        (bool ok,) = address(index)
            .call(
                abi.encodeCall(
                    index.proveDoubleReport,
                    (
                        reporter,
                        d.epoch,
                        d.slot,
                        CommonReports.statement(d, keys[i]),
                        CommonReports.statement(d, keys[i])
                    )
                )
            );
        assertFalse(ok, "17: one content is no proof");
    }

    function _proveBatches(uint256 i, CommonDraft memory d, bytes32 root) private {
        index.proveDoubleBatch(
            _seats[i],
            d.epoch,
            d.slot,
            CommonReports.batch(d, root, keys[i]),
            CommonReports.batch(d, ~root, keys[i])
        );
    }

    function _proveReports(uint256 i, CommonDraft memory x, CommonDraft memory y) private {
        index.proveDoubleReport(
            _seats[i],
            x.epoch,
            x.slot,
            CommonReports.statement(x, keys[i]),
            CommonReports.statement(y, keys[i])
        );
    }
}
