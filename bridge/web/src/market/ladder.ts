/**
 * The settlement ladder as a time line: what happens to a series when, and what may be done now. Pure.
 * Twin of pargrade.futures.ladder and next_action; times are Unix seconds.
 */
import { Style } from "./payoff";

export const Phase = { NONE: 0, OPEN: 1, PROPOSED: 2, SETTLED: 3, DELIVERED: 4 } as const;

const DAY_S = 86_400;
export const CHALLENGE_S = DAY_S;
const REDUCED_FROM_S = 7 * DAY_S;
const DELIVER_FROM_S = 14 * DAY_S;

export const Rung = { WAITING: 0, FULL: 1, REDUCED: 2, CLOSED: 3, DELIVER: 4 } as const;
export type Rung = (typeof Rung)[keyof typeof Rung];

/** The rung at chain time `now`; `readyAt` is when the index was final up to expiry. */
export function rungAt(now: number, readyAt: number, expiry: number, challenge: number): Rung {
  if (now >= expiry + DELIVER_FROM_S) return Rung.DELIVER;
  if (now < readyAt) return Rung.WAITING;
  if (now >= expiry + DELIVER_FROM_S - 2 * challenge) return Rung.CLOSED;
  return now >= expiry + REDUCED_FROM_S ? Rung.REDUCED : Rung.FULL;
}

/** What the time line needs of a series. */
export interface Course {
  readonly style: number;
  readonly phase: number;
  readonly start: number;
  readonly expiry: number;
  readonly challengeEnds: number;
  readonly guardianActed: boolean;
}

export interface Step {
  readonly title: string;
  /** For people: what happens there. */
  readonly text: string;
  /** Unix seconds from which; undefined where nothing fixes it. */
  readonly from: number | undefined;
  readonly state: "done" | "now" | "ahead" | "skipped";
}

/** The steps of a series in order; exactly one is now. */
export function timeline(course: Course, now: number): readonly Step[] {
  const { expiry, start, phase } = course;
  const place = placeOf(course, now);
  const steps: readonly Omit<Step, "state">[] = [
    { title: "Listed", text: "Positions open, trade and merge.", from: undefined },
    { title: "Window", text: "The index counts towards S by the second.", from: start },
    {
      title: "Expiry",
      text: "Trading ends. A price needs 90 % of the window covered and no gap over a day.",
      from: expiry,
    },
    {
      title: "Reduced",
      text: "A quarter of the window is enough.",
      from: expiry + REDUCED_FROM_S,
    },
    {
      title: "Challenge",
      text: "A price is proposed. The guardian may act once, then anyone makes it final.",
      from: phase === Phase.PROPOSED ? course.challengeEnds - CHALLENGE_S : undefined,
    },
    { title: "Last rung", text: lastRung(course.style), from: expiry + DELIVER_FROM_S },
    {
      title: "Final",
      text: "Positions are redeemed for what they pay.",
      from: phase === Phase.PROPOSED ? course.challengeEnds : undefined,
    },
  ];
  return steps.map((step, number) => ({ ...step, state: stateOf(number, place, course) }));
}

const [LISTED, WINDOW, EXPIRY, REDUCED, CHALLENGE, LAST, FINAL] = [0, 1, 2, 3, 4, 5, 6] as const;

function placeOf({ phase, start, expiry }: Course, now: number): number {
  if (phase === Phase.SETTLED || phase === Phase.DELIVERED) return FINAL;
  if (phase === Phase.PROPOSED) return CHALLENGE;
  if (now >= expiry + DELIVER_FROM_S) return LAST;
  if (now >= expiry + REDUCED_FROM_S) return REDUCED;
  if (now >= expiry) return EXPIRY;
  return now >= start ? WINDOW : LISTED;
}

function stateOf(number: number, place: number, { phase, style }: Course): Step["state"] {
  if (number === place) return "now";
  const needsNoPrice = style === Style.DELIVERY && (number === REDUCED || number === CHALLENGE);
  if (needsNoPrice) return "skipped";
  if (number > place) return number === LAST && place === CHALLENGE ? "skipped" : "ahead";
  const isPriced = phase === Phase.PROPOSED || phase === Phase.SETTLED;
  if (number === LAST && isPriced) return "skipped";
  if (number === CHALLENGE && !isPriced) return "skipped";
  return "done";
}

function lastRung(style: number): string {
  return style === Style.BANDED
    ? "Without a price it settles at the last average there is, else at K."
    : "Without a price LONG is delivered the units and SHORT the quote.";
}

/** Half a sentence: what may be done now, or until when nothing can. */
export function describeCourse(course: Course, now: number): string {
  switch (course.phase) {
    case Phase.SETTLED:
      return "settled: positions can be redeemed";
    case Phase.DELIVERED:
      return "delivered: positions can be redeemed";
    case Phase.PROPOSED:
      return now < course.challengeEnds
        ? "its price is proposed and can be challenged"
        : "its price can be made final now";
    default:
      if (now < course.start) return "open: its window has not begun";
      return now < course.expiry ? "open: its window runs" : "expired: it waits for its price";
  }
}
