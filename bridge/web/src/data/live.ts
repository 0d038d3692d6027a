/**
 * What is shown and how old it is: read again and again, kept when a read fails, remembered over
 * reloads. A view says `useLive(key, load)` and gets the newest value, its age and what is wrong.
 */
import { useEffect, useState } from "preact/hooks";
import { explain } from "../chain/client";
import { THEME_KEY } from "../look/theme";
import { parse, stringify } from "./json";

export interface Live<T> {
  /** The newest known; undefined before the first. */
  readonly value: T | undefined;
  /** When it was read: milliseconds of this computer's clock. */
  readonly readAt: number;
  /** Why the last read failed; empty when it did not. */
  readonly problem: string;
  readonly loading: boolean;
}

interface Entry {
  live: Live<unknown>;
  readonly listeners: Set<() => void>;
  timer: ReturnType<typeof setTimeout> | undefined;
  load: () => Promise<unknown>;
  every: number;
  readonly kept: boolean;
  running: boolean;
}

const PREFIX = "pargrade:";
const MOST_KEPT = 400_000;
const NOTHING: Live<never> = { value: undefined, readAt: 0, problem: "", loading: true };
const entries = new Map<string, Entry>();
let scope = "";

/** Keeps what is remembered of one deployment apart from another's. */
export function nameScope(name: string): void {
  scope = name;
}

/**
 * A value that is read now and then every `every` milliseconds while anything shows it. The key
 * names it: two views with one key share one reading. What is not `kept` is gone at a reload.
 */
export function useLive<T>(
  key: string,
  load: () => Promise<T>,
  every = 4_000,
  kept = true,
): Live<T> {
  const [, redraw] = useState(0);
  const entry = entryOf(key, kept);
  entry.load = load;
  entry.every = every;
  useEffect(() => {
    const listener = () => redraw((count) => count + 1);
    entry.listeners.add(listener);
    if (entry.listeners.size === 1) void read(key, entry);
    return () => {
      entry.listeners.delete(listener);
      if (!entry.listeners.size) clearTimeout(entry.timer);
    };
  }, [key]);
  return entry.live as Live<T>;
}

/** Reads again at once what begins with a prefix, as after a transaction. */
export function refresh(prefix = ""): void {
  for (const [key, entry] of entries) {
    if (key.startsWith(prefix) && entry.listeners.size) {
      clearTimeout(entry.timer);
      void read(key, entry);
    }
  }
}

function entryOf(key: string, kept: boolean): Entry {
  let entry = entries.get(key);
  if (!entry) {
    const load = () => Promise.reject(new Error("nothing reads it"));
    const live = (kept && recall(key)) || NOTHING;
    const listeners = new Set<() => void>();
    entry = { live, listeners, timer: undefined, load, every: 4_000, kept, running: false };
    entries.set(key, entry);
  }
  return entry;
}

async function read(key: string, entry: Entry): Promise<void> {
  if (entry.running) return;
  entry.running = true;
  try {
    const value = await entry.load();
    entry.live = { value, readAt: Date.now(), problem: "", loading: false };
    // After it is shown: of 2,000 rounds that is 0.3 MB of text.
    if (entry.kept) setTimeout(keep, 200, key, entry.live);
  } catch (failure) {
    entry.live = { ...entry.live, problem: explain(failure), loading: false };
  }
  entry.running = false;
  for (const listener of entry.listeners) listener();
  if (entry.listeners.size) entry.timer = setTimeout(() => void read(key, entry), pause(entry));
}

/** A hidden page reads ten times less often. */
function pause(entry: Entry): number {
  return document.hidden ? entry.every * 10 : entry.every;
}

function keep(key: string, live: Live<unknown>): void {
  const text = stringify({ value: live.value, readAt: live.readAt });
  if (text.length > MOST_KEPT) return;
  try {
    localStorage.setItem(PREFIX + scope + key, text);
  } catch {
    // A full store has other deployments' values; private windows keep nothing, and need not.
    forget((name) => !name.startsWith(PREFIX + scope));
  }
}

/** Forgets what is remembered: all of it, or what is chosen by name. */
export function forget(chosen: (name: string) => boolean = () => true): void {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(PREFIX) && name !== THEME_KEY && chosen(name)) localStorage.removeItem(name);
    }
  } catch {
    // Nothing is kept there.
  }
}

function recall(key: string): Live<unknown> | undefined {
  try {
    const text = localStorage.getItem(PREFIX + scope + key);
    if (text === null) return undefined;
    const kept = parse(text) as { value: unknown; readAt: number };
    return { value: kept.value, readAt: kept.readAt, problem: "", loading: true };
  } catch {
    return undefined;
  }
}
