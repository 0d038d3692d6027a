/** An account's statement of a series: trades, redemptions and sums, from the chain's events. */
import type { Address } from "viem";
import { useLive } from "../data/live";
import { exact, shown } from "../format/numbers";
import { Amount, Copy, Hash } from "../parts/amount";
import { Card, Reading, Table } from "../parts/basic";
import { useChain } from "../world";
import { lotValue } from "./payoff";
import { type Fill, readDeeds, type Redemption } from "./deeds";
import { type Series, sideName } from "./read";

const LEGS = ["opened a pair", "LONG handed over", "SHORT handed over", "closed a pair"] as const;

export function StatementCard({
  series,
  account,
}: {
  readonly series: Series;
  readonly account: Address;
}) {
  const chain = useChain();
  const key = `deeds:${series.id}:${account}`;
  const live = useLive(key, () => readDeeds(chain, series, account), 8_000);
  return (
    <Card title="Your statement">
      <Reading live={live} what="The chain's events">
        {({ fills, redemptions }) => (
          <Statement series={series} fills={fills} redemptions={redemptions} />
        )}
      </Reading>
    </Card>
  );
}

interface Props {
  readonly series: Series;
  readonly fills: readonly Fill[];
  readonly redemptions: readonly Redemption[];
}

function Statement({ series, fills, redemptions }: Props) {
  const { decimals, symbol } = series.quote;
  if (!fills.length && !redemptions.length)
    return <p class="soft">You have not traded in this series.</p>;
  const fees = fills.reduce((sum, each) => sum + (each.isMaker ? 0n : each.fee), 0n);
  const paid = redemptions.reduce((sum, each) => sum + each.quote, 0n);
  return (
    <>
      <Table
        caption="Trades"
        columns={[
          { name: "Block", number: true },
          { name: "How" },
          { name: "USD per SCU", number: true },
          { name: "SCU", number: true },
          { name: `Worth, ${symbol}`, number: true },
          { name: `Fee, ${symbol}`, number: true },
          { name: "Transaction" },
        ]}
        rows={fills.map((each) => [
          String(each.block),
          `${each.isMaker ? "as maker" : "as taker"}, ${LEGS[each.leg] ?? ""}`,
          shown(each.price, 8, 8, 2),
          shown(each.lots, 2, 2, 2),
          <Amount
            key="worth"
            raw={lotValue(each.price, decimals) * each.lots}
            decimals={decimals}
            most={2}
            least={2}
          />,
          each.isMaker ? "–" : <Amount key="fee" raw={each.fee} decimals={decimals} />,
          <Hash key="hash" hex={each.transaction} />,
        ])}
      />
      {redemptions.length > 0 && (
        <Table
          caption="Redemptions"
          columns={[
            { name: "Block", number: true },
            { name: "Side" },
            { name: "SCU", number: true },
            { name: `Paid, ${symbol}`, number: true },
            { name: "Transaction" },
          ]}
          rows={redemptions.map((each) => [
            String(each.block),
            sideName(series, each.side),
            shown(each.lots, 2, 2, 2),
            <Amount key="paid" raw={each.quote} decimals={decimals} />,
            <Hash key="hash" hex={each.transaction} />,
          ])}
        />
      )}
      <p>
        Fees <Amount raw={fees} decimals={decimals} unit={symbol} />, redeemed{" "}
        <Amount raw={paid} decimals={decimals} unit={symbol} />.{" "}
        <Copy text={asCsv(series, fills, redemptions)} label="All lines as CSV">
          Copy as CSV
        </Copy>
      </p>
    </>
  );
}

/** Every digit, with a point and commas, as spreadsheets read it. */
export function asCsv(
  series: Series,
  fills: readonly Fill[],
  redemptions: readonly Redemption[],
): string {
  const { decimals } = series.quote;
  const lines = [
    ["block", "kind", "side", "price_usd_per_scu", "scu", "quote", "fee", "transaction"],
    ...fills.map((each) => [
      each.block,
      each.isMaker ? "fill_maker" : "fill_taker",
      LEGS[each.leg] ?? "",
      exact(each.price, 8),
      exact(each.lots, 2),
      exact(lotValue(each.price, decimals) * each.lots, decimals),
      exact(each.isMaker ? 0n : each.fee, decimals),
      each.transaction,
    ]),
    ...redemptions.map((each) => [
      each.block,
      "redemption",
      each.side ? `SHORT ${each.side}` : "LONG",
      "",
      exact(each.lots, 2),
      exact(each.quote, decimals),
      "0",
      each.transaction,
    ]),
  ];
  return `${lines.map((line) => line.join(",")).join("\n")}\n`;
}
