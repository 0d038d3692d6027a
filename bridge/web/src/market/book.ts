/** One series' book: a snapshot, and increments numbered without gaps. */
import type { Level } from "./ticket";
import { Malformed, readCount, readList, readObject, readText, readUint } from "./wire";

const MOST_LEVELS = 1_000;

export interface Position {
  /** The relay's run, and its number of the newest increment. */
  readonly stream: string;
  readonly update: number;
}

/** Raised where an increment is missing: the book has to be asked anew. */
export class Gap extends Error {}

/** Levels of one side, kept sorted. A change costs a binary search; the page reads from the best on. */
class HalfBook {
  readonly #levels: [bigint, bigint][] = [];

  /** `sign` is 1 where the lowest price is best, -1 where the highest is. */
  constructor(private readonly sign: 1 | -1) {}

  get levels(): readonly Level[] {
    return this.#levels;
  }

  set(price: bigint, lots: bigint): void {
    const place = this.#find(price);
    const isThere = this.#levels[place]?.[0] === price;
    if (lots === 0n) {
      if (isThere) this.#levels.splice(place, 1);
    } else {
      this.#levels.splice(place, isThere ? 1 : 0, [price, lots]);
    }
  }

  clear(): void {
    this.#levels.length = 0;
  }

  #find(price: bigint): number {
    let [low, high] = [0, this.#levels.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = (this.#levels[middle] as [bigint, bigint])[0];
      if (this.sign === 1 ? found < price : found > price) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class Book {
  readonly #bids = new HalfBook(-1);
  readonly #asks = new HalfBook(1);
  #position: Position | undefined;

  get bids(): readonly Level[] {
    return this.#bids.levels;
  }

  get asks(): readonly Level[] {
    return this.#asks.levels;
  }

  /** Where to go on from; undefined before the first snapshot. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Takes a message of the stream. Throws Malformed for nonsense and Gap for one too far ahead. */
  apply(raw: unknown, series: bigint): void {
    const message = readObject(raw, "the message");
    if (readUint(message.series, "series") !== series) throw new Malformed("series", `${series}`);
    const stream = readText(message.stream, "stream", 64);
    const update = readCount(message.update, "update");
    if (message.type === "snapshot") {
      this.#takeSnapshot(message.bids, message.asks);
    } else if (message.type === "update") {
      const before = this.#position;
      if (before && before.stream === stream && update <= before.update) return;
      if (!before || before.stream !== stream || update !== before.update + 1) throw new Gap();
      this.#takeUpdate(message.levels);
    } else {
      throw new Malformed("type", "snapshot or update");
    }
    this.#position = { stream, update };
  }

  /** The levels as GET /book has them, where there is no stream. */
  takeLevels({ bids, asks }: { readonly bids: unknown; readonly asks: unknown }): void {
    this.#takeSnapshot(bids, asks);
  }

  /** Lets the next message be a snapshot of any run; the levels stay until it is there. */
  forget(): void {
    this.#position = undefined;
  }

  #takeSnapshot(bids: unknown, asks: unknown): void {
    const halves = [readLevels(bids, "bids"), readLevels(asks, "asks")] as const;
    for (const [half, levels] of [
      [this.#bids, halves[0]],
      [this.#asks, halves[1]],
    ] as const) {
      half.clear();
      for (const [price, lots] of levels) half.set(price, lots);
    }
  }

  #takeUpdate(levels: unknown): void {
    const changes = readList(levels, "levels").map((each, place) => {
      const [side, price, lots] = readList(each, `levels[${place}]`, 3);
      if (side !== "bid" && side !== "ask") throw new Malformed("side", "bid or ask");
      return [side, readUint(price, "price"), readUint(lots, "lots")] as const;
    });
    for (const [side, price, lots] of changes) {
      (side === "bid" ? this.#bids : this.#asks).set(price, lots);
    }
  }
}

function readLevels(raw: unknown, place: string): readonly Level[] {
  return readList(raw, place, MOST_LEVELS).map((each) => {
    const [price, lots] = readList(each, place, 2);
    return [readUint(price, place), readUint(lots, place)];
  });
}

/** Each level with the lots up to it, and the widest sum: what depth is drawn from. */
export function withDepth(
  levels: readonly Level[],
  most: number,
): readonly (readonly [price: bigint, lots: bigint, sum: bigint])[] {
  let sum = 0n;
  return levels.slice(0, most).map(([price, lots]) => {
    sum += lots;
    return [price, lots, sum];
  });
}

/** Lots of the best `most` levels together. */
export function depthOf(levels: readonly Level[], most: number): bigint {
  let sum = 0n;
  for (let place = 0; place < levels.length && place < most; place += 1) {
    sum += (levels[place] as Level)[1];
  }
  return sum;
}
