/** States and verdicts in words (docs/METHODOLOGY.md, section 3). */
import type { Tone } from "../../parts/basic";

export const STATE_TONE: Readonly<Record<string, Tone>> = {
  live: "good",
  thin: "warn",
  halted: "bad",
  failed: "bad",
};

export const STATE_WORDS: Readonly<Record<string, string>> = {
  live: "A full quorum agrees and the newest round is recent.",
  thin: "The newest round is older than it should be: still readable, no longer fresh.",
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
