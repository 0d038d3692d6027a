/** What a wallet injects (EIP-1193), asked so that its failures can be told apart. */
import { printable } from "../format/numbers";

export interface Eip1193 {
  request(asked: { method: string; params?: readonly unknown[] }): Promise<unknown>;
  on?(event: string, listener: (...values: unknown[]) => void): unknown;
  removeListener?(event: string, listener: (...values: unknown[]) => void): unknown;
}

export type FailureKind =
  "refused" | "unauthorised" | "unsupported" | "disconnected" | "unknown-chain" | "busy" | "failed";

const KINDS: ReadonlyMap<number, FailureKind> = new Map([
  [4001, "refused"],
  [4100, "unauthorised"],
  [4200, "unsupported"],
  [-32601, "unsupported"],
  [4900, "disconnected"],
  [4901, "disconnected"],
  [4902, "unknown-chain"],
  [-32002, "busy"],
]);

const WORDS: Readonly<Record<FailureKind, string>> = {
  refused: "You refused it in the wallet. Nothing was sent.",
  unauthorised: "The wallet does not let this page use the account. Connect it again.",
  unsupported: "The wallet cannot do this. Try another wallet.",
  disconnected: "The wallet has no connection to the chain. Check its network settings.",
  "unknown-chain": "The wallet does not know this chain. Add it in the wallet.",
  busy: "The wallet still waits for an answer to an earlier question. Open it and answer there.",
  failed: "The wallet failed.",
};

const MOST_TEXT = 200;

/** Why a wallet did not do what it was asked. Its message is for people. */
export class WalletFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    detail = "",
  ) {
    super(kind === "failed" && detail ? `${WORDS.failed} It says: ${detail}` : WORDS[kind]);
    this.name = "WalletFailure";
  }
}

/** The wallet's response. Throws WalletFailure. */
export async function ask(
  provider: Eip1193,
  method: string,
  params: readonly unknown[] = [],
): Promise<unknown> {
  try {
    return await provider.request({ method, params });
  } catch (failure) {
    throw toFailure(failure);
  }
}

/** Any error that a wallet threw, told by its code; wallets nest codes of other wallets. */
export function toFailure(failure: unknown): WalletFailure {
  if (failure instanceof WalletFailure) return failure;
  let kind: FailureKind | undefined;
  let layer: unknown = failure;
  for (let depth = 0; depth < 4 && isObject(layer); depth += 1) {
    kind = typeof layer.code === "number" ? (KINDS.get(layer.code) ?? kind) : kind;
    const data = isObject(layer.data) ? layer.data : undefined;
    layer = data?.originalError ?? layer.cause ?? data;
  }
  const message = isObject(failure) && typeof failure.message === "string" ? failure.message : "";
  return new WalletFailure(kind ?? "failed", printable(message, MOST_TEXT));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
