/** The hourly calls of a series and the marks they left. */
import { useMemo } from "preact/hooks";
import { useLive } from "../data/live";
import { moment, shown } from "../format/numbers";
import { Badge, Card, Reading, Table } from "../parts/basic";
import { Plot } from "../parts/plot";
import type { Call, Relay } from "./relay";
import type { Series } from "./read";

const SOURCES: Readonly<Record<string, string>> = {
  CALL: "the call's own price",
  BOOK: "the middle of the book",
  INDEX: "the index",
  LAST: "the mark before",
  NONE: "none",
};

export function CallsCard({ series, relay }: { readonly series: Series; readonly relay: Relay }) {
  const live = useLive(`calls:${series.id}`, () => relay.calls(series.id), 15_000);
  return (
    <Card title="Hourly calls and marks">
      <Reading live={live} what="The relay's calls">
        {(calls) => <Calls calls={calls} series={series} />}
      </Reading>
    </Card>
  );
}

function Calls({ calls, series }: { readonly calls: readonly Call[]; readonly series: Series }) {
  const [newest] = calls;
  const plot = useMemo(() => {
    const rising = [...calls].reverse();
    const drawn = (price: bigint | undefined) => (price === undefined ? null : Number(price) / 1e8);
    return {
      x: rising.map((each) => each.time),
      lines: [
        {
          name: "Mark",
          values: rising.map((each) => drawn(each.mark)),
          colour: "accent",
          stepped: true,
        },
        { name: "Call", values: rising.map((each) => drawn(each.price)), colour: "blue", width: 0 },
      ],
    };
  }, [calls]);
  if (!newest) return <p class="soft">The first call is at the next full hour.</p>;
  return (
    <>
      <p>
        Mark{" "}
        <strong class="tabular">
          {newest.mark === undefined ? "none" : `${shown(newest.mark, 8, 4, 2)} USD`}
        </strong>{" "}
        <Badge tone={newest.source === "CALL" ? "good" : "none"}>
          {SOURCES[newest.source] ?? "unknown"}
        </Badge>
      </p>
      {calls.length > 1 && (
        <Plot
          label={`Marks of ${series.name} by the hour, USD per SCU.`}
          x={plot.x}
          lines={plot.lines}
          time
          height={180}
          nameX="Hour"
          showX={moment}
          showY={(price) => price.toFixed(2)}
        />
      )}
      <details>
        <summary class="small">Calls</summary>
        <Table
          caption="Hourly calls, the newest first"
          columns={[
            { name: "Hour" },
            { name: "Price", number: true },
            { name: "SCU", number: true },
            { name: "Mark", number: true },
            { name: "Mark from" },
          ]}
          rows={calls
            .slice(0, 48)
            .map((each) => [
              moment(each.time),
              each.price === undefined ? "–" : shown(each.price, 8, 8, 2),
              shown(each.lots, 2, 2),
              each.mark === undefined ? "–" : shown(each.mark, 8, 8, 2),
              SOURCES[each.source] ?? "unknown",
            ])}
        />
      </details>
    </>
  );
}
