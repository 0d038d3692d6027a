/** What an account did in a series, from the chain's events. */
import type { Address } from "viem";
import { Filled } from "../abi/FuturesExchange";
import { Redeemed } from "../abi/FuturesMarket";
import { readHead, readLogs } from "../chain/client";
import type { ChainConfig } from "../config";
import { addressOf } from "../world";
import type { Series } from "./read";

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
  const [exchange, market] = [
    addressOf(chain, "FuturesExchange"),
    addressOf(chain, "FuturesMarket"),
  ];
  const { number: last } = await readHead(chain);
  const positions = Array.from(
    { length: series.lots.length + 1 },
    (_, side) => series.id + BigInt(side),
  );
  const [made, taken, redeemed] = await Promise.all([
    readLogs(chain, exchange, Filled, { maker: account }, chain.firstBlock, last),
    readLogs(chain, exchange, Filled, { taker: account }, chain.firstBlock, last),
    readLogs(
      chain,
      market,
      Redeemed,
      { position: positions, holder: account },
      chain.firstBlock,
      last,
    ),
  ]);
  const fills = [...made, ...taken]
    .filter((log) => log.args.series === series.id)
    .map((log) => ({
      block: log.block,
      transaction: log.tx,
      isMaker: log.args.maker.toLowerCase() === account.toLowerCase(),
      price: log.args.price,
      lots: log.args.lots,
      leg: log.args.leg,
      fee: log.args.fee,
    }))
    .sort((a, b) => Number(a.block - b.block));
  const redemptions = redeemed.map((log) => ({
    block: log.block,
    transaction: log.tx,
    side: Number(log.args.position - series.id),
    lots: log.args.lots,
    quote: log.args.quote,
  }));
  return { fills, redemptions };
}
