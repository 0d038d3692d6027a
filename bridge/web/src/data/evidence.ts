/**
 * The evidence of one value, computed again here: its root over its lines, and one quote's path.
 *
 *     root = node(leaf(header), node(chain, node(tree(anchor), tree(quotes))))
 *
 * Bytes are defined in oracle/evidence. Whatever a node sends, the page shows a root that it
 * computed itself, beside the root that the reporters signed and the chain took.
 */
import { bytesToHex, concat, hexToBytes, keccak256, type Hex } from "viem";

export interface Quote {
  readonly verdict: string;
  readonly provider: string;
  readonly model: string;
  readonly variant: string;
  readonly count: number;
  readonly price8: bigint;
  readonly firmness: string;
  readonly tier: string;
  readonly region: string;
  readonly source: string;
  readonly observedAt: number;
  readonly flags: readonly string[];
}

export interface Evidence {
  /** Computed here from the lines. */
  readonly root: Hex;
  readonly index: string;
  readonly asOf: number;
  readonly panel: string;
  readonly value8: bigint;
  readonly confidence8: bigint;
  readonly median8: bigint;
  readonly providers: number;
  readonly state: string;
  readonly quotes: readonly Quote[];
  /** For one quote of `quotes`: the hashes from its line up to the root. */
  readonly prove: (place: number) => Proof;
}

export interface Step {
  readonly words: string;
  readonly hash: Hex;
}

export interface Proof {
  /** The quote's line, as it was hashed. */
  readonly line: string;
  /** From the line's leaf to the root; each is computed from the one before and what it names. */
  readonly steps: readonly Step[];
}

const MOST_BYTES = 64 << 20;
const EMPTY = new Uint8Array(32);
const text = new TextDecoder();

export class BadEvidence extends Error {}

/** The evidence file at a path of a node. */
export async function readEvidence(path: string): Promise<Evidence> {
  const answer = await fetch(path, { signal: AbortSignal.timeout(20_000) });
  if (!answer.ok || !answer.body) throw new BadEvidence(await refusal(answer));
  return openEvidence(await unpack(answer.body));
}

async function refusal(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => ({}))) as { detail?: unknown };
  return typeof body.detail === "string" ? body.detail.slice(0, 300) : `HTTP status ${answer.status}`;
}

async function unpack(packed: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const reader = packed
    .pipeThrough(new DecompressionStream("gzip") as unknown as TransformStream<Uint8Array, Uint8Array>)
    .getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    length += piece.value.length;
    // It may be packed to burst.
    if (length > MOST_BYTES) throw new BadEvidence("the evidence is larger than any real one");
    pieces.push(piece.value);
  }
  return concat(pieces);
}

export function openEvidence(file: Uint8Array): Evidence {
  const [header, ...lines] = splitLines(file);
  if (!header) throw new BadEvidence("the evidence is empty");
  const facts = JSON.parse(text.decode(header)) as Facts;
  if (facts.schema !== "pargrade-evidence-1") throw new BadEvidence("evidence of an unknown form");
  const { links, anchor, quotes } = facts.counts;
  if (links + anchor + quotes !== lines.length) throw new BadEvidence("lines are missing");
  const quoteLines = lines.slice(links + anchor);
  const chain = lines.slice(0, links).reduce((root, line) => hash([2], root, line), EMPTY);
  const anchorRoot = tree(lines.slice(links, links + anchor).map(leaf)).at(-1)![0]!;
  const levels = tree(quoteLines.map(leaf));
  const tip = levels.at(-1)![0]!;
  const parts: Parts = { header: leaf(header), chain, anchor: anchorRoot };
  return {
    root: bytesToHex(join(parts, tip)),
    index: String(facts.index),
    asOf: Number(facts.as_of),
    panel: String(facts.panel.name),
    value8: BigInt(facts.value.value8 ?? 0),
    confidence8: BigInt(facts.value.confidence8 ?? 0),
    median8: BigInt(facts.value.median8 ?? 0),
    providers: Number(facts.value.providers ?? 0),
    state: String(facts.value.state),
    quotes: quoteLines.map(readQuote),
    prove: (place) => prove(quoteLines, levels, parts, place),
  };
}

interface Facts {
  schema: string;
  index: string;
  as_of: number;
  counts: { links: number; anchor: number; quotes: number };
  panel: { name: string };
  value: Record<string, string | number | undefined>;
}

interface Parts {
  readonly header: Uint8Array;
  readonly chain: Uint8Array;
  readonly anchor: Uint8Array;
}

function join(parts: Parts, quotes: Uint8Array): Uint8Array {
  return node(parts.header, node(parts.chain, node(parts.anchor, quotes)));
}

function prove(lines: Uint8Array[], levels: Uint8Array[][], parts: Parts, place: number): Proof {
  const steps: Step[] = [{ words: "this line", hash: bytesToHex(levels[0]![place]!) }];
  let at = place;
  for (const [height, level] of levels.slice(0, -1).entries()) {
    const beside = level[at ^ 1];
    at >>= 1;
    if (!beside) continue;
    const words = `with its neighbour ${bytesToHex(beside).slice(0, 10)}…`;
    steps.push({ words, hash: bytesToHex(levels[height + 1]![at]!) });
  }
  const quotes = levels.at(-1)![0]!;
  const withAnchor = node(parts.anchor, quotes);
  const withChain = node(parts.chain, withAnchor);
  steps.push(
    { words: "with the fixing that the last link starts from", hash: bytesToHex(withAnchor) },
    { words: "with the chain of daily links", hash: bytesToHex(withChain) },
    { words: "with the header: the evidence root", hash: bytesToHex(node(parts.header, withChain)) },
  );
  return { line: text.decode(lines[place]), steps };
}

function readQuote(line: Uint8Array): Quote {
  const { quote, verdict } = JSON.parse(text.decode(line)) as {
    quote: Record<string, unknown>;
    verdict: unknown;
  };
  const word = (name: string) => String(quote[name] ?? "");
  return {
    verdict: String(verdict),
    provider: word("provider"),
    model: word("gpu_model"),
    variant: word("variant"),
    count: Number(quote["gpu_count"]),
    price8: BigInt(word("price8") || 0),
    firmness: word("firmness"),
    tier: word("tier"),
    region: word("region"),
    source: word("source"),
    observedAt: Number(quote["observed_at"]),
    flags: Array.isArray(quote["flags"]) ? quote["flags"].map(String) : [],
  };
}

function splitLines(file: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < file.length; ) {
    const end = file.indexOf(10, start);
    const stop = end < 0 ? file.length : end;
    lines.push(file.subarray(start, stop));
    start = stop + 1;
  }
  return lines;
}

function hash(prefix: number[], ...parts: Uint8Array[]): Uint8Array {
  return hexToBytes(keccak256(concat([Uint8Array.from(prefix), ...parts])));
}

function leaf(line: Uint8Array): Uint8Array {
  return hash([0], line);
}

function node(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash([1], left, right);
}

/** All levels of a tree from its leaves up; an odd last node is carried up unchanged. */
function tree(leaves: Uint8Array[]): Uint8Array[][] {
  if (!leaves.length) return [[EMPTY]];
  const levels = [leaves];
  for (let level = leaves; level.length > 1; levels.push(level)) {
    const above: Uint8Array[] = [];
    for (let left = 0; left < level.length; left += 2) {
      const right = level[left + 1];
      above.push(right ? node(level[left]!, right) : level[left]!);
    }
    level = above;
  }
  return levels;
}
