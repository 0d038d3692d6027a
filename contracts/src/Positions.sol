// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket } from "./interfaces/IFuturesMarket.sol";
import { Signatures } from "./libraries/Signatures.sol";
import { ERC6909 } from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Positions
/// @notice The part of {IFuturesMarket} that keeps who holds what and who may act for whom.
abstract contract Positions is IFuturesMarket, ERC6909, EIP712 {
    bytes32 private constant OPERATOR_TYPE = keccak256(
        "OperatorPermit(address owner,address operator,bool approved,uint256 nonce,uint256 deadline)"
    );

    /// @inheritdoc IFuturesMarket
    mapping(address owner => uint256) public nonces;

    constructor() EIP712("Pargrade FuturesMarket", "1") { }

    /// @inheritdoc IFuturesMarket
    function permitOperator(
        address owner,
        address operator,
        bool approved,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (block.timestamp > deadline) {
            revert SignatureExpired(deadline, block.timestamp);
        }
        bytes32 digest = operatorDigest(owner, operator, approved, nonces[owner]++, deadline);
        if (!Signatures.isOf(owner, digest, signature)) revert WrongOwnerSignature(owner, digest);
        _setOperator(owner, operator, approved);
    }

    /// @inheritdoc IFuturesMarket
    function operatorDigest(
        address owner,
        address operator,
        bool approved,
        uint256 nonce,
        uint256 deadline
    ) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(OPERATOR_TYPE, owner, operator, approved, nonce, deadline))
        );
    }

    function _authorise(address account) internal view {
        if (account != msg.sender && !isOperator(account, msg.sender)) {
            revert NotAuthorised(account, msg.sender);
        }
    }
}
