/** What an order, or a roll, to be signed means, in words. */
import { counted, exact, shown } from "../format/numbers";
import { Leg, Side } from "../market/payoff";
import type { Value } from "./message";
import { integer, type Line, type Names, nameOf, type Reading, until } from "./reading";

const LOT_DECIMALS = 2;
const PRICE_DECIMALS = 8;
const A_YEAR_S = 366 * 86_400;
const NOBODY = /^0x0{40}$/;

/** An order of one series. */
export function describeOrder(order: Readonly<Record<string, Value>>, names: Names): Reading {
  const buys = Number(order.side) === Side.BUY;
  return {
    title: buys ? "An order to buy" : "An order to sell",
    effect:
      "Whoever brings a matching order may trade with you at this price or better, for so many " +
      "lots in all, until it expires or you cancel it. Signing sends no transaction.",
    lines: [...dealOf(order, names), ...conditionsOf(order, names)],
    warnings: lateness(order, names),
  };
}

/** A position that moves from one series into another. */
export function describeRoll(
  roll: Readonly<Record<string, Value>>,
  names: Names,
): Reading {
  const [near, far] = [roll.near, roll.far] as [Fields, Fields];
  const held = Number(near.side) === Side.SELL ? "LONG" : "SHORT";
  const own = ["series", "side", "price"];
  const shared = Object.keys(near).filter((field) => !own.includes(field));
  const fits =
    Number(near.side) !== Number(far.side) &&
    shared.every((field) => String(near[field]) === String(far[field]));
  return {
    title: `A roll of ${held}`,
    effect:
      "The first half leaves one series and the second enters another, for equal lots in one " +
      "transaction or not at all, each at its price or better, until it expires or you cancel it. " +
      "Signing sends no transaction.",
    lines: [
      ...dealOf(near, names, "Out of"),
      ...dealOf(far, names, "Into"),
      ...conditionsOf(near, names),
    ],
    warnings: [
      ...lateness(near, names),
      ...(fits ? [] : ["Its two halves do not belong together."]),
    ],
  };
}

type Fields = Readonly<Record<string, Value>>;

function dealOf(order: Fields, names: Names, series = "Series"): Line[] {
  const buys = Number(order.side) === Side.BUY;
  const [lots, price] = [integer(order.lots), integer(order.price)];
  return [
    { name: series, text: names.series(integer(order.series)), whole: String(order.series) },
    {
      name: buys ? "Buys" : "Sells",
      text: `${shown(lots, LOT_DECIMALS)} SCU`,
      whole: counted(lots, "lot"),
    },
    {
      name: buys ? "At most" : "At least",
      text: `${shown(price, PRICE_DECIMALS, 8, 2)} USD per SCU, fee included`,
      whole: exact(price, PRICE_DECIMALS),
    },
  ];
}

function conditionsOf(order: Fields, names: Names): Line[] {
  const lines: Line[] = [
    { name: "Ways", text: legsInWords(Number(order.legs) & 15) },
    until("Good until", Number(order.expiry)),
  ];
  const percent = Number(order.legs) >> 4;
  if (percent) {
    lines.push({ name: "Only near the index", text: `within ${percent} %, while it is fresh` });
  }
  const grade = Number(order.grade);
  if (grade) lines.push({ name: "Grade", text: `number ${grade} of the series alone` });
  for (const [field, name] of [
    ["taker", "Only with"],
    ["matcher", "Only brought by"],
  ] as const) {
    const whom = String(order[field]);
    if (!NOBODY.test(whom)) lines.push({ name, text: nameOf(names, whom), whole: whom });
  }
  return lines;
}

function lateness(order: Fields, names: Names): string[] {
  const isLong = Number(order.expiry) - names.now > A_YEAR_S;
  return isLong ? ["It is good for more than a year."] : [];
}

function legsInWords(mask: number): string {
  const words = [
    [Leg.MINT, "opening a pair"],
    [Leg.LONG, "handing over LONG"],
    [Leg.SHORT, "handing over SHORT"],
    [Leg.MERGE, "closing a pair"],
  ] as const;
  const found = words.filter(([leg]) => mask & (1 << leg)).map(([, text]) => text);
  return found.length === words.length ? "any: opening, closing, handing over" : found.join(", ");
}
