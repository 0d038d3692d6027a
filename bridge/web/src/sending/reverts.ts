/** Revert data as words: our contracts' named errors, and those of tokens. */
import { type Abi, decodeErrorResult, type Hex } from "viem";
import { printable } from "../format/numbers";

/** What to do about an error, by its name. An error without a line here shows its name and numbers. */
const WORDS: Readonly<Record<string, string>> = {
  BelowMinimum: "Less would come out than you accept. Look at the preview again.",
  CapReached: "The series takes no more lots of this grade.",
  ChallengeOpen: "The price can still be challenged. Wait until the challenge ends.",
  CoverageTooLow: "The index covers too little of the window for a price on this rung.",
  DepositCapReached: "The grade's cap is reached: no more units of it may exist.",
  ECDSAInvalidSignature: "The signature is not one of this account.",
  ERC20InsufficientAllowance: "The contract may not take this many tokens yet. Approve it first.",
  ERC20InsufficientBalance: "The account has fewer tokens than this takes.",
  ERC6909InsufficientBalance: "The account holds fewer lots of this position.",
  EntryIsStopped: "New entries are stopped by the guardian; exits are not.",
  GradeClosed: "The grade takes no new locks.",
  GradeExpired: "The grade's factor is too old to wrap by. Unwrapping goes on.",
  InvalidRecipient: "This address cannot receive it.",
  LessThanOwed: "The gate holds fewer tokens than it owes; only exits remain.",
  LotsExceeded: "The order has fewer lots left.",
  NonceOver: "The order was filled or cancelled.",
  NotAuthorised: "The exchange is not your operator on the market yet.",
  NotReady: "The window is not over yet.",
  NotSender: "Only its sender can take a transfer back.",
  NothingToClaim: "Nothing waits to be claimed.",
  NothingToMove: "The amount is too small: nothing would move.",
  OrderExpired: "The order has expired.",
  OverLimit: "It is beyond what the route lets through now. Wait, or let it queue.",
  QuoteShort: "Fewer quote tokens arrived than are to be locked.",
  RouteIsStopped: "The route is stopped.",
  SeriesExpired: "The series has expired: positions can only be redeemed or transferred.",
  ShortReserves: "The reserves back fewer units than exist; only exits remain.",
  SignatureExpired: "The signature's deadline has passed. Sign again.",
  WrapClosed: "Wrapping is closed for this grade; unwrapping is not.",
  WrongPassage: "The transfer no longer waits.",
  WrongPhase: "The series has not come so far, or has gone further.",
};

/** What a revert says, for people. `abis` are those whose errors may come up. */
export function explainRevert(data: Hex | undefined, abis: readonly Abi[]): string {
  if (!data || data === "0x") return "The contract refused it without a reason.";
  for (const abi of abis) {
    try {
      const { errorName, args } = decodeErrorResult({ abi, data });
      return sentence(errorName, args ?? []);
    } catch {
      // Not an error of this contract.
    }
  }
  return `The contract refused it with ${printable(data.slice(0, 10), 10)}, an error unknown here.`;
}

function sentence(name: string, args: readonly unknown[]): string {
  if (name === "Error") return `The contract refused it: ${printable(String(args[0]), 200)}.`;
  if (name === "Panic") return `The contract failed with panic ${String(args[0])}.`;
  const shown = args.map((each) => printable(String(each), 80)).join(", ");
  const named = shown ? `${name}(${shown})` : name;
  return WORDS[name] ? `${WORDS[name]} (${named})` : `The contract refused it: ${named}.`;
}
