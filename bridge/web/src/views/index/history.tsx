/** History of an index: rounds from the log, daily means from checkpoints. */
import { useMemo, useRef, useState } from "preact/hooks";
import { readDays, type Day, type Round, type Rounds } from "../../chain/spot_index";
import { loadRounds } from "../../data/rounds";
import { useLive } from "../../data/live";
import { counted, day, moment, shown } from "../../format/numbers";
import { Card, Reading, Tabs } from "../../parts/basic";
import { Plot } from "../../parts/plot";
import { useChain, useConfig } from "../../world";

const MOST_ROUNDS = 2_000;
const DAYS = 100;
const PRICE = 1e-8;

type Form = "rounds" | "days";

export function HistoryCard({ index }: { readonly index: number }) {
  const [form, choose] = useState<Form>("rounds");
  const hasDays = useChain().rpc !== null;
  return (
    <Card
      title="History"
      aside={
        hasDays && <Tabs
          label="History by"
          options={[
            ["rounds", "every round"],
            ["days", "daily means"],
          ]}
          value={form}
          choose={choose}
        />
      }
    >
      {form === "rounds" ? <RoundsPlot key={index} index={index} /> : <DaysPlot key={index} index={index} />}
    </Card>
  );
}

function RoundsPlot({ index }: { readonly index: number }) {
  const config = useConfig();
  const chain = useChain();
  const known = useRef<Rounds | undefined>(undefined);
  const live = useLive(
    `rounds:${chain.chainId}:${index}`,
    async () => (known.current = await loadRounds(config, index, MOST_ROUNDS, known.current)),
    8_000,
  );
  return (
    <Reading live={live} what="The log of rounds">
      {(found) => (
        <>
          <RoundsFound rounds={found.rounds} />
          <p class="small soft">
            {counted(found.rounds.length, "round")} from the chain's log
            {found.from > chain.firstBlock ? `, since block ${found.from}; older days are under daily means` : ", all there are"}
            .
          </p>
        </>
      )}
    </Reading>
  );
}

function RoundsFound({ rounds }: { readonly rounds: readonly Round[] }) {
  const x = useMemo(() => rounds.map((round) => round.slot), [rounds]);
  const values = useMemo(() => rounds.map((round) => Number(round.value) * PRICE), [rounds]);
  const lines = useMemo(
    () => [{ name: "USD per SCU", values, colour: "accent", stepped: true }],
    [values],
  );
  if (!rounds.length) return <p class="soft">No round has been recorded yet.</p>;
  return (
    <Plot
      label={`Value of each round, ${counted(rounds.length, "round")} from ${moment(x[0]!)} to ${moment(x.at(-1)!)}.`}
      x={x}
      lines={lines}
      time
      nameX="round of"
      showX={moment}
      showY={usd}
    />
  );
}

function DaysPlot({ index }: { readonly index: number }) {
  const chain = useChain();
  const live = useLive(`days:${chain.chainId}:${index}`, () => readDays(chain, index, DAYS), 60_000);
  return (
    <Reading live={live} what="The daily checkpoints">
      {(days) => <Days days={days} />}
    </Reading>
  );
}

function Days({ days }: { readonly days: readonly Day[] }) {
  const x = useMemo(() => days.map((each) => each.start), [days]);
  const lines = useMemo(
    () => [
      {
        name: "mean USD per SCU",
        values: days.map((each) => Number(each.mean) * PRICE),
        colour: "accent",
        stepped: true,
      },
    ],
    [days],
  );
  if (!days.length) return <p class="soft">No whole day has passed since the first round.</p>;
  const gaps = days.filter((each) => each.covered < 86_400).length;
  return (
    <>
      <Plot
        label={`Daily mean of the index, ${counted(days.length, "day")}.`}
        x={x}
        lines={lines}
        time
        nameX="day"
        showX={day}
        showY={usd}
      />
      <p class="small soft">
        The contract's time integral from midnight to midnight, which contracts settle on
        {gaps ? `; ${gaps} of ${counted(days.length, "day")} are covered in part` : ""}.
      </p>
    </>
  );
}

function usd(value: number): string {
  // A drawn value is a double: the small part makes up for what it lost, and the rest is cut.
  return shown(BigInt(Math.floor(value * 1e4 + 1e-5)), 4, 4, 4);
}
