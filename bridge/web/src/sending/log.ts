/**
 * The account's transactions of this browser, kept over a reload and shared between its tabs: each
 * change is made to what is kept at that moment, so that no tab writes over another's.
 */
import type { Address, Hex } from "viem";
import { isObject } from "../wallet/provider";
import { printable } from "../format/numbers";
import type { Memory } from "../wallet/session";
import { isOver, type Sent, type Stage } from "./stage";

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly chain: number;
  readonly stage: Stage;
  /** Undefined until the wallet has sent it. */
  readonly sent?: Sent;
}

const KEPT = "pargrade.transactions";
const MOST = 50;
const HASH = /^0x[0-9a-f]{64}$/i;
const ADDRESS = /^0x[0-9a-f]{40}$/i;

export class TransactionLog {
  #entries: readonly Entry[];
  /** Whether the browser keeps anything: else this tab has what it knows, and nothing else. */
  #isKept = true;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly memory: Memory) {
    this.#entries = readKept(memory.getItem(KEPT));
  }

  /** Another tab changed what is kept. */
  adopt(): void {
    this.#show(this.#together());
  }

  /** The newest first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Those that a look at their chain can still change. */
  get open(): readonly Entry[] {
    return this.#entries.filter((each) => each.sent && !isOver(each.stage));
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  put(entry: Entry): void {
    const known = this.#together();
    const isKnown = known.some((each) => each.id === entry.id);
    // Another tab forgot it while this one was looking at it.
    if (!isKnown && this.find(entry.id)?.sent) return this.#show(known);
    this.#set(
      isKnown
        ? known.map((each) => (each.id === entry.id ? entry : each))
        : [entry, ...known],
    );
  }

  find(id: string): Entry | undefined {
    return this.#entries.find((each) => each.id === id);
  }

  remove(id: string): void {
    this.#set(this.#together().filter((each) => each.id !== id));
  }

  /** What is kept now, by the ids that this tab gave, and what this tab has not sent yet. */
  #together(): readonly Entry[] {
    if (!this.#isKept) return this.#entries;
    const sent = this.#entries.filter((each) => each.sent);
    const ours = new Map(sent.map((each) => [each.sent?.hash, each]));
    const kept = readKept(this.memory.getItem(KEPT)).map((each) => {
      const known = ours.get(each.id as Hex);
      return known ? { ...each, id: known.id, stage: later(known.stage, each.stage) } : each;
    });
    return [...this.#entries.filter((each) => !each.sent), ...kept];
  }

  #set(entries: readonly Entry[]): void {
    const kept = entries.filter((each) => each.sent).slice(0, MOST);
    try {
      this.memory.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // A full or forbidden storage costs the memory over a reload, nothing else.
      this.#isKept = false;
    }
    this.#show(entries);
  }

  #show(entries: readonly Entry[]): void {
    this.#entries = entries.slice(0, MOST);
    for (const listener of this.#listeners) listener();
  }
}

/** Of two tabs' readings of one transaction the one that is over; else this tab's own. */
function later(ours: Stage, kept: Stage): Stage {
  return isOver(kept) ? kept : ours;
}

/** What was kept; entries that are not as this page writes them are left out. */
function readKept(text: string | null): readonly Entry[] {
  let raw: unknown;
  try {
    raw = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [];
  return list.slice(0, MOST).flatMap((each) => {
    const sent = isObject(each) ? readSent(each.sent) : undefined;
    if (!sent) return [];
    // Where it stands now is the chain's to say; whether it was in a block tells of a re-org.
    const stage = isObject(each) ? readStage(each.stage) : undefined;
    const { title, chain, hash } = sent;
    return [{ id: hash, title, chain, sent, stage: stage ?? { kind: "unseen" } }];
  });
}

function readStage(raw: unknown): Stage | undefined {
  if (!isObject(raw) || !isCount(raw.block)) return undefined;
  const block = raw.block;
  if (raw.kind === "final") return { kind: "final", block };
  return raw.kind === "included" ? { kind: "included", block, confirmations: 1 } : undefined;
}

function readSent(raw: unknown): Sent | undefined {
  if (!isObject(raw)) return undefined;
  const { hash, chain, from, nonce, title, at, block } = raw;
  if (typeof hash !== "string" || !HASH.test(hash)) return undefined;
  if (typeof from !== "string" || !ADDRESS.test(from) || typeof title !== "string")
    return undefined;
  if (!isCount(chain) || !isCount(nonce) || !isCount(at) || !isCount(block)) return undefined;
  const text = printable(title, 200);
  return { hash: hash as Hex, chain, from: from as Address, nonce, title: text, at, block };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
