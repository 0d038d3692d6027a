/** What is read out of a message to be signed, and the words for what all messages have. */
import type { Address } from "viem";
import { moment } from "../format/numbers";
import type { Value } from "./message";

export interface Line {
  readonly name: string;
  readonly text: string;
  /** Every digit, where `text` is shorter. */
  readonly whole?: string;
}

export interface Reading {
  readonly title: string;
  /** What signing does, and what it does not. */
  readonly effect: string;
  readonly lines: readonly Line[];
  /** What is odd about it; a reader should not sign then. */
  readonly warnings: readonly string[];
}

export interface Token {
  readonly symbol: string;
  readonly decimals: number;
}

/** What is known of the deployment: names for ids and addresses, and whom it is all right to sign for. */
export interface Names {
  readonly chainId: number;
  readonly account: Address;
  /** By lower-case address: "the exchange". */
  readonly contracts: Readonly<Record<string, string>>;
  /** By lower-case address. */
  readonly tokens: Readonly<Record<string, Token>>;
  readonly series: (id: bigint) => string;
  /** Unix seconds of the chain. */
  readonly now: number;
}

export function until(name: string, seconds: Value | undefined): Line {
  const at = integer(seconds);
  const isEver = at > 8_640_000_000_000n;
  return { name, text: isEver ? "for ever" : moment(Number(at)), whole: at.toString() };
}

export function integer(value: Value | undefined): bigint {
  return BigInt(value as bigint | number | string);
}

export function isKnown(names: Names, address: Value | undefined): boolean {
  return String(address).toLowerCase() in names.contracts;
}

export function nameOf(names: Names, address: Value | undefined): string {
  const key = String(address).toLowerCase();
  if (key === names.account.toLowerCase()) return "your account";
  return names.contracts[key] ?? names.tokens[key]?.symbol ?? String(address);
}
