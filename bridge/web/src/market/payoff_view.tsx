/** The payoff diagram of a ticket. */
import { useMemo } from "preact/hooks";
import { exact, shown } from "../format/numbers";
import { Plot } from "../parts/plot";
import { Side } from "./payoff";
import type { Series } from "./read";
import { payoffCurve, type Ticket } from "./ticket";

export function PayoffPlot({
  series,
  ticket,
}: {
  readonly series: Series;
  readonly ticket: Ticket;
}) {
  const { decimals, symbol } = series.quote;
  const { lots, limit, side } = ticket;
  const drawn = useMemo(() => {
    const points = payoffCurve(series.terms, ticket);
    return {
      x: points.map((each) => Number(exact(each.settlement, 8))),
      lines: [
        {
          name: "Gain or loss",
          values: points.map((each) => Number(exact(each.gain, decimals))),
          colour: "accent",
        },
      ],
      marks: [{ x: Number(exact(limit, 8)), words: "limit" }],
    };
  }, [series.id, lots, limit, side]);
  const verb = side === Side.BUY ? "bought" : "sold";
  return (
    <div>
      <h3>What it pays at S</h3>
      <p class="small soft">
        Gain or loss of {shown(lots, 2, 2)} SCU {verb} at the limit, {symbol}, without the fee;
        units count at S.
      </p>
      <Plot
        key={`${lots}-${limit}-${side}`}
        label={`Gain or loss in ${symbol} by the settlement price S.`}
        x={drawn.x}
        lines={drawn.lines}
        marks={drawn.marks}
        height={190}
        nameX="S"
        showX={(price) => price.toFixed(2)}
        showY={(gain) => gain.toFixed(Math.abs(gain) < 100 ? 2 : 0)}
      />
    </div>
  );
}
