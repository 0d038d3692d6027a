/** Index and rounds from the chain, or through a node where the page has no endpoint of the chain. */
import type { Address, Hex } from "viem";
import { readIndices, readReport, readReporters, readRounds, type Indices, type Report, type Round, type Rounds, type State } from "../chain/spot_index";
import type { Config } from "../config";
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

/** What the newest round was made of, and by whom. */
export interface Basis {
  readonly report: Report;
  readonly reporters: readonly Address[];
  /** Where the evidence of each root is asked; undefined for the node at the reporter's position. */
  readonly node?: string;
}

export async function loadBasis(config: Config, index: number): Promise<Basis | null> {
  const chain = firstChain(config);
  if (chain.rpc === null) return firstOf(config.nodes, basisOfNode);
  const [found, reporters] = await Promise.all([readRounds(chain, index, 1), readReporters(chain)]);
  const last = found.rounds.at(-1);
  return last ? { report: await readReport(chain, last.tx), reporters } : null;
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
        methodHash: String(index["method_hash"] ?? ""),
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
    signers: Number(raw["signers"]),
    epoch: Number(raw["epoch"]),
    block: BigInt(Number(raw["block"])),
    tx: String(raw["tx_hash"]) as Hex,
  };
}

/** A node's own observation of the newest round: of the others it may have seen, it keeps no evidence. */
async function basisOfNode(node: string): Promise<Basis | null> {
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
    report: { slot: Number(last["slot"]), parts: [part], ranks: [] },
    reporters: [String(health["reporter"]) as Address],
    node,
  };
}
