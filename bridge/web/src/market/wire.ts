/** JSON from outside, read against its type: what is not as announced is an error that says where. */
export class Malformed extends Error {
  constructor(place: string, expected: string) {
    super(`${place} is not ${expected}`);
    this.name = "Malformed";
  }
}

export type Json = Readonly<Record<string, unknown>>;

export function readObject(raw: unknown, place: string): Json {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new Malformed(place, "an object");
  }
  return raw as Json;
}

export function readList(raw: unknown, place: string, most = 10_000): readonly unknown[] {
  if (!Array.isArray(raw) || raw.length > most) {
    throw new Malformed(place, `a list of at most ${most}`);
  }
  return raw;
}

export function readText(raw: unknown, place: string, most = 500): string {
  if (typeof raw !== "string") throw new Malformed(place, "text");
  return raw.slice(0, most);
}

/** An amount: decimal text, or a JSON number that is exact. */
export function readUint(raw: unknown, place: string): bigint {
  if (typeof raw === "number" && Number.isSafeInteger(raw) && raw >= 0) return BigInt(raw);
  if (typeof raw === "string" && /^[0-9]{1,78}$/.test(raw)) return BigInt(raw);
  throw new Malformed(place, "an unsigned integer");
}

export function readCount(raw: unknown, place: string): number {
  const found = Number(readUint(raw, place));
  if (!Number.isSafeInteger(found)) throw new Malformed(place, "a number within 2^53");
  return found;
}

export function readHex(raw: unknown, place: string, bytes: number): `0x${string}` {
  if (typeof raw !== "string" || !/^0x[0-9a-fA-F]*$/.test(raw) || raw.length !== 2 + 2 * bytes) {
    throw new Malformed(place, `0x and ${bytes} bytes in hexadecimal`);
  }
  return raw as `0x${string}`;
}
