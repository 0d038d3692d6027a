/** Questions to a relay's API: what it sends is bounded in size and time, and read against its type. */
import { printable } from "../format/numbers";
import type { Json } from "./wire";

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

/** The answer to a question as `read` reads it. Throws RelayRefused, RelayDown. */
export async function askRelay<T>(
  fetcher: typeof fetch,
  url: string,
  path: string,
  read: (raw: unknown) => T,
  body?: string,
): Promise<T> {
  const { status, raw } = await exchange(fetcher, url + path, body);
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

async function exchange(
  fetcher: typeof fetch,
  url: string,
  body?: string,
): Promise<{ status: number; raw: unknown }> {
  const post = { method: "POST", headers: { "content-type": "application/json" } };
  try {
    const response = await fetcher(url, {
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

/** What the relay says of a request or an order that it refuses. */
export function refusal(problem: Json): RelayRefused {
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
