/** What the server says the page looks at. Decoded strictly: a wrong shape is an error with words. */
import type { Address } from "viem";

export interface Grade {
  readonly symbol: string;
  readonly token: Address;
  readonly unit: Address;
  readonly gradeId: string;
  readonly decimals: number;
}

export interface ChainConfig {
  readonly chainId: number;
  /** Where JSON-RPC requests go; null where a chain can only be seen through nodes. */
  readonly rpc: string | null;
  /** First block that anything can be in. */
  readonly firstBlock: bigint;
  readonly quoteToken: Address | null;
  /** By Solidity name. */
  readonly contracts: Readonly<Record<string, Address>>;
  readonly grades: readonly Grade[];
  /** Series ids by name. */
  readonly series: Readonly<Record<string, bigint>>;
}

export interface Config {
  readonly version: string;
  readonly chains: readonly ChainConfig[];
  readonly nodes: readonly string[];
  readonly services: readonly string[];
  readonly relay: string | null;
  readonly stream: string | null;
  readonly plans: string | null;
  /** Where published factors are looked up; null where no server of ours does. */
  readonly published: string | null;
}

export class BadConfig extends Error {}

type Json = Record<string, unknown>;

export async function loadConfig(): Promise<Config> {
  const answer = await fetch("config.json", { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new BadConfig(`config.json: HTTP status ${answer.status}`);
  return readConfig(await answer.json());
}

export function readConfig(raw: unknown): Config {
  const top = object(raw, "config");
  const chains = list(top["chains"], "chains").map(readChain);
  if (!chains.length) throw new BadConfig("config.json names no chain");
  return {
    version: text(top["version"], "version"),
    chains,
    nodes: list(top["nodes"], "nodes").map((each) => text(each, "nodes")),
    services: list(top["services"], "services").map((each) => text(each, "services")),
    relay: optional(top["relay"], "relay"),
    stream: optional(top["stream"], "stream"),
    plans: optional(top["plans"], "plans"),
    published: optional(top["published"], "published"),
  };
}

function readChain(raw: unknown): ChainConfig {
  const top = object(raw, "chains");
  const deployment = object(top["deployment"], "deployment");
  const grades = object(deployment["grades"] ?? {}, "grades");
  const series = object(deployment["series"] ?? {}, "series");
  return {
    chainId: whole(top["chain_id"], "chain_id"),
    rpc: optional(top["rpc"], "rpc"),
    firstBlock: BigInt(whole(deployment["block"] ?? 0, "block")),
    quoteToken: deployment["quote_token"] ? address(deployment["quote_token"], "quote_token") : null,
    contracts: mapped(object(deployment["contracts"] ?? {}, "contracts"), (each, name) =>
      address(object(each, name)["address"], name),
    ),
    grades: Object.entries(grades).map(([symbol, each]) => readGrade(symbol, object(each, symbol))),
    series: mapped(series, (each, name) => BigInt(text(object(each, name)["series_id"], name))),
  };
}

function readGrade(symbol: string, raw: Json): Grade {
  return {
    symbol,
    token: address(raw["token"], symbol),
    unit: address(raw["unit"], symbol),
    gradeId: text(raw["grade_id"], symbol),
    decimals: whole(raw["decimals"], symbol),
  };
}

function mapped<T>(from: Json, read: (value: unknown, name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(from).map(([name, each]) => [name, read(each, name)]));
}

function object(raw: unknown, name: string): Json {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw)) {
    throw new BadConfig(`config.json: ${name} is no object`);
  }
  return raw as Json;
}

function list(raw: unknown, name: string): unknown[] {
  if (!Array.isArray(raw)) throw new BadConfig(`config.json: ${name} is no list`);
  return raw;
}

function text(raw: unknown, name: string): string {
  if (typeof raw !== "string") throw new BadConfig(`config.json: ${name} is no text`);
  return raw;
}

function optional(raw: unknown, name: string): string | null {
  return raw === null || raw === undefined ? null : text(raw, name);
}

function whole(raw: unknown, name: string): number {
  if (!Number.isSafeInteger(raw) || (raw as number) < 0) {
    throw new BadConfig(`config.json: ${name} is no whole number`);
  }
  return raw as number;
}

function address(raw: unknown, name: string): Address {
  const found = text(raw, name);
  if (!/^0x[0-9a-fA-F]{40}$/.test(found)) throw new BadConfig(`config.json: ${name} is no address`);
  return found as Address;
}
