/** Places in views that other modules fill: views do not know wallets, wallets know views' places. */
import type { ComponentType } from "preact";
import type { Address } from "viem";
import type { ChainConfig } from "./config";

export interface Slots {
  /** In the page's head: the wallet's button. */
  wallet: Record<string, never>;
  /** Under a grade's preview: wrap or unwrap this amount. `fill` writes another into the form. */
  gradeActions: {
    readonly chain: ChainConfig;
    readonly symbol: string;
    readonly unit: Address;
    readonly way: "wrap" | "unwrap";
    readonly amount: bigint;
    readonly fill: (text: string) => void;
  };
  /** Under a route: send across chains. */
  routeActions: { readonly chain: ChainConfig; readonly route: string };
  /** Beside a transfer: cancel, claim. */
  transferActions: { readonly chain: ChainConfig; readonly route: string; readonly nonce: bigint };
}

const filled: { [Name in keyof Slots]?: ComponentType<Slots[Name]> } = {};

export function fillSlot<Name extends keyof Slots>(name: Name, component: ComponentType<Slots[Name]>): void {
  (filled as Record<string, unknown>)[name] = component;
}

export function slot<Name extends keyof Slots>(name: Name): ComponentType<Slots[Name]> | undefined {
  return filled[name] as ComponentType<Slots[Name]> | undefined;
}
