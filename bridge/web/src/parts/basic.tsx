/** Cards, facts, badges, notes and tables: what every view is made of. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Live } from "../data/live";
import { ago } from "../format/numbers";

export type Tone = "good" | "warn" | "bad" | "none";

export function Title({ text, children }: { text: string; children?: ComponentChildren }) {
  return (
    <header class="title">
      <h1>{text}</h1>
      {children}
    </header>
  );
}

interface CardProps {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Card({ title, aside, children }: CardProps) {
  return (
    <section class="card" aria-label={title}>
      <div class="card-head">
        <h2>{title}</h2>
        {aside && <div class="small soft">{aside}</div>}
      </div>
      {children}
    </section>
  );
}

export function Facts({ rows }: { readonly rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={tone === "none" ? "badge" : `badge ${tone}`}>{children}</span>;
}

export function Note({ tone = "none", children }: { tone?: Tone; children: ComponentChildren }) {
  return <p class={tone === "none" ? "note" : `note ${tone}`}>{children}</p>;
}

export interface Column {
  readonly name: string;
  readonly number?: boolean;
  /** Sentences: may be broken on a narrow screen. */
  readonly text?: boolean;
}

interface TableProps {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly ComponentChildren[])[];
  readonly empty?: string;
  readonly chosen?: number;
}

/** A table that scrolls by itself on a narrow screen, also by keyboard. */
export function Table({ caption, columns, rows, empty = "Nothing yet.", chosen }: TableProps) {
  if (!rows.length) return <p class="soft">{empty}</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="hidden-text">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" class={column.number ? "num" : undefined}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, place) => (
            <tr key={place} class={place === chosen ? "chosen" : undefined}>
              {cells.map((cell, column) => (
                <td key={column} class={classOf(columns[column])}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf(column: Column | undefined): string | undefined {
  if (column?.number) return "num";
  return column?.text ? "text" : undefined;
}

/** Seconds since 1970, redrawn every few seconds: ages count on while nothing is read. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/**
 * What stands between a reading and its view: nothing known yet, a failure, or a failure with what
 * was last known and its age. `what` is the subject of the sentence: "The chain".
 */
export function Reading<T>(props: {
  readonly live: Live<T>;
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}) {
  const { live, what, children } = props;
  const now = useNow(5_000);
  return (
    <>
      {live.problem && (
        <div class="note bad" role="alert">
          {what} cannot be read: {live.problem}.{" "}
          {live.value === undefined
            ? "Nothing is known of it yet."
            : `Shown is what was known ${ago(now - live.readAt / 1000)}.`}
        </div>
      )}
      {live.value === undefined
        ? !live.problem && <p class="soft">Reading…</p>
        : children(live.value)}
    </>
  );
}

export function Tabs<T extends string>(props: {
  readonly label: string;
  readonly options: readonly (readonly [T, string])[];
  readonly value: T;
  readonly choose: (value: T) => void;
}) {
  return (
    <div class="tabs" role="group" aria-label={props.label}>
      {props.options.map(([value, words]) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === props.value}
          onClick={() => props.choose(value)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}

export function Bar({ share, tone = "good", label }: { share: number; tone?: Tone; label: string }) {
  const width = Math.max(0, Math.min(100, share * 100));
  return (
    <div class={`bar ${tone}`} role="img" aria-label={label}>
      <i ref={(bar) => void bar?.style.setProperty("width", `${width}%`)} />
    </div>
  );
}
