// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAttesterSet } from "./interfaces/IAttesterSet.sol";
import { IBridgedToken } from "./interfaces/IBridgedToken.sol";
import { IRouteBook } from "./interfaces/IRouteBook.sol";
import { IRouteLimits } from "./interfaces/IRouteLimits.sol";
import { RouteTerms } from "./libraries/Route.sol";
import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import { IERC7802 } from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import { ERC165Checker } from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";

/// @title RouteRules
/// @notice Which routes a {BridgeGate} adds. Each gate makes its own; it has no state and no say elsewhere.
contract RouteRules {
    /// @notice 96 bits of steps of this many base units each still fit into a word.
    uint8 public constant MOST_DECIMALS = 36;

    /// @notice The gate that made it, and asks.
    address public immutable gate = msg.sender;
    uint256 private immutable _chain = block.chainid;

    /// @notice Whether a route may be added; reverts as {IRouteBook-addRoute} does where not.
    /// @param terms Both ends.
    /// @param council Who can stop the route.
    function check(RouteTerms calldata terms, address council) external view {
        _checkTerms(terms);
        _checkCouncil(council);
    }

    function _checkTerms(RouteTerms calldata terms) private view {
        if (terms.homeChain == terms.remoteChain) revert IRouteBook.SameChain(terms.homeChain);
        if (terms.homeGate == address(0) || terms.homeToken == address(0)) {
            revert IRouteBook.InvalidEnd(terms.homeGate, terms.homeToken);
        }
        if (terms.remoteGate == address(0) || terms.remoteToken == address(0)) {
            revert IRouteBook.InvalidEnd(terms.remoteGate, terms.remoteToken);
        }
        bool isHome = terms.homeChain == _chain && terms.homeGate == gate;
        bool isRemote = terms.remoteChain == _chain && terms.remoteGate == gate;
        if (!isHome && !isRemote) revert IRouteBook.NotThisGate();
        _checkDecimals(terms.homeDecimals, MOST_DECIMALS);
        _checkDecimals(terms.remoteDecimals, MOST_DECIMALS);
        (address token, uint8 stated) = isHome
            ? (terms.homeToken, terms.homeDecimals)
            : (terms.remoteToken, terms.remoteDecimals);
        uint8 found = IERC20Metadata(token).decimals();
        if (found != stated) revert IRouteBook.UnsupportedDecimals(stated, found);
        if (!isRemote) return;
        if (
            !ERC165Checker.supportsInterface(token, type(IERC7802).interfaceId)
                || IBridgedToken(token).gate() != gate
        ) revert IRouteBook.NotRepresentation(token);
    }

    function _checkDecimals(uint8 stated, uint8 most) private pure {
        if (stated > most) revert IRouteBook.UnsupportedDecimals(stated, most);
    }

    /// @dev A stolen threshold takes what a route lets through until somebody stops it: so nobody's route opens
    /// without somebody who can, and who can do nothing else.
    function _checkCouncil(address council) private view {
        _requireStop(council, IAttesterSet.revokeEpoch.selector);
        _requireStop(council, IRouteBook.stopRoutes.selector);
        _refuseStart(council, IAttesterSet.setAttesters.selector);
        _refuseStart(council, IRouteLimits.setLimit.selector);
        _refuseStart(council, IRouteBook.addRoute.selector);
        _refuseStart(council, IRouteBook.allowEntry.selector);
        _refuseStart(council, IRouteBook.startRoute.selector);
    }

    function _requireStop(address council, bytes4 selector) private view {
        (bool immediate,) = _canCall(council, selector);
        if (!immediate) revert IRouteBook.CouncilCannotStop(council, selector);
    }

    function _refuseStart(address council, bytes4 selector) private view {
        (bool immediate, uint32 delay) = _canCall(council, selector);
        if (immediate || delay != 0) revert IRouteBook.CouncilCanStart(council, selector);
    }

    function _canCall(address caller, bytes4 selector) private view returns (bool, uint32) {
        return IAccessManager(IAccessManaged(gate).authority()).canCall(caller, gate, selector);
    }
}
