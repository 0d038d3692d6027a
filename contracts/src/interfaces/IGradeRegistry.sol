// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Whether the issuer honours the work behind a token, or the token is only money.
/// COLLATERAL may be wrapped and held, never locked as deliverable.
enum Kind {
    NONE,
    REDEEMABLE,
    COLLATERAL
}

/// @notice What one token is an amount of.
enum Denomination {
    NONE,
    GPU_HOUR,
    FLOP,
    INFERENCE
}

/// @notice Arithmetic the work is counted in. A FLOP or a token without it has no price.
enum Precision {
    NONE,
    BF16,
    FP8,
    FP16,
    FP32,
    FP4,
    INT8
}

/// @notice Whether FLOPs are the data-sheet peak or what a workload receives.
enum Basis {
    NONE,
    PEAK,
    DELIVERED
}

/// @notice A grade: one network's token under frozen terms. Its id is the hash of all of them.
/// @param network Name of the network whose token it is.
/// @param token The token.
/// @param decimals Its decimals, which must equal what it reports at listing.
/// @param model GPU model (GPU_HOUR) or language model (INFERENCE); empty for FLOP.
/// @param precision Arithmetic (FLOP, INFERENCE).
/// @param basis Peak or delivered (FLOP).
/// @param inputTokens Longest prompt of the benchmark's length profile (INFERENCE).
/// @param outputTokens Longest completion of that profile (INFERENCE).
/// @param quantity How much one whole token is: GPU-seconds, FLOP or language-model tokens.
/// @param scuPerToken SCU per whole token, 18 decimals, published to 4: a multiple of 10^14.
/// @param methodHash Hash of the factor table the number comes from.
/// @param validUntil Unix time from which the factor is too old to wrap or to list a series on.
/// @param depositCap Most units that may exist, 18 decimals.
struct GradeTerms {
    string network;
    address token;
    uint8 decimals;
    Kind kind;
    Denomination denomination;
    string model;
    Precision precision;
    Basis basis;
    uint32 inputTokens;
    uint32 outputTokens;
    uint256 quantity;
    uint128 scuPerToken;
    bytes32 methodHash;
    uint40 validUntil;
    uint128 depositCap;
}

/// @title IGradeRegistry
/// @notice Lists grades and deploys the wrapped unit of each. Terms never change: a revision is a new grade
/// and the old one stays redeemable at its own factor.
interface IGradeRegistry {
    /// @param validUntil As in the terms.
    /// @param impairedAt Unix time from which the grade counts as
    /// impaired, 0 if never.
    /// @param kind As in the terms.
    /// @param closed No new wraps, no new locks.
    struct Grade {
        uint40 validUntil;
        uint40 impairedAt;
        Kind kind;
        bool closed;
        bytes32 id;
    }

    event GradeListed(
        bytes32 indexed gradeId, address indexed unit, address indexed token, GradeTerms terms
    );
    event GradeClosed(address indexed unit, bool closed);
    /// @param impairedAt Unix time from which series that expire later unwind this grade.
    event GradeImpaired(address indexed unit, uint40 impairedAt, bool objective);
    event ImpairmentWithdrawn(address indexed unit);

    /// @notice A field the denomination needs is missing, or one it cannot have is set.
    error UnderSpecified(string field);
    error GradeExists(bytes32 gradeId);
    error UnknownUnit(address unit);
    error DecimalsDiffer(uint8 declared, uint8 reported);
    error FactorTooFine(uint128 scuPerToken, uint128 step);
    error AlreadyExpired(uint40 validUntil, uint256 timestamp);
    error NotShort(address unit);
    error Impaired(address unit, uint40 impairedAt);
    error NoPendingImpairment(address unit);

    /// @notice Lists a grade and deploys its wrapped unit. Curator.
    function list(GradeTerms calldata terms, string calldata name, string calldata symbol)
        external
        returns (address unit);

    /// @notice Stops new wraps and new locks at once. Guardian or curator. Exits stay open.
    function close(address unit) external;

    /// @notice Takes new wraps and locks again. Curator; refused for an impaired grade.
    function reopen(address unit) external;

    /// @notice Flags a grade whose reserves are short. Anyone; the proof is the balance itself.
    function impair(address unit) external;

    /// @notice Flags a grade whose issuer stopped honouring work, after a notice period. Curator.
    function announceImpairment(address unit) external;

    /// @notice Takes an announcement back before it takes effect. Curator.
    function withdrawImpairment(address unit) external;

    /// @notice The wrapped unit of a grade, zero if not listed.
    function unitOf(bytes32 gradeId) external view returns (address unit);

    /// @notice A listed grade by its unit. Reverts with {UnknownUnit} otherwise.
    function grade(address unit) external view returns (Grade memory);

    /// @notice All listed units, in order of listing.
    function units() external view returns (address[] memory);

    /// @notice keccak256(abi.encode(terms))
    function gradeIdOf(GradeTerms calldata terms) external pure returns (bytes32);
}
