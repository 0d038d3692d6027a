/** What every view needs: the settings, and the first chain's head. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Address } from "viem";
import type { ChainConfig, Config } from "./config";

export const WorldContext = createContext<Config | null>(null);

export function useConfig(): Config {
  const config = useContext(WorldContext);
  if (!config) throw new Error("a view outside the page");
  return config;
}

/** The chain whose index, grades and series are shown. */
export function useChain(): ChainConfig {
  return firstChain(useConfig());
}

export function firstChain(config: Config): ChainConfig {
  const chain = config.chains[0];
  if (!chain) throw new Error("no chain");
  return chain;
}

/** Whom markets ask for the index: the front where one is, which knows whose phase a time lies in. */
export function frontOf(chain: ChainConfig): Address {
  return chain.contracts["PhasedIndex"] ?? addressOf(chain, "SpotIndex");
}

/** Where a contract is. Throws words for people when the deployment has none. */
export function addressOf(chain: ChainConfig, contract: string): Address {
  const found = chain.contracts[contract];
  if (!found) throw new Error(`the deployment of chain ${chain.chainId} has no ${contract}`);
  return found;
}
