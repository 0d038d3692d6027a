/** Network: nodes, services and alarms; last rounds; routes with reserves; transfers. */
import type { Refused } from "../../chain/common_reports";
import { useLive } from "../../data/live";
import { loadIndices, loadLandings } from "../../data/rounds";
import { ago, moment } from "../../format/numbers";
import { Hash, Price } from "../../parts/amount";
import { Badge, Card, Reading, Table, Title } from "../../parts/basic";
import { useChain, useConfig } from "../../world";
import { refusalWords } from "../index/words";
import { HealthCard } from "./health";
import { RoutesCards } from "./routes";

const LAST = 12;

export function NetworkView() {
  return (
    <>
      <Title text="Network">
        <p>
          Who keeps it running and how they are: nodes that sign the index, services that settle and
          carry, routes between chains and what backs them.
        </p>
      </Title>
      <HealthCard />
      <RoundsCard />
      <RoutesCards />
    </>
  );
}

function RoundsCard() {
  const config = useConfig();
  const chain = useChain();
  const live = useLive(
    `last-rounds:${chain.chainId}`,
    async () => {
      const [indices, landings] = await Promise.all([loadIndices(config), loadLandings(config, 0, LAST)]);
      return { time: indices.head.time, landings, reporters: indices.all[0]?.reporters ?? 0 };
    },
    10_000,
  );
  return (
    <Card title="Last rounds" aside="of the first index">
      <Reading live={live} what="The last rounds">
        {({ landings, time, reporters }) => (
          <Table
            caption="Last rounds"
            empty="No round has been recorded yet."
            columns={[
              { name: "round of" },
              { name: "ago" },
              { name: "value", number: true },
              { name: "signers", number: true },
              { name: "block", number: true },
              { name: "transaction" },
            ]}
            rows={landings.map(({ slot, value, refused, signers, block, tx }) => [
              moment(slot),
              ago(time - slot),
              refused ? <RefusedBadge refused={refused} /> : <Price raw={value} />,
              reporters ? `${signers} of ${reporters}` : String(signers),
              String(block),
              <Hash hex={tx} />,
            ])}
          />
        )}
      </Reading>
    </Card>
  );
}

function RefusedBadge({ refused }: { readonly refused: Refused }) {
  return (
    <>
      {refused.last ? <Price raw={refused.last} /> : "none"} <Badge tone="warn">kept</Badge>{" "}
      <span class="small soft">{refusalWords(refused.reason)}</span>
    </>
  );
}
