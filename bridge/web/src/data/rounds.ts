/** Index and rounds from the chain, or through a node where the page has no endpoint of the chain. */
import type { Address, Hex } from "viem";
import { readRefusals, readReports, type CommonReport, type Refused } from "../chain/common_reports";
import { COMMON_REPORT, OBSERVATIONS, readVersion } from "../chain/index_version";
import { readReport, type Report } from "../chain/observations";
import { scanBack } from "../chain/scan";
import { readIndices, readReporters, readRounds, type Indices, type Round, type Rounds, type State } from "../chain/spot_index";
import type { ChainConfig, Config } from "../config";
import { firstChain } from "../world";
import { getJson } from "./http";
import { firstOf } from "./nodes";

/** Every index now. A node tells of the one it signs alone. */
export function loadIndices(config: Config): Promise<Indices> {
  const chain = firstChain(config);
  return chain.rpc === null ? firstOf(config.nodes, indicesOfNode) : readIndices(chain);
}

/** Rounds of an index, oldest first; goes on from what is known. */
export function loadRounds(config: Config, index: number, most: number, known?: Rounds): Promise<Rounds> {
  const chain = firstChain(config);
  return chain.rpc === null ? firstOf(config.nodes, (node) => roundsOfNode(node, most)) : readRounds(chain, index, most, known);
}

/** What came to the chain for an index: a round, or a report that left the index as it was. */
export interface Landing {
  readonly slot: number;
  /** 8 decimals; what the index kept where the report was refused for it. */
  readonly value: bigint;
  readonly signers: number;
  readonly refused: Refused | null;
  readonly block: bigint;
  readonly tx: Hex;
}

/** The last of them, newest first. */
export async function loadLandings(config: Config, index: number, most: number): Promise<Landing[]> {
  const chain = firstChain(config);
  if (chain.rpc !== null && (await readVersion(chain)) === COMMON_REPORT) {
    // The log of one index says cheaply where to look for everything that reports did.
    const { rounds, to } = await readRounds(chain, index, most);
    const start = rounds.slice(-most)[0]?.block ?? chain.firstBlock;
    const { found } = await scanBack(start, to, most, (low, high) => landingsOf(chain, index, low, high));
    return [...found].reverse().slice(0, most);
  }
  const { rounds } = await loadRounds(config, index, most);
  const landed = rounds.map(({ signed, ...round }) => ({ ...round, signers: signed?.count ?? 0, refused: null }));
  return landed.reverse().slice(0, most);
}

async function landingsOf(chain: ChainConfig, index: number, low: bigint, high: bigint): Promise<Landing[]> {
  const reports = await readReports(chain, low, high);
  return reports.flatMap(({ slot, signers, rounds, refusals, block, tx }) => {
    const round = rounds.find((each) => each.index === index);
    const refused = refusals.find((each) => each.index === index) ?? null;
    const value = round?.value ?? refused?.last;
    return value === undefined ? [] : [{ slot, value, signers: signers.length, refused, block, tx }];
  });
}

/** What the newest round was made of, and by whom. */
export type Basis = ObservedBasis | CommonBasis;

/** Every reporter's own observation. */
export interface ObservedBasis {
  readonly version: typeof OBSERVATIONS;
  readonly report: Report;
  readonly reporters: readonly Address[];
  /** Where the evidence of each root is asked; undefined for the node at the reporter's position. */
  readonly node?: string;
}

/** The one report that all signed. */
export interface CommonBasis {
  readonly version: typeof COMMON_REPORT;
  /** Null before the first round. */
  readonly report: CommonReport | null;
  /** Of the report's epoch, by position; empty where another set is in force now. */
  readonly reporters: readonly Address[];
  /** Reports since then that left the index as it was, newest first. */
  readonly refused: readonly Refused[];
}

const MOST_REFUSED = 12;

export async function loadBasis(config: Config, index: number): Promise<Basis | null> {
  const chain = firstChain(config);
  if (chain.rpc === null) return firstOf(config.nodes, basisOfNode);
  const [version, found] = await Promise.all([readVersion(chain), readRounds(chain, index, 1)]);
  const last = found.rounds.at(-1);
  if (version === COMMON_REPORT) return commonBasis(chain, index, last, found.to);
  if (!last) return null;
  const [report, reporters] = await Promise.all([
    readReport(chain, last.tx),
    readReporters(chain, last.signed?.epoch ?? 0),
  ]);
  return { version, report, reporters };
}

async function commonBasis(chain: ChainConfig, index: number, last: Round | undefined, to: bigint): Promise<CommonBasis> {
  const [reports, since] = await Promise.all([
    last ? readReports(chain, last.block, last.block) : [],
    scanBack(last ? last.block + 1n : chain.firstBlock, to, MOST_REFUSED, (low, high) => readRefusals(chain, index, low, high)),
  ]);
  const report = reports.find((each) => each.tx === last?.tx && each.slot === last.slot) ?? null;
  if (last && !report) throw new Error(`the report of ${last.tx} is not in the log`);
  const reporters = report ? await readReporters(chain, report.epoch) : [];
  const refused = [...since.found].reverse().slice(0, MOST_REFUSED);
  return { version: COMMON_REPORT, report, reporters, refused };
}

type Raw = Record<string, unknown>;

async function indicesOfNode(node: string): Promise<Indices> {
  const [health, rounds, index] = await Promise.all([
    getJson<Raw>(`${node}/health`, [503]),
    getJson<Raw[]>(`${node}/rounds?last=1`),
    getJson<Raw>(`${node}/index`).catch((): Raw => ({})),
  ]);
  const head = (health["head"] ?? {}) as Raw;
  const last = rounds[0];
  return {
    version: OBSERVATIONS,
    head: { number: BigInt(Number(head["number"] ?? 0)), hash: "0x", time: Number(head["timestamp"] ?? 0) },
    all: [
      {
        number: 0,
        name: String(index["index"] ?? "Index"),
        state: String(index["state"] ?? "halted") as State,
        value: BigInt(String(last?.["value8"] ?? 0)),
        slot: Number(last?.["slot"] ?? 0),
        signers: Number(last?.["signers"] ?? 0),
        reporters: 0,
        quorum: 0,
        epoch: Number(health["epoch"] ?? 0),
        replayed: health["replayed"] === true,
        heartbeat: 0,
        maxAge: 0,
        bandBps: 0,
        wideQuorum: 0,
        methodHash: String(index["method_hash"] ?? ""),
        quality: null,
      },
    ],
  };
}

const PAGE = 1_000;
const MOST_PAGES = 20;

async function roundsOfNode(node: string, most: number): Promise<Rounds> {
  const name = String((await getJson<Raw>(`${node}/index`))["index"] ?? "");
  const rounds: Round[] = [];
  let since: unknown = 0;
  let block = 0n;
  for (let page = 0; page < MOST_PAGES && typeof since === "number"; page++) {
    const query = `since=${since}&limit=${PAGE}&index=${encodeURIComponent(name)}`;
    const found = await getJson<Raw>(`${node}/history?${query}`);
    for (const each of found["rounds"] as Raw[]) rounds.push(roundOf(each));
    block = BigInt(Number(found["block"]));
    since = found["next"];
  }
  return { rounds: rounds.slice(-most), from: 0n, to: block };
}

function roundOf(raw: Raw): Round {
  return {
    slot: Number(raw["slot"]),
    value: BigInt(String(raw["value8"])),
    signed: { count: Number(raw["signers"]), epoch: Number(raw["epoch"]) },
    block: BigInt(Number(raw["block"])),
    tx: String(raw["tx_hash"]) as Hex,
  };
}

/** A node's own observation of the newest round: of the others it may have seen, it keeps no evidence. */
async function basisOfNode(node: string): Promise<ObservedBasis | null> {
  const last = (await getJson<Raw[]>(`${node}/rounds?last=1`))[0];
  if (!last) return null;
  const [signed, health] = await Promise.all([
    getJson<Raw>(`${node}/observation?slot=${Number(last["slot"])}`),
    getJson<Raw>(`${node}/health`, [503]),
  ]);
  const observation = signed["observation"] as Raw;
  const values = (observation["values"] as string[]).map(BigInt);
  const part = { position: 0, root: String(observation["evidence_root"]) as Hex, values };
  return {
    version: OBSERVATIONS,
    report: { slot: Number(last["slot"]), parts: [part], ranks: [] },
    reporters: [String(health["reporter"]) as Address],
    node,
  };
}
