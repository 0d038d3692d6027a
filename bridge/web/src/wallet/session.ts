/** The one wallet that is connected: its account, its chain, and what it refused. */
import type { Address } from "viem";
import { getAddress, isAddress } from "viem/utils";
import type { Wallet } from "./discovery";
import { ask, isObject, toFailure, WalletFailure } from "./provider";

export interface ChainToAdd {
  readonly id: number;
  readonly name: string;
  readonly rpcUrl: string;
}

export type Session =
  | { readonly kind: "none"; readonly failure?: WalletFailure }
  | { readonly kind: "asking"; readonly wallet: Wallet }
  | Connected;

export interface Connected {
  readonly kind: "connected";
  readonly wallet: Wallet;
  readonly account: Address;
  readonly chain: number;
  /** Of the last request about the session itself: switching chains, say. */
  readonly failure?: WalletFailure;
}

/** Where the connected wallet's name is kept over a reload: localStorage, or a map. */
export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const REMEMBERED = "pargrade.wallet";
const COIN = { name: "Ether", symbol: "ETH", decimals: 18 } as const;

export class WalletSession {
  #state: Session = { kind: "none" };
  readonly #listeners = new Set<(state: Session) => void>();
  #unhook: () => void = () => {};

  constructor(private readonly memory: Memory) {}

  get state(): Session {
    return this.#state;
  }

  subscribe(listener: (state: Session) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks the wallet for an account. What it refuses is in the state. */
  async connect(wallet: Wallet): Promise<void> {
    this.#unhook();
    this.#set({ kind: "asking", wallet });
    try {
      await this.#enter(wallet, await ask(wallet.provider, "eth_requestAccounts"));
    } catch (failure) {
      this.#set({ kind: "none", failure: toFailure(failure) });
    }
  }

  /** After a reload: takes up the wallet that was connected, without asking anything of its owner. */
  async resume(wallets: readonly Wallet[]): Promise<void> {
    const name = this.memory.getItem(REMEMBERED);
    const wallet = wallets.find((each) => each.rdns === name);
    if (!wallet || this.#state.kind !== "none") return;
    try {
      const accounts = await ask(wallet.provider, "eth_accounts");
      if (this.#state.kind === "none" && readAccount(accounts)) await this.#enter(wallet, accounts);
    } catch {
      // A wallet that is locked or gone is connected again by hand.
    }
  }

  /** Forgets the wallet, and lets it forget the page where it can. */
  async disconnect(): Promise<void> {
    const state = this.#state;
    this.#leave();
    if (state.kind !== "connected") return;
    try {
      await ask(state.wallet.provider, "wallet_revokePermissions", [{ eth_accounts: {} }]);
    } catch {
      // Not every wallet can; the page has forgotten it in any case.
    }
  }

  /** Asks the wallet to change to a chain, adding it where it is unknown. True when it has. */
  async switchChain(chain: ChainToAdd): Promise<boolean> {
    const state = this.#state;
    if (state.kind !== "connected") return false;
    const { provider } = state.wallet;
    const chainId = `0x${chain.id.toString(16)}`;
    const { failure: _, ...calm } = state;
    this.#set(calm);
    try {
      try {
        await ask(provider, "wallet_switchEthereumChain", [{ chainId }]);
      } catch (failure) {
        if (!(failure instanceof WalletFailure) || failure.kind !== "unknown-chain") throw failure;
        const added = { chainId, chainName: chain.name, rpcUrls: [chain.rpcUrl] };
        await ask(provider, "wallet_addEthereumChain", [{ ...added, nativeCurrency: COIN }]);
      }
      const now = readChain(await ask(provider, "eth_chainId"));
      this.#setChain(now);
      return now === chain.id;
    } catch (failure) {
      if (this.#state.kind === "connected") {
        this.#set({ ...this.#state, failure: toFailure(failure) });
      }
      return false;
    }
  }

  async #enter(wallet: Wallet, accounts: unknown): Promise<void> {
    const account = readAccount(accounts);
    if (!account) throw new WalletFailure("unauthorised");
    const chain = readChain(await ask(wallet.provider, "eth_chainId"));
    this.#hook(wallet);
    this.memory.setItem(REMEMBERED, wallet.rdns);
    this.#set({ kind: "connected", wallet, account, chain });
  }

  #hook(wallet: Wallet): void {
    const { provider } = wallet;
    const onAccounts = (accounts: unknown): void => {
      const account = readAccount(accounts);
      if (!account) this.#leave();
      else if (this.#state.kind === "connected") this.#set({ ...this.#state, account });
    };
    const onChain = (chain: unknown): void => {
      try {
        this.#setChain(readChain(chain));
      } catch {
        // Nonsense from a wallet changes nothing; the next request asks it again.
      }
    };
    const onEnd = (): void => {
      this.#leave(new WalletFailure("disconnected"));
    };
    provider.on?.("accountsChanged", onAccounts);
    provider.on?.("chainChanged", onChain);
    provider.on?.("disconnect", onEnd);
    this.#unhook = () => {
      provider.removeListener?.("accountsChanged", onAccounts);
      provider.removeListener?.("chainChanged", onChain);
      provider.removeListener?.("disconnect", onEnd);
    };
  }

  #setChain(chain: number): void {
    if (this.#state.kind === "connected") this.#set({ ...this.#state, chain });
  }

  #leave(failure?: WalletFailure): void {
    this.#unhook();
    this.#unhook = () => {};
    this.memory.removeItem(REMEMBERED);
    this.#set(failure ? { kind: "none", failure } : { kind: "none" });
  }

  #set(state: Session): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function readAccount(accounts: unknown): Address | undefined {
  const first: unknown = Array.isArray(accounts) ? accounts[0] : undefined;
  const isOne = typeof first === "string" && isAddress(first, { strict: false });
  return isOne ? getAddress(first) : undefined;
}

/** A chain's id from "0x…"; some wallets send a number. Throws WalletFailure. */
function readChain(raw: unknown): number {
  const text = isObject(raw) ? raw.chainId : raw;
  const id = typeof text === "string" || typeof text === "number" ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(id) || id <= 0) throw new WalletFailure("failed", "no chain id");
  return id;
}
