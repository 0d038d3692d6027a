/** The order ticket: what it ties up, costs and pays is on the screen before anything is signed. */
import { useState } from "preact/hooks";
import { useLive } from "../data/live";
import { parseAmount, shown } from "../format/numbers";
import { Card, Note, Tabs } from "../parts/basic";
import { Choice, PERIODS } from "./choice";
import { Costs, Objected } from "./costs_view";
import type { Form, TicketProps } from "./form";
import type { Rule } from "./order";
import { Side } from "./payoff";
import { PayoffPlot } from "./payoff_view";
import { describePlaced, type Outcome, Signing } from "./placing";
import { readFresh } from "./read";
import { makeTicket, termsOf } from "./ticket";
import { useBookNow } from "./use_book";
import { useChain } from "../world";

/** A ticket is read, not watched: its figures follow the book four times a second. */
const DRAW_EVERY_MS = 250;
const RULES: readonly (readonly [Rule, string])[] = [
  ["GTC", "Rest in the book"],
  ["IOC", "Fill now or end"],
  ["POST", "Only rest, never take"],
  ["CALL", "In the next hourly call"],
];

export function TicketCard(props: TicketProps) {
  const { form, change, series, source, rules } = props;
  const chain = useChain();
  const now = useBookNow(source, DRAW_EVERY_MS);
  const index = useLive(`fresh:${series.index}`, () => readFresh(chain, series.index));
  // Kept here, as a fill may empty the book and take the button away.
  const [outcome, setOutcome] = useState<Outcome>();
  const side = form.side === "buy" ? Side.BUY : Side.SELL;
  const lots = form.amount ? parseAmount(form.amount, 2) : 0n;
  const price = form.price ? parseAmount(form.price, 8) : undefined;
  const terms = termsOf(series.terms, rules);
  const levels = side === Side.BUY ? now.book.asks : now.book.bids;
  const isReadable = lots !== undefined && (!form.price || price !== undefined);
  const ticket = isReadable ? makeTicket(terms, side, lots, levels, price, index.value) : undefined;
  const set = (part: Partial<Form>) => change({ ...form, ...part });
  return (
    <Card title="Order">
      <Tabs
        label="Side"
        options={
          [
            ["buy", "Buy"],
            ["sell", "Sell"],
          ] as const
        }
        value={form.side}
        choose={(chosen) => set({ side: chosen })}
      />
      <div class="fields">
        <label>
          Amount, SCU
          <input
            inputMode="decimal"
            autoComplete="off"
            placeholder="10"
            value={form.amount}
            aria-invalid={lots === undefined}
            onInput={(event) => set({ amount: event.currentTarget.value })}
          />
        </label>
        <label>
          {side === Side.BUY ? "At most" : "At least"}, USD per SCU
          <input
            inputMode="decimal"
            autoComplete="off"
            placeholder={ticket?.limit ? shown(ticket.limit, 8, 8, 2) : "a price"}
            value={form.price}
            aria-invalid={Boolean(form.price) && price === undefined}
            onInput={(event) => set({ price: event.currentTarget.value })}
          />
        </label>
        <Choice
          label="What happens to it"
          value={form.rule}
          options={RULES}
          choose={(rule) => set({ rule: rule as Rule })}
        />
        <Choice
          label="Good for"
          value={form.period}
          options={PERIODS}
          choose={(period) => set({ period })}
        />
        <Choice
          label="Only near the index"
          value={form.percent}
          options={[
            ["0", "at any distance"],
            ["2", "within 2 %"],
            ["5", "within 5 %"],
            ["15", "within 15 %"],
          ]}
          choose={(percent) => set({ percent })}
        />
      </div>
      {!isReadable && (
        <Note tone="warn">Amounts are numbers: at most two decimals of SCU, eight of a price.</Note>
      )}
      {ticket && ticket.lots > 0n && (
        <Costs ticket={ticket} series={series} rules={rules} form={form} />
      )}
      {ticket && <Objected ticket={ticket} />}
      {ticket && !ticket.objection && (
        <>
          <PayoffPlot series={series} ticket={ticket} />
          <Signing {...props} ticket={ticket} tell={setOutcome} />
        </>
      )}
      <div role="status">
        {outcome?.kind === "failed" && <Note tone="warn">{outcome.why}</Note>}
        {outcome?.kind === "placed" && <Note tone="good">{describePlaced(outcome.placed)}</Note>}
      </div>
    </Card>
  );
}
