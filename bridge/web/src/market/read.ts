/** Series and holdings as the chain has them, each reading of one block. */
import type { Address, ContractFunctionReturnType } from "viem";
import { balanceOf, decimals, symbol, allowance } from "../abi/IERC20Metadata";
import { epochOf } from "../abi/FuturesExchange";
import { claimables, holdings } from "../abi/FuturesLens";
import { isOperator } from "../abi/FuturesMarket";
import { fresh, latest } from "../abi/SpotIndex";
import { type Head, read, readHead, revertData } from "../chain/client";
import type { ChainConfig } from "../config";
import { printable } from "../format/numbers";
import { addressOf, frontOf } from "../world";
import type { Course } from "./ladder";
import { Style, type Terms } from "./payoff";

export interface TokenFacts {
  readonly address: Address;
  readonly symbol: string;
  readonly decimals: number;
}

export interface Series {
  readonly id: bigint;
  /** As the deployment names it, else its short id. */
  readonly name: string;
  readonly index: number;
  readonly terms: Terms;
  readonly course: Course;
  readonly quote: TokenFacts;
  /** Wrapped units of the eligible grades; none where BANDED. */
  readonly units: readonly TokenFacts[];
  readonly caps: readonly bigint[];
  /** Open lots of each grade. */
  readonly lots: readonly bigint[];
  /** S, proposed or final; 0 for none. */
  readonly price: bigint;
  readonly impaired: number;
  /** Lots that an account has, and what redeeming them pays: LONG, then SHORT of each grade. */
  readonly held: readonly bigint[];
  readonly pays: readonly Payout[];
}

export interface Payout {
  readonly quote: bigint;
  readonly units: readonly bigint[];
}

export interface MarketNow {
  readonly head: Head;
  readonly series: readonly Series[];
}

const NOBODY: Address = "0x0000000000000000000000000000000000000000";
const PAGE = 20n;
const MOST_SERIES = 400n;

/** All series, with what an account has of each. */
export async function readMarket(
  chain: ChainConfig,
  account: Address | undefined,
): Promise<MarketNow> {
  const [lens, head] = [addressOf(chain, "FuturesLens"), await readHead(chain)];
  const found: Series[] = [];
  for (let from = 0n; from < MOST_SERIES; from += PAGE) {
    const [page, total] = await read(
      chain,
      lens,
      holdings,
      [account ?? NOBODY, from, PAGE],
      head.number,
    );
    found.push(...(await Promise.all(page.map((each) => readSeries(chain, each)))));
    if (from + PAGE >= total) break;
  }
  return { head, series: found };
}

type Holding = ContractFunctionReturnType<
  readonly [typeof holdings],
  "view",
  "holdings"
>[0][number];

async function readSeries(chain: ChainConfig, holding: Holding): Promise<Series> {
  const { terms, phase, price, challengeEnds, guardianActed, impaired, lotsOf } = holding.series;
  const quote = await readToken(chain, terms.quoteToken);
  const units = await Promise.all(terms.units.map((each) => readToken(chain, each)));
  const isBanded = terms.style === Style.BANDED;
  return {
    id: holding.id,
    name: nameOf(chain, holding.id),
    index: terms.index,
    terms: {
      style: terms.style,
      reference: terms.referencePrice,
      low: isBanded ? terms.low : 0n,
      high: isBanded ? terms.high : 0n,
      quoteDecimals: quote.decimals,
    },
    course: {
      style: terms.style,
      phase,
      start: terms.start,
      expiry: terms.expiry,
      challengeEnds,
      guardianActed,
    },
    quote,
    units,
    caps: terms.capLots,
    lots: lotsOf,
    price,
    impaired,
    held: holding.held,
    pays: holding.quote.map((paid, side) => ({ quote: paid, units: holding.units[side] ?? [] })),
  };
}

/** A series' name in this deployment. */
export function nameOf(chain: ChainConfig, id: bigint): string {
  const named = Object.entries(chain.series).find(([, each]) => each === id)?.[0];
  return named ? printable(named, 40) : `series ${id.toString(16).slice(0, 8)}…`;
}

/** LONG, or SHORT with its grade. */
export function sideName(series: Series, side: number): string {
  if (side === 0) return "LONG";
  const unit = series.units[side - 1];
  return unit ? `SHORT ${unit.symbol}` : "SHORT";
}

const tokens = new Map<string, Promise<TokenFacts>>();

/** What a token says of itself, as plain text. */
export function readToken(chain: ChainConfig, address: Address): Promise<TokenFacts> {
  const key = `${chain.chainId}:${address}`;
  const known = tokens.get(key);
  if (known) return known;
  const reading = Promise.all([
    read(chain, address, symbol, []),
    read(chain, address, decimals, []),
  ]).then(([name, places]) => ({ address, symbol: printable(name, 16), decimals: places }));
  tokens.set(key, reading);
  reading.catch(() => tokens.delete(key));
  return reading;
}

/** The newest value of an index, and the slot it is of: Unix seconds. */
export async function readSpot(
  chain: ChainConfig,
  index: number,
): Promise<{ price: bigint; slot: number }> {
  const { value, slot } = await read(chain, frontOf(chain), latest, [BigInt(index)]);
  return { price: value, slot };
}

/** The value of an index that is fresh, USD per SCU with 8 decimals; 0 for none. */
export async function readFresh(chain: ChainConfig, index: number): Promise<bigint> {
  try {
    return (await read(chain, frontOf(chain), fresh, [BigInt(index)]))[0];
  } catch (failure) {
    // The contract refuses to give an old one; an endpoint that does not answer is another matter.
    if (revertData(failure) === undefined) throw failure;
    return 0n;
  }
}

export interface TokenMeans {
  readonly balance: bigint;
  readonly exchange: bigint;
  readonly market: bigint;
}

/** What an account has for one series, and what it lets the contracts take. */
export interface Means {
  readonly quote: TokenMeans;
  readonly units: readonly TokenMeans[];
  readonly isOperator: boolean;
  readonly epoch: bigint;
}

export async function readMeans(
  chain: ChainConfig,
  series: Series,
  owner: Address,
): Promise<Means> {
  const { number: block } = await readHead(chain);
  const [exchange, market] = [
    addressOf(chain, "FuturesExchange"),
    addressOf(chain, "FuturesMarket"),
  ];
  const meansOf = async (address: Address): Promise<TokenMeans> => {
    const allowed = (spender: Address) => read(chain, address, allowance, [owner, spender], block);
    const [balance, byExchange, byMarket] = await Promise.all([
      read(chain, address, balanceOf, [owner], block),
      allowed(exchange),
      allowed(market),
    ]);
    return { balance, exchange: byExchange, market: byMarket };
  };
  const [quote, units, operates, epoch] = await Promise.all([
    meansOf(series.quote.address),
    Promise.all(series.units.map((each) => meansOf(each.address))),
    read(chain, market, isOperator, [owner, exchange], block),
    read(chain, exchange, epochOf, [owner], block),
  ]);
  return { quote, units, isOperator: operates, epoch };
}

export interface Claim {
  readonly token: TokenFacts;
  readonly amount: bigint;
}

/** What could not be paid to an account and waits for it at the market. */
export async function readClaims(
  chain: ChainConfig,
  account: Address,
  found: readonly TokenFacts[],
): Promise<readonly Claim[]> {
  const amounts = await read(chain, addressOf(chain, "FuturesLens"), claimables, [
    account,
    found.map((each) => each.address),
  ]);
  return found
    .map((token, place) => ({ token, amount: amounts[place] ?? 0n }))
    .filter(({ amount }) => amount > 0n);
}
