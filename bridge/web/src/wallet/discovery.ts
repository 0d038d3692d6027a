/** The wallets that announce themselves in this window (EIP-6963). What they say of themselves is checked. */
import { type Eip1193, isObject } from "./provider";
import { printable } from "../format/numbers";

export interface Wallet {
  readonly uuid: string;
  /** Reverse domain name: what a wallet is remembered by. */
  readonly rdns: string;
  /** One plain line, as the wallet calls itself. */
  readonly name: string;
  /** A data URL of a picture, or nothing. */
  readonly icon: string;
  readonly provider: Eip1193;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RDNS = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i;
const ICON = /^data:image\/(svg\+xml|png|webp|jpeg|gif)[;,]/;
const MOST_ICON = 128 * 1024;
const MOST_NAME = 40;
const MOST_WALLETS = 32;

/** Calls back with all wallets found so far, whenever there is one more. Returns how to stop. */
export function watchWallets(
  window: EventTarget,
  onChange: (wallets: readonly Wallet[]) => void,
): () => void {
  const found = new Map<string, Wallet>();
  const listen = (event: Event): void => {
    const wallet = readAnnouncement((event as CustomEvent<unknown>).detail);
    if (!wallet || found.has(wallet.uuid) || found.size >= MOST_WALLETS) return;
    found.set(wallet.uuid, wallet);
    onChange([...found.values()]);
  };
  window.addEventListener("eip6963:announceProvider", listen);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  return () => window.removeEventListener("eip6963:announceProvider", listen);
}

/** The wallet behind an announcement; undefined for one that is not as the standard has it. */
export function readAnnouncement(detail: unknown): Wallet | undefined {
  if (!isObject(detail) || !isObject(detail.info) || !isObject(detail.provider)) return undefined;
  const { uuid, rdns, name, icon } = detail.info;
  if (typeof uuid !== "string" || !UUID.test(uuid)) return undefined;
  if (typeof rdns !== "string" || rdns.length > 200 || !RDNS.test(rdns)) return undefined;
  if (typeof detail.provider.request !== "function") return undefined;
  const isPicture = typeof icon === "string" && icon.length <= MOST_ICON && ICON.test(icon);
  const shown = typeof name === "string" ? printable(name.trim(), MOST_NAME) : "";
  return {
    uuid,
    rdns,
    name: shown || rdns,
    icon: isPicture ? icon : "",
    provider: detail.provider as unknown as Eip1193,
  };
}
