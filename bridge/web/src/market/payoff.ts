/**
 * What a series pays, and what a fill costs: the twin of Settlement.sol and Orders.sol. Pure, in integers.
 * Prices are USD per SCU with 8 decimals, quote amounts base units, units wei, lots of 0.01 SCU.
 */
export const LOT = 10n ** 16n;
const BPS = 10_000n;

export const Style = { NET: 1, DELIVERY: 2, BANDED: 3 } as const;
export const Leg = { MINT: 0, LONG: 1, SHORT: 2, MERGE: 3 } as const;
export const Side = { BUY: 0, SELL: 1 } as const;
export type Leg = (typeof Leg)[keyof typeof Leg];
export type Side = (typeof Side)[keyof typeof Side];

/** What the arithmetic needs of a series. */
export interface Terms {
  readonly style: number;
  /** K. */
  readonly reference: bigint;
  /** L and H of a BANDED series; not looked at else. */
  readonly low: bigint;
  readonly high: bigint;
  readonly quoteDecimals: number;
}

export interface LotPayoff {
  readonly longQuote: bigint;
  readonly shortQuote: bigint;
  readonly longUnits: bigint;
  readonly shortUnits: bigint;
}

/** Q(p): a lot at a price, rounded down. */
export function lotValue(price: bigint, quoteDecimals: number): bigint {
  return (price * 10n ** BigInt(quoteDecimals)) / 10n ** 10n;
}

/** The split of one lot at S; `undefined` is delivery without a price. Each side's first part is rounded down. */
export function payoff(terms: Terms, settlement: bigint | undefined): LotPayoff {
  const value = (price: bigint): bigint => lotValue(price, terms.quoteDecimals);
  if (terms.style === Style.BANDED) {
    const at = value(clip(settlement ?? terms.reference, terms));
    const [low, high] = [value(terms.low), value(terms.high)];
    return { longQuote: at - low, shortQuote: high - at, longUnits: 0n, shortUnits: 0n };
  }
  const locked = value(terms.reference);
  if (terms.style === Style.DELIVERY || settlement === undefined) {
    return { longQuote: 0n, shortQuote: locked, longUnits: LOT, shortUnits: 0n };
  }
  const { reference } = terms;
  const longQuote = value(settlement < reference ? settlement : reference);
  const shortUnits = settlement > reference ? (LOT * reference) / settlement : LOT;
  return {
    longQuote,
    shortQuote: locked - longQuote,
    longUnits: LOT - shortUnits,
    shortUnits,
  };
}

/** What opening locks per lot: quote of LONG, quote and units of SHORT. */
export function locks(terms: Terms): { long: bigint; short: bigint; units: bigint } {
  const value = (price: bigint): bigint => lotValue(price, terms.quoteDecimals);
  const reference = value(terms.reference);
  if (terms.style !== Style.BANDED) return { long: reference, short: 0n, units: LOT };
  return { long: reference - value(terms.low), short: value(terms.high) - reference, units: 0n };
}

/** What the buyer pays the seller for `lots` beside the locks; negative where the seller pays. Exact. */
export function payment(terms: Terms, leg: Leg, price: bigint, lots: bigint): bigint {
  const isBanded = terms.style === Style.BANDED;
  const low = isBanded ? terms.low : 0n;
  const high = isBanded ? terms.high : terms.reference;
  const held = leg === Leg.LONG ? low : leg === Leg.SHORT ? high : terms.reference;
  const { quoteDecimals } = terms;
  return (lotValue(price, quoteDecimals) - lotValue(held, quoteDecimals)) * lots;
}

/** The taker's fee on `lots`, rounded down in the taker's favour. */
export function feeOf(price: bigint, lots: bigint, feeBps: number, quoteDecimals: number): bigint {
  return (lotValue(price, quoteDecimals) * lots * BigInt(feeBps)) / BPS;
}

/** Whether a taker's limit allows a price with the fee on top, to the last digit. */
export function isWithin(side: Side, price: bigint, limit: bigint, feeBps: number): boolean {
  const fee = BigInt(feeBps);
  return side === Side.BUY
    ? price * (BPS + fee) <= limit * BPS
    : price * (BPS - fee) >= limit * BPS;
}

/** The least far limit on the tick that reaches a price with the fee on top. */
export function limitWithFee(side: Side, price: bigint, feeBps: number, step: bigint): bigint {
  const fee = BigInt(feeBps);
  if (side === Side.SELL) return ((price * (BPS - fee)) / (BPS * step)) * step;
  const per = BPS * step;
  return ((price * (BPS + fee) + per - 1n) / per) * step;
}

/** What holding a side of `lots`, entered at `price`, has gained at S, in quote; units count at S. */
export function gain(terms: Terms, side: Side, price: bigint, lots: bigint, s: bigint): bigint {
  const at = terms.style === Style.BANDED ? clip(s, terms) : s;
  const worth = lotValue(at, terms.quoteDecimals) - lotValue(price, terms.quoteDecimals);
  return (side === Side.BUY ? worth : -worth) * lots;
}

function clip(price: bigint, { low, high }: Terms): bigint {
  return price < low ? low : price > high ? high : price;
}
