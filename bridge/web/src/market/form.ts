/** What a trader typed into the order ticket, and what the ticket knows besides. */
import type { Rule } from "./order";
import type { MarketNow, Series } from "./read";
import type { Relay, Rules } from "./relay";
import type { BookSource } from "./use_book";

export interface TicketProps {
  readonly market: MarketNow;
  readonly series: Series;
  readonly rules: Rules;
  readonly relay: Relay;
  readonly source: BookSource;
  readonly form: Form;
  readonly change: (form: Form) => void;
}

/** What the trader typed. */
export interface Form {
  readonly side: "buy" | "sell";
  readonly amount: string;
  readonly price: string;
  readonly rule: Rule;
  readonly period: string;
  readonly percent: string;
}

export const EMPTY: Form = {
  side: "buy",
  amount: "",
  price: "",
  rule: "GTC",
  period: "86400",
  percent: "0",
};
