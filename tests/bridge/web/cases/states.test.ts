// A book from increments, transactions through re-orgs, announcements of wallets: all without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeErrorResult } from "viem";
import { Book, Gap } from "../../../../bridge/web/src/market/book";
import { timeline } from "../../../../bridge/web/src/market/ladder";
import { Side, Style } from "../../../../bridge/web/src/market/payoff";
import {
  makeTicket,
  payoffCurve,
  type TicketTerms,
} from "../../../../bridge/web/src/market/ticket";
import { TransactionLog } from "../../../../bridge/web/src/sending/log";
import { explainRevert } from "../../../../bridge/web/src/sending/reverts";
import {
  conclude,
  describeStage,
  type Look,
  PATIENCE_MS,
  type Sent,
  type Stage,
} from "../../../../bridge/web/src/sending/stage";
import { readAnnouncement } from "../../../../bridge/web/src/wallet/discovery";
import { toFailure } from "../../../../bridge/web/src/wallet/provider";

/** A repeatable stream of numbers below `most`. */
function numbers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % most;
  };
}

function update(number: number, levels: readonly (readonly string[])[], stream = "a") {
  return { series: "7", stream, update: number, sequence: 1, type: "update", levels };
}

const SNAPSHOT = {
  series: "7",
  stream: "a",
  update: 0,
  sequence: 1,
  type: "snapshot",
  bids: [],
  asks: [],
};

test("a book after thousands of increments is what a map of levels is, sorted", () => {
  const next = numbers(7);
  const book = new Book();
  book.apply(SNAPSHOT, 7n);
  const wanted = { bid: new Map<bigint, bigint>(), ask: new Map<bigint, bigint>() };
  for (let number = 1; number <= 5_000; number += 1) {
    const side = next(2) ? "bid" : "ask";
    const [price, lots] = [BigInt(next(300) + 1), BigInt(next(3) * next(50))];
    book.apply(update(number, [[side, `${price}`, `${lots}`]]), 7n);
    if (lots) wanted[side].set(price, lots);
    else wanted[side].delete(price);
  }
  const sorted = (levels: Map<bigint, bigint>) => [...levels].sort((a, b) => Number(a[0] - b[0]));
  assert.deepEqual(book.asks, sorted(wanted.ask));
  assert.deepEqual(book.bids, sorted(wanted.bid).reverse());
  assert.ok(book.asks.length > 50);
});

test("an increment that is missing, of another run or malformed never reaches the levels", () => {
  const book = new Book();
  assert.throws(() => book.apply(update(1, []), 7n), Gap);
  book.apply(SNAPSHOT, 7n);
  book.apply(update(1, [["bid", "5", "9"]]), 7n);
  const before = [...book.bids];
  book.apply(update(1, [["bid", "5", "1"]]), 7n);
  assert.throws(() => book.apply(update(3, [["bid", "6", "1"]]), 7n), Gap);
  assert.throws(() => book.apply(update(2, [["bid", "6", "1"]], "b"), 7n), Gap);
  assert.throws(() =>
    book.apply(
      update(2, [
        ["bid", "6", "1"],
        ["bid", "-1", "1"],
      ]),
      7n,
    ),
  );
  assert.throws(() => book.apply(update(2, [["side", "6", "1"]]), 7n));
  assert.throws(() => book.apply({ ...update(2, []), series: "8" }, 7n));
  assert.throws(() => book.apply([], 7n));
  assert.deepEqual(book.bids, before);
  assert.deepEqual(book.position, { stream: "a", update: 1 });
});

const SENT: Sent = {
  hash: "0x11",
  chain: 1,
  from: "0x22",
  nonce: 4,
  title: "Wrap",
  at: 1_000,
  block: 9,
};
const NONE: Look = { head: 12, isKnown: true, nonce: 4 };
const MINED: Look = { ...NONE, nonce: 5, receipt: { block: 11, succeeded: true } };

function through(...looks: readonly Look[]): readonly string[] {
  let stage: Stage = { kind: "unseen" };
  return looks.map((look) => {
    stage = conclude(SENT, look, stage, 2_000);
    assert.ok(describeStage(stage).length > 10);
    return stage.kind;
  });
}

test("a transaction goes from pending to final, and through a re-org out and back", () => {
  assert.deepEqual(through(NONE, MINED, NONE, { ...MINED, head: 14 }, { ...MINED, final: 11 }), [
    "pending",
    "included",
    "reorged",
    "included",
    "final",
  ]);
  assert.deepEqual(through({ ...MINED, head: 11 + 62 }, { ...MINED, head: 11 + 63 }), [
    "included",
    "final",
  ]);
  assert.deepEqual(through({ ...MINED, receipt: { block: 11, succeeded: false } }), ["failed"]);
});

test("what another transaction took the nonce of is replaced, and what nobody knows is dropped late", () => {
  const gone: Look = { ...NONE, isKnown: false };
  assert.deepEqual(through({ ...gone, nonce: 5, replacement: "0x33" }), ["replaced"]);
  assert.deepEqual(through({ ...gone, nonce: 5 }, MINED), ["replaced", "included"]);
  assert.equal(conclude(SENT, gone, { kind: "pending" }, 1_000 + PATIENCE_MS - 1).kind, "unseen");
  assert.equal(conclude(SENT, gone, { kind: "pending" }, 1_000 + PATIENCE_MS).kind, "dropped");
});

test("a wallet that announces itself badly is no wallet, and its name is one plain line", () => {
  const info = {
    uuid: "350670db-19fa-4704-a166-e52e178b59d2",
    rdns: "com.example",
    name: "  A\u202e <b>wallet</b>\n",
    icon: "data:image/svg+xml,<svg/>",
  };
  const provider = { request: async () => null };
  const found = readAnnouncement({ info, provider });
  assert.equal(found?.name, "A\ufffd <b>wallet</b>");
  assert.equal(
    readAnnouncement({ info: { ...info, icon: "javascript:alert(1)" }, provider })?.icon,
    "",
  );
  assert.equal(readAnnouncement({ info: { ...info, name: 7 }, provider })?.name, "com.example");
  const bad: readonly unknown[] = [
    null,
    {},
    { info, provider: {} },
    { info: { ...info, uuid: "x" }, provider },
    { info: { ...info, rdns: "<img>" }, provider },
  ];
  for (const each of bad) assert.equal(readAnnouncement(each), undefined);
});

test("a wallet's failure is told by its code, also where another wraps it", () => {
  assert.equal(toFailure({ code: 4001 }).kind, "refused");
  assert.equal(
    toFailure({ code: -32603, data: { originalError: { code: 4902 } } }).kind,
    "unknown-chain",
  );
  assert.equal(toFailure(new Error("boom")).kind, "failed");
  assert.match(toFailure(new Error("boom\u202e")).message, /boom\ufffd$/);
  assert.equal(toFailure("text").kind, "failed");
});

test("a revert is named in words with its numbers, and an unknown one by its selector", () => {
  const inputs = [
    { name: "amount", type: "uint256" },
    { name: "minimum", type: "uint256" },
  ] as const;
  const abi = [{ type: "error", name: "BelowMinimum", inputs }] as const;
  const data = encodeErrorResult({ abi, errorName: "BelowMinimum", args: [1n, 2n] });
  assert.match(explainRevert(data, [[], abi]), /^Less would come out .*BelowMinimum\(1, 2\)/);
  assert.match(explainRevert("0x", []), /without a reason/);
  assert.match(explainRevert("0x12345678", [abi]), /0x12345678/);
});

const TERMS: TicketTerms = {
  style: Style.NET,
  reference: 200_000_000n,
  low: 0n,
  high: 0n,
  quoteDecimals: 6,
  step: 1_000_000n,
  feeBps: 5,
  leastLots: 10,
};

test("a ticket says what is tied up, what the book fills now, and the bound of its loss", () => {
  const levels = [
    [210_000_000n, 40n],
    [220_000_000n, 100n],
  ] as const;
  const buy = makeTicket(TERMS, Side.BUY, 100n, levels, undefined);
  assert.deepEqual([buy.now, buy.worst, buy.average], [100n, 220_000_000n, 216_000_000n]);
  assert.equal(buy.limit, 221_000_000n);
  assert.equal(buy.quoteTied, 2_210_000n);
  assert.equal(buy.mostLoss, buy.quoteTied);
  assert.equal(makeTicket(TERMS, Side.BUY, 100n, levels, 211_000_000n).now, 40n);
  const sell = makeTicket(TERMS, Side.SELL, 100n, levels, 190_000_000n);
  assert.deepEqual([sell.unitsTied, sell.mostLoss], [10n ** 18n, undefined]);
  assert.equal(sell.quoteTied, 100_000n);
  assert.equal(makeTicket(TERMS, Side.BUY, 5n, levels, undefined).objection?.kind, "too-few-lots");
  assert.equal(makeTicket(TERMS, Side.BUY, 50n, levels, 1n).objection?.kind, "off-step");
  assert.equal(makeTicket(TERMS, Side.BUY, 50n, [], undefined).objection?.kind, "no-price");
});

test("the basis is over the index by what fills at once, else by the limit, and there is none without both", () => {
  const levels = [[210_000_000n, 40n]] as const;
  const basisOf = (price: bigint | undefined, index: bigint, side = Side.BUY) =>
    makeTicket(TERMS, side, 100n, side === Side.BUY ? levels : [], price, index).basis;
  assert.equal(basisOf(undefined, 200_000_000n), 10_000_000n);
  assert.equal(basisOf(215_000_000n, 220_000_000n), -10_000_000n);
  assert.equal(basisOf(190_000_000n, 200_000_000n, Side.SELL), -10_000_000n);
  assert.equal(basisOf(undefined, 0n), undefined);
  assert.equal(basisOf(undefined, 200_000_000n, Side.SELL), undefined);
});

test("a payoff curve crosses zero where it was bought, and never leaves the bound of loss", () => {
  const buy = makeTicket(TERMS, Side.BUY, 100n, [[210_000_000n, 100n]], undefined);
  const curve = payoffCurve(TERMS, buy);
  assert.equal(curve.find((each) => each.settlement === buy.limit)?.gain, 0n);
  assert.ok(curve.every((each) => each.gain >= -(buy.mostLoss ?? 0n)));
  const banded = { ...TERMS, style: Style.BANDED, low: 150_000_000n, high: 250_000_000n };
  const sell = makeTicket(banded, Side.SELL, 100n, [[200_000_000n, 100n]], undefined);
  const gains = payoffCurve(banded, sell).map((each) => each.gain);
  assert.ok(gains.every((each) => each >= -(sell.mostLoss ?? 0n)));
  assert.equal(gains.at(-1), -(sell.mostLoss ?? 0n));
});

test("a time line has exactly one step that is now, at every moment of every phase", () => {
  const [start, expiry] = [1_000_000, 2_000_000];
  for (const style of [Style.NET, Style.DELIVERY, Style.BANDED]) {
    for (const phase of [1, 2, 3, 4]) {
      for (let now = 0; now < expiry + 20 * 86_400; now += 40_000) {
        const course = {
          style,
          phase,
          start,
          expiry,
          challengeEnds: expiry + 90_000,
          guardianActed: false,
        };
        const steps = timeline(course, now);
        assert.equal(steps.filter((each) => each.state === "now").length, 1);
      }
    }
  }
});

function sentAs(digit: string): Sent {
  const from = "0x00000000000000000000000000000000000000aa";
  const rest = { chain: 1, from, nonce: 1, title: `number ${digit}`, at: 1, block: 1 } as const;
  return { hash: `0x${digit.repeat(64)}`, ...rest };
}

function titles(log: TransactionLog): string[] {
  return log.entries.map((each) => each.title).sort();
}

test("two tabs keep one list of transactions, whoever writes", () => {
  const kept = new Map<string, string>();
  const memory = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const [one, other] = [new TransactionLog(memory), new TransactionLog(memory)];
  const put = (log: TransactionLog, id: string, digit: string, stage: Stage = { kind: "unseen" }) =>
    log.put({ id, title: `number ${digit}`, chain: 1, stage, sent: sentAs(digit) });
  put(one, "a", "1");
  put(other, "b", "2");
  one.put({ id: "c", title: "number 3", chain: 1, stage: { kind: "asked" } });
  assert.deepEqual(titles(one), ["number 1", "number 2", "number 3"]);
  other.adopt();
  assert.deepEqual(titles(other), ["number 1", "number 2"]);
  put(other, "b", "2", { kind: "final", block: 7 });
  one.adopt();
  assert.deepEqual(one.find("a")?.sent?.hash, sentAs("1").hash);
  assert.equal(one.open.length, 1);
  // What one tab forgets the other does not bring back by what it has just read of it.
  const forgotten = other.entries.find((each) => each.title === "number 1");
  assert(forgotten);
  other.remove(forgotten.id);
  put(one, "a", "1", { kind: "included", block: 5, confirmations: 1 });
  assert.deepEqual(titles(one), ["number 2", "number 3"]);
  assert.deepEqual(titles(new TransactionLog(memory)), ["number 2"]);
});

test("without a store a tab has what it knows", () => {
  const refusing = () => {
    throw new Error("full");
  };
  const log = new TransactionLog({ getItem: () => null, setItem: refusing, removeItem: refusing });
  log.put({ id: "a", title: "number 1", chain: 1, stage: { kind: "unseen" }, sent: sentAs("1") });
  log.put({ id: "b", title: "number 2", chain: 1, stage: { kind: "unseen" }, sent: sentAs("2") });
  assert.deepEqual(titles(log), ["number 1", "number 2"]);
});
