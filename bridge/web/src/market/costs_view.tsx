/** What an order ties up, costs, and may lose; and why it cannot be signed yet. */
import type { ComponentChildren } from "preact";
import { percent, shown } from "../format/numbers";
import { Amount } from "../parts/amount";
import { Facts } from "../parts/basic";
import type { Form } from "./form";
import type { Series } from "./read";
import type { Rules } from "./relay";
import type { Objection, Ticket } from "./ticket";

export function Costs(props: { ticket: Ticket; series: Series; rules: Rules; form: Form }) {
  const { ticket, series, rules, form } = props;
  const { symbol, decimals } = series.quote;
  const isTaking = form.rule !== "POST" && form.rule !== "CALL";
  const unit = series.units.length === 1 ? series.units[0]?.symbol : "units of one grade";
  const rows: (readonly [string, ComponentChildren])[] = [
    [
      "Limit",
      ticket.limit ? (
        <Amount raw={ticket.limit} decimals={8} unit="USD" most={8} least={2} />
      ) : (
        "no price yet"
      ),
    ],
    [
      "Basis, above the index",
      ticket.basis === undefined ? (
        ticket.index ? "no price yet" : "the index is not fresh"
      ) : (
        <>
          <Amount raw={ticket.basis} decimals={8} unit="USD" most={4} least={2} />, {percent((ticket.basis * 1_000_000n) / ticket.index, 2)}
        </>
      ),
    ],
    [
      "Tied up if it opens",
      <>
        <Amount raw={ticket.quoteTied} decimals={decimals} unit={symbol} most={2} least={2} />
        {ticket.unitsTied > 0n && (
          <>
            {" and "}
            <Amount raw={ticket.unitsTied} decimals={18} unit={unit ?? ""} />
          </>
        )}
      </>,
    ],
    [
      "Most it can lose",
      ticket.mostLoss === undefined ? (
        "no bound: the units may come to be worth any price"
      ) : (
        <Amount raw={ticket.mostLoss} decimals={decimals} unit={symbol} most={2} least={2} />
      ),
    ],
  ];
  if (isTaking) {
    rows.push([
      "Fills at once",
      ticket.now ? (
        <>
          {shown(ticket.now, 2, 2)} SCU at {shown(ticket.average, 8, 4, 2)} USD on average
        </>
      ) : (
        "nothing"
      ),
    ]);
    rows.push([
      `Fee of ${shown(BigInt(rules.feeBps), 2, 2)} %`,
      <Amount raw={ticket.fee} decimals={decimals} unit={symbol} />,
    ]);
  }
  return <Facts rows={rows} />;
}

const OBJECTIONS: Readonly<Record<Objection["kind"], string>> = {
  "no-lots": "Say how many SCU.",
  "too-few-lots": "The relay keeps no order so small.",
  "no-price": "The other side of the book is empty: say a price.",
  "off-step": "The price is not on the series' step.",
  "beyond-band": "A pair of this series opens only strictly inside its band.",
};

/** What is missing before it can be signed. */
export function Objected({ ticket }: { readonly ticket: Ticket }) {
  const { objection } = ticket;
  if (!objection) return null;
  const detail =
    objection.kind === "too-few-lots"
      ? ` At least ${shown(BigInt(objection.least), 2)} SCU.`
      : objection.kind === "off-step"
        ? ` Take a multiple of ${shown(objection.step, 8, 8)} USD.`
        : "";
  return <p class="soft">{OBJECTIONS[objection.kind] + detail}</p>;
}
