/** Routes between chains, their reserves and limits, and the transfers on them. Amounts are steps. */
import type { Address, Hex } from "viem";
import * as BridgeGate from "../abi/BridgeGate";
import * as Metadata from "../abi/IERC20Metadata";
import type { ChainConfig } from "../config";
import { printable } from "../format/numbers";
import { addressOf } from "../world";
import { read, readHead, readLogs, request, type Head } from "./client";
import { scanBack } from "./scan";

export interface RouteTerms {
  readonly homeChain: bigint;
  readonly homeGate: Address;
  readonly homeToken: Address;
  readonly homeDecimals: number;
  readonly remoteChain: bigint;
  readonly remoteGate: Address;
  readonly remoteToken: Address;
  readonly remoteDecimals: number;
}

/** One end of a route, as its gate has it. */
export interface RouteEnd {
  readonly chainId: number;
  readonly id: Hex;
  readonly terms: RouteTerms;
  readonly isHome: boolean;
  readonly symbol: string;
  /** Steps have so many decimals. */
  readonly decimals: number;
  readonly locked: bigint;
  readonly minted: bigint;
  readonly capacity: bigint;
  readonly budgetOut: bigint;
  readonly budgetIn: bigint;
  readonly entryStopped: boolean;
  readonly stoppedUntil: number;
  readonly threshold: number;
  readonly attesters: number;
  readonly head: Head;
}

const MOST_ROUTES = 50n;
const MOST_TRANSFERS = 40;
const [OUT, IN] = [0, 1];

export function hasGate(chain: ChainConfig): boolean {
  return chain.rpc !== null && "BridgeGate" in chain.contracts;
}

/** The ends of all routes on one chain. */
export async function readRouteEnds(chain: ChainConfig): Promise<readonly RouteEnd[]> {
  const gate = addressOf(chain, "BridgeGate");
  const head = await readHead(chain);
  const [ids, epoch] = await Promise.all([
    read(chain, gate, BridgeGate.routes, [0n, MOST_ROUTES], head.number),
    read(chain, gate, BridgeGate.attesterEpoch, [], head.number),
  ]);
  const config = epoch ? await read(chain, gate, BridgeGate.attesterConfig, [epoch], head.number) : undefined;
  return Promise.all(
    ids.map(async (id) => {
      const [state, limit, budgetOut, budgetIn] = await Promise.all([
        read(chain, gate, BridgeGate.routeState, [id], head.number),
        read(chain, gate, BridgeGate.limit, [id], head.number),
        read(chain, gate, BridgeGate.budget, [id, OUT], head.number),
        read(chain, gate, BridgeGate.budget, [id, IN], head.number),
      ]);
      const { terms } = state;
      const token = state.isHome ? terms.homeToken : terms.remoteToken;
      const symbol = await read(chain, token, Metadata.symbol, [], head.number).catch(() => "?");
      return {
        chainId: chain.chainId,
        id,
        terms,
        isHome: state.isHome,
        symbol: printable(symbol, 24),
        decimals: Math.min(terms.homeDecimals, terms.remoteDecimals),
        locked: state.locked,
        minted: state.minted,
        capacity: limit.capacity,
        budgetOut,
        budgetIn,
        entryStopped: state.entryStopped,
        stoppedUntil: state.stoppedUntil,
        threshold: config?.threshold ?? 0,
        attesters: config?.attesters.length ?? 0,
        head,
      };
    }),
  );
}

export type Stage = "waiting" | "cancelled" | "sent" | "final" | "queued" | "done" | "unknown";

export interface Transfer {
  readonly route: Hex;
  readonly from: number;
  readonly to: number;
  /** Nonce of a message that left; number in the queue of one that waits to leave. */
  readonly number: bigint;
  readonly sender: Address;
  readonly recipient: Address;
  readonly amount: bigint;
  readonly block: bigint;
  readonly tx: Hex;
  readonly stage: Stage;
}

/** The newest transfers that left a chain or wait to, each with where it stands at the other end. */
export async function readTransfers(
  chains: readonly ChainConfig[],
  from: ChainConfig,
  ends: readonly RouteEnd[],
): Promise<readonly Transfer[]> {
  const gate = addressOf(from, "BridgeGate");
  const head = await readHead(from);
  const final = await readFinal(from);
  const targetOf = (route: Hex) => {
    const terms = ends.find((end) => end.id === route)?.terms;
    return terms && Number(Number(terms.homeChain) === from.chainId ? terms.remoteChain : terms.homeChain);
  };
  const [sent, queued] = await Promise.all([
    scanBack(from.firstBlock, head.number, MOST_TRANSFERS, (low, high) =>
      readLogs(from, gate, BridgeGate.Sent, {}, low, high),
    ),
    scanBack(from.firstBlock, head.number, MOST_TRANSFERS, (low, high) =>
      readLogs(from, gate, BridgeGate.OutboundQueued, {}, low, high),
    ),
  ]);
  const left = sent.found.slice(-MOST_TRANSFERS).map(async ({ args, block, tx }): Promise<Transfer> => {
    const to = targetOf(args.route);
    const target = chains.find((chain) => chain.chainId === to);
    const stage = await stageOf(from, target, gate, args.nonce, block <= final);
    const { route, nonce: number, sender, recipient } = args;
    const amount = stepsOf(args.amount);
    return { route, from: from.chainId, to: to ?? 0, number, sender, recipient, amount, block, tx, stage };
  });
  const waiting = queued.found.slice(-MOST_TRANSFERS).map(async ({ args, block, tx }): Promise<Transfer | null> => {
    const { passage } = await read(from, gate, BridgeGate.outbound, [args.id], head.number);
    const word = BridgeGate.PassageWords[passage];
    if (word !== "QUEUED" && word !== "CANCELLED") return null;
    const stage = word === "QUEUED" ? "waiting" : "cancelled";
    const { route, id: number, sender, recipient } = args;
    const amount = stepsOf(args.amount);
    return { route, from: from.chainId, to: targetOf(route) ?? 0, number, sender, recipient, amount, block, tx, stage };
  });
  const found = await Promise.all([...left, ...waiting]);
  return found.filter((each) => each !== null).sort((a, b) => Number(b.block - a.block));
}

/** An amount on its way: steps, and in its last byte how many decimals they have (Amount.sol). */
export function stepsOf(amount: bigint): bigint {
  return amount >> 8n;
}

async function stageOf(
  from: ChainConfig,
  target: ChainConfig | undefined,
  gate: Address,
  nonce: bigint,
  final: boolean,
): Promise<Stage> {
  if (!target || !hasGate(target)) return "unknown";
  const there = addressOf(target, "BridgeGate");
  const [passage] = await read(target, there, BridgeGate.arrival, [BigInt(from.chainId), gate, nonce]);
  const word = BridgeGate.PassageWords[passage];
  if (word === "DONE") return "done";
  if (word === "QUEUED") return "queued";
  return final ? "final" : "sent";
}

/** The newest block that the chain calls final; 0 where it says none. */
async function readFinal(chain: ChainConfig): Promise<bigint> {
  const ask = request<{ number: Hex } | null>(chain, "eth_getBlockByNumber", "finalized", false);
  const block = await ask.catch(() => null);
  return block ? BigInt(block.number) : 0n;
}
