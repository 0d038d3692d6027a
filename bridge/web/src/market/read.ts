/** Series and holdings as the chain has them, each reading of one block. */
import type { Address, ContractFunctionReturnType } from "viem";
import { getLogs, readContract } from "viem/actions";
import { balanceOf, decimals, symbol, allowance } from "../abi/IERC20Metadata";
import { Filled, epochOf } from "../abi/FuturesExchange";
import { claimables, holdings } from "../abi/FuturesLens";
import { isOperator, Redeemed } from "../abi/FuturesMarket";
import { latest } from "../abi/SpotIndex";
import { clientOf, type Head, readHead } from "../chain/client";
import type { ChainConfig } from "../config";
import { printable } from "../format/numbers";
import { addressOf } from "../world";
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
export async function readMarket(chain: ChainConfig, account: Address | undefined): Promise<MarketNow> {
  const [client, head] = [clientOf(chain), await readHead(chain)];
  const at = { address: addressOf(chain, "FuturesLens"), blockNumber: head.number };
  const found: Series[] = [];
  for (let from = 0n; from < MOST_SERIES; from += PAGE) {
    const [page, total] = await readContract(client, {
      ...at,
      abi: [holdings],
      functionName: "holdings",
      args: [account ?? NOBODY, from, PAGE],
    });
    found.push(...(await Promise.all(page.map((each) => readSeries(chain, each)))));
    if (from + PAGE >= total) break;
  }
  return { head, series: found };
}

type Holding = ContractFunctionReturnType<readonly [typeof holdings], "view", "holdings">[0][number];

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
  const client = clientOf(chain);
  const reading = Promise.all([
    readContract(client, { address, abi: [symbol], functionName: "symbol" }),
    readContract(client, { address, abi: [decimals], functionName: "decimals" }),
  ]).then(([name, places]) => ({ address, symbol: printable(name, 16), decimals: places }));
  tokens.set(key, reading);
  reading.catch(() => tokens.delete(key));
  return reading;
}

/** The newest value of an index, and the slot it is of: Unix seconds. */
export async function readSpot(chain: ChainConfig, index: number): Promise<{ price: bigint; slot: number }> {
  const { value, slot } = await readContract(clientOf(chain), {
    address: addressOf(chain, "SpotIndex"),
    abi: [latest],
    functionName: "latest",
    args: [BigInt(index)],
  });
  return { price: value, slot };
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

export async function readMeans(chain: ChainConfig, series: Series, owner: Address): Promise<Means> {
  const client = clientOf(chain);
  const { number: blockNumber } = await readHead(chain);
  const [exchange, market] = [addressOf(chain, "FuturesExchange"), addressOf(chain, "FuturesMarket")];
  const meansOf = async (address: Address): Promise<TokenMeans> => {
    const at = { address, blockNumber };
    const allowed = (spender: Address) =>
      readContract(client, { ...at, abi: [allowance], functionName: "allowance", args: [owner, spender] });
    const [balance, byExchange, byMarket] = await Promise.all([
      readContract(client, { ...at, abi: [balanceOf], functionName: "balanceOf", args: [owner] }),
      allowed(exchange),
      allowed(market),
    ]);
    return { balance, exchange: byExchange, market: byMarket };
  };
  const [quote, units, operates, epoch] = await Promise.all([
    meansOf(series.quote.address),
    Promise.all(series.units.map((each) => meansOf(each.address))),
    readContract(client, {
      address: market,
      blockNumber,
      abi: [isOperator],
      functionName: "isOperator",
      args: [owner, exchange],
    }),
    readContract(client, { address: exchange, blockNumber, abi: [epochOf], functionName: "epochOf", args: [owner] }),
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
  const amounts = await readContract(clientOf(chain), {
    address: addressOf(chain, "FuturesLens"),
    abi: [claimables],
    functionName: "claimables",
    args: [account, found.map((each) => each.address)],
  });
  return found
    .map((token, place) => ({ token, amount: amounts[place] ?? 0n }))
    .filter(({ amount }) => amount > 0n);
}

export interface Fill {
  readonly block: bigint;
  readonly transaction: string;
  readonly isMaker: boolean;
  readonly price: bigint;
  readonly lots: bigint;
  readonly leg: number;
  readonly fee: bigint;
}

export interface Redemption {
  readonly block: bigint;
  readonly transaction: string;
  readonly side: number;
  readonly lots: bigint;
  readonly quote: bigint;
}

/** What an account did in a series, from the chain's events: fills and redemptions, the oldest first. */
export async function readDeeds(
  chain: ChainConfig,
  series: Series,
  account: Address,
): Promise<{ fills: readonly Fill[]; redemptions: readonly Redemption[] }> {
  const client = clientOf(chain);
  const range = { fromBlock: chain.firstBlock, toBlock: "latest" } as const;
  const exchange = { address: addressOf(chain, "FuturesExchange"), event: Filled, ...range } as const;
  const positions = Array.from({ length: series.lots.length + 1 }, (_, side) => series.id + BigInt(side));
  const [made, taken, redeemed] = await Promise.all([
    getLogs(client, { ...exchange, args: { maker: account }, strict: true }),
    getLogs(client, { ...exchange, args: { taker: account }, strict: true }),
    getLogs(client, {
      address: addressOf(chain, "FuturesMarket"),
      event: Redeemed,
      ...range,
      args: { position: positions, holder: account },
      strict: true,
    }),
  ]);
  const fills = [...made, ...taken]
    .filter((log) => log.args.series === series.id)
    .map((log) => ({
      block: log.blockNumber,
      transaction: log.transactionHash,
      isMaker: log.args.maker.toLowerCase() === account.toLowerCase(),
      price: log.args.price,
      lots: log.args.lots,
      leg: log.args.leg,
      fee: log.args.fee,
    }))
    .sort((a, b) => Number(a.block - b.block));
  const redemptions = redeemed.map((log) => ({
    block: log.blockNumber,
    transaction: log.transactionHash,
    side: Number(log.args.position - series.id),
    lots: log.args.lots,
    quote: log.args.quote,
  }));
  return { fills, redemptions };
}
