/** What a trade ties up, costs and pays, before anything is signed. Pure. */
import {
  feeOf,
  gain,
  isWithin,
  Leg,
  LOT,
  type LotPayoff,
  limitWithFee,
  locks,
  payment,
  payoff,
  Side,
  Style,
  type Terms,
} from "./payoff";

/** 0.01 USD per SCU. */
const TICK = 1_000_000n;

/** Price and lots, the best first. */
export type Level = readonly [price: bigint, lots: bigint];

export interface Ticket {
  readonly side: Side;
  readonly lots: bigint;
  /** Lots that the book fills at once, and what they trade at: average and worst. */
  readonly now: bigint;
  readonly average: bigint;
  readonly worst: bigint;
  /** What is signed: the price given, else the worst with the fee, on the step; 0 for none. */
  readonly limit: bigint;
  /** What leaves the account where it opens: locks and premium of all lots at the limit. */
  readonly quoteTied: bigint;
  readonly unitsTied: bigint;
  /** Of the lots that are filled at once. */
  readonly fee: bigint;
  /** The most it can lose, in quote, with units at their price; undefined where there is no bound. */
  readonly mostLoss: bigint | undefined;
  /** The fresh index, USD per SCU with 8 decimals; 0 for none. */
  readonly index: bigint;
  /** What an SCU costs above the index, fee apart: by the average of what fills at once, else by the limit. */
  readonly basis: bigint | undefined;
  readonly objection: Objection | undefined;
}

export type Objection =
  | { readonly kind: "no-lots" }
  | { readonly kind: "too-few-lots"; readonly least: number }
  | { readonly kind: "no-price" }
  | { readonly kind: "off-step"; readonly step: bigint }
  | { readonly kind: "beyond-band" };

export interface TicketTerms extends Terms {
  readonly step: bigint;
  readonly feeBps: number;
  readonly leastLots: number;
}

/** What a ticket of a series goes by: prices on the tick that are exact per lot in the quote token. */
export function termsOf(terms: Terms, rules: { feeBps: number; leastLots: number }): TicketTerms {
  const exact = 10n ** BigInt(Math.max(0, 10 - terms.quoteDecimals));
  const step = exact > TICK ? exact : TICK;
  return { ...terms, step, feeBps: rules.feeBps, leastLots: rules.leastLots };
}

/**
 * A trade against `levels`, the other side of the book. `price` is what the trader would sign, if given; `index` the
 * fresh index, 0 for none.
 */
export function makeTicket(
  terms: TicketTerms,
  side: Side,
  lots: bigint,
  levels: readonly Level[],
  price: bigint | undefined,
  index = 0n,
): Ticket {
  const filled = sweep(terms, side, lots, levels, price);
  const { worst } = filled;
  const limit = price ?? (worst ? limitWithFee(side, worst, terms.feeBps, terms.step) : 0n);
  const paid = filled.average || limit;
  const tied = limit ? tiedUp(terms, side, limit, lots) : { quote: 0n, units: 0n };
  return {
    side,
    lots,
    ...filled,
    limit,
    quoteTied: tied.quote,
    unitsTied: tied.units,
    mostLoss: limit ? mostLoss(terms, side, limit, lots) : undefined,
    index,
    basis: paid && index ? paid - index : undefined,
    objection: objectTo(terms, lots, limit),
  };
}

/** What opening so many lots at a price takes out of an account. */
export function tiedUp(
  terms: Terms,
  side: Side,
  price: bigint,
  lots: bigint,
): { quote: bigint; units: bigint } {
  const lock = locks(terms);
  const premium = payment(terms, Leg.MINT, price, lots);
  if (side === Side.BUY) return { quote: lock.long * lots + premium, units: 0n };
  const quote = lock.short * lots - premium;
  return { quote: quote > 0n ? quote : 0n, units: lock.units * lots };
}

function sweep(
  terms: TicketTerms,
  side: Side,
  lots: bigint,
  levels: readonly Level[],
  limit: bigint | undefined,
): { now: bigint; average: bigint; worst: bigint; fee: bigint } {
  let [now, paid, worst, fee] = [0n, 0n, 0n, 0n];
  for (const [price, offered] of levels) {
    if (now >= lots || (limit !== undefined && !isWithin(side, price, limit, terms.feeBps))) break;
    const taken = offered < lots - now ? offered : lots - now;
    now += taken;
    paid += taken * price;
    worst = price;
    fee += feeOf(price, taken, terms.feeBps, terms.quoteDecimals);
  }
  const up = side === Side.BUY && now ? now - 1n : 0n;
  return { now, average: now ? (paid + up) / now : 0n, worst, fee };
}

/** A covered SHORT gives up units whatever they come to cost: its loss has no bound. */
function mostLoss(terms: Terms, side: Side, limit: bigint, lots: bigint): bigint | undefined {
  const isBanded = terms.style === Style.BANDED;
  if (side === Side.BUY) return -gain(terms, side, limit, lots, isBanded ? terms.low : 0n);
  return isBanded ? -gain(terms, side, limit, lots, terms.high) : undefined;
}

function objectTo(terms: TicketTerms, lots: bigint, limit: bigint): Objection | undefined {
  if (lots <= 0n) return { kind: "no-lots" };
  if (lots < BigInt(terms.leastLots)) return { kind: "too-few-lots", least: terms.leastLots };
  if (limit <= 0n) return { kind: "no-price" };
  if (limit % terms.step !== 0n) return { kind: "off-step", step: terms.step };
  const isOutside = terms.style === Style.BANDED && (limit <= terms.low || limit >= terms.high);
  return isOutside ? { kind: "beyond-band" } : undefined;
}

export interface PayoffPoint extends LotPayoff {
  /** S, 8 decimals. */
  readonly settlement: bigint;
  /** Gain over the limit, all lots, quote base units. */
  readonly gain: bigint;
}

/** The diagram of a ticket: what its side gets and has gained, from a third of K to twice K, with its corners. */
export function payoffCurve(terms: Terms, ticket: Ticket, steps = 20): readonly PayoffPoint[] {
  const { reference, low, high } = terms;
  const [from, to] = [reference / 3n, reference * 2n];
  const grid = Array.from(
    { length: steps + 1 },
    (_, place) => from + ((to - from) * BigInt(place)) / BigInt(steps),
  );
  const corners = [reference, ticket.limit, ...(terms.style === Style.BANDED ? [low, high] : [])];
  const inside = corners.filter((each) => each >= from && each <= to);
  const all = [...new Set([...grid, ...inside])].sort((a, b) => (a < b ? -1 : 1));
  return all.map((settlement) => ({
    settlement,
    gain: gain(terms, ticket.side, ticket.limit, ticket.lots, settlement),
    ...timesLots(payoff(terms, settlement), ticket.lots),
  }));
}

function timesLots(each: LotPayoff, lots: bigint): LotPayoff {
  return {
    longQuote: each.longQuote * lots,
    shortQuote: each.shortQuote * lots,
    longUnits: each.longUnits * lots,
    shortUnits: each.shortUnits * lots,
  };
}

/** Lots as SCU with 18 decimals. */
export function scuOf(lots: bigint): bigint {
  return lots * LOT;
}
