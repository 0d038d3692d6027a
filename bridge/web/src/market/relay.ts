/** A relay's API from a page, read against its types. */
import type { Address, Hex } from "viem";
import { getAddress } from "viem/utils";
import { askRelay, refusal } from "./relay_http";
import {
  type Json,
  Malformed,
  readCount,
  readHex,
  readList,
  readObject,
  readText,
  readUint,
} from "./wire";

/** Orders of a maker in one answer. */
const PAGE = 1_000;
/** Of a maker in all: more than a relay keeps. */
const MOST_ROWS = 20_000;

export interface Rules {
  readonly chainId: number;
  readonly exchange: Address;
  readonly matcher: Address;
  readonly leastLots: number;
  readonly horizonS: number;
  readonly feeBps: number;
}

export interface Placed {
  readonly order: Hex;
  readonly sequence: number;
  readonly isKnown: boolean;
  readonly filled: bigint;
  readonly rests: bigint;
  readonly end: string;
}

export interface Resting {
  readonly order: Hex;
  /** The relay's word: resting, or what it waits for. */
  readonly state: string;
  /** Of the entry that gave it its place. */
  readonly sequence: number;
  readonly series: bigint;
  readonly side: number;
  readonly price: bigint;
  readonly rests: bigint;
  readonly lane: bigint;
  readonly nonce: bigint;
  readonly expiry: number;
}

export interface Trade {
  /** Unix seconds. */
  readonly time: number;
  readonly price: bigint;
  readonly lots: bigint;
}

export interface Call {
  /** Unix seconds of its hour. */
  readonly time: number;
  /** Undefined where nothing was traded. */
  readonly price: bigint | undefined;
  readonly lots: bigint;
  readonly mark: bigint | undefined;
  readonly source: string;
}

export class Relay {
  constructor(
    readonly url: string,
    private readonly fetcher: typeof fetch = (...asked) => fetch(...asked),
  ) {}

  async rules(): Promise<Rules> {
    return this.#ask("/rules", (raw) => {
      const found = readObject(raw, "rules");
      return {
        chainId: readCount(found.chain_id, "chain_id"),
        exchange: getAddress(readHex(found.exchange, "exchange", 20)),
        matcher: getAddress(readHex(found.matcher, "matcher", 20)),
        leastLots: readCount(found.least_lots, "least_lots"),
        horizonS: readCount(found.horizon_s, "horizon_s"),
        feeBps: readCount(found.fee_bps, "fee_bps"),
      };
    });
  }

  /** The best levels of a series, as Book.takeLevels reads them. */
  async levels(series: bigint, most = 500): Promise<{ bids: unknown; asks: unknown }> {
    return this.#ask(`/book/${series}?levels=${most}`, (raw) => {
      const { bids, asks } = readObject(raw, "the book");
      return { bids, asks };
    });
  }

  /** The best bid and ask; undefined for none. */
  async best(series: bigint): Promise<{ bid: bigint | undefined; ask: bigint | undefined }> {
    return this.#ask(`/book/${series}?levels=1`, (raw) => {
      const book = readObject(raw, "the book");
      const [bid, ask] = (["bids", "asks"] as const).map((side) => {
        const [level] = readList(book[side], side, 1);
        return level === undefined ? undefined : readUint(readList(level, side, 2)[0], side);
      });
      return { bid, ask };
    });
  }

  /** The newest trades, the newest first. */
  async trades(series: bigint, most = 30): Promise<readonly Trade[]> {
    return this.#ask(`/trades/${series}?most=${most}`, (raw) =>
      readList(raw, "trades").map((each) => {
        const trade = readObject(each, "a trade");
        return {
          time: Math.floor(readCount(trade.time, "time") / 1_000_000),
          price: readUint(trade.price, "price"),
          lots: readUint(trade.lots, "lots"),
        };
      }),
    );
  }

  /** The newest hourly calls, the newest first. */
  async calls(series: bigint, most = 168): Promise<readonly Call[]> {
    return this.#ask(`/calls/${series}?most=${most}`, (raw) =>
      readList(raw, "calls").map((each) => {
        const call = readObject(each, "a call");
        return {
          time: readCount(call.time, "time"),
          price: call.price === null ? undefined : readUint(call.price, "price"),
          lots: readUint(call.lots, "lots"),
          mark: call.mark === null ? undefined : readUint(call.mark, "mark"),
          source: readText(call.source, "source", 20),
        };
      }),
    );
  }

  /** A maker's orders that rest or wait, the oldest first, read page by page. */
  async resting(maker: Address): Promise<readonly Resting[]> {
    const found = new Map<string, Resting>();
    for (let first = 0, rows = 0; ; ) {
      const page = await this.#restingFrom(maker, first);
      rows += page.length;
      if (rows > MOST_ROWS || page.some((each) => each.sequence < first)) {
        throw new Malformed("orders", "no more than were asked for");
      }
      for (const each of page) {
        // One that took another place between two pages is there once, at its last.
        found.delete(`${each.order}${each.side}`);
        found.set(`${each.order}${each.side}`, each);
      }
      const last = page.at(-1);
      if (last === undefined || new Set(page.map((each) => each.order)).size < PAGE) {
        return [...found.values()];
      }
      first = last.sequence + 1;
    }
  }

  async #restingFrom(maker: Address, first: number): Promise<readonly Resting[]> {
    return this.#ask(`/makers/${maker}?first=${first}&most=${PAGE}`, (raw) =>
      readList(raw, "orders").map((each) => {
        const order = readObject(each, "an order");
        return {
          order: readHex(order.order, "order", 32),
          state: readText(order.state, "state", 40),
          sequence: readCount(order.sequence, "sequence"),
          series: readUint(order.series, "series"),
          side: readCount(order.side, "side"),
          price: readUint(order.price, "price"),
          rests: readUint(order.rests, "rests"),
          lane: readUint(order.lane, "lane"),
          nonce: readUint(order.nonce, "nonce"),
          expiry: readCount(order.expiry, "expiry"),
        };
      }),
    );
  }

  /** Where an accepted order stands: resting, ended, filled … in the relay's word, and what rests. */
  async order(hash: Hex): Promise<{ state: string; rests: bigint }> {
    return this.#ask(`/orders/${hash}`, (raw) => {
      const order = readObject(raw, "the order");
      return {
        state: readText(order.state, "state", 40),
        rests: readUint(order.rests, "rests"),
      };
    });
  }

  /** What became of the one order in a body of `placeBody`. Throws RelayRefused, RelayDown. */
  async place(body: string): Promise<Placed> {
    return this.#ask(
      "/orders",
      (raw) => {
        const [result] = readList(readObject(raw, "the answer").results, "results", 1);
        return readPlaced(readObject(result, "the result"));
      },
      body,
    );
  }

  /** Hashes of the orders that a signed request ended. Throws RelayRefused, RelayDown. */
  async cancel(request: Readonly<Record<string, string>>): Promise<readonly Hex[]> {
    return this.#ask(
      "/cancel",
      (raw) =>
        readList(readObject(raw, "the answer").ended, "ended").map((each) =>
          readHex(each, "ended", 32),
        ),
      JSON.stringify(request),
    );
  }

  #ask<T>(path: string, read: (raw: unknown) => T, body?: string): Promise<T> {
    return askRelay(this.fetcher, this.url, path, read, body);
  }
}

function readPlaced(result: Json): Placed {
  if (result.status === "refused") throw refusal(result);
  const receipt = readObject(result.receipt, "receipt");
  const isKnown = result.status === "known";
  return {
    order: readHex(receipt.order, "order", 32),
    sequence: readCount(receipt.sequence, "sequence"),
    isKnown,
    filled: isKnown ? 0n : readUint(result.filled, "filled"),
    rests: isKnown ? 0n : readUint(result.rests, "rests"),
    end: isKnown ? "" : readText(result.end, "end", 40),
  };
}
