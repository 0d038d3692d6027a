/** A series' book on the page: by the stream where there is one, else by asking; remembered over reloads. */
import { useEffect, useReducer, useRef } from "preact/hooks";
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

export function useBook(config: Config, series: bigint): BookNow {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const now = useRef<BookNow>({ book: new Book(), isLive: false, at: undefined });
  useEffect(() => {
    const kept = recall(series);
    now.current = kept ?? { book: new Book(), isLive: false, at: undefined };
    redraw(undefined as never);
    let frame = 0;
    let keptAt = Date.now();
    const show = (next: BookNow) => {
      if (next.at === undefined && now.current.at !== undefined) return;
      now.current = next;
      // Many increments in one frame are drawn once.
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        redraw(undefined as never);
      });
      if (next.isLive && Date.now() - keptAt > KEEP_EVERY_MS) {
        keptAt = Date.now();
        keep(series, next);
      }
    };
    const stop = config.stream ? follow(config.stream, series, show) : poll(config, series, show);
    const leave = () => keep(series, now.current);
    addEventListener("pagehide", leave);
    return () => {
      leave();
      removeEventListener("pagehide", leave);
      cancelAnimationFrame(frame);
      stop();
    };
  }, [series, config]);
  return now.current;
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

function keep(series: bigint, { book, at }: BookNow): void {
  if (at === undefined) return;
  const text = (levels: Book["bids"]) =>
    levels.slice(0, KEPT_LEVELS).map(([price, lots]) => [`${price}`, `${lots}`]);
  try {
    const kept = { at, bids: text(book.bids), asks: text(book.asks) };
    localStorage.setItem(keyOf(series), JSON.stringify(kept));
  } catch {
    // Without a store nothing is known before the relay responds.
  }
}

function recall(series: bigint): BookNow | undefined {
  try {
    const raw = JSON.parse(localStorage.getItem(keyOf(series)) ?? "null");
    if (typeof raw?.at !== "number") return undefined;
    const book = new Book();
    book.takeLevels(raw);
    return { book, isLive: false, at: raw.at };
  } catch {
    return undefined;
  }
}
