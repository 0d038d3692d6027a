// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../src/devnet/TestToken.sol";
import { IFuturesMarket } from "../src/interfaces/IFuturesMarket.sol";
import { GradeTerms, IGradeRegistry } from "../src/interfaces/IGradeRegistry.sol";
import { IReporterSet } from "../src/interfaces/IReporterSet.sol";
import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { ISpotIndexReader, Timing } from "../src/interfaces/ISpotIndexReader.sol";
import { IWrappedUnit } from "../src/interfaces/IWrappedUnit.sol";
import { Grades } from "./support/Grades.sol";
import { Draft, Reports } from "./support/Reports.sol";
import { Shipped } from "./support/Shipped.sol";
import { BlocklistToken } from "./support/Tokens.sol";
import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";

/// @notice Everything deployed and wired as a deployment does it, with named actors, three listed grades and a
/// set of seven reporters of whom five make a round.
///
/// Contracts are deployed from their artifacts and spoken to through their interfaces, so that a change of one
/// contract recompiles that contract alone; `mutants.py` lives on it.
abstract contract Base is Shipped {
    uint40 internal constant GENESIS = 20_393 days;
    bytes32 internal constant METHOD = keccak256("spot index method");
    uint64 internal constant USD = 1e8;
    uint8 internal constant QUORUM = 5;
    uint8 internal constant WIDE = 6;
    uint32 internal constant ALL = 0x7f;
    uint256 internal constant INDICES = 3;

    uint64 internal constant CURATOR = 1;
    uint64 internal constant GUARDIAN = 2;

    address internal admin = makeAddr("admin");
    address internal curator = makeAddr("curator");
    address internal guardian = makeAddr("guardian");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal stranger = makeAddr("stranger");

    IAccessManager internal governance;
    IGradeRegistry internal registry;
    ISpotIndex internal index;
    IReporterSet internal reporterSet;
    IFuturesMarket internal market;
    /// @dev The market again, as the token contract of its positions.
    IERC6909 internal positions;

    BlocklistToken internal quote;
    TestToken[3] internal tokens;
    IWrappedUnit[3] internal units;
    GradeTerms[3] internal terms;
    /// @dev Keys by set position.
    uint256[] internal keys;

    function setUp() public virtual {
        vm.warp(GENESIS);
        governance = IAccessManager(_deploy("Governance", abi.encode(admin)));
        registry = IGradeRegistry(_deploy("GradeRegistry", abi.encode(governance)));
        index = _newIndex(_timing(), _indexNames());
        reporterSet = _reporterSetOf(index);
        market = IFuturesMarket(
            _deploy("FuturesMarket", abi.encode(governance, registry, _settlingIndex()))
        );
        positions = IERC6909(address(market));
        _grantRoles();
        _listGrades();
        _seatReporters();
    }

    function _seatReporters() internal virtual {
        _setReporters(7, QUORUM);
    }

    function _timing() internal pure virtual returns (Timing memory) {
        return Timing({
            grid: 60,
            heartbeat: 1 hours,
            grace: 5 minutes,
            maxAge: 15 minutes,
            minInterval: 5 minutes,
            deviationBps: 25,
            bandBps: 2000
        });
    }

    function _indexNames() internal pure virtual returns (string[] memory names) {
        names = new string[](INDICES);
        (names[0], names[1], names[2]) = ("H100", "A100", "B200");
    }

    function _newIndex(Timing memory timing, string[] memory names) internal returns (ISpotIndex) {
        return ISpotIndex(_deploy("SpotIndex", abi.encode(governance, timing, names)));
    }

    /// @dev What the market is told is its index.
    function _settlingIndex() internal virtual returns (ISpotIndex) {
        return index;
    }

    function _reporterSetOf(ISpotIndex index_) internal pure returns (IReporterSet) {
        return IReporterSet(address(index_));
    }

    // ── reporters ─────────────────────────────────────────────────────────────────────────────────────────────

    function _setReporters(uint256 n, uint8 quorum) internal {
        while (keys.length < n) keys.push(_key(keys.length));
        vm.prank(admin);
        reporterSet.setReporters(quorum, METHOD, _reporters(0, n));
    }

    function _key(uint256 i) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("reporter", i)));
    }

    /// @dev Reporters number `from` to `to`, the latter excluded.
    function _reporters(uint256 from, uint256 to)
        internal
        pure
        returns (address[] memory reporters)
    {
        reporters = new address[](to - from);
        for (uint256 i; i < reporters.length; ++i) {
            reporters[i] = vm.addr(_key(from + i));
        }
    }

    // ── rounds ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Everybody says `value` for every index, for the present slot.
    function _push(uint64 value) internal {
        index.submit(Reports.signed(_draft(value), keys));
    }

    function _draft(uint64 value) internal view returns (Draft memory) {
        uint64[] memory row = Reports.filled(value, index.indexNames().length);
        return Reports.draft(index, _slot(), ALL, Reports.unanimous(row, 7));
    }

    /// @dev The latest slot that is not in the future.
    function _slot() internal view returns (uint40) {
        return uint40(block.timestamp - block.timestamp % index.timing().grid);
    }

    // ── amounts ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Gives `account` at least `amount` of grade `g`'s units, by wrapping.
    function _giveUnits(uint256 g, address account, uint256 amount) internal {
        uint256 whole = 10 ** terms[g].decimals;
        uint256 needed = amount * whole / terms[g].scuPerToken + 1;
        tokens[g].mint(account, needed);
        vm.startPrank(account);
        tokens[g].approve(address(units[g]), needed);
        units[g].wrap(needed, amount, account);
        vm.stopPrank();
    }

    /// @dev The underlying shrinks by itself, as a claw-back would make it.
    function _shrink(uint256 g, uint256 amount) internal {
        vm.prank(address(units[g]));
        tokens[g].transfer(address(0xdead), amount);
    }

    /// @dev Impairs a grade whose reserves are short as if somebody had looked a day ago.
    function _impairNow(uint256 g) internal {
        uint256 time = vm.getBlockTimestamp();
        vm.warp(time - 24 hours);
        registry.impair(address(units[g]));
        vm.warp(time);
        registry.impair(address(units[g]));
    }

    function _expectUnauthorized(address caller) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller)
        );
    }

    // ── wiring ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev What is granted to no role stays with the admin: {IReporterSet-setReporters} first of all.
    function _grantRoles() private {
        vm.startPrank(admin);
        _permit(CURATOR, address(registry), registry.list.selector);
        _permit(CURATOR, address(registry), registry.reopen.selector);
        _permit(CURATOR, address(registry), registry.announceImpairment.selector);
        _permit(CURATOR, address(registry), registry.withdrawImpairment.selector);
        _permit(CURATOR, address(market), market.create.selector);
        _permit(CURATOR, address(market), market.allowEntry.selector);
        _permit(GUARDIAN, address(registry), registry.close.selector);
        _permit(GUARDIAN, address(market), market.stopEntry.selector);
        _permit(GUARDIAN, address(market), market.exclude.selector);
        _permit(GUARDIAN, address(market), market.reject.selector);
        governance.grantRole(CURATOR, curator, 0);
        governance.grantRole(GUARDIAN, guardian, 0);
        vm.stopPrank();
    }

    function _permit(uint64 role, address target, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        governance.setTargetFunctionRole(target, selectors, role);
    }

    function _listGrades() private {
        quote = new BlocklistToken();
        tokens[0] = new TestToken("Aurora", "AUR", 6);
        tokens[1] = new TestToken("Exaline", "EXA", 8);
        tokens[2] = new TestToken("Lumen", "LUM", 18);
        terms[0] = Grades.gpuHour(address(tokens[0]), 6, GENESIS + 365 days);
        terms[1] = Grades.exaflop(address(tokens[1]), 8, GENESIS + 365 days);
        terms[2] = Grades.inference(address(tokens[2]), 18, GENESIS + 365 days);
        string[3] memory symbols = ["A1GH", "EFLP", "L70M"];
        for (uint256 g; g < 3; ++g) {
            vm.prank(curator);
            units[g] = IWrappedUnit(registry.list(terms[g], symbols[g], symbols[g]));
        }
    }
}
