/** Orders: built, hashed, and written as the relay takes them. */
import { type Address, type Hex, hashStruct } from "viem";
import known from "../../../../pargrade/data/eip712.json";
import { type TypedMessage, typed, type Value } from "../typed/message";
import type { Side } from "./payoff";

export type Order = {
  readonly series: bigint;
  readonly side: Side;
  readonly grade: number;
  readonly legs: number;
  readonly price: bigint;
  readonly lots: bigint;
  readonly maker: Address;
  readonly taker: Address;
  readonly matcher: Address;
  readonly epoch: bigint;
  readonly lane: bigint;
  readonly nonce: bigint;
  readonly expiry: number;
};

export const RULES = ["GTC", "IOC", "POST", "CALL"] as const;
export type Rule = (typeof RULES)[number];

export const ANYONE: Address = "0x0000000000000000000000000000000000000000";
const ALL_LEGS = 15;
export const MOST_PERCENT = 15;

/** An order of any leg and grade, in a lane of its own. `percent` keeps fills so near the index; 0 for any. */
export function buildOrder(
  fields: Pick<Order, "series" | "side" | "price" | "lots" | "maker" | "epoch" | "expiry">,
  percent = 0,
): Order {
  const [lane] = crypto.getRandomValues(new BigUint64Array(1));
  return {
    grade: 0,
    legs: ALL_LEGS | (percent << 4),
    taker: ANYONE,
    matcher: ANYONE,
    lane: lane as bigint,
    nonce: 1n,
    ...fields,
  };
}

/** Two orders under one signature: filled for equal lots in both series, or not at all. */
export type Roll = { readonly near: Order; readonly far: Order };

/** A roll of a position: `near` closes it, the other half opens as much of the same side. */
export function buildRoll(near: Order, series: bigint, price: bigint): Roll {
  return { near, far: { ...near, series, price, side: near.side === 0 ? 1 : 0 } };
}

/** What its maker signs. */
export function rollMessage(roll: Roll, chainId: number, exchange: Address): TypedMessage {
  return typed("Roll", chainId, exchange, roll as Readonly<Record<string, Value>>);
}

/** The order's hash without the domain: what relay and events call it. */
export function orderHash(order: Order): Hex {
  return hashStruct({
    data: order as unknown as Record<string, unknown>,
    primaryType: "Order",
    types: { Order: known.types.Order },
  });
}

/** What its maker signs. */
export function orderMessage(order: Order, chainId: number, exchange: Address): TypedMessage {
  return typed("Order", chainId, exchange, order as Readonly<Record<string, Value>>);
}

/** The body of POST /orders for one signed order or roll. */
export function placeBody(
  signed: Order | Roll,
  signature: Hex,
  rule: Rule,
  chainId: number,
  exchange: Address,
): string {
  const what = "near" in signed ? { roll: signed } : { order: signed };
  const body = { chain_id: chainId, exchange, orders: [{ ...what, signature, rule }] };
  return JSON.stringify(body, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

/** A maker's request that this relay matches a lane's orders up to a nonce no more. */
export function cancelMessage(
  maker: Address,
  lane: bigint,
  nonce: bigint,
  deadline: bigint,
  chainId: number,
  exchange: Address,
): TypedMessage {
  return typed("Cancel", chainId, exchange, { maker, lane, nonce, deadline });
}
