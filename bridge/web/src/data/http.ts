/** Reading JSON from the page's own server, with limits and refusals in words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly hint: string,
  ) {
    super(detail);
  }
}

const TIMEOUT = 20_000;

/** The JSON at a path. Raises Refused for a problem document, else what `fetch` raises. */
export async function getJson<T>(path: string, accept: readonly number[] = []): Promise<T> {
  return read<T>(await fetch(path, { signal: AbortSignal.timeout(TIMEOUT) }), accept);
}

export async function postJson<T>(path: string, body: string): Promise<T> {
  const headers = { "content-type": "application/json" };
  return read<T>(await fetch(path, { method: "POST", body, headers, signal: AbortSignal.timeout(TIMEOUT) }), []);
}

async function read<T>(answer: Response, accept: readonly number[]): Promise<T> {
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok || accept.includes(answer.status)) return body as T;
  const problem = (body ?? {}) as Record<string, unknown>;
  throw new Refused(
    answer.status,
    word(problem["title"]),
    word(problem["detail"]) || `HTTP status ${answer.status}`,
    word(problem["hint"]),
  );
}

function word(raw: unknown): string {
  return typeof raw === "string" ? raw.slice(0, 500) : "";
}
