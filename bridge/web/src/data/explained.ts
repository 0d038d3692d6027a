/** Why a common report has its values, as a node of the committee keeps its input set. */
import type { Hex } from "viem";
import { getJson } from "./http";
import { firstOf, whole } from "./nodes";

export interface MemberBatch {
  /** In the reporter set. */
  readonly position: number;
  /** Price lists in it. */
  readonly lists: number;
  /** Value that follows from it alone, 8 decimals; 0 where none does. */
  readonly alone: bigint;
}

export interface StatedPrice {
  readonly price8: bigint;
  /** Members that state it. */
  readonly positions: readonly number[];
}

export interface AgreedLine {
  readonly list: string;
  /** Empty where the line does not count. */
  readonly hardware: string;
  /** Price that the members' statements give; null where too few made one. */
  readonly price8: bigint | null;
  readonly basis: string;
  readonly stated: readonly StatedPrice[];
}

export interface Explained {
  readonly inputRoot: Hex;
  readonly leader: number;
  readonly value: bigint;
  readonly members: readonly MemberBatch[];
  /** Those on which members differ come first. */
  readonly lines: readonly AgreedLine[];
}

/** Members, and lines that a node shows: more than either is not of a real one. */
const MOST = 64;

type Raw = Record<string, unknown>;

/** What the first node says that keeps the input set of a slot; nodes value the newest day alone. */
export async function readExplained(nodes: readonly string[], slot: number): Promise<Explained> {
  const raw = await firstOf(nodes, (node) => getJson<Raw>(`${node}/rounds/${slot}/why`));
  return {
    inputRoot: `0x${String(raw["input_root"])}`,
    leader: small(raw["leader"]),
    value: amount(raw["value8"]),
    members: list(raw["members"]).map((each) => ({
      position: small(each["position"]),
      lists: small(each["lists"]),
      alone: amount(each["value8_alone"]),
    })),
    lines: list(raw["lines"]).map(lineOf),
  };
}

function lineOf(raw: Raw): AgreedLine {
  const [hardware, gpus] = [raw["hardware"], raw["gpus"]];
  return {
    list: String(raw["list"]),
    hardware: typeof hardware === "string" ? `${Number(gpus)} × ${hardware}` : "",
    price8: raw["price8"] === null ? null : amount(raw["price8"]),
    basis: String(raw["basis"] ?? ""),
    stated: list(raw["stated"]).map((each) => ({
      price8: amount(each["price8"]),
      positions: Array.isArray(each["positions"]) ? each["positions"].slice(0, MOST).map(small) : [],
    })),
  };
}

class BadExplanation extends Error {
  constructor(what: string) {
    super(`the node's explanation has ${what}`);
  }
}

function list(raw: unknown): Raw[] {
  if (!Array.isArray(raw)) throw new BadExplanation("no list where one belongs");
  return raw.slice(0, MOST) as Raw[];
}

function amount(raw: unknown): bigint {
  const found = whole(raw);
  if (found === null) throw new BadExplanation("no amount where one belongs");
  return found;
}

function small(raw: unknown): number {
  if (!Number.isSafeInteger(raw) || (raw as number) < 0) throw new BadExplanation("no whole number where one belongs");
  return raw as number;
}
