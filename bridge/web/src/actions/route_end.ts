/** One end of a route: its terms, budget and queue, and what an account has there. */
import { encodeFunctionData, type Address, type Hex } from "viem";
import {
  budget,
  claimable,
  outbound,
  previewSend,
  queueLengths,
  routeState,
  send,
} from "../abi/BridgeGate";
import { allowance, balanceOf } from "../abi/IERC20Metadata";
import { read, readHead } from "../chain/client";
import type { ChainConfig } from "../config";
import { readToken, type TokenFacts } from "../market/read";
import { addressOf } from "../world";

const OUT = 0;
const QUEUED = 1;
const MOST_WAITING = 100n;

/** As the gate's functions take them. */
export type RouteTerms = Parameters<typeof encodeSend>[0];

export interface End {
  readonly terms: RouteTerms;
  readonly isHome: boolean;
  readonly token: TokenFacts;
  /** Base units of one step. */
  readonly step: bigint;
  readonly budget: bigint;
  readonly isStopped: boolean;
  readonly stoppedUntil: number;
  readonly now: number;
  readonly has: bigint;
  readonly allowed: bigint;
  readonly claimable: bigint;
  readonly waiting: readonly Waiting[];
}

export interface Waiting {
  readonly id: bigint;
  readonly steps: bigint;
  readonly recipient: Address;
}

/** One end of a route as an account finds it, at one block. */
export async function readEnd(chain: ChainConfig, route: Hex, account: Address): Promise<End> {
  const [gate, head] = [addressOf(chain, "BridgeGate"), await readHead(chain)];
  const state = await read(chain, gate, routeState, [route], head.number);
  const { terms, isHome } = state;
  const token = await readToken(chain, isHome ? terms.homeToken : terms.remoteToken);
  const [left, owed, has, allowed, waiting] = await Promise.all([
    read(chain, gate, budget, [route, OUT], head.number),
    read(chain, gate, claimable, [route, account], head.number),
    read(chain, token.address, balanceOf, [account], head.number),
    read(chain, token.address, allowance, [account, gate], head.number),
    readWaiting(chain, route, account, head.number),
  ]);
  const decimals = Math.min(terms.homeDecimals, terms.remoteDecimals);
  return {
    terms,
    isHome,
    token,
    step: 10n ** BigInt(token.decimals - decimals),
    budget: left,
    isStopped: (isHome && state.entryStopped) || state.stoppedUntil > head.time,
    stoppedUntil: state.stoppedUntil,
    now: head.time,
    has,
    allowed,
    claimable: owed,
    waiting,
  };
}

/** What an account has waiting to leave, the newest of all queued transfers looked at. */
async function readWaiting(
  chain: ChainConfig,
  route: Hex,
  account: Address,
  block: bigint,
): Promise<readonly Waiting[]> {
  const gate = addressOf(chain, "BridgeGate");
  const [last] = await read(chain, gate, queueLengths, [], block);
  const first = last > MOST_WAITING ? last - MOST_WAITING + 1n : 1n;
  const ids = Array.from(
    { length: Number(last - first + 1n) },
    (_, place) => first + BigInt(place),
  );
  const found = await Promise.all(
    ids.map(async (id) => {
      const one = await read(chain, gate, outbound, [id], block);
      return { id, ...one };
    }),
  );
  return found
    .filter((each) => each.passage === QUEUED && each.route === route)
    .filter((each) => each.sender.toLowerCase() === account.toLowerCase())
    .map(({ id, amount, recipient }) => ({ id, steps: amount >> 8n, recipient }));
}

export interface Preview {
  readonly taken: bigint;
  readonly queued: boolean;
}

/** What sending so much would do now; undefined for no amount. */
export async function readOutlook(
  chain: ChainConfig,
  route: Hex,
  amount: bigint | undefined,
): Promise<Preview | undefined> {
  if (!amount) return undefined;
  const [taken, queued] = await read(chain, addressOf(chain, "BridgeGate"), previewSend, [
    route,
    amount,
  ]);
  return { taken, queued };
}

/** The call that sends exactly so much, or nothing. */
export function encodeSend(
  terms: {
    homeChain: bigint;
    homeGate: Address;
    homeToken: Address;
    homeDecimals: number;
    remoteChain: bigint;
    remoteGate: Address;
    remoteToken: Address;
    remoteDecimals: number;
  },
  taken: bigint,
  recipient: Address,
  mayWait: boolean,
): Hex {
  const args = [terms, taken, taken, recipient, mayWait] as const;
  return encodeFunctionData({ abi: [send], functionName: "send", args });
}
