/** One look at a chain for a transaction that was sent. */
import type { Hex } from "viem";
import { isObject } from "../wallet/provider";
import type { Look, Sent } from "./stage";

/** JSON-RPC of one chain, read by this page and not by the wallet. Rejects where it is down. */
export interface Rpc {
  request(method: string, params: readonly unknown[]): Promise<unknown>;
}

const MOST_SEARCHED = 32;
const HASH = /^0x[0-9a-f]{64}$/i;

/** What the chain says of a transaction now. Throws what the endpoint throws, and for nonsense. */
export async function lookAt(rpc: Rpc, sent: Sent): Promise<Look & { readonly nonceOf: number }> {
  const [receipt, found, nonce, head, final] = await Promise.all([
    rpc.request("eth_getTransactionReceipt", [sent.hash]),
    rpc.request("eth_getTransactionByHash", [sent.hash]),
    rpc.request("eth_getTransactionCount", [sent.from, "latest"]),
    rpc.request("eth_blockNumber", []),
    readFinal(rpc),
  ]);
  const isKnown = isObject(found);
  const nonceOf = isKnown ? readNumber(found.nonce) : sent.nonce;
  const base = { isKnown, nonceOf, nonce: readNumber(nonce), head: readNumber(head) };
  const look = final === undefined ? base : { ...base, final };
  if (isObject(receipt)) {
    const block = readNumber(receipt.blockNumber);
    return { ...look, receipt: { block, succeeded: receipt.status !== "0x0" } };
  }
  if (look.nonce <= nonceOf) return look;
  const replacement = await findReplacement(rpc, { ...sent, nonce: nonceOf }, look.head);
  return replacement ? { ...look, replacement } : look;
}

async function readFinal(rpc: Rpc): Promise<number | undefined> {
  try {
    const block = await rpc.request("eth_getBlockByNumber", ["finalized", false]);
    return isObject(block) ? readNumber(block.number) : undefined;
  } catch {
    return undefined;
  }
}

/** The transaction of the same account and nonce that was mined, among the blocks since it was sent. */
async function findReplacement(rpc: Rpc, sent: Sent, head: number): Promise<Hex | undefined> {
  const first = Math.max(sent.block, head - MOST_SEARCHED + 1);
  for (let number = head; number >= first; number -= 1) {
    const block = await rpc.request("eth_getBlockByNumber", [toHex(number), true]);
    const all: readonly unknown[] =
      isObject(block) && Array.isArray(block.transactions) ? block.transactions : [];
    for (const each of all) {
      if (!isObject(each) || typeof each.from !== "string" || typeof each.hash !== "string")
        continue;
      const isOurs = each.from.toLowerCase() === sent.from.toLowerCase();
      if (isOurs && readNumber(each.nonce) === sent.nonce && HASH.test(each.hash)) {
        return each.hash as Hex;
      }
    }
  }
  return undefined;
}

export function toHex(number: number | bigint): Hex {
  return `0x${number.toString(16)}`;
}

/** A quantity of JSON-RPC as a number. Throws for anything else. */
export function readNumber(raw: unknown): number {
  const found = Number(readQuantity(raw));
  if (!Number.isSafeInteger(found)) throw new Error("the endpoint sent a number out of range");
  return found;
}

/** A quantity of JSON-RPC. Throws for anything else. */
export function readQuantity(raw: unknown): bigint {
  if (typeof raw !== "string" || !/^0x[0-9a-f]{1,64}$/i.test(raw)) {
    throw new Error("the endpoint sent something that is no number");
  }
  return BigInt(raw);
}
