/** Oracle nodes as the page's server passes them on. */
import { percent, printable } from "../format/numbers";
import { getJson } from "./http";

export interface NodeHealth {
  readonly path: string;
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly reporter: string;
  readonly position: number | null;
  readonly lastSlot: number;
  readonly headAge: number | null;
  readonly journal: string;
  readonly replayed: boolean;
}

/** Health of a node, well or not; a node that does not answer is a refusal. */
export async function readNodeHealth(path: string): Promise<NodeHealth> {
  const raw = await getJson<Record<string, unknown>>(`${path}/health`, [503]);
  return {
    path,
    ok: raw["ok"] === true,
    problems: Array.isArray(raw["problems"]) ? raw["problems"].map(String) : [],
    name: String(raw["name"] ?? path),
    version: String(raw["version"] ?? ""),
    reporter: String(raw["reporter"] ?? ""),
    position: typeof raw["position"] === "number" ? raw["position"] : null,
    lastSlot: Number(raw["last_slot"] ?? 0),
    headAge: typeof raw["head_age_s"] === "number" ? raw["head_age_s"] : null,
    journal: String(raw["journal"] ?? ""),
    replayed: raw["replayed"] === true,
  };
}

export interface NodeIndex {
  readonly value8: bigint;
  readonly confidence8: bigint;
  readonly providers: number;
  /** Shares of what counts, in words. */
  readonly availability: string;
}

/** The newest value of the first node that has one. */
export async function readNodeIndex(nodes: readonly string[]): Promise<NodeIndex> {
  const raw = await firstOf(nodes, (node) => getJson<Record<string, unknown>>(`${node}/index`));
  const shares = Object.entries((raw["availability_ppm"] ?? {}) as Record<string, unknown>);
  return {
    value8: whole(raw["value8"]) ?? 0n,
    confidence8: whole(raw["confidence8"]) ?? 0n,
    providers: Number(raw["providers"] ?? 0),
    availability: shares.map(([kind, ppm]) => `${printable(kind, 30)} ${percent(Number(ppm), 0)}`).join(", "),
  };
}

export interface FamilyMember {
  readonly index: string;
  readonly unit: string;
  readonly signed: boolean;
  readonly state: string;
  readonly value8: bigint | null;
  readonly confidence8: bigint | null;
  readonly median8: bigint | null;
  readonly providers: number;
  readonly reason: string;
}

export interface Family {
  readonly asOf: number;
  readonly members: readonly FamilyMember[];
}

/** Every index of the method, from the first node that says so. */
export async function readFamily(nodes: readonly string[]): Promise<Family> {
  const raw = await firstOf(nodes, (node) => getJson<Record<string, unknown>>(`${node}/family`));
  const members = Array.isArray(raw["indices"]) ? (raw["indices"] as Record<string, unknown>[]) : [];
  return {
    asOf: Number(raw["as_of"] ?? 0),
    members: members.map((each) => ({
      index: String(each["index"]),
      unit: String(each["unit"] ?? ""),
      signed: each["signed"] === true,
      state: String(each["state"] ?? ""),
      value8: whole(each["value8"]),
      confidence8: whole(each["confidence8"]),
      median8: whole(each["median8"]),
      providers: Number(each["providers"] ?? 0),
      reason: String(each["reason"] ?? ""),
    })),
  };
}

/** The first answer of several nodes; the first failure when none answers. */
export async function firstOf<T>(
  nodes: readonly string[],
  ask: (node: string) => Promise<T>,
): Promise<T> {
  if (!nodes.length) throw new Error("this page was started without a node (--node URL)");
  let failure: unknown;
  for (const node of nodes) {
    try {
      return await ask(node);
    } catch (found) {
      failure ??= found;
    }
  }
  throw failure;
}

/** A whole number as text or number; null for anything else. */
export function whole(raw: unknown): bigint | null {
  return (typeof raw === "string" && /^\d{1,78}$/.test(raw)) || typeof raw === "number" ? BigInt(raw) : null;
}
