/** All series with their prices: the band that each month is priced in. */
import { useMemo } from "preact/hooks";
import { useLive } from "../data/live";
import { day, shown } from "../format/numbers";
import { Badge, Card, Reading, Table } from "../parts/basic";
import { Plot } from "../parts/plot";
import { linkTo } from "../router";
import { describeCourse, Phase } from "./ladder";
import { Style } from "./payoff";
import type { MarketNow, Series } from "./read";
import type { Relay } from "./relay";
import { readUint } from "./wire";

export const STYLES: Readonly<Record<number, string>> = {
  [Style.NET]: "net",
  [Style.DELIVERY]: "delivery",
  [Style.BANDED]: "banded",
};

/** What a relay prices a series at; undefined for nothing. */
interface Prices {
  readonly bid: bigint | undefined;
  readonly ask: bigint | undefined;
  readonly mark: bigint | undefined;
  /** Whether the mark is a call's: one that fell back repeats the book or the index. */
  readonly isCalled: boolean;
}

export function SeriesCard({
  market,
  relay,
}: {
  readonly market: MarketNow;
  readonly relay: Relay | undefined;
}) {
  const open = market.series.filter(
    ({ course }) => course.phase === Phase.OPEN && course.expiry > market.head.time,
  );
  const ids = open.map((each) => each.id);
  const key = `prices:${ids.join()}`;
  const live = useLive(key, () => (relay ? readPrices(relay, ids) : Promise.resolve({})), 5_000);
  return (
    <>
      {relay && open.length > 1 && <BandCard open={open} prices={live.value ?? {}} />}
      <Card title="Series">
        {live.problem ? (
          <Reading live={live} what="The relay's prices">
            {() => null}
          </Reading>
        ) : null}
        <SeriesTable market={market} prices={live.value ?? {}} />
      </Card>
    </>
  );
}

type PricesById = Readonly<Record<string, Prices>>;

async function readPrices(relay: Relay, ids: readonly bigint[]): Promise<PricesById> {
  const found = await Promise.all(
    ids.map(async (id) => {
      const [levels, calls] = await Promise.all([relay.levels(id, 1), relay.calls(id, 1)]);
      const [call] = calls;
      return [
        String(id),
        {
          bid: bestOf(levels.bids),
          ask: bestOf(levels.asks),
          mark: call?.mark,
          isCalled: call?.source === "CALL",
        },
      ] as const;
    }),
  );
  return Object.fromEntries(found);
}

function bestOf(levels: unknown): bigint | undefined {
  const best: unknown = Array.isArray(levels) ? levels[0] : undefined;
  return Array.isArray(best) ? readUint(best[0], "price") : undefined;
}

function SeriesTable({
  market,
  prices,
}: {
  readonly market: MarketNow;
  readonly prices: PricesById;
}) {
  const priced = (price: bigint | undefined) => (price === undefined ? "–" : shown(price, 8, 8, 2));
  const sorted = [...market.series].sort((a, b) => b.course.expiry - a.course.expiry);
  return (
    <Table
      caption="Series"
      columns={[
        { name: "Series" },
        { name: "Style" },
        { name: "Window" },
        { name: "K", number: true },
        { name: "Bid", number: true },
        { name: "Ask", number: true },
        { name: "Mark", number: true },
        { name: "Open, SCU", number: true },
        { name: "Stands" },
      ]}
      rows={sorted.map((series) => {
        const { course, terms } = series;
        const found = prices[String(series.id)];
        const lots = series.lots.reduce((sum, each) => sum + each, 0n);
        return [
          <a key="name" href={linkTo("market", series.name)}>
            {series.name}
          </a>,
          STYLES[terms.style] ?? "?",
          `${day(course.start)} – ${day(course.expiry - 1)}`,
          shown(terms.reference, 8, 4, 2),
          priced(found?.bid),
          priced(found?.ask),
          priced(found?.mark),
          shown(lots, 2, 2),
          <Standing key="stands" series={series} now={market.head.time} />,
        ];
      })}
      empty="No series is listed yet."
    />
  );
}

function Standing({ series, now }: { readonly series: Series; readonly now: number }) {
  const { phase } = series.course;
  const isFinal = phase === Phase.SETTLED || phase === Phase.DELIVERED;
  const words = describeCourse(series.course, now);
  return (
    <Badge tone={isFinal ? "good" : phase === Phase.PROPOSED ? "warn" : "none"}>{words}</Badge>
  );
}

/** Lowest and highest of what is bid, asked and called, month by month. Nothing is interpolated. */
function BandCard({
  open,
  prices,
}: {
  readonly open: readonly Series[];
  readonly prices: PricesById;
}) {
  const points = useMemo(() => {
    const sorted = [...open].sort((a, b) => a.course.start - b.course.start);
    return sorted.flatMap((series) => {
      const found = prices[String(series.id)];
      const all = [found?.bid, found?.ask, found?.isCalled ? found.mark : undefined];
      const known = all.filter((each) => each !== undefined).map((each) => Number(each) / 1e8);
      return known.length ? [{ series, low: Math.min(...known), high: Math.max(...known) }] : [];
    });
  }, [open, prices]);
  if (points.length < 2) return null;
  return (
    <Card title="Forward band" aside="bid, ask and call; nothing is interpolated">
      <Plot
        label="The forward band: lowest and highest of bid, ask and call by series, USD per SCU."
        x={points.map((_, place) => place)}
        named
        lines={[
          { name: "Low", values: points.map((each) => each.low), colour: "blue" },
          { name: "High", values: points.map((each) => each.high), colour: "accent" },
        ]}
        bands={[{ upper: 1, lower: 0, colour: "accent" }]}
        height={200}
        nameX="Series"
        showX={(place) => points[Math.round(place)]?.series.name ?? ""}
        showY={(price) => price.toFixed(2)}
      />
    </Card>
  );
}
