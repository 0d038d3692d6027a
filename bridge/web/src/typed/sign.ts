/** A message signed by the connected wallet, and looked at before anyone gets it. */
import { type Hex, isHex } from "viem";
import { ask, WalletFailure } from "../wallet/provider";
import type { Connected } from "../wallet/session";
import { forWallet, type TypedMessage } from "./message";

const MOST_BYTES = 1_024;

/** The signature. Throws WalletFailure, also where the wallet is on another chain than the message. */
export async function signMessage(session: Connected, message: TypedMessage): Promise<Hex> {
  const { provider } = session.wallet;
  const chain = Number(await ask(provider, "eth_chainId"));
  if (chain !== message.domain.chainId) {
    const wanted = `it is on chain ${chain}, and this is for chain ${message.domain.chainId}`;
    throw new WalletFailure("failed", wanted);
  }
  const params = [session.account, forWallet(message)];
  const signature = await ask(provider, "eth_signTypedData_v4", params);
  if (!isHex(signature) || signature.length > 2 + 2 * MOST_BYTES || signature.length < 130) {
    throw new WalletFailure("failed", "what came back is no signature");
  }
  return signature;
}

/** r, s and v of a signature of 65 bytes, as permits take them. Throws WalletFailure. */
export function splitSignature(signature: Hex): readonly [v: number, r: Hex, s: Hex] {
  if (signature.length !== 132) throw new WalletFailure("unsupported");
  const last = Number.parseInt(signature.slice(130), 16);
  const v = last < 27 ? last + 27 : last;
  return [v, `0x${signature.slice(2, 66)}`, `0x${signature.slice(66, 130)}`];
}

export type Signer = (message: TypedMessage) => Promise<Hex>;
