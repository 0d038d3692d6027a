/** What the index contract says: values at one block, rounds from its log, days from checkpoints. */
import type { Address, Hex } from "viem";
import * as SpotIndex from "../abi/SpotIndex";
import type { ChainConfig } from "../config";
import { addressOf } from "../world";
import { scanBack, UNSETTLED } from "./scan";
import { read, readHead, readLogs, request, revertData, type Head } from "./client";

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
  readonly methodHash: string;
}

export interface Indices {
  readonly head: Head;
  readonly all: readonly IndexStatus[];
}

export interface Round {
  readonly slot: number;
  readonly value: bigint;
  readonly signers: number;
  readonly epoch: number;
  readonly block: bigint;
  readonly tx: Hex;
}

const REPLAYED = 1;
const WORDS = SpotIndex.StateWords;

/** Every index at the newest block. */
export async function readIndices(chain: ChainConfig): Promise<Indices> {
  const address = addressOf(chain, "SpotIndex");
  const head = await readHead(chain);
  const names = await read(chain, address, SpotIndex.indexNames, [], head.number);
  const found = await Promise.all(
    names.map((_, number) => read(chain, address, SpotIndex.status, [BigInt(number)], head.number)),
  );
  const all = found.map((status, number) => ({
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
    methodHash: status.methodHash,
  }));
  return { head, all };
}

/** The reporters in force, in the order of their bits. */
export async function readReporters(chain: ChainConfig): Promise<readonly Address[]> {
  const address = addressOf(chain, "SpotIndex");
  return (await read(chain, address, SpotIndex.reporterConfig, [])).reporters;
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
  const logs = await readLogs(chain, address, SpotIndex.RoundRecorded, wanted, low, high);
  return logs.map(({ args, block, tx }) => ({
    slot: args.slot,
    value: args.value,
    signers: countBits(args.signers),
    epoch: args.epoch,
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
  const address = addressOf(chain, "SpotIndex");
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

export interface ReportPart {
  /** Position in the reporter set. */
  readonly position: number;
  readonly root: Hex;
  readonly values: readonly bigint[];
}

export interface Report {
  readonly slot: number;
  readonly parts: readonly ReportPart[];
  /** Per index, the place in `parts` of the median. */
  readonly ranks: readonly number[];
}

/** What a round was made of, from the transaction that brought it. */
export async function readReport(chain: ChainConfig, tx: Hex): Promise<Report> {
  const found = await request<{ input: string } | null>(chain, "eth_getTransactionByHash", tx);
  if (!found) throw new Error(`the endpoint does not know the transaction ${tx}`);
  return unpackReport(found.input);
}

/** `submit(bytes)`: selector, offset, length, and the packed report (contracts: Report.sol). */
export function unpackReport(input: string): Report {
  const length = Number.parseInt(input.slice(74, 138), 16);
  const bytes = hexBytes(input.slice(138, 138 + length * 2));
  const number = (from: number, size: number) => {
    let sum = 0n;
    for (const byte of bytes.subarray(from, from + size)) sum = (sum << 8n) | BigInt(byte);
    return sum;
  };
  const mask = Number(number(6, 4));
  const positions = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1);
  const indices = (bytes.length - 10 - 96 * positions.length) / (1 + 8 * positions.length);
  if (!positions.length || !Number.isInteger(indices) || indices < 1) {
    throw new Error("the transaction of this round is not a plain report");
  }
  const stride = 96 + 8 * indices;
  return {
    slot: Number(number(0, 5)),
    ranks: [...bytes.subarray(10, 10 + indices)],
    parts: positions.map((position, place) => {
      const start = 10 + indices + place * stride;
      const values = Array.from({ length: indices }, (_, index) => number(start + 96 + 8 * index, 8));
      return { position, root: toHex(bytes.subarray(start + 64, start + 96)), values };
    }),
  };
}

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function toHex(bytes: Uint8Array): Hex {
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask >>> 0; rest; rest &= rest - 1) count++;
  return count;
}
