/** Moves a position into another series: one signature over both halves, filled together or not. */
import { useState } from "preact/hooks";
import { useLive } from "../data/live";
import { parseAmount, shown } from "../format/numbers";
import { Card, Note } from "../parts/basic";
import { Choice, PERIODS } from "./choice";
import { Phase } from "./ladder";
import { buildOrder, buildRoll } from "./order";
import { limitWithFee, Side } from "./payoff";
import { describeRolled, type Outcome } from "./placing";
import type { Series } from "./read";
import type { Relay, Rules } from "./relay";
import { type RollProps, RollSigning } from "./roll_signing";
import { termsOf } from "./ticket";

/** Nothing where there is no position to move, or no series to move it to. */
export function RollCard(props: RollProps) {
  const { market, series } = props;
  const others = market.series.filter(
    (each) =>
      each.id !== series.id &&
      each.course.phase === Phase.OPEN &&
      each.course.expiry > market.head.time,
  );
  const hasAny = series.held.some((lots) => lots > 0n);
  if (!hasAny || !others.length) return null;
  return (
    <Card title="Roll">
      <p class="soft">
        Leaves this series and enters another for as much, in one transaction or not at all.
      </p>
      <RollForm {...props} others={others} />
    </Card>
  );
}

function RollForm(props: RollProps & { readonly others: readonly Series[] }) {
  const { series, others, relay, rules } = props;
  const long = series.held[0] ?? 0n;
  const [side, setSide] = useState<"LONG" | "SHORT">(long ? "LONG" : "SHORT");
  const [target, setTarget] = useState(String(others[0]?.id));
  const [amount, setAmount] = useState("");
  const [prices, setPrices] = useState<readonly [string, string]>(["", ""]);
  const [rule, setRule] = useState<"IOC" | "GTC">("IOC");
  const [period, setPeriod] = useState("3600");
  // Kept here, as a fill may take the button away.
  const [outcome, setOutcome] = useState<Outcome>();
  const far = others.find((each) => String(each.id) === target) ?? (others[0] as Series);
  const short = series.held.slice(1).reduce((most, each) => (each > most ? each : most), 0n);
  const held = side === "LONG" ? long : short;
  const lots = amount ? parseAmount(amount, 2) : held;
  const leaves = side === "LONG" ? Side.SELL : Side.BUY;
  const enters = leaves === Side.SELL ? Side.BUY : Side.SELL;
  const leave = usePrice(relay, rules, series, leaves, prices[0]);
  const enter = usePrice(relay, rules, far, enters, prices[1]);
  const objection = objectTo(lots, held, rules.leastLots, [leave, enter]);
  return (
    <>
      <div class="fields">
        <Choice
          label="Position"
          value={side}
          options={[
            ["LONG", "LONG"],
            ["SHORT", "SHORT"],
          ]}
          choose={(chosen) => setSide(chosen as "LONG" | "SHORT")}
        />
        <Choice
          label="Into"
          value={String(far.id)}
          options={others.map((each) => [String(each.id), each.name])}
          choose={setTarget}
        />
        <Field label="SCU to move" text={amount} hint={shown(held, 2, 2)} change={setAmount} />
        <Field
          label={`${leaves === Side.SELL ? "Sell here at least" : "Buy here at most"}, USD per SCU`}
          text={prices[0]}
          hint={leave ? shown(leave, 8, 8, 2) : "a price"}
          change={(text) => setPrices([text, prices[1]])}
        />
        <Field
          label={`${enters === Side.BUY ? "Buy there at most" : "Sell there at least"}, USD per SCU`}
          text={prices[1]}
          hint={enter ? shown(enter, 8, 8, 2) : "a price"}
          change={(text) => setPrices([prices[0], text])}
        />
        <Choice
          label="What is not filled at once"
          value={rule}
          options={[
            ["IOC", "ends"],
            ["GTC", "waits for both books"],
          ]}
          choose={(chosen) => setRule(chosen as "IOC" | "GTC")}
        />
        <Choice label="The roll is good for" value={period} options={PERIODS} choose={setPeriod} />
      </div>
      {objection ? (
        <Note>{objection}</Note>
      ) : (
        <RollSigning
          {...props}
          far={far}
          tell={setOutcome}
          rule={rule}
          build={(epoch, now) =>
            buildRoll(
              buildOrder({
                series: series.id,
                side: leaves,
                price: leave as bigint,
                lots: lots as bigint,
                maker: props.account,
                epoch,
                expiry: now + Number(period),
              }),
              far.id,
              enter as bigint,
            )
          }
        />
      )}
      <div role="status">
        {outcome?.kind === "failed" && <Note tone="warn">{outcome.why}</Note>}
        {outcome?.kind === "placed" && <Note tone="good">{describeRolled(outcome.placed)}</Note>}
      </div>
    </>
  );
}

/** The price given, else the best of the other side with the fee; undefined for neither. */
function usePrice(relay: Relay, rules: Rules, series: Series, side: Side, text: string) {
  const best = useLive(`best:${series.id}`, () => relay.best(series.id));
  if (text) {
    const step = termsOf(series.terms, rules).step;
    const price = parseAmount(text, 8);
    return price && price % step === 0n ? price : undefined;
  }
  const offered = side === Side.BUY ? best.value?.ask : best.value?.bid;
  const { step, feeBps } = termsOf(series.terms, rules);
  return offered ? limitWithFee(side, offered, feeBps, step) : undefined;
}

function objectTo(
  lots: bigint | undefined,
  held: bigint,
  least: number,
  prices: readonly (bigint | undefined)[],
): string {
  if (!held) return "You hold none of this side here.";
  if (lots === undefined) return "The amount is a number with at most two decimals.";
  if (lots > held) return `You hold ${shown(held, 2, 2)} SCU.`;
  if (lots < BigInt(least)) return `The least is ${shown(BigInt(least), 2, 2)} SCU.`;
  if (prices.some((each) => !each)) return "Name both prices, in steps of 0.01 USD.";
  return "";
}

function Field(props: {
  readonly label: string;
  readonly text: string;
  readonly hint: string;
  readonly change: (text: string) => void;
}) {
  return (
    <label>
      {props.label}
      <input
        inputMode="decimal"
        autoComplete="off"
        placeholder={props.hint}
        value={props.text}
        onInput={(event) => props.change(event.currentTarget.value)}
      />
    </label>
  );
}
