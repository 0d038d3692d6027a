// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket } from "./IFuturesMarket.sol";

/// @title IMarketMigrator
/// @notice Moves positions from one {IFuturesMarket} into the like series of another one, LONG and SHORT together, in
/// one transaction.
///
/// A pair is closed in the old market and opened in the new one. What comes out of the first lock is what goes into
/// the second, so nobody pays or is paid anything and no price is needed. A holder agrees by making this contract its
/// operator at the old market (`setOperator`, or `permitOperator` by signature), and takes it back in the same
/// way; it needs no approval of a token, and nothing at the new market. With that agreement anyone may move any of
/// the holder's lots, and only into a series of the same terms, and only at the market that is fixed here.
///
/// LONG moves as far as SHORT does, lot by lot, whoever holds them: holders need not know each other. What has no
/// counterpart stays in the old market, where it can be merged and redeemed as ever. Nothing moves that the new market
/// would not let anybody open: series whose window has begun, where several grades are eligible; BANDED ones
/// while the index is stale or out of the band, or beyond their caps. This contract holds nothing between transactions.
interface IMarketMigrator {
    /// @notice Lots of a holder moved.
    /// @param from Position in the old market.
    /// @param to Position in the new one.
    /// @param holder Whose it was and is.
    /// @param lots Lots.
    event Moved(uint256 indexed from, uint256 indexed to, address indexed holder, uint256 lots);

    /// @notice The two series differ in more than their caps.
    /// @param field Name of the term.
    error NotLike(string field);
    /// @notice No lots of both sides can move: none held, or no holder of one side agreed.
    /// @param longs Lots of LONG that could.
    /// @param shorts Lots of SHORT that could.
    error NoPairsToMove(uint256 longs, uint256 shorts);
    /// @notice A token paid less than it should have, or took more.
    /// @param token The token.
    /// @param before Base units of it that this contract held before.
    /// @param left Base units it would be left with.
    error LockNotPaid(address token, uint256 before, uint256 left);

    /// @notice Moves all lots that these holders have and agreed to move, LONG and SHORT as far as both go, the first
    /// named first. Anyone. Holders that hold nothing or did not agree are passed over.
    ///
    /// Where the two markets wrap a grade in different units, of the same terms, the units are unwrapped and wrapped
    /// again. What rounding leaves short of whole lots, at most a base unit of the token, the caller adds in new units
    /// and gets in old ones.
    /// @param from Id of the series in the old market.
    /// @param to Id of the like series in the new one.
    /// @param grade Place of the grade in the terms, from 0; 0 if BANDED.
    /// @param longs Holders of LONG, each once.
    /// @param shorts Holders of SHORT of the grade, each once.
    /// @param most Most lots to move.
    /// @return lots Lots moved of each side.
    function move(
        uint256 from,
        uint256 to,
        uint256 grade,
        address[] calldata longs,
        address[] calldata shorts,
        uint64 most
    ) external returns (uint64 lots);

    /// @notice Where the terms of two series differ.
    /// @param from Id of the series in the old market.
    /// @param to Id of that in the new one.
    /// @return Name of the first term that does, but for caps; empty where they are alike.
    function difference(uint256 from, uint256 to) external view returns (string memory);

    /// @notice The market that positions leave.
    /// @return Its contract.
    function source() external view returns (IFuturesMarket);

    /// @notice The market that they arrive at.
    /// @return Its contract.
    function target() external view returns (IFuturesMarket);
}
