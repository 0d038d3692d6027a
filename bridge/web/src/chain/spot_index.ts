/** What the index contract says: values at one block, rounds from its log, days from checkpoints. */
import type { Address, Hex } from "viem";
import * as SpotIndex from "../abi/SpotIndex";
import * as SpotIndexV2 from "../abi/SpotIndexV2";
import type { ChainConfig } from "../config";
import { addressOf, frontOf } from "../world";
import { scanBack, UNSETTLED } from "./scan";
import { bitsOf } from "./mask";
import { read, readHead, readLogs, revertData, type Head } from "./client";
import { COMMON_REPORT, readVersion, type IndexVersion } from "./index_version";

export type State = "halted" | "thin" | "live";

export interface IndexStatus {
  readonly number: number;
  readonly name: string;
  readonly state: State;
  /** USD per SCU with 8 decimals; 0 before the first round. */
  readonly value: bigint;
  /** Unix seconds of the newest round; 0 before the first. */
  readonly slot: number;
  readonly signers: number;
  readonly reporters: number;
  readonly quorum: number;
  readonly epoch: number;
  readonly replayed: boolean;
  readonly heartbeat: number;
  readonly maxAge: number;
  /** Most that a value may move per heartbeat with a plain quorum, basis points. */
  readonly bandBps: number;
  /** Signatures that a faster move needs. */
  readonly wideQuorum: number;
  readonly methodHash: string;
  /** Of the newest round, where the contract keeps it: the second version does. */
  readonly quality: Quality | null;
}

export interface Quality {
  /** Half-width around the value in basis points of it, rounded up; `MOST_BPS` says so or more. */
  readonly confidenceBps: number;
  readonly providers: number;
}

export const MOST_BPS = 65_535;

export interface Indices {
  readonly version: IndexVersion;
  readonly head: Head;
  readonly all: readonly IndexStatus[];
}

export interface Round {
  readonly slot: number;
  readonly value: bigint;
  /** Null where another event says so: `readReports` of the second version. */
  readonly signed: { readonly count: number; readonly epoch: number } | null;
  readonly block: bigint;
  readonly tx: Hex;
}

const REPLAYED = 1;
const WORDS = SpotIndex.StateWords;

/** Every index at the newest block. */
export async function readIndices(chain: ChainConfig): Promise<Indices> {
  const address = addressOf(chain, "SpotIndex");
  const [version, head] = await Promise.all([readVersion(chain), readHead(chain)]);
  const names = await read(chain, address, SpotIndex.indexNames, [], head.number);
  const found = await Promise.all(
    names.map((_, number) =>
      Promise.all([
        read(chain, address, SpotIndex.status, [BigInt(number)], head.number),
        version === COMMON_REPORT ? readQuality(chain, address, BigInt(number), head.number) : null,
      ]),
    ),
  );
  const all = found.map(([status, quality], number) => ({
    number,
    name: status.name,
    state: (WORDS[status.state] ?? "HALTED").toLowerCase() as State,
    value: status.latest.value,
    slot: status.latest.slot,
    signers: status.latest.signers,
    reporters: status.reporters,
    quorum: status.quorum,
    epoch: status.epoch,
    replayed: (status.latest.flags & REPLAYED) !== 0,
    heartbeat: status.timing.heartbeat,
    maxAge: status.timing.maxAge,
    bandBps: status.timing.bandBps,
    wideQuorum: status.wideQuorum,
    methodHash: status.methodHash,
    quality,
  }));
  return { version, head, all };
}

async function readQuality(chain: ChainConfig, address: Address, index: bigint, block: bigint): Promise<Quality | null> {
  const newest = await read(chain, address, SpotIndexV2.roundsOf, [index], block);
  if (!newest) return null;
  const [confidenceBps, providers] = await read(chain, address, SpotIndexV2.quality, [index, newest], block);
  return { confidenceBps, providers };
}

/** The reporters of an epoch in the order of their bits; none where another set is in force now. */
export async function readReporters(chain: ChainConfig, epoch: number): Promise<readonly Address[]> {
  const found = await read(chain, addressOf(chain, "SpotIndex"), SpotIndex.reporterConfig, []);
  return found.epoch === epoch ? found.reporters : [];
}

export interface Rounds {
  readonly rounds: readonly Round[];
  /** First block that was looked at; the deployment's first where all are known. */
  readonly from: bigint;
  /** The head when it was read. */
  readonly to: bigint;
}

/**
 * Rounds of an index from the log, oldest first, the newest `most` at least. Goes on from what is
 * known, and reads what a re-org may have changed again.
 */
export async function readRounds(
  chain: ChainConfig,
  index: number,
  most: number,
  known?: Rounds,
): Promise<Rounds> {
  const { number: to } = await readHead(chain);
  const settled = known && known.to > UNSETTLED ? known.to - UNSETTLED : 0n;
  const start = known ? settled + 1n : chain.firstBlock;
  const { found, from } = await scanBack(start, to, most, (low, high) => readSome(chain, index, low, high));
  // A long absence leaves a gap before what was found: then that alone is shown.
  const joins = known !== undefined && from <= start;
  const kept = joins ? known.rounds.filter((round) => round.block <= settled) : [];
  const rounds = [...kept, ...found].slice(-2 * most);
  return { rounds, from: joins ? known.from : from, to };
}

async function readSome(chain: ChainConfig, index: number, low: bigint, high: bigint): Promise<Round[]> {
  const address = addressOf(chain, "SpotIndex");
  const wanted = { index: BigInt(index) };
  if ((await readVersion(chain)) === COMMON_REPORT) {
    const logs = await readLogs(chain, address, SpotIndexV2.RoundRecorded, wanted, low, high);
    return logs.map(({ args, block, tx }) => ({ slot: args.slot, value: args.value, signed: null, block, tx }));
  }
  const logs = await readLogs(chain, address, SpotIndex.RoundRecorded, wanted, low, high);
  return logs.map(({ args, block, tx }) => ({
    slot: args.slot,
    value: args.value,
    signed: { count: bitsOf(args.signers).length, epoch: args.epoch },
    block,
    tx,
  }));
}

export interface Day {
  /** Its first midnight, unix seconds. */
  readonly start: number;
  /** Mean value over the time that rounds cover, 8 decimals, cut. */
  readonly mean: bigint;
  /** Seconds of the day that rounds cover. */
  readonly covered: number;
}

const DAY_S = 86_400;

/** Daily means from the contract's checkpoints: they outlive the ring and need no log. */
export async function readDays(chain: ChainConfig, index: number, days: number): Promise<Day[]> {
  const address = frontOf(chain);
  const head = await readHead(chain);
  const today = Math.floor(head.time / DAY_S) * DAY_S;
  const starts = Array.from({ length: days }, (_, back) => today - (days - back) * DAY_S);
  const windows = await Promise.all(
    starts.map((start) =>
      read(chain, address, SpotIndex.window, [BigInt(index), start, start + DAY_S], head.number).catch(
        (failure) => {
          // Days before the first round have no checkpoint; a chain that is away is another matter.
          if (revertData(failure)) return undefined;
          throw failure;
        },
      ),
    ),
  );
  return windows.flatMap((window, place) => {
    if (!window?.coveredTime) return [];
    const mean = window.valueTime / BigInt(window.coveredTime);
    return [{ start: starts[place]!, mean, covered: window.coveredTime }];
  });
}
