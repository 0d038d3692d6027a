/** What one round of the first version was made of: every reporter's own observation. */
import type { Hex } from "viem";
import type { ChainConfig } from "../config";
import { request } from "./client";
import { bitsOf } from "./mask";

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
  const positions = bitsOf(Number(number(6, 4)));
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
