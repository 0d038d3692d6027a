/** The views in the order of the page's head. `rest` is what follows the view in the link. */
import type { ComponentType } from "preact";
import type { Config } from "./config";
import { MarketView } from "./market/view";
import { HedgeView } from "./views/hedge/view";
import { IndexView } from "./views/index/view";
import { NetworkView } from "./views/network/view";
import { UnitsView } from "./views/units/view";

export interface View {
  readonly path: string;
  readonly title: string;
  readonly component: ComponentType<{ readonly rest: readonly string[] }>;
  /** Whether the page has what the view reads; without it, always. */
  readonly isServed?: (config: Config) => boolean;
}

const hasChain = (config: Config) => config.chains.some((chain) => chain.rpc !== null);

const all: readonly View[] = [
  { path: "index", title: "Index", component: IndexView },
  { path: "units", title: "Units", component: UnitsView, isServed: hasChain },
  { path: "market", title: "Market", component: MarketView, isServed: hasChain },
  { path: "hedge", title: "Hedge", component: HedgeView, isServed: hasChain },
  { path: "network", title: "Network", component: NetworkView },
];

/** The views of a page; a node's has fewer. */
export function viewsOf(config: Config): readonly View[] {
  return all.filter((view) => view.isServed?.(config) ?? true);
}
