/** Amounts and moments in the reader's own way. Amounts are whole base units; none is a float. */

const cache = new Map<string, Intl.NumberFormat>();

function formatOf(least: number, most: number): Intl.NumberFormat {
  const key = `${least}-${most}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.NumberFormat(undefined, {
      minimumFractionDigits: least,
      maximumFractionDigits: most,
      roundingMode: "trunc",
    } as Intl.NumberFormatOptions);
    cache.set(key, found);
  }
  return found;
}

/** Every digit of an amount, with a point: what is copied and what commands take. */
export function exact(raw: bigint, decimals: number): string {
  const sign = raw < 0n ? "-" : "";
  const digits = (raw < 0n ? -raw : raw).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const part = decimals ? digits.slice(-decimals).replace(/0+$/, "") : "";
  return sign + whole + (part && `.${part}`);
}

/** An amount in the reader's locale, cut towards zero after `most` digits. */
export function shown(raw: bigint, decimals: number, most = 4, least = 0): string {
  // A text keeps every digit; a number would lose those beyond 2^53.
  const format = formatOf(Math.min(least, most), most) as { format(text: string): string };
  return format.format(exact(raw, decimals));
}

/** Base units of a text a person typed, in their locale or with a point. Undefined for no number. */
export function parseAmount(text: string, decimals: number): bigint | undefined {
  const parts = formatOf(1, 1).formatToParts(1234.5);
  const group = parts.find((part) => part.type === "group")?.value ?? "";
  const point = parts.find((part) => part.type === "decimal")?.value ?? ".";
  let plain = text.trim().replace(/[\s\u00a0\u202f]/g, "");
  if (group && group !== ".") plain = plain.split(group).join("");
  if (point !== "." && !plain.includes(".")) plain = plain.replace(point, ".");
  const match = /^(\d{1,60})(?:\.(\d*))?$/.exec(plain);
  if (!match) return undefined;
  const part = match[2] ?? "";
  if (part.length > decimals) return undefined;
  return BigInt(match[1] + part.padEnd(decimals, "0"));
}

/** A share in parts per million, as a percentage. */
export function percent(ppm: bigint | number, most = 1): string {
  return `${shown(BigInt(ppm), 4, most)} %`;
}

const dates = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: "UTC",
});
const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

/** Unix seconds as a moment, UTC. */
export function moment(seconds: number): string {
  return `${dates.format(seconds * 1000)} UTC`;
}

/** Unix seconds as a day, UTC. */
export function day(seconds: number): string {
  return days.format(seconds * 1000);
}

const STEPS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "always" });

/** How long ago, or until: seconds, positive for the past. */
export function ago(seconds: number): string {
  const size = Math.abs(seconds);
  const [step, unit] = STEPS.find(([least]) => size >= least) ?? [1, "second" as const];
  return relative.format(-Math.trunc(seconds / step), unit);
}

/** An address or hash short enough for a table. */
export function short(hex: string): string {
  return hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex;
}

/** Another's text: no control or direction marks, at most `most` characters. */
export function printable(foreign: string, most = 64): string {
  // Direction overrides would let a token's name rewrite the words around it.
  const clean = foreign.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, "�");
  const marks = [...clean];
  return marks.length > most ? `${marks.slice(0, most - 1).join("")}…` : clean;
}
