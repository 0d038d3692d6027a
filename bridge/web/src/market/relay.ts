/** A relay's API from a page. What it answers is bounded in size and time, and read against its type. */
import type { Address, Hex } from "viem";
import { getAddress } from "viem/utils";
import { printable } from "../format/numbers";
import { type Json, readCount, readHex, readList, readObject, readText, readUint } from "./wire";

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 4 << 20;

/** A relay that does not respond, or not as a relay. */
export class RelayDown extends Error {
  constructor(why: string) {
    super(`The relay cannot be reached or does not respond as one: ${printable(why, 200)}`);
    this.name = "RelayDown";
  }
}

/** A request that the relay refused, in its own words. */
export class RelayRefused extends Error {
  constructor(
    readonly reason: string,
    detail: string,
    readonly hint: string,
  ) {
    super(hint ? `${sentence(detail)} ${sentence(hint)}` : sentence(detail));
    this.name = "RelayRefused";
  }
}

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
    return this.#read("/rules", (raw) => {
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
    return this.#read(`/book/${series}?levels=${most}`, (raw) => {
      const { bids, asks } = readObject(raw, "the book");
      return { bids, asks };
    });
  }

  /** The newest trades, the newest first. */
  async trades(series: bigint, most = 30): Promise<readonly Trade[]> {
    return this.#read(`/trades/${series}?most=${most}`, (raw) =>
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
    return this.#read(`/calls/${series}?most=${most}`, (raw) =>
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

  /** A maker's resting orders, the oldest first. */
  async resting(maker: Address): Promise<readonly Resting[]> {
    return this.#read(`/makers/${maker}`, (raw) =>
      readList(raw, "orders").map((each) => {
        const order = readObject(each, "an order");
        return {
          order: readHex(order.order, "order", 32),
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
    return this.#read(`/orders/${hash}`, (raw) => {
      const order = readObject(raw, "the order");
      return {
        state: readText(order.state, "state", 40),
        rests: readUint(order.rests, "rests"),
      };
    });
  }

  /** What became of the one order in a body of `placeBody`. Throws RelayRefused, RelayDown. */
  async place(body: string): Promise<Placed> {
    return this.#read(
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
    return this.#read(
      "/cancel",
      (raw) =>
        readList(readObject(raw, "the answer").ended, "ended").map((each) =>
          readHex(each, "ended", 32),
        ),
      JSON.stringify(request),
    );
  }

  async #read<T>(path: string, read: (raw: unknown) => T, body?: string): Promise<T> {
    const { status, raw } = await this.#fetch(path, body);
    if (status === 200) {
      try {
        return read(raw);
      } catch (failure) {
        if (failure instanceof RelayRefused) throw failure;
        throw new RelayDown(`${path}: ${messageOf(failure)}`);
      }
    }
    const problem = raw as Json | null;
    if (typeof problem?.title === "string") throw refusal(problem);
    throw new RelayDown(`${path} has status ${status}`);
  }

  async #fetch(path: string, body?: string): Promise<{ status: number; raw: unknown }> {
    const post = { method: "POST", headers: { "content-type": "application/json" } };
    try {
      const response = await this.fetcher(this.url + path, {
        ...(body === undefined ? {} : { ...post, body }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        credentials: "omit",
        redirect: "error",
      });
      const text = await readBounded(response);
      return { status: response.status, raw: JSON.parse(text) as unknown };
    } catch (failure) {
      throw failure instanceof RelayDown ? failure : new RelayDown(messageOf(failure));
    }
  }
}

async function readBounded(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, size] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new RelayDown(`it sent more than ${MOST_BYTES} bytes`);
    }
    text += decoder.decode(value, { stream: true });
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

function refusal(problem: Json): RelayRefused {
  const [title, detail, hint] = [problem.title, problem.detail, problem.hint].map((each) =>
    typeof each === "string" ? printable(each, 500) : "",
  ) as [string, string, string];
  return new RelayRefused(title, detail || title, hint);
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
