/** Network: nodes, services and alarms; last rounds; routes with reserves; transfers. */
import { useLive } from "../../data/live";
import { loadIndices, loadRounds } from "../../data/rounds";
import { ago, moment } from "../../format/numbers";
import { Hash, Price } from "../../parts/amount";
import { Card, Reading, Table, Title } from "../../parts/basic";
import { useChain, useConfig } from "../../world";
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
      const [indices, found] = await Promise.all([loadIndices(config), loadRounds(config, 0, LAST)]);
      return { time: indices.head.time, rounds: found.rounds, reporters: indices.all[0]?.reporters ?? 0 };
    },
    10_000,
  );
  return (
    <Card title="Last rounds" aside="of the first index">
      <Reading live={live} what="The last rounds">
        {({ rounds, time, reporters }) => (
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
            rows={[...rounds]
              .reverse()
              .slice(0, LAST)
              .map((round) => [
                moment(round.slot),
                ago(time - round.slot),
                <Price raw={round.value} />,
                reporters ? `${round.signers} of ${reporters}` : String(round.signers),
                String(round.block),
                <Hash hex={round.tx} />,
              ])}
          />
        )}
      </Reading>
    </Card>
  );
}
