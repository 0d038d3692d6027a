/** The views in the order of the page's head. `rest` is what follows the view in the link. */
import type { ComponentType } from "preact";
import { MarketView } from "./market/view";
import { HedgeView } from "./views/hedge/view";
import { IndexView } from "./views/index/view";
import { NetworkView } from "./views/network/view";
import { UnitsView } from "./views/units/view";

export interface View {
  readonly path: string;
  readonly title: string;
  readonly component: ComponentType<{ readonly rest: readonly string[] }>;
}

export const views: readonly View[] = [
  { path: "index", title: "Index", component: IndexView },
  { path: "units", title: "Units", component: UnitsView },
  { path: "market", title: "Market", component: MarketView },
  { path: "hedge", title: "Hedge", component: HedgeView },
  { path: "network", title: "Network", component: NetworkView },
];
