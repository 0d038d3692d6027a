/** The newest trades of a series. */
import { useLive } from "../data/live";
import { moment, shown } from "../format/numbers";
import { Card, Reading, Table } from "../parts/basic";
import type { Series } from "./read";
import type { Relay } from "./relay";

export function TradesCard({ series, relay }: { readonly series: Series; readonly relay: Relay }) {
  const live = useLive(`trades:${series.id}`, () => relay.trades(series.id));
  return (
    <Card title="Newest trades">
      <Reading live={live} what="The relay's trades">
        {(trades) => (
          <Table
            caption="Newest trades"
            columns={[
              { name: "Time" },
              { name: "USD per SCU", number: true },
              { name: "SCU", number: true },
            ]}
            rows={trades.map((each) => [
              moment(each.time),
              shown(each.price, 8, 8, 2),
              shown(each.lots, 2, 2, 2),
            ])}
            empty="No trade yet."
          />
        )}
      </Reading>
    </Card>
  );
}
