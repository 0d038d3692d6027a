// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Whether the issuer honours the work behind a token, or the token is only money. COLLATERAL may be wrapped
/// and held, never locked as deliverable.
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
/// @param kind Whether the issuer honours the work.
/// @param denomination What one token is an amount of.
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
    /// @notice What the registry keeps of a listed grade.
    /// @param validUntil As in the terms.
    /// @param impairedAt Unix time from which the grade counts as impaired; 0 if never.
    /// @param kind As in the terms.
    /// @param closed Whether new wraps and new locks are stopped.
    /// @param id Hash of the terms.
    struct Grade {
        uint40 validUntil;
        uint40 impairedAt;
        Kind kind;
        bool closed;
        bytes32 id;
    }

    /// @notice A grade was listed and its wrapped unit deployed.
    /// @param gradeId Hash of the terms.
    /// @param unit The wrapped unit.
    /// @param token The token it wraps.
    /// @param terms The terms.
    event GradeListed(
        bytes32 indexed gradeId, address indexed unit, address indexed token, GradeTerms terms
    );
    /// @notice New wraps and locks of a grade were stopped or allowed again.
    /// @param unit The grade's wrapped unit.
    /// @param closed Whether they are stopped now.
    event GradeClosed(address indexed unit, bool closed);
    /// @notice A grade is, or will be, impaired.
    /// @param unit The grade's wrapped unit.
    /// @param impairedAt Unix time from which series that expire later unwind this grade.
    /// @param objective Whether short reserves prove it; else the curator announced it.
    event GradeImpaired(address indexed unit, uint40 impairedAt, bool objective);
    /// @notice An announced impairment was taken back.
    /// @param unit The grade's wrapped unit.
    event ImpairmentWithdrawn(address indexed unit);

    /// @notice Reserves were seen to be short for the first time, or again after a first look had lapsed.
    /// @param unit The grade's wrapped unit.
    /// @param secondLookFrom Unix time from which another look impairs the grade.
    event ShortageSeen(address indexed unit, uint40 secondLookFrom);
    /// @notice Reserves that were seen to be short are not any more: the next look is a first one.
    /// @param unit The grade's wrapped unit.
    event ShortageCured(address indexed unit);

    /// @notice A field the denomination needs is missing, or one it cannot have is set.
    /// @param field Name of the field.
    error UnderSpecified(string field);
    /// @notice A grade of these terms is listed.
    /// @param gradeId Hash of the terms.
    error GradeExists(bytes32 gradeId);
    /// @notice No listed grade has this unit.
    /// @param unit The address given.
    error UnknownUnit(address unit);
    /// @notice The token's decimals are not those in the terms.
    /// @param declared Decimals in the terms.
    /// @param reported Decimals the token reports.
    error DecimalsDiffer(uint8 declared, uint8 reported);
    /// @notice The factor has more decimals than published ones have.
    /// @param scuPerToken The factor, 18 decimals.
    /// @param step What it must be a multiple of.
    error FactorTooFine(uint128 scuPerToken, uint128 step);
    /// @notice The factor is too old to be listed.
    /// @param validUntil Unix time from which it is.
    /// @param timestamp Time of the block.
    error AlreadyExpired(uint40 validUntil, uint256 timestamp);
    /// @notice The reserves of the unit are not short, or by no more than {GradeRegistry-TOLERANCE_BPS}.
    /// @param unit The grade's wrapped unit.
    error NotShort(address unit);
    /// @notice The grade is impaired, or announced to be.
    /// @param unit The grade's wrapped unit.
    /// @param impairedAt Unix time from which it is.
    error Impaired(address unit, uint40 impairedAt);
    /// @notice The shortage was seen too short a while ago.
    /// @param unit The grade's wrapped unit.
    /// @param readyAt Unix time from which another look impairs the grade.
    error SecondLookTooSoon(address unit, uint40 readyAt);
    /// @notice Nobody has seen a shortage of this unit, or it was cured.
    /// @param unit The grade's wrapped unit.
    error NoShortageSeen(address unit);
    /// @notice The reserves are still short.
    /// @param unit The grade's wrapped unit.
    error StillShort(address unit);
    /// @notice No impairment is announced that has not taken effect.
    /// @param unit The grade's wrapped unit.
    error NoPendingImpairment(address unit);

    /// @notice Lists a grade and deploys its wrapped unit. Curator.
    /// @param terms Terms of the grade; they never change.
    /// @param name ERC-20 name of the unit.
    /// @param symbol ERC-20 symbol of the unit.
    /// @return unit The wrapped unit.
    function list(GradeTerms calldata terms, string calldata name, string calldata symbol)
        external
        returns (address unit);

    /// @notice Stops new wraps and new locks at once. Guardian or curator. Exits stay open.
    /// @param unit The grade's wrapped unit.
    function close(address unit) external;

    /// @notice Takes new wraps and locks again. Curator; refused for an impaired grade.
    /// @param unit The grade's wrapped unit.
    function reopen(address unit) external;

    /// @notice Looks at a grade whose reserves are short. Anyone; the proof is the balance itself. The first look
    /// stops new wraps and locks; another one, 24 hours to 7 days later, impairs the grade. A shortage of at most
    /// 10 basis points is none. So two base units, or a token that is short for an hour, move no pair.
    /// @param unit The grade's wrapped unit.
    function impair(address unit) external;

    /// @notice Takes a first look back where reserves are not short any more. Anyone. The grade stays closed until it
    /// is reopened.
    /// @param unit The grade's wrapped unit.
    function cure(address unit) external;

    /// @notice Flags a grade whose issuer stopped honouring work, after a notice period. Curator.
    /// @param unit The grade's wrapped unit.
    function announceImpairment(address unit) external;

    /// @notice Takes an announcement back before it takes effect. Curator.
    /// @param unit The grade's wrapped unit.
    function withdrawImpairment(address unit) external;

    /// @notice The wrapped unit of a grade.
    /// @param gradeId Hash of the terms.
    /// @return unit Address of the unit; zero if the grade is not listed.
    function unitOf(bytes32 gradeId) external view returns (address unit);

    /// @notice When the reserves of a unit were first seen to be short.
    /// @param unit The grade's wrapped unit.
    /// @return Unix time; zero where nobody has, or it was cured.
    function shortSince(address unit) external view returns (uint40);

    /// @notice A listed grade by its unit. Reverts with {UnknownUnit} where none has it.
    /// @param unit The grade's wrapped unit.
    /// @return The grade.
    function grade(address unit) external view returns (Grade memory);

    /// @notice The units of all grades.
    /// @return Their addresses, in order of listing.
    function units() external view returns (address[] memory);

    /// @notice The id that terms get.
    /// @param terms Terms of a grade, listed or not.
    /// @return keccak256(abi.encode(terms))
    function gradeIdOf(GradeTerms calldata terms) external pure returns (bytes32);
}
