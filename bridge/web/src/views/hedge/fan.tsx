/** The exposure fan: what was used by month, what may come with its intervals, what is locked. */
import { useMemo } from "preact/hooks";
import type { Exposure, Forecast, Plan } from "../../data/plans";
import { shown } from "../../format/numbers";
import { Card } from "../../parts/basic";
import { Plot, type Band, type Line } from "../../parts/plot";

interface FanProps {
  readonly plan: Plan | undefined;
  readonly forecast: Forecast | undefined;
  readonly exposure: Exposure | undefined;
}

const SCU18 = 1e-18;

export function FanCard({ plan, forecast, exposure }: FanProps) {
  const fan = useMemo(() => makeFan({ plan, forecast, exposure }), [plan, forecast, exposure]);
  return (
    <Card title="Exposure" aside="SCU a month">
      {fan.x.length > 1 ? (
        <Plot
          label={`Need by month, ${fan.x.length} months, with intervals of the forecast and what is locked.`}
          x={fan.x}
          lines={fan.lines}
          bands={fan.bands}
          time
          nameX="month"
          showX={monthText}
          showY={(value) => shown(BigInt(Math.round(value * 10)), 1, 1)}
        />
      ) : (
        <p class="soft">
          Fewer than two months are known. <code>hedge exposure --json</code> and{" "}
          <code>hedge forecast --json</code> in the plans folder show the fan.
        </p>
      )}
    </Card>
  );
}

function makeFan({ plan, forecast, exposure }: FanProps): { x: number[]; lines: Line[]; bands: Band[] } {
  const past = new Map((exposure?.months ?? []).map((each) => [each.month, Number(each.scu) * SCU18]));
  const ahead = new Map(
    forecast
      ? forecast.months.map((each) => [each.month, { scu: Number(each.scu), intervals: each.intervals }])
      : (plan?.months ?? []).map((each) => [
          each.month,
          { scu: Number(each.forecast), intervals: [{ coverage: 80, low: each.low, high: each.high, mayBeWider: false }] },
        ]),
  );
  const locked = new Map((plan?.months ?? []).map((each) => [each.month, Number(each.heldLots + each.buyLots) / 100]));
  const months = [...new Set([...past.keys(), ...ahead.keys(), ...locked.keys()])].sort();
  const column = (value: (month: string) => number | undefined) => months.map((month) => value(month) ?? null);
  const end = (month: string, coverage: number, side: "low" | "high") => {
    const found = ahead.get(month)?.intervals.find((each) => each.coverage === coverage);
    return found && Number(found[side]);
  };
  // A month that is not over is in both: what is known of it so far is not its need.
  const used = (month: string) => (ahead.has(month) ? undefined : past.get(month));
  const coverages = [...new Set([...ahead.values()].flatMap((each) => each.intervals.map((i) => i.coverage)))].sort();
  const lines: Line[] = [
    { name: "used", values: column(used), colour: "text" },
    { name: "forecast", values: column((month) => ahead.get(month)?.scu), colour: "accent", dashed: true },
    { name: "locked with the plan", values: column((month) => locked.get(month)), colour: "blue" },
  ];
  const bands: Band[] = [];
  for (const coverage of coverages) {
    bands.push({ upper: lines.length, lower: lines.length + 1, colour: "accent" });
    for (const side of ["high", "low"] as const) {
      const values = column((month) => end(month, coverage, side));
      lines.push({ name: `${side} of ${coverage} %`, values, colour: "accent", width: 0.5 });
    }
  }
  return { x: months.map(startOf), lines, bands };
}

function startOf(month: string): number {
  return Date.parse(`${month}-01T00:00:00Z`) / 1000;
}

const months = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });

function monthText(seconds: number): string {
  return months.format(seconds * 1000);
}
