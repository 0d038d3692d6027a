/** Where a transaction stands, and what one look at the chain makes of it. Pure. */
import type { Address, Hex } from "viem";

export type Stage =
  | { readonly kind: "preparing" }
  | { readonly kind: "asked" }
  | { readonly kind: "impossible"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "pending" }
  | { readonly kind: "unseen" }
  | { readonly kind: "dropped" }
  | { readonly kind: "replaced"; readonly by?: Hex }
  | { readonly kind: "included"; readonly block: number; readonly confirmations: number }
  | { readonly kind: "reorged"; readonly block: number }
  | { readonly kind: "final"; readonly block: number }
  | { readonly kind: "failed"; readonly block: number; readonly why: string };

/** What was sent, as it is kept over a reload. */
export interface Sent {
  readonly hash: Hex;
  readonly chain: number;
  readonly from: Address;
  /** The account's nonce it was sent with, or the lowest it can have. */
  readonly nonce: number;
  /** For people: "Wrap 100 tokens". */
  readonly title: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Head of the chain when it was sent. */
  readonly block: number;
}

/** What one look found. */
export interface Look {
  readonly head: number;
  /** Newest final block; undefined where the chain does not say. */
  readonly final?: number;
  /** The block that has the transaction now, and how it ended there. */
  readonly receipt?: { readonly block: number; readonly succeeded: boolean };
  /** Whether the endpoint has the transaction, mined or not. */
  readonly isKnown: boolean;
  /** Transactions of the account that are mined. */
  readonly nonce: number;
  /** Of another transaction with this nonce that is mined, where it was found. */
  readonly replacement?: Hex;
}

/** Confirmations after which a transaction counts as final where a chain names no final block. */
export const ENOUGH = 64;
/** Milliseconds an endpoint may not know a transaction before it counts as dropped. */
export const PATIENCE_MS = 60_000;

/** Where a transaction stands after a look; `before` is where it stood, `now` Unix milliseconds. */
export function conclude(sent: Sent, look: Look, before: Stage, now: number): Stage {
  const { receipt } = look;
  if (receipt) {
    const { block } = receipt;
    const confirmations = Math.max(look.head - block + 1, 1);
    const isFinal = look.final === undefined ? confirmations >= ENOUGH : block <= look.final;
    if (!receipt.succeeded) return { kind: "failed", block, why: whyOf(before) };
    return isFinal ? { kind: "final", block } : { kind: "included", block, confirmations };
  }
  if (look.nonce > sent.nonce) {
    return look.replacement ? { kind: "replaced", by: look.replacement } : { kind: "replaced" };
  }
  const was = blockOf(before);
  if (was !== undefined) return { kind: "reorged", block: was };
  if (look.isKnown) return { kind: "pending" };
  return now - sent.at < PATIENCE_MS ? { kind: "unseen" } : { kind: "dropped" };
}

function whyOf(stage: Stage): string {
  return stage.kind === "failed" ? stage.why : "";
}

function blockOf(stage: Stage): number | undefined {
  return "block" in stage ? stage.block : undefined;
}

/** Whether nothing changes any more. What was dropped or replaced can still come back by a re-org. */
export function isOver(stage: Stage): boolean {
  return ["impossible", "refused", "final"].includes(stage.kind);
}

/** Whether what it was sent for has come about, final or not. */
export function hasHappened(stage: Stage): boolean {
  return stage.kind === "included" || stage.kind === "final";
}

/** The stage as a sentence or two: what is, and what to do. */
export function describeStage(stage: Stage): string {
  switch (stage.kind) {
    case "preparing":
      return "Being tried on the chain before anything is signed.";
    case "asked":
      return "Look into your wallet: it asks you to confirm.";
    case "impossible":
      return `Not sent. ${stage.why}`;
    case "refused":
      return stage.why;
    case "pending":
      return "Sent. It waits for a block.";
    case "unseen":
      return "Sent. This endpoint has not seen it yet.";
    case "dropped":
      return (
        "No endpoint asked here knows it any more: it was dropped, or its fee is too low. " +
        "Nothing happened. Send it again, or look into your wallet."
      );
    case "replaced":
      return stage.by
        ? "Replaced: your wallet sent another transaction in its place, and that one counts."
        : "Replaced: another transaction of your account took its place. This one never happens.";
    case "included":
      return `Done in block ${stage.block}, ${plural(stage.confirmations, "confirmation")}.`;
    case "reorged":
      return (
        `Block ${stage.block} is gone: the chain took another branch. ` +
        "The transaction waits for a block again."
      );
    case "final":
      return `Done in block ${stage.block}, final.`;
    case "failed":
      return `It failed in block ${stage.block} and changed nothing. ${stage.why}`.trim();
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
