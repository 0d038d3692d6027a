/** The settlement ladder of a series as a time line. */
import { Card } from "../parts/basic";
import { moment, shown } from "../format/numbers";
import { describeCourse, Phase, timeline } from "./ladder";
import type { Series } from "./read";

const WORDS = { done: "done", now: "now", ahead: "ahead", skipped: "not needed" } as const;

/** `now` is the chain's time: Unix seconds. */
export function TimelineCard({ series, now }: { readonly series: Series; readonly now: number }) {
  const { course, price } = series;
  const isPriced =
    price > 0n && (course.phase === Phase.PROPOSED || course.phase === Phase.SETTLED);
  return (
    <Card title="Settlement" aside={describeCourse(course, now)}>
      {isPriced && (
        <p>
          S is <strong class="tabular">{shown(price, 8, 4, 4)} USD</strong> per SCU
          {course.phase === Phase.PROPOSED ? ", proposed." : ", final."}
        </p>
      )}
      <ol class="timeline">
        {timeline(course, now).map((step) => (
          <li
            key={step.title}
            class={step.state}
            aria-current={step.state === "now" ? "step" : undefined}
          >
            <strong>{step.title}</strong>
            <span class="small soft">
              {step.from === undefined
                ? WORDS[step.state]
                : `${moment(step.from)} · ${WORDS[step.state]}`}
            </span>
            <span class="small">{step.text}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
