// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { WrappedUnit } from "./WrappedUnit.sol";
import {
    Basis,
    Denomination,
    GradeTerms,
    IGradeRegistry,
    Kind,
    Precision
} from "./interfaces/IGradeRegistry.sol";
import { IWrappedUnit } from "./interfaces/IWrappedUnit.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title GradeRegistry
/// @notice See {IGradeRegistry}.
contract GradeRegistry is IGradeRegistry, AccessManaged {
    /// @notice Published factors have four decimals.
    uint128 public constant FACTOR_STEP = 1e14;
    /// @notice Notice a curator gives before a grade counts as impaired.
    uint40 public constant IMPAIRMENT_NOTICE = 48 hours;
    /// @notice Shortages up to this many basis points of what the units need impair nothing: roundings and dust.
    uint256 public constant TOLERANCE_BPS = 10;
    /// @notice How long a shortage has to have been seen before a second look impairs the grade.
    uint40 public constant LOOKS_APART = 24 hours;
    /// @notice How long a first look counts.
    uint40 public constant LOOK_LASTS = 7 days;

    /// @inheritdoc IGradeRegistry
    mapping(bytes32 gradeId => address unit) public unitOf;
    /// @inheritdoc IGradeRegistry
    mapping(address unit => uint40) public shortSince;
    mapping(address unit => Grade) private _grades;
    address[] private _units;

    constructor(address authority) AccessManaged(authority) { }

    /// @inheritdoc IGradeRegistry
    function list(GradeTerms calldata terms, string calldata name, string calldata symbol)
        external
        restricted
        returns (address unit)
    {
        _validate(terms);
        bytes32 gradeId = gradeIdOf(terms);
        if (unitOf[gradeId] != address(0)) revert GradeExists(gradeId);

        IWrappedUnit.Factor memory factor = IWrappedUnit.Factor(
            IERC20(terms.token),
            terms.decimals,
            terms.scuPerToken,
            terms.validUntil,
            terms.depositCap
        );
        unit = address(new WrappedUnit{ salt: gradeId }(gradeId, factor, name, symbol));
        unitOf[gradeId] = unit;
        _grades[unit] = Grade(terms.validUntil, 0, terms.kind, false, gradeId);
        _units.push(unit);
        emit GradeListed(gradeId, unit, terms.token, terms);
    }

    /// @inheritdoc IGradeRegistry
    function close(address unit) external restricted {
        _setClosed(unit, _listed(unit), true);
    }

    /// @inheritdoc IGradeRegistry
    function reopen(address unit) external restricted {
        Grade storage g = _listed(unit);
        if (g.impairedAt != 0) revert Impaired(unit, g.impairedAt);
        _setClosed(unit, g, false);
    }

    /// @inheritdoc IGradeRegistry
    /// @dev In force from the second look, whoever takes it and whenever a series is concluded after it.
    function impair(address unit) external {
        Grade storage g = _listed(unit);
        if (!_lacks(unit)) revert NotShort(unit);
        if (g.impairedAt != 0 && g.impairedAt <= block.timestamp) {
            revert Impaired(unit, g.impairedAt);
        }
        uint40 since = shortSince[unit];
        if (since == 0 || block.timestamp > since + LOOK_LASTS) {
            shortSince[unit] = uint40(block.timestamp);
            emit ShortageSeen(unit, uint40(block.timestamp) + LOOKS_APART);
            if (!g.closed) _setClosed(unit, g, true);
            return;
        }
        uint40 from = since + LOOKS_APART;
        if (block.timestamp < from) revert SecondLookTooSoon(unit, from);
        _flag(unit, g, uint40(block.timestamp), true);
    }

    /// @inheritdoc IGradeRegistry
    function cure(address unit) external {
        Grade storage g = _listed(unit);
        if (shortSince[unit] == 0) revert NoShortageSeen(unit);
        if (g.impairedAt != 0 && g.impairedAt <= block.timestamp) {
            revert Impaired(unit, g.impairedAt);
        }
        if (_lacks(unit)) revert StillShort(unit);
        shortSince[unit] = 0;
        emit ShortageCured(unit);
    }

    /// @inheritdoc IGradeRegistry
    function announceImpairment(address unit) external restricted {
        Grade storage g = _listed(unit);
        if (g.impairedAt != 0) revert Impaired(unit, g.impairedAt);
        _flag(unit, g, uint40(block.timestamp) + IMPAIRMENT_NOTICE, false);
    }

    /// @inheritdoc IGradeRegistry
    function withdrawImpairment(address unit) external restricted {
        Grade storage g = _listed(unit);
        if (g.impairedAt <= block.timestamp) revert NoPendingImpairment(unit);
        g.impairedAt = 0;
        emit ImpairmentWithdrawn(unit);
    }

    /// @inheritdoc IGradeRegistry
    function grade(address unit) external view returns (Grade memory) {
        return _listed(unit);
    }

    /// @inheritdoc IGradeRegistry
    function units() external view returns (address[] memory) {
        return _units;
    }

    /// @inheritdoc IGradeRegistry
    function gradeIdOf(GradeTerms calldata terms) public pure returns (bytes32) {
        return keccak256(abi.encode(terms));
    }

    function _flag(address unit, Grade storage g, uint40 impairedAt, bool objective) private {
        g.impairedAt = impairedAt;
        emit GradeImpaired(unit, impairedAt, objective);
        if (!g.closed) _setClosed(unit, g, true);
    }

    /// @dev Whether the unit holds less than it needs, by more than the tolerance. No overflow: 128 bits of units
    /// times at most 10^36; what a token reports is only compared.
    function _lacks(address unit) private view returns (bool) {
        IWrappedUnit.Factor memory f = IWrappedUnit(unit).factor();
        uint256 owed = IERC20(unit).totalSupply() * 10 ** f.decimals;
        uint256 needed = Math.ceilDiv(owed, f.scuPerToken);
        uint256 held = f.token.balanceOf(unit);
        return held < needed - needed * TOLERANCE_BPS / 10_000;
    }

    function _setClosed(address unit, Grade storage g, bool closed) private {
        g.closed = closed;
        emit GradeClosed(unit, closed);
        IWrappedUnit(unit).setClosed(closed);
    }

    function _listed(address unit) private view returns (Grade storage g) {
        g = _grades[unit];
        if (g.kind == Kind.NONE) revert UnknownUnit(unit);
    }

    /// A factor is only worth freezing when everything it depends on is in the terms.
    function _validate(GradeTerms calldata t) private view {
        _require(bytes(t.network).length != 0, "network");
        _require(t.kind != Kind.NONE, "kind");
        _require(t.denomination != Denomination.NONE, "denomination");
        _require(t.quantity != 0, "quantity");
        _require(t.decimals <= 36, "decimals");
        _require(t.scuPerToken != 0, "scuPerToken");
        _require(t.methodHash != 0, "methodHash");
        _require(t.depositCap != 0, "depositCap");

        bool isFlop = t.denomination == Denomination.FLOP;
        bool isInference = t.denomination == Denomination.INFERENCE;
        _require((bytes(t.model).length == 0) == isFlop, "model");
        _require((t.precision != Precision.NONE) == (isFlop || isInference), "precision");
        _require((t.basis != Basis.NONE) == isFlop, "basis");
        _require((t.inputTokens != 0 && t.outputTokens != 0) == isInference, "lengthProfile");
        _require(isInference || (t.inputTokens == 0 && t.outputTokens == 0), "lengthProfile");

        if (t.scuPerToken % FACTOR_STEP != 0) revert FactorTooFine(t.scuPerToken, FACTOR_STEP);
        if (t.validUntil <= block.timestamp) revert AlreadyExpired(t.validUntil, block.timestamp);
        uint8 reported = IERC20Metadata(t.token).decimals();
        if (reported != t.decimals) revert DecimalsDiffer(t.decimals, reported);
    }

    function _require(bool ok, string memory field) private pure {
        if (!ok) revert UnderSpecified(field);
    }
}
