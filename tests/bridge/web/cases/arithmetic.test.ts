// The page's arithmetic gives what the contracts give.
import assert from "node:assert/strict";
import { test } from "node:test";
import { getAddress, pad, toHex } from "viem";
import { rungAt } from "../../../../bridge/web/src/market/ladder";
import { orderHash, orderMessage, type Order } from "../../../../bridge/web/src/market/order";
import {
  feeOf,
  isWithin,
  type Leg,
  limitWithFee,
  locks,
  payment,
  payoff,
  type Side,
  Style,
  type Terms,
} from "../../../../bridge/web/src/market/payoff";
import { digestOf } from "../../../../bridge/web/src/typed/message";
import { at, type Row, rows } from "./vectors";

function terms(row: Row, style: number): Terms {
  return {
    style,
    reference: at(row, "referencePrice"),
    low: row.low ?? 0n,
    high: row.high ?? 0n,
    quoteDecimals: Number(at(row, "quoteDecimals")),
  };
}

test("a covered lot pays what the contract pays", () => {
  const all = rows("payoff", "payoff");
  for (const row of all) {
    const isDelivered = at(row, "delivered") === 1n;
    const found = payoff(terms(row, Style.NET), isDelivered ? undefined : at(row, "price"));
    const wanted = ["longQuote", "shortQuote", "longUnits", "shortUnits"].map((name) =>
      at(row, name),
    );
    assert.deepEqual(Object.values(found), wanted);
    assert.equal(locks(terms(row, Style.NET)).long, at(row, "quotePerLot"));
  }
  assert.ok(all.length > 100);
});

test("a banded lot pays and locks what the contract pays and locks", () => {
  for (const row of rows("payoff", "banded")) {
    const found = terms(row, Style.BANDED);
    const paid = payoff(found, at(row, "price"));
    assert.deepEqual(
      [paid.longQuote, paid.shortQuote],
      [at(row, "longQuote"), at(row, "shortQuote")],
    );
    const locked = locks(found);
    assert.deepEqual([locked.long, locked.short], [at(row, "longLock"), at(row, "shortLock")]);
  }
});

test("a fill costs what the contract charges", () => {
  for (const row of rows("order", "payment")) {
    const price = at(row, "price");
    const [lots, decimals] = [at(row, "lots"), Number(at(row, "quoteDecimals"))];
    const due = payment(terms(row, Style.BANDED), Number(at(row, "leg")) as Leg, price, lots);
    assert.equal(due, at(row, "buyerPays") - at(row, "sellerPays"));
    assert.equal(feeOf(price, lots, Number(at(row, "feeBps")), decimals), at(row, "fee"));
  }
});

test("a limit allows what the contract allows, and the least limit reaches its price", () => {
  for (const row of rows("order", "limit")) {
    const side = Number(at(row, "side")) as Side;
    const [price, feeBps] = [at(row, "price"), Number(at(row, "feeBps"))];
    assert.equal(isWithin(side, price, at(row, "limit"), feeBps), at(row, "within") === 1n);
    const step = 1_000_000n;
    const limit = limitWithFee(side, price, feeBps, step);
    assert.ok(isWithin(side, price, limit, feeBps));
    const nearer = side === 0 ? limit - step : limit + step;
    assert.ok(!isWithin(side, price, nearer, feeBps));
  }
});

test("an order's hash and digest are the exchange's", () => {
  for (const row of rows("order", "order")) {
    const account = (name: string) => getAddress(pad(toHex(at(row, name)), { size: 20 }));
    const order: Order = {
      series: at(row, "series"),
      side: Number(at(row, "side")) as Side,
      grade: Number(at(row, "grade")),
      legs: Number(at(row, "legs")),
      price: at(row, "price"),
      lots: at(row, "lots"),
      maker: account("maker"),
      taker: account("taker"),
      matcher: account("matcher"),
      epoch: at(row, "epoch"),
      lane: at(row, "lane"),
      nonce: at(row, "nonce"),
      expiry: Number(at(row, "expiry")),
    };
    assert.equal(BigInt(orderHash(order)), at(row, "structHash"));
    const message = orderMessage(order, Number(at(row, "chainId")), account("contract"));
    assert.equal(BigInt(digestOf(message)), at(row, "digest"));
  }
});

test("the ladder's rung is the contract's", () => {
  for (const row of rows("payoff", "ladder")) {
    const [now, readyAt, expiry, challenge] = ["now", "readyAt", "expiry", "challenge"].map(
      (name) => Number(at(row, name)),
    ) as [number, number, number, number];
    assert.equal(rungAt(now, readyAt, expiry, challenge), Number(at(row, "rung")));
  }
});
