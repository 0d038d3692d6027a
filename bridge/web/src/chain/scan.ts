/** Logs over many blocks, newest first, in as many pieces as an endpoint wants. */
import type { ChainConfig } from "../config";

const MOST_SPAN = 50_000n;
const LEAST_SPAN = 500n;
const MOST_REQUESTS = 24;

export interface Scan<T> {
  /** In the order of the chain. */
  readonly found: readonly T[];
  /** First block that was looked at. */
  readonly from: bigint;
}

/**
 * What `readSome` gives for blocks from `start` to `end`, both included: from the end back, until
 * there are `most`, or as many requests were made as an endpoint bears.
 */
export async function scanBack<T>(
  start: bigint,
  end: bigint,
  most: number,
  readSome: (low: bigint, high: bigint) => Promise<readonly T[]>,
): Promise<Scan<T>> {
  let span = MOST_SPAN;
  let high = end;
  let found: T[] = [];
  for (let request = 0; request < MOST_REQUESTS && high >= start && found.length < most; request++) {
    const low = high - span + 1n > start ? high - span + 1n : start;
    try {
      found = [...(await readSome(low, high)), ...found];
      high = low - 1n;
    } catch (failure) {
      // Endpoints limit the blocks of one answer, and say so in many ways.
      if (span <= LEAST_SPAN) throw failure;
      span /= 4n;
    }
  }
  return { found, from: high + 1n };
}

/** Blocks below the head that a re-org may take back: what is kept ends there. */
export const UNSETTLED = 64n;

/** Whether a scan reached the first block of the deployment. */
export function isWhole(chain: ChainConfig, from: bigint): boolean {
  return from <= chain.firstBlock;
}
