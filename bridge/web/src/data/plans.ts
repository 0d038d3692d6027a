/**
 * Hedge plans and what `hedge … --json` printed, from the plans folder: each file is known by its
 * shape, and the newest of each kind counts. A file of another shape is named, not shown.
 */
import { getJson } from "./http";

export interface PlanLine {
  readonly month: string;
  readonly series: string;
  readonly style: string;
  readonly forecast: string;
  readonly low: string;
  readonly high: string;
  readonly wantedLots: bigint;
  readonly heldLots: bigint;
  readonly buyLots: bigint;
  readonly price8: bigint;
  readonly cash6: bigint;
  readonly drift6: bigint;
  readonly deviation6: bigint;
  readonly bounds: readonly string[];
}

export interface Plan {
  readonly kind: "plan";
  readonly team: string;
  readonly observedAt: string;
  readonly validUntil: number;
  readonly index8: bigint;
  readonly ratio: string;
  readonly ratioReason: string;
  readonly months: readonly PlanLine[];
}

export interface Interval {
  readonly coverage: number;
  readonly low: string;
  readonly high: string;
  readonly mayBeWider: boolean;
}

export interface Forecast {
  readonly kind: "forecast";
  readonly months: readonly {
    readonly month: string;
    readonly scu: string;
    readonly model: string;
    readonly intervals: readonly Interval[];
  }[];
}

export interface Exposure {
  readonly kind: "exposure";
  readonly months: readonly {
    readonly month: string;
    readonly days: string;
    readonly scu: bigint;
    readonly low: bigint;
    readonly high: bigint;
  }[];
}

export interface Drift {
  readonly kind: "drift";
  readonly drifted: boolean;
  readonly hedges: readonly { readonly month: string; readonly held: bigint; readonly wanted: bigint; readonly off: boolean }[];
  readonly moved: readonly string[];
}

export interface Bill {
  readonly kind: "bill";
  readonly results: readonly {
    readonly team: string;
    readonly series: string;
    readonly expiry: number;
    readonly lots: bigint;
    readonly settlement8: bigint;
    readonly paid: string;
    readonly worth: string;
    readonly cost: string;
  }[];
}

export type Document = Plan | Forecast | Exposure | Drift | Bill;

export interface Named<T> {
  readonly file: string;
  readonly writtenAt: number;
  readonly document: T;
}

export interface Plans {
  readonly documents: readonly Named<Document>[];
  /** Files that are none of these. */
  readonly others: readonly string[];
}

const MOST_READ = 60;
const MOST_LINES = 240;

export async function readPlans(folder: string): Promise<Plans> {
  const listed = await getJson<{ name: string; written_at: number }[]>(folder);
  const wanted = listed.filter((each) => !each.name.endsWith(".approval.json")).slice(0, MOST_READ);
  const others: string[] = [];
  const documents: Named<Document>[] = [];
  for (const { name, written_at } of wanted) {
    // One after another: a folder of large files should not fill the memory at once.
    const raw = await getJson<unknown>(`${folder}/${encodeURIComponent(name)}`).catch(() => null);
    const document = readDocument(raw);
    if (document) documents.push({ file: name, writtenAt: Number(written_at), document });
    else others.push(name);
  }
  return { documents, others };
}

/** The newest document of a kind. */
export function newest<Kind extends Document["kind"]>(
  plans: Plans,
  kind: Kind,
): Named<Extract<Document, { kind: Kind }>> | undefined {
  return plans.documents.find((each) => each.document.kind === kind) as never;
}

type Raw = Record<string, unknown>;

export function readDocument(raw: unknown): Document | null {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw)) return null;
  const top = raw as Raw;
  try {
    if (String(top["format"] ?? "").startsWith("pargrade-hedge-plan")) return plan(top);
    if ("drifted" in top && "hedges" in top) return drift(top);
    if ("results" in top && "rows" in top) return bill(top);
    const months = rows(top["months"]);
    if (months[0] && "intervals" in months[0]) return forecast(months);
    if (months[0] && "days" in months[0]) return exposure(months);
  } catch {
    // A field that is not what it should be: then the whole file is not.
  }
  return null;
}

function plan(top: Raw): Plan {
  const ratio = top["ratio"] as Raw;
  return {
    kind: "plan",
    team: text(top["team"]),
    observedAt: text(top["observed_at"]),
    validUntil: Number(top["valid_until"]),
    index8: whole(top["index8"]),
    ratio: decimal(ratio["value"]),
    ratioReason: text(ratio["reason"]),
    months: rows(top["months"]).map((each) => ({
      month: month(each["month"]),
      series: text(each["series"]),
      style: text(each["style"]),
      forecast: decimal(each["forecast_scu"]),
      low: decimal(each["low_scu"]),
      high: decimal(each["high_scu"]),
      wantedLots: whole(each["wanted_lots"]),
      heldLots: whole(each["held_lots"]),
      buyLots: whole(each["buy_lots"]),
      price8: whole(each["price8"]),
      cash6: whole(each["cash_usd6"]),
      drift6: whole(each["drift_usd6"]),
      deviation6: whole(each["deviation_usd6"]),
      bounds: (each["bounds"] as unknown[]).slice(0, 20).map(text),
    })),
  };
}

function forecast(months: readonly Raw[]): Forecast {
  return {
    kind: "forecast",
    months: months.map((each) => ({
      month: month(each["month"]),
      scu: decimal(each["scu"]),
      model: text(each["model"]),
      intervals: rows(each["intervals"]).map((interval) => ({
        coverage: Number(interval["coverage"]),
        low: decimal(interval["low"]),
        high: decimal(interval["high"]),
        mayBeWider: interval["may_be_wider"] === true,
      })),
    })),
  };
}

function exposure(months: readonly Raw[]): Exposure {
  return {
    kind: "exposure",
    months: months.map((each) => ({
      month: month(each["month"]),
      days: text(each["days"]),
      scu: whole(each["scu"]),
      low: whole(each["low"]),
      high: whole(each["high"]),
    })),
  };
}

function drift(top: Raw): Drift {
  return {
    kind: "drift",
    drifted: top["drifted"] === true,
    hedges: rows(top["hedges"]).map((each) => ({
      month: month(each["month"]),
      held: whole(each["held_lots"]),
      wanted: whole(each["wanted_lots"]),
      off: each["off"] === true,
    })),
    moved: rows(top["plan"]).map((each) => Object.values(each).map(text).join(", ")),
  };
}

function bill(top: Raw): Bill {
  return {
    kind: "bill",
    results: rows(top["results"]).map((each) => ({
      team: text(each["team"]),
      series: text(each["series"]),
      expiry: Number(each["expiry"]),
      lots: whole(each["lots"]),
      settlement8: whole(each["settlement8"]),
      paid: decimal(each["paid_usd"]),
      worth: decimal(each["worth_usd"]),
      cost: decimal(each["cost_usd"]),
    })),
  };
}

function rows(raw: unknown): Raw[] {
  if (!Array.isArray(raw) || raw.length > MOST_LINES) throw new Error("no list");
  return raw as Raw[];
}

function text(raw: unknown): string {
  if (typeof raw !== "string" && typeof raw !== "number") throw new Error("no text");
  return String(raw).slice(0, 300);
}

function month(raw: unknown): string {
  if (typeof raw !== "string" || !/^\d{4}-\d{2}$/.test(raw)) throw new Error("no month");
  return raw;
}

function decimal(raw: unknown): string {
  if (typeof raw !== "string" || !/^-?\d{1,60}(\.\d{1,40})?$/.test(raw)) throw new Error("no number");
  return raw;
}

function whole(raw: unknown): bigint {
  const digits = typeof raw === "number" ? String(raw) : raw;
  if (typeof digits !== "string" || !/^-?\d{1,78}$/.test(digits)) throw new Error("no whole number");
  return BigInt(digits);
}
