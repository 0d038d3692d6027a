/** A series' book on the page: by the stream where there is one, else by asking; remembered over reloads. */
import { useEffect, useMemo, useReducer } from "preact/hooks";
import type { Config } from "../config";
import { Book } from "./book";
import { Relay } from "./relay";
import { BookStream } from "./stream";

export interface BookNow {
  readonly book: Book;
  /** Whether what is shown is what the relay has now. */
  readonly isLive: boolean;
  /** Milliseconds of this computer's clock of what is shown; undefined where nothing is known. */
  readonly at: number | undefined;
}

const ASK_EVERY_MS = 2_000;
const KEEP_EVERY_MS = 5_000;
const KEPT_LEVELS = 50;

/** The newest state of one book, and who wants to hear of changes. */
export class BookSource {
  readonly #listeners = new Set<() => void>();
  #keptAt = Date.now();

  constructor(
    private readonly series: bigint,
    public now: BookNow,
  ) {}

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(next: BookNow): void {
    // Before the first message what is remembered is more than nothing.
    if (next.at === undefined && this.now.at !== undefined) return;
    this.now = next;
    for (const listener of this.#listeners) listener();
    if (next.isLive && Date.now() - this.#keptAt > KEEP_EVERY_MS) this.keep();
  }

  keep(): void {
    this.#keptAt = Date.now();
    const { book, at } = this.now;
    if (at === undefined) return;
    const text = (levels: Book["bids"]) =>
      levels.slice(0, KEPT_LEVELS).map(([price, lots]) => [`${price}`, `${lots}`]);
    try {
      const kept = { at, bids: text(book.bids), asks: text(book.asks) };
      localStorage.setItem(keyOf(this.series), JSON.stringify(kept));
    } catch {
      // Without a store nothing is known before the relay responds.
    }
  }
}

/** A series' book while its view is open. Drawing is for `useBookNow`, in the parts that show it. */
export function useBookSource(config: Config, series: bigint): BookSource {
  const source = useMemo(() => new BookSource(series, recall(series)), [series]);
  useEffect(() => {
    const show = (next: BookNow) => source.take(next);
    const stop = config.stream ? follow(config.stream, series, show) : poll(config, series, show);
    const leave = () => source.keep();
    addEventListener("pagehide", leave);
    return () => {
      leave();
      removeEventListener("pagehide", leave);
      stop();
    };
  }, [source, config]);
  return source;
}

/** The book, drawn again at most once in `everyMs`; 0 is once a frame. */
export function useBookNow(source: BookSource, everyMs = 0): BookNow {
  const [, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  useEffect(() => {
    let isWaiting = false;
    let isOver = false;
    const draw = () => {
      isWaiting = false;
      if (!isOver) redraw(undefined);
    };
    const listener = () => {
      if (isWaiting) return;
      isWaiting = true;
      if (everyMs) setTimeout(draw, everyMs);
      else requestAnimationFrame(draw);
    };
    const end = source.subscribe(listener);
    return () => {
      isOver = true;
      end();
    };
  }, [source, everyMs]);
  return source.now;
}

function follow(url: string, series: bigint, show: (next: BookNow) => void): () => void {
  const stream = new BookStream(url, series, show);
  return () => stream.stop();
}

function poll(config: Config, series: bigint, show: (next: BookNow) => void): () => void {
  if (!config.relay) return () => {};
  const relay = new Relay(config.relay);
  const book = new Book();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  let at: number | undefined;
  const ask = async () => {
    let isLive = true;
    try {
      book.takeLevels(await relay.levels(series));
      at = Date.now();
    } catch {
      isLive = false;
    }
    if (isOver) return;
    show({ book, isLive, at });
    timer = setTimeout(() => void ask(), ASK_EVERY_MS);
  };
  void ask();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

function keyOf(series: bigint): string {
  return `pargrade.book.${series}`;
}

function recall(series: bigint): BookNow {
  const book = new Book();
  try {
    const raw = JSON.parse(localStorage.getItem(keyOf(series)) ?? "null");
    if (typeof raw?.at === "number") {
      book.takeLevels(raw);
      return { book, isLive: false, at: raw.at };
    }
  } catch {
    // What is not as this page wrote it is as good as nothing.
  }
  return { book, isLive: false, at: undefined };
}
