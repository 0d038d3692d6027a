/** What reports of the second version did: who signed, what each index got, what was refused. */
import type { Hex } from "viem";
import { IndexRefused, RefusalWords, ReportRecorded, RoundRecorded } from "../abi/SpotIndexV2";
import type { ChainConfig } from "../config";
import { addressOf } from "../world";
import { readEvents, readLogs, type ReadLog } from "./client";
import { bitsOf } from "./mask";

export interface Recorded {
  readonly index: number;
  /** USD per SCU, 8 decimals; `confidence` is the half-width around it. */
  readonly value: bigint;
  readonly confidence: bigint;
  readonly providers: number;
}

export interface Refused {
  readonly index: number;
  /** Of the report, unix seconds. */
  readonly slot: number;
  /** Name of the contract's `Refusal`. */
  readonly reason: string;
  /** Value that the index keeps, 8 decimals; 0 where it has none. */
  readonly last: bigint;
  /** Value of the report; 0 where it has none. */
  readonly value: bigint;
}

export interface CommonReport {
  /** Unix seconds; the same for all its indices. */
  readonly slot: number;
  readonly inputRoot: Hex;
  readonly epoch: number;
  /** Positions in the reporter set, rising. */
  readonly signers: readonly number[];
  readonly rounds: readonly Recorded[];
  readonly refusals: readonly Refused[];
  readonly block: bigint;
  readonly tx: Hex;
}

/** Reports in some blocks, both included, oldest first. */
export async function readReports(chain: ChainConfig, low: bigint, high: bigint): Promise<CommonReport[]> {
  const events = [ReportRecorded, RoundRecorded, IndexRefused] as const;
  const logs = await readEvents(chain, addressOf(chain, "SpotIndex"), events, low, high);
  const reports: Open[] = [];
  for (const log of logs) {
    if (log.name === "ReportRecorded") {
      const { inputRoot, epoch, signers } = log.args;
      const { block, tx } = log;
      reports.push({ slot: 0, inputRoot, epoch, signers: bitsOf(signers), rounds: [], refusals: [], block, tx });
      continue;
    }
    // The contract names the report first, and what it did to each index after it.
    const report = reports.at(-1);
    if (report?.tx !== log.tx) throw new Error(`the log of ${log.tx} is not whole`);
    report.slot = log.args.slot;
    const index = Number(log.args.index);
    if (log.name === "RoundRecorded") {
      const { value, confidence, providers } = log.args;
      report.rounds.push({ index, value, confidence, providers });
    } else {
      report.refusals.push(refusedOf(log.args));
    }
  }
  return reports;
}

/** Refusals of one index in some blocks, both included, oldest first. */
export async function readRefusals(chain: ChainConfig, index: number, low: bigint, high: bigint): Promise<Refused[]> {
  const wanted = { index: BigInt(index) };
  const logs = await readLogs(chain, addressOf(chain, "SpotIndex"), IndexRefused, wanted, low, high);
  return logs.map(({ args }) => refusedOf(args));
}

function refusedOf({ index, slot, reason, last, value }: ReadLog<typeof IndexRefused>["args"]): Refused {
  return { index: Number(index), slot, reason: RefusalWords[reason] ?? "", last, value };
}

type Open = Omit<CommonReport, "slot"> & { slot: number; readonly rounds: Recorded[]; readonly refusals: Refused[] };
