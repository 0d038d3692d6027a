/** States and verdicts in words (docs/METHODOLOGY.md, section 3). */
import type { Tone } from "../../parts/basic";

export const STATE_TONE: Readonly<Record<string, Tone>> = {
  live: "good",
  thin: "warn",
  halted: "bad",
  failed: "bad",
};

export const STATE_WORDS: Readonly<Record<string, string>> = {
  live: "The newest round is recent, and more reporters signed it than had to.",
  thin: "The newest round is recent, and no more reporters signed it than had to.",
  halted: "There is no value that may be used now.",
};

export const VERDICTS: Readonly<Record<string, string>> = {
  ACCEPTED: "counts",
  RESTRICTED_TERMS: "the venue's terms forbid its use",
  FUTURE: "stamped later than this round",
  STALE: "too old for its source",
  ZERO_OR_NEGATIVE: "no price",
  UNKNOWN_HARDWARE: "hardware without a factor",
  WRONG_TIER: "another tier or firmness than the index takes",
  NOT_ON_PANEL: "its provider is not on this panel",
  PLACEHOLDER: "a placeholder, no offer",
  OUT_OF_BAND: "outside any believable price of this hardware",
  DUPLICATE_SOURCE: "another source of the same line counts",
  SUPERSEDED: "a newer quote of the same line counts",
  OUTLIER: "too far from the others at this time",
};

export function verdictWords(verdict: string): string {
  return VERDICTS[verdict] ?? verdict;
}

/** Why an index kept its last round (contracts: ISpotIndexV2.sol). */
const REFUSALS: Readonly<Record<string, string>> = {
  ABSENT: "the report has no value for it",
  OUT_OF_RANGE: "its value is larger than a round can hold",
  TOO_SOON: "closer to its last round than its least interval",
  TOO_FAST: "a move beyond its speed limit, and too few signed for that",
};

export function refusalWords(reason: string): string {
  return REFUSALS[reason] ?? "for a reason that this page does not know";
}

/** How the price of a line follows from what members state (docs/PROTOCOL.md). */
export const BASIS_WORDS: Readonly<Record<string, string>> = {
  list: "the same from enough members",
  disputed: "the middle of several that enough members state",
  middle: "the middle of all that members state",
};
