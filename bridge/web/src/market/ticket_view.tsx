/** The order ticket: what it ties up, costs and pays is on the screen before anything is signed. */
import { useState } from "preact/hooks";
import { useChain, useConfig } from "../world";
import { refresh, useLive } from "../data/live";
import { parseAmount, shown } from "../format/numbers";
import { Amount } from "../parts/amount";
import { Card, Facts, Note, Reading, Tabs } from "../parts/basic";
import { ConnectFirst, SwitchFirst } from "../sending/act";
import { useSession } from "../wallet/here";
import { review } from "../typed/review";
import { PayoffPlot } from "./payoff_view";
import { namesOf } from "./names";
import { isOnboarded, lacking, Onboarding } from "./onboarding";
import { buildOrder, orderMessage, placeBody, type Rule } from "./order";
import { Side } from "./payoff";
import { type MarketNow, type Means, readMeans, type Series } from "./read";
import type { Placed, Relay, Rules } from "./relay";
import { makeTicket, type Objection, type Ticket, type TicketTerms } from "./ticket";
import { type BookSource, useBookNow } from "./use_book";

/** A ticket is read, not watched: its figures follow the book four times a second. */
const DRAW_EVERY_MS = 250;
const PERIODS = [
  ["3600", "1 hour"],
  ["86400", "1 day"],
  ["604800", "7 days"],
] as const;
const RULES: readonly (readonly [Rule, string])[] = [
  ["GTC", "Rest in the book"],
  ["IOC", "Fill now or end"],
  ["POST", "Only rest, never take"],
  ["CALL", "In the next hourly call"],
];

interface Props {
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

export function TicketCard(props: Props) {
  const { form, change, series, source, rules } = props;
  const now = useBookNow(source, DRAW_EVERY_MS);
  // Kept here, as a fill may empty the book and take the button away.
  const [outcome, setOutcome] = useState<Outcome>();
  const side = form.side === "buy" ? Side.BUY : Side.SELL;
  const lots = form.amount ? parseAmount(form.amount, 2) : 0n;
  const price = form.price ? parseAmount(form.price, 8) : undefined;
  const terms = ticketTerms(series, rules);
  const levels = side === Side.BUY ? now.book.asks : now.book.bids;
  const isReadable = lots !== undefined && (!form.price || price !== undefined);
  const ticket = isReadable ? makeTicket(terms, side, lots, levels, price) : undefined;
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

function ticketTerms(series: Series, rules: Rules): TicketTerms {
  const exact = 10n ** BigInt(Math.max(0, 10 - series.quote.decimals));
  const step = exact > 1_000_000n ? exact : 1_000_000n;
  return { ...series.terms, step, feeBps: rules.feeBps, leastLots: rules.leastLots };
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly choose: (value: string) => void;
}) {
  return (
    <label>
      {props.label}
      <select value={props.value} onChange={(event) => props.choose(event.currentTarget.value)}>
        {props.options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function Costs(props: { ticket: Ticket; series: Series; rules: Rules; form: Form }) {
  const { ticket, series, rules, form } = props;
  const { symbol, decimals } = series.quote;
  const isTaking = form.rule !== "POST" && form.rule !== "CALL";
  const unit = series.units.length === 1 ? series.units[0]?.symbol : "units of one grade";
  const rows: (readonly [string, preact.ComponentChildren])[] = [
    [
      "Limit",
      ticket.limit ? (
        <Amount raw={ticket.limit} decimals={8} unit="USD" most={8} least={2} />
      ) : (
        "no price yet"
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

function Objected({ ticket }: { readonly ticket: Ticket }) {
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

interface SigningProps extends Props {
  readonly ticket: Ticket;
  readonly tell: (outcome: Outcome) => void;
}

function Signing(props: SigningProps) {
  const chain = useChain();
  const state = useSession();
  const account = state.kind === "connected" ? state.account : undefined;
  if (state.kind !== "connected" || !account) return <ConnectFirst />;
  if (state.chain !== chain.chainId) return <SwitchFirst chainId={chain.chainId} />;
  return <Funded {...props} account={account} key={`${account}${props.series.id}`} />;
}

function Funded(props: SigningProps & { readonly account: `0x${string}` }) {
  const { series, account, market, ticket } = props;
  const chain = useChain();
  const live = useLive(`means:${series.id}:${account}`, () => readMeans(chain, series, account));
  return (
    <Reading live={live} what="Your balances">
      {(means) => {
        const lacks = lacking(chain, series, means);
        const names = namesOf(chain, account, market);
        return (
          <>
            <Funds series={series} means={means} ticket={ticket} />
            {isOnboarded(lacks) ? (
              <Place {...props} means={means} />
            ) : (
              <Onboarding
                chain={chain}
                series={series}
                owner={account}
                lacks={lacks}
                names={names}
              />
            )}
          </>
        );
      }}
    </Reading>
  );
}

/** Says when the account cannot pay what opening takes; closing what it holds may need less. */
function Funds({ series, means, ticket }: { series: Series; means: Means; ticket: Ticket }) {
  const { quote } = series;
  const hasUnits =
    !ticket.unitsTied || means.units.some((each) => each.balance >= ticket.unitsTied);
  if (means.quote.balance >= ticket.quoteTied && hasUnits) return null;
  const held = shown(means.quote.balance, quote.decimals, 2, 2);
  const wanted = shown(ticket.quoteTied, quote.decimals, 2, 2);
  return (
    <Note tone="warn">
      {means.quote.balance < ticket.quoteTied
        ? `The account has ${held} of ${wanted} ${quote.symbol}.`
        : "The account has too few units of every grade."}{" "}
      An order that opens would be refused; one that closes what you hold may pass.
    </Note>
  );
}

type Outcome =
  | { readonly kind: "placed"; readonly placed: Placed }
  | { readonly kind: "failed"; readonly why: string }
  | undefined;

function Place(props: SigningProps & { readonly account: `0x${string}`; readonly means: Means }) {
  const { series, ticket, form, rules, relay, market, account, means, tell } = props;
  const chain = useChain();
  const config = useConfig();
  const [isBusy, setBusy] = useState(false);
  const place = async () => {
    setBusy(true);
    tell(undefined);
    try {
      const expiry = market.head.time + Number(form.period);
      const { side, lots, limit: price } = ticket;
      const fields = {
        series: series.id,
        side,
        price,
        lots,
        maker: account,
        epoch: means.epoch,
        expiry,
      };
      const order = buildOrder(fields, Number(form.percent));
      const message = orderMessage(order, rules.chainId, rules.exchange);
      const signature = await review(message, namesOf(chain, account, market));
      if (signature) {
        const body = placeBody(order, signature, form.rule, rules.chainId, rules.exchange);
        tell({ kind: "placed", placed: await relay.place(body) });
        refresh();
      } else {
        tell({ kind: "failed", why: "Not signed. Nothing was sent." });
      }
    } catch (failure) {
      tell({ kind: "failed", why: (failure as Error).message });
    }
    setBusy(false);
  };
  return (
    <div class="act">
      <button
        type="button"
        class="primary"
        disabled={isBusy || !config.relay}
        onClick={() => void place()}
      >
        Review and sign
      </button>
    </div>
  );
}

export function describePlaced({ isKnown, filled, rests, sequence }: Placed): string {
  if (isKnown) return "The relay had this order already.";
  const parts = [`The relay took it as number ${sequence}.`];
  if (filled)
    parts.push(`${shown(filled, 2, 2, 2)} SCU are matched and on their way to the chain.`);
  if (rests) parts.push(`${shown(rests, 2, 2, 2)} SCU rest.`);
  if (!filled && !rests) parts.push("Nothing of it rests.");
  return parts.join(" ");
}
