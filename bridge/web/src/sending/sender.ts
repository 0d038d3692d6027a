/** A call brought to a chain by the connected wallet: tried first, then asked for, then followed. */
import type { Abi, Address, Hex } from "viem";
import { explain, revertData } from "../chain/client";
import { ask, WalletFailure } from "../wallet/provider";
import { printable } from "../format/numbers";
import type { Connected, WalletSession } from "../wallet/session";
import type { TransactionLog } from "./log";
import { lookAt, readNumber, readQuantity, type Rpc, toHex } from "./look";
import { explainRevert } from "./reverts";
import { conclude, isOver, type Sent, type Stage } from "./stage";

/** A call that someone wants to be made. */
export interface Action {
  /** For people: "Wrap 100 tokens". */
  readonly title: string;
  readonly to: Address;
  readonly data: Hex;
}

/** One chain as transactions need it. */
export interface SendingChain {
  readonly id: number;
  readonly name: string;
  readonly rpc: Rpc;
}

export const LOOK_EVERY_MS = 1_500;
const GAS_MARGIN_PERCENT = 25n;

export class Sender {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLooking = false;

  constructor(
    private readonly session: WalletSession,
    private readonly log: TransactionLog,
    private readonly chains: readonly SendingChain[],
    private readonly abis: readonly Abi[],
  ) {
    if (log.open.length) this.#lookSoon();
  }

  /**
   * Tries, asks and sends; what becomes of it is in the log under `id`. Resolves when the wallet has
   * sent it or it will not be; what was sent is followed from then on.
   */
  async send(id: string, chainId: number, action: Action): Promise<void> {
    const entry = { id, title: action.title, chain: chainId };
    const put = (stage: Stage): void => this.log.put({ ...entry, stage });
    put({ kind: "preparing" });
    try {
      const sent = await this.#carry(chainId, action, () => put({ kind: "asked" }));
      this.log.put({ ...entry, sent, stage: { kind: "unseen" } });
      this.#lookSoon(0);
    } catch (failure) {
      put(
        failure instanceof Impossible
          ? { kind: "impossible", why: failure.message }
          : { kind: "refused", why: reasonOf(failure) },
      );
    }
  }

  /** Looks at every transaction that is open, once. */
  async follow(): Promise<void> {
    for (const entry of this.log.open) {
      const chain = this.chains.find((each) => each.id === entry.chain);
      if (!chain || !entry.sent) continue;
      try {
        const look = await lookAt(chain.rpc, entry.sent);
        const sent = { ...entry.sent, nonce: look.nonceOf };
        let stage = conclude(sent, look, entry.stage, Date.now());
        if (stage.kind === "failed" && !stage.why) {
          stage = { ...stage, why: await this.#whyFailed(chain, sent, stage.block) };
        }
        const latest = this.log.find(entry.id);
        if (latest && !isOver(latest.stage)) this.log.put({ ...entry, sent, stage });
      } catch {
        // The endpoint is down: what is known stays, and the page says how old it is.
      }
    }
  }

  #lookSoon(delay: number = LOOK_EVERY_MS): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isLooking) return;
      this.#isLooking = true;
      void this.follow().finally(() => {
        this.#isLooking = false;
        if (this.log.open.length && this.#timer === undefined) this.#lookSoon();
      });
    }, delay);
  }

  async #carry(chainId: number, action: Action, onAsk: () => void): Promise<Sent> {
    const chain = this.chains.find((each) => each.id === chainId);
    const state = this.session.state;
    if (!chain) throw new Impossible(`This page has no endpoint of chain ${chainId}.`);
    if (state.kind !== "connected") throw new Impossible("Connect a wallet first.");
    await this.#requireChain(state, chain);
    const from = state.account;
    const call = { from, to: action.to, data: action.data };
    const gas = await this.#rehearse(chain, call);
    const [nonce, block] = await Promise.all([
      chain.rpc.request("eth_getTransactionCount", [from, "latest"]).then(readNumber),
      chain.rpc.request("eth_blockNumber", []).then(readNumber),
    ]);
    onAsk();
    // With the chain named, a wallet that changed meanwhile refuses instead of sending elsewhere.
    const asked = [{ ...call, gas: toHex(gas), chainId: toHex(chain.id) }];
    const hash = await ask(state.wallet.provider, "eth_sendTransaction", asked);
    if (typeof hash !== "string" || !/^0x[0-9a-f]{64}$/i.test(hash)) {
      throw new Impossible("The wallet gave no transaction hash. Look there whether it was sent.");
    }
    const sent = { hash: hash as Hex, chain: chainId, from, nonce, block };
    return { ...sent, title: action.title, at: Date.now() };
  }

  async #requireChain(state: Connected, chain: SendingChain): Promise<void> {
    const now = Number(await ask(state.wallet.provider, "eth_chainId"));
    if (now === chain.id) return;
    throw new Impossible(
      `Your wallet is on chain ${now}; this needs ${chain.name}, chain ${chain.id}. ` +
        "Switch the wallet and try again.",
    );
  }

  /** Gas to give it. Throws Impossible where the chain would refuse it, or the account cannot pay. */
  async #rehearse(
    chain: SendingChain,
    call: { from: Address; to: Address; data: Hex },
  ): Promise<bigint> {
    let estimate: bigint;
    try {
      await chain.rpc.request("eth_call", [call, "latest"]);
      estimate = readQuantity(await chain.rpc.request("eth_estimateGas", [call]));
    } catch (failure) {
      const data = revertData(failure);
      if (data !== undefined) throw new Impossible(explainRevert(data, this.abis));
      const detail = printable(explain(failure), 200);
      if (/revert/i.test(detail)) throw new Impossible(explainRevert("0x", this.abis));
      const isPoor = /insufficient funds/i.test(detail);
      if (isPoor) throw new Impossible("The account has too little of the chain's coin for gas.");
      throw new Impossible(`The endpoint could not try it: ${detail}`);
    }
    const gas = (estimate * (100n + GAS_MARGIN_PERCENT)) / 100n;
    const [price, balance] = await Promise.all([
      chain.rpc.request("eth_gasPrice", []).then(readQuantity),
      chain.rpc.request("eth_getBalance", [call.from, "latest"]).then(readQuantity),
    ]);
    if (balance < gas * price) {
      throw new Impossible(
        `The account has ${coins(balance)} of the chain's coin, and the gas takes up to ` +
          `${coins(gas * price)}. Fund it first.`,
      );
    }
    return gas;
  }

  async #whyFailed(chain: SendingChain, sent: Sent, block: number): Promise<string> {
    const found = await chain.rpc.request("eth_getTransactionByHash", [sent.hash]);
    const { from, to, input } = (found ?? {}) as { from?: unknown; to?: unknown; input?: unknown };
    try {
      await chain.rpc.request("eth_call", [{ from, to, data: input }, toHex(block)]);
    } catch (failure) {
      return explainRevert(revertData(failure), this.abis);
    }
    return "";
  }
}

/** Why something was not even asked of the wallet; the message is for people. */
class Impossible extends Error {}

function reasonOf(failure: unknown): string {
  return failure instanceof WalletFailure ? failure.message : `Not sent: ${explain(failure)}`;
}

/** Wei as coins, cut after six decimals. */
function coins(wei: bigint): string {
  const micro = wei / 10n ** 12n;
  return `${micro / 1_000_000n}.${(micro % 1_000_000n).toString().padStart(6, "0")}`;
}
