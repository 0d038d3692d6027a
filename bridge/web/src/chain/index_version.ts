/** Which contract records rounds: the domain that reporters sign under says it (EIP-5267). */
import { eip712Domain } from "../abi/SpotIndex";
import type { ChainConfig } from "../config";
import { addressOf } from "../world";
import { read } from "./client";

/** Every reporter signs its own observation; the value is their median. */
export const OBSERVATIONS = 1;
/** All sign one report. */
export const COMMON_REPORT = 2;

export type IndexVersion = typeof OBSERVATIONS | typeof COMMON_REPORT;

const VERSIONS: Readonly<Record<string, IndexVersion>> = { "1": OBSERVATIONS, "2": COMMON_REPORT };
const found = new Map<string, Promise<IndexVersion>>();

/** The version of a chain's index. Asked once: a contract's domain never changes. */
export function readVersion(chain: ChainConfig): Promise<IndexVersion> {
  const name = `${chain.chainId}:${addressOf(chain, "SpotIndex")}`;
  let asked = found.get(name);
  if (!asked) {
    asked = ask(chain);
    found.set(name, asked);
    // What failed is asked again.
    asked.catch(() => found.delete(name));
  }
  return asked;
}

async function ask(chain: ChainConfig): Promise<IndexVersion> {
  const [, , stated] = await read(chain, addressOf(chain, "SpotIndex"), eip712Domain, []);
  const version = VERSIONS[stated];
  if (!version) throw new Error(`this page knows no index of version ${JSON.stringify(stated.slice(0, 20))}`);
  return version;
}
