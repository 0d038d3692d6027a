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

/**
 * Base units of a text a person typed, in their locale or with a point as commands take it.
 * Undefined for no number, for more digits than there are, and for what could be two numbers:
 * "1,5" where commas part thousands, "1.000" where points do.
 */
export function parseAmount(text: string, decimals: number): bigint | undefined {
  const parts = formatOf(1, 1).formatToParts(123_456.5);
  const group = parts.find((part) => part.type === "group")?.value ?? "";
  const point = parts.find((part) => part.type === "decimal")?.value ?? ".";
  const plain = ungrouped(text.trim().replace(/[\s\u00a0\u202f'’]/g, ""), group, point);
  const match = plain === undefined ? null : /^(\d{1,60})(?:\.(\d*))?$/.exec(plain);
  if (!match?.[1]) return undefined;
  const part = match[2] ?? "";
  return part.length > decimals ? undefined : BigInt(match[1] + part.padEnd(decimals, "0"));
}

/** Without marks between thousands and with a point, or undefined where that is not clear. */
function ungrouped(text: string, group: string, point: string): string | undefined {
  const [whole = "", ...rest] = text.split(point);
  if (rest.length > 1) return undefined;
  if (group && whole.includes(group)) {
    const isGrouped = whole.split(group).every((part, at) => (at ? /^\d{3}$/ : /^\d{1,3}$/).test(part));
    const isPlain = group === "." && !rest.length && whole.split(".").length === 2;
    if (isGrouped && isPlain) return undefined;
    if (!isGrouped) return isPlain ? whole : undefined;
    return [whole.split(group).join(""), ...rest].join(".");
  }
  return [whole, ...rest].join(".");
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

/** How many of what: "1 round", "2 rounds". */
export function counted(count: number | bigint, name: string): string {
  return `${count} ${name}${Number(count) === 1 ? "" : "s"}`;
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

/** Base units of a decimal text such as "3000.25"; digits beyond `decimals` are cut. */
export function fromDecimal(text: string, decimals: number): bigint {
  const [whole = "0", part = ""] = text.replace("-", "").split(".");
  const raw = BigInt(whole + part.slice(0, decimals).padEnd(decimals, "0"));
  return text.startsWith("-") ? -raw : raw;
}
