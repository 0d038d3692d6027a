/** The market: all series, or one with its book, settlement, order ticket and statement. */
import { useState } from "preact/hooks";
import type { ChainConfig } from "../config";
import { useLive } from "../data/live";
import { day, exact, printable, shown } from "../format/numbers";
import { Amount, Copy, Price } from "../parts/amount";
import { Card, Facts, Note, Reading, Title } from "../parts/basic";
import { linkTo } from "../router";
import { useSession } from "../wallet/here";
import { addressOf, useChain, useConfig } from "../world";
import { BookCard } from "./book_view";
import { CallsCard } from "./calls_view";
import { EMPTY } from "./form";
import { Phase } from "./ladder";
import { SeriesCard, STYLES } from "./list_view";
import { OrdersCard } from "./orders_view";
import { Style } from "./payoff";
import { ClaimsCard, PositionsCard } from "./positions_view";
import { type MarketNow, readMarket, readSpot, type Series } from "./read";
import { Relay, type Rules } from "./relay";
import { RollCard } from "./roll_view";
import { StatementCard } from "./statement_view";
import { TicketCard } from "./ticket_view";
import { TimelineCard } from "./timeline_view";
import { TradesCard } from "./trades_view";
import { useBookSource } from "./use_book";

export function MarketView({ rest }: { readonly rest: readonly string[] }) {
  const chain = useChain();
  const state = useSession();
  const account = state.kind === "connected" ? state.account : undefined;
  const key = `market:${account ?? ""}`;
  const live = useLive(key, () => readMarket(chain, account));
  const [name] = rest;
  const series = live.value?.series.find((each) => each.name === name || String(each.id) === name);
  return (
    <>
      <Title text={name === undefined ? "Market" : (series?.name ?? printable(name, 40))}>
        {name === undefined ? (
          <p>Futures on the index, settled by the second over a month, and what they trade at.</p>
        ) : (
          <a href={linkTo("market")}>All series</a>
        )}
      </Title>
      <Reading live={live} what="The market">
        {(market) =>
          name === undefined ? (
            <Overview market={market} />
          ) : series ? (
            <OneSeries key={String(series.id)} market={market} series={series} />
          ) : (
            <Note tone="warn">No series of this name is listed on this chain.</Note>
          )
        }
      </Reading>
    </>
  );
}

function useRelay(): Relay | undefined {
  const { relay } = useConfig();
  const [made] = useState(() => (relay ? new Relay(relay) : undefined));
  return made;
}

function Overview({ market }: { readonly market: MarketNow }) {
  const state = useSession();
  const relay = useRelay();
  return (
    <>
      {!relay && <Note>This page was started without a relay: there are no books to show.</Note>}
      {state.kind === "connected" && (
        <>
          <PositionsCard market={market} account={state.account} />
          <ClaimsCard market={market} account={state.account} />
        </>
      )}
      <SeriesCard market={market} relay={relay} />
    </>
  );
}

function OneSeries({ market, series }: { readonly market: MarketNow; readonly series: Series }) {
  const state = useSession();
  const relay = useRelay();
  const account = state.kind === "connected" ? state.account : undefined;
  const isTrading = series.course.phase === Phase.OPEN && series.course.expiry > market.head.time;
  return (
    <>
      <TermsCard series={series} />
      {isTrading && relay && <Trading market={market} series={series} relay={relay} />}
      {isTrading && !relay && (
        <Note>This page was started without a relay: nothing can be traded here.</Note>
      )}
      {account && <PositionsCard market={market} account={account} only={series} />}
      <TimelineCard series={series} now={market.head.time} />
      {account && <StatementCard series={series} account={account} />}
    </>
  );
}

function Trading(props: {
  readonly market: MarketNow;
  readonly series: Series;
  readonly relay: Relay;
}) {
  const { market, series, relay } = props;
  const config = useConfig();
  const chain = useChain();
  const state = useSession();
  const source = useBookSource(config, series.id);
  const rules = useLive("rules", () => relay.rules(), 30_000);
  const [form, change] = useState(EMPTY);
  if (rules.value && !isOfThis(chain, rules.value)) {
    return (
      <Note tone="bad">
        The relay takes orders for another exchange or chain than this deployment's. Nothing is
        signed for it: start the page with a relay of this deployment.
      </Note>
    );
  }
  return (
    <>
      <div class="trading">
        <div class="stack">
          <BookCard
            source={source}
            choose={(price) => change({ ...form, price: exact(price, 8) })}
          />
          <CallsCard series={series} relay={relay} />
          <TradesCard series={series} relay={relay} />
        </div>
        <Reading live={rules} what="The relay">
          {(found) => (
            <TicketCard
              market={market}
              series={series}
              rules={found}
              relay={relay}
              source={source}
              form={form}
              change={change}
            />
          )}
        </Reading>
      </div>
      {state.kind === "connected" && rules.value && (
        <>
          <OrdersCard
            market={market}
            series={series}
            relay={relay}
            rules={rules.value}
            account={state.account}
          />
          <RollCard
            market={market}
            series={series}
            relay={relay}
            rules={rules.value}
            account={state.account}
          />
        </>
      )}
    </>
  );
}

function isOfThis(chain: ChainConfig, rules: Rules): boolean {
  const exchange = addressOf(chain, "FuturesExchange").toLowerCase();
  return rules.chainId === chain.chainId && rules.exchange.toLowerCase() === exchange;
}

function TermsCard({ series }: { readonly series: Series }) {
  const chain = useChain();
  const spot = useLive(`spot:${series.index}`, () => readSpot(chain, series.index));
  const { terms, course } = series;
  const lots = series.lots.reduce((sum, each) => sum + each, 0n);
  const rows: (readonly [string, preact.ComponentChildren])[] = [
    ["Style", STYLES[terms.style] ?? "?"],
    ["Window, UTC", `${day(course.start)} – ${day(course.expiry - 1)}`],
    ["K", <Amount key="k" raw={terms.reference} decimals={8} unit="USD" most={4} least={2} />],
  ];
  if (terms.style === Style.BANDED) {
    rows.push(["Band", `${shown(terms.low, 8, 4, 2)} – ${shown(terms.high, 8, 4, 2)} USD`]);
  } else {
    rows.push(["Grades", series.units.map((each) => each.symbol).join(", ")]);
  }
  rows.push(
    ["Paid in", series.quote.symbol],
    ["Open", `${shown(lots, 2, 2)} SCU`],
    ["Index now", spot.value ? <Price key="spot" raw={spot.value.price} /> : "…"],
    [
      "Id",
      <Copy key="id" text={String(series.id)} label={String(series.id)}>
        <span class="mono">{series.id.toString(16).slice(0, 10)}…</span>
      </Copy>,
    ],
  );
  return (
    <Card title="Terms">
      <Facts rows={rows} />
    </Card>
  );
}
