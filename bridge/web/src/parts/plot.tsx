/** A plot by uPlot: lines, bands and steps, with a readout that keyboards reach and a table. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { colour, onColours } from "../look/theme";
import { Table } from "./basic";

export interface Line {
  readonly name: string;
  /** One value for each x; null where there is none. For drawing only: never computed with. */
  readonly values: readonly (number | null)[];
  /** A colour of the style sheet. */
  readonly colour: string;
  readonly dashed?: boolean;
  readonly stepped?: boolean;
  readonly width?: number;
}

export interface Band {
  readonly upper: number;
  readonly lower: number;
  readonly colour: string;
}

export interface PlotProps {
  /** One sentence for who cannot see it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  /** Places in `lines` between which is filled. */
  readonly bands?: readonly Band[];
  /** x is in unix seconds. */
  readonly time?: boolean;
  /** x counts places of a list, which have names: no tick lies between two. */
  readonly named?: boolean;
  readonly height?: number;
  readonly showX: (x: number) => string;
  readonly showY: (y: number) => string;
  readonly nameX: string;
  /** Vertical marks, with words. */
  readonly marks?: readonly { readonly x: number; readonly words: string }[];
}

const MOST_ROWS = 200;
/** Steps between ticks at names, which are long. */
const NAMED: uPlot.Axis = { incrs: [1, 2, 5, 10, 20, 50], space: 110 };

export function Plot(props: PlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [place, setPlace] = useState<number | null>(null);
  const [open, setOpen] = useState(false);
  // What is drawn anew, as when colours change, is what was read last.
  const latest = useRef(props);
  latest.current = props;
  const shape = props.lines.map((line) => line.name + line.colour + line.stepped).join("|");

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      const now = latest.current;
      plot.current = new uPlot(options(now, element.clientWidth, setPlace), data(now), element);
    };
    draw();
    const resize = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: props.height ?? 240 }),
    );
    resize.observe(element);
    const end = onColours(draw);
    return () => {
      end();
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, props.height]);

  const drawn = useRef(props.lines);
  useEffect(() => {
    if (drawn.current !== props.lines) plot.current?.setData(data(props));
    drawn.current = props.lines;
  }, [props.x, props.lines]);

  const last = props.x.length - 1;
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    const end = { Home: 0, End: last }[event.key];
    if (step === undefined && end === undefined) return;
    event.preventDefault();
    const next = end ?? Math.max(0, Math.min(last, (place ?? last) + (step ?? 0)));
    setPlace(next);
    plot.current?.setCursor({ left: plot.current.valToPos(props.x[next] ?? 0, "x"), top: 10 });
  };
  return (
    <figure>
      <div
        ref={holder}
        class="plot"
        role="img"
        tabIndex={0}
        aria-label={`${props.label} Arrow keys read single values.`}
        onKeyDown={move}
      />
      <figcaption class="readout" aria-live="polite">
        {place === null ? describe(props, last) : describe(props, place)}
      </figcaption>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary class="small">As a table</summary>
        {open && <PlotTable {...props} />}
      </details>
    </figure>
  );
}

function PlotTable(props: PlotProps) {
  const from = Math.max(0, props.x.length - MOST_ROWS);
  const places = props.x.slice(from).map((_, offset) => props.x.length - 1 - offset);
  return (
    <Table
      caption={props.label}
      columns={[{ name: props.nameX }, ...props.lines.map(({ name }) => ({ name, number: true }))]}
      rows={places.map((at) => [
        props.showX(props.x[at] ?? 0),
        ...props.lines.map((line) => valueAt(props, line, at)),
      ])}
    />
  );
}

function valueAt(props: PlotProps, line: Line, place: number): string {
  const value = line.values[place];
  return value === null || value === undefined ? "–" : props.showY(value);
}

function describe(props: PlotProps, place: number): string {
  const x = props.x[place];
  if (x === undefined) return "";
  const parts = props.lines.map((line) => `${line.name} ${valueAt(props, line, place)}`);
  return `${props.showX(x)}: ${parts.join(", ")}`;
}

function data(props: PlotProps): uPlot.AlignedData {
  return [props.x, ...props.lines.map((line) => line.values)] as unknown as uPlot.AlignedData;
}

function options(props: PlotProps, width: number, choose: (place: number | null) => void): uPlot.Options {
  const [soft, grid] = [colour("soft"), colour("line")];
  const axis: uPlot.Axis = {
    stroke: soft,
    font: "12px system-ui, sans-serif",
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
  };
  return {
    width: Math.max(width, 120),
    height: props.height ?? 240,
    legend: { show: false },
    ...(props.named ? { padding: [null, 48, null, null] } : {}),
    cursor: { y: false, points: { size: 7 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { x: { time: props.time ?? false }, y: { range: rangeOf } },
    axes: [
      props.time
        ? { ...axis, values: (_, ticks, __, ___, step) => timeTicks(ticks, step) }
        : { ...axis, values: (_, ticks) => ticks.map(props.showX), ...(props.named ? NAMED : {}) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map(props.showY) },
    ],
    series: [
      {},
      ...props.lines.map((line) => ({
        label: line.name,
        stroke: colour(line.colour),
        width: line.width ?? 2,
        points: { show: props.x.length < 40 },
        ...(line.dashed ? { dash: [5, 4] } : {}),
        ...(line.stepped ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
      })),
    ],
    bands: (props.bands ?? []).map((band) => ({
      series: [band.upper + 1, band.lower + 1],
      fill: translucent(colour(band.colour)),
    })),
    hooks: {
      setCursor: [(plot) => choose(plot.cursor.idx ?? null)],
      draw: [(plot) => drawMarks(plot, props, soft)],
    },
  };
}

/** The least and most of an axis, with room; a line that never moved lies in the middle. */
function rangeOf(_: uPlot, least: number | null, most: number | null): [number, number] {
  if (least === null || most === null) return [0, 1];
  const room = (most - least) * 0.08 || Math.abs(most) * 0.02 || 1;
  return [least - room, most + room];
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat(undefined, { month: "short", year: "2-digit", timeZone: "UTC" });

/** Ticks of a time axis, with what changed since the one before; `step` is in seconds. */
function timeTicks(ticks: readonly number[], step: number): string[] {
  if (step >= 25 * 86_400) return ticks.map((tick) => MONTH.format(tick * 1000));
  if (step >= 86_400) return ticks.map((tick) => DAY.format(tick * 1000));
  return ticks.map((tick, at) => {
    const clock = CLOCK.format(tick * 1000);
    const isNewDay = !at || Math.floor(tick / 86_400) !== Math.floor(ticks[at - 1]! / 86_400);
    return isNewDay ? `${clock}\n${DAY.format(tick * 1000)}` : clock;
  });
}

function drawMarks(plot: uPlot, props: PlotProps, stroke: string): void {
  const { ctx, bbox } = plot;
  for (const mark of props.marks ?? []) {
    const left = Math.round(plot.valToPos(mark.x, "x", true));
    if (left < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = stroke;
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
    ctx.textAlign = left > bbox.left + bbox.width / 2 ? "right" : "left";
    ctx.fillText(` ${mark.words} `, left, bbox.top + 10);
    ctx.restore();
  }
}

function translucent(rgb: string): string {
  return rgb.replace(/^rgb\((.*)\)$/, "rgba($1, 0.16)");
}
