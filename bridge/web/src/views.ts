/** The views in the order of the page's head. `rest` is what follows the view in the link. */
import type { ComponentType } from "preact";
import { MarketView } from "./market/view";
import { IndexView } from "./views/index/view";

export interface View {
  readonly path: string;
  readonly title: string;
  readonly component: ComponentType<{ readonly rest: readonly string[] }>;
}

export const views: readonly View[] = [
  { path: "index", title: "Index", component: IndexView },
  { path: "market", title: "Market", component: MarketView },
];
