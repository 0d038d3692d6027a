/** The page's one wallet, its transactions, and what sends them. */
import { useEffect, useState } from "preact/hooks";
import type { Abi } from "viem";
import { errors as gateErrors } from "../abi/BridgeGate";
import { errors as exchangeErrors } from "../abi/FuturesExchange";
import { errors as marketErrors } from "../abi/FuturesMarket";
import { errors as unitErrors } from "../abi/WrappedUnit";
import { clientOf } from "../chain/client";
import type { ChainConfig, Config } from "../config";
import { refresh } from "../data/live";
import { type Entry, TransactionLog } from "../sending/log";
import type { Rpc } from "../sending/look";
import { Sender } from "../sending/sender";
import { hasHappened } from "../sending/stage";
import { type Wallet, watchWallets } from "./discovery";
import { type Memory, type Session, WalletSession } from "./session";

const memory = openMemory();
export const session = new WalletSession(memory);
export const transactions = new TransactionLog(memory);
// The browser tells every other tab of a change, not the one that made it.
window.addEventListener("storage", () => transactions.adopt());

let found: readonly Wallet[] = [];
const listeners = new Set<() => void>();

watchWallets(window, (wallets) => {
  found = wallets;
  for (const listener of listeners) listener();
  void session.resume(wallets);
});

const ABIS: readonly Abi[] = [
  marketErrors,
  exchangeErrors,
  unitErrors,
  gateErrors,
  [
    {
      type: "error",
      name: "ERC20InsufficientAllowance",
      inputs: named("spender", "allowance", "needed"),
    },
    {
      type: "error",
      name: "ERC20InsufficientBalance",
      inputs: named("sender", "balance", "needed"),
    },
  ],
];

let sender: Sender | undefined;

/** What sends on all chains of the page. Built once, as it goes on with what a reload left open. */
export function senderOf(config: Config): Sender {
  sender ??= new Sender(session, transactions, config.chains.flatMap(sendingChain), ABIS);
  return sender;
}

function sendingChain(chain: ChainConfig): { id: number; name: string; rpc: Rpc }[] {
  if (chain.rpc === null) return [];
  const request = clientOf(chain).request as unknown as (asked: {
    method: string;
    params: readonly unknown[];
  }) => Promise<unknown>;
  const rpc = {
    request: (method: string, params: readonly unknown[]) => request({ method, params }),
  };
  return [{ id: chain.chainId, name: chainName(chain.chainId), rpc }];
}

const NAMES: Readonly<Record<number, string>> = { 1: "Ethereum", 31337: "the development chain" };

export function chainName(id: number): string {
  return NAMES[id] ?? `chain ${id}`;
}

export function useSession(): Session {
  const [state, setState] = useState(session.state);
  useEffect(() => {
    setState(session.state);
    return session.subscribe(setState);
  }, []);
  return state;
}

export function useWallets(): readonly Wallet[] {
  const [wallets, setWallets] = useState(found);
  useEffect(() => {
    const listener = () => setWallets(found);
    listener();
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return wallets;
}

/** The transactions of this browser, the newest first. What is shown is read anew when one happens. */
export function useTransactions(): readonly Entry[] {
  const [entries, setEntries] = useState(transactions.entries);
  useEffect(() => {
    setEntries(transactions.entries);
    return transactions.subscribe(() => setEntries(transactions.entries));
  }, []);
  return entries;
}

const happened = new Set<string>();
transactions.subscribe(() => {
  const fresh = transactions.entries.filter(
    (each) => hasHappened(each.stage) && !happened.has(each.id),
  );
  for (const each of fresh) happened.add(each.id);
  if (fresh.length) refresh();
});

function named(...names: string[]) {
  return names.map((name, place) => ({ name, type: place ? "uint256" : "address" }));
}

/** localStorage, or what lasts until the page is left where a browser has none. */
function openMemory(): Memory {
  try {
    localStorage.getItem("");
    return localStorage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}
