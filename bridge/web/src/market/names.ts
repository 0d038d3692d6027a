/** What dialogs call the contracts, tokens and series of a deployment. */
import type { Address } from "viem";
import type { ChainConfig } from "../config";
import type { Names, Token } from "../typed/reading";
import type { MarketNow } from "./read";

const CONTRACTS: Readonly<Record<string, string>> = {
  FuturesExchange: "the exchange of this deployment",
  FuturesMarket: "the market of this deployment",
  BridgeGate: "the gate of this deployment",
};

export function namesOf(chain: ChainConfig, account: Address, market: MarketNow): Names {
  const contracts: Record<string, string> = {};
  for (const [name, words] of Object.entries(CONTRACTS)) {
    const address = chain.contracts[name];
    if (address) contracts[address.toLowerCase()] = words;
  }
  const tokens: Record<string, Token> = {};
  for (const { quote, units } of market.series) {
    for (const token of [quote, ...units]) tokens[token.address.toLowerCase()] = token;
  }
  return {
    chainId: chain.chainId,
    account,
    contracts,
    tokens,
    series: (id) =>
      market.series.find((each) => each.id === id)?.name ?? `${id}, which is not listed here`,
    now: market.head.time,
  };
}
