/** Network: nodes, services and alarms; last rounds; routes with reserves; transfers. */
import { useLive } from "../../data/live";
import { loadIndices, loadLandings, type Landing } from "../../data/rounds";
import { ago, moment } from "../../format/numbers";
import { Hash, Price } from "../../parts/amount";
import { Card, Reading, Table, Title } from "../../parts/basic";
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
    `landings:${chain.chainId}`,
    async () => {
      const [indices, landings] = await Promise.all([loadIndices(config), loadLandings(config, 0, LAST)]);
      return { time: indices.head.time, landings, reporters: indices.all[0]?.reporters ?? 0 };
    },
    10_000,
  );
  return (
    <Card title="Last rounds" aside="of the first index">
      <Reading live={live} what="The last rounds">
        {(found) => <Landings {...found} />}
      </Reading>
    </Card>
  );
}

interface LandingsProps {
  readonly landings: readonly Landing[];
  readonly time: number;
  readonly reporters: number;
}

function Landings({ landings, time, reporters }: LandingsProps) {
  const columns = [
    { name: "round of" },
    { name: "ago" },
    { name: "value", number: true },
    { name: "signers", number: true },
    { name: "block", number: true },
    { name: "transaction" },
  ];
  const isRefused = landings.some((each) => each.refused);
  return (
    <Table
      caption="Last rounds"
      empty="No round has been recorded yet."
      columns={isRefused ? [...columns, { name: "kept as it was", text: true }] : columns}
      rows={landings.map(({ slot, value, refused, signers, block, tx }) => [
        moment(slot),
        ago(time - slot),
        value ? <Price raw={value} /> : "–",
        reporters ? `${signers} of ${reporters}` : String(signers),
        String(block),
        <Hash hex={tx} />,
        ...(isRefused ? [refused ? refusalWords(refused.reason) : ""] : []),
      ])}
    />
  );
}
