/** What an account holds, what redeeming pays, and what waits to be claimed. */
import { encodeFunctionData, type Address } from "viem";
import { claim, redeem } from "../abi/FuturesMarket";
import { useState } from "preact/hooks";
import { useLive } from "../data/live";
import { shown } from "../format/numbers";
import { AccountField, readAccount } from "../parts/account_field";
import { Amount } from "../parts/amount";
import { Card, Reading, Table } from "../parts/basic";
import { linkTo } from "../router";
import { Act } from "../sending/act";
import { addressOf, useChain } from "../world";
import { describeCourse, Phase } from "./ladder";
import { readClaims, sideName, type MarketNow, type Series, type TokenFacts } from "./read";

/** Positions of all series, or of one. */
export function PositionsCard(props: {
  readonly market: MarketNow;
  readonly account: Address;
  readonly only?: Series;
}) {
  const { market, account, only } = props;
  const series = only ? [only] : market.series;
  const rows = series.flatMap((each) =>
    each.held.flatMap((lots, side) =>
      lots ? [positionRow(each, side, lots, market, account)] : [],
    ),
  );
  return (
    <Card title={only ? "Your positions here" : "Your positions"}>
      <Table
        caption="Your positions"
        columns={[
          { name: "Series" },
          { name: "Side" },
          { name: "SCU", number: true },
          { name: "Stands" },
          { name: "Pays" },
          { name: "" },
        ]}
        rows={rows}
        empty="You hold no position."
      />
    </Card>
  );
}

function positionRow(
  series: Series,
  side: number,
  lots: bigint,
  market: MarketNow,
  account: Address,
) {
  const isFinal = series.course.phase === Phase.SETTLED || series.course.phase === Phase.DELIVERED;
  const pays = series.pays[side];
  return [
    <a key="name" href={linkTo("market", series.name)}>
      {series.name}
    </a>,
    sideName(series, side),
    shown(lots, 2, 2, 2),
    describeCourse(series.course, market.head.time),
    isFinal && pays ? (
      <Pays key="pays" series={series} quote={pays.quote} units={pays.units} />
    ) : (
      "after it is final"
    ),
    isFinal ? (
      <Redeem key="redeem" series={series} side={side} lots={lots} account={account} />
    ) : (
      ""
    ),
  ];
}

function Pays({
  series,
  quote,
  units,
}: {
  series: Series;
  quote: bigint;
  units: readonly bigint[];
}) {
  const parts = [
    <Amount key="quote" raw={quote} decimals={series.quote.decimals} unit={series.quote.symbol} />,
    ...units.flatMap((amount, place) => {
      const unit = series.units[place];
      return amount && unit
        ? [<Amount key={place} raw={amount} decimals={18} unit={unit.symbol} />]
        : [];
    }),
  ];
  return <span>{parts.map((each, place) => (place ? [" and ", each] : each))}</span>;
}

function Redeem(props: { series: Series; side: number; lots: bigint; account: Address }) {
  const { series, side, lots, account } = props;
  const chain = useChain();
  const data = encodeFunctionData({
    abi: [redeem],
    functionName: "redeem",
    args: [series.id + BigInt(side), lots, account],
  });
  const title = `Redeem ${shown(lots, 2, 2)} SCU of ${sideName(series, side)} in ${series.name}`;
  return (
    <Act chainId={chain.chainId} action={{ title, to: addressOf(chain, "FuturesMarket"), data }}>
      Redeem
    </Act>
  );
}

/** Payments that failed and wait; nothing is shown where none does. */
export function ClaimsCard({
  market,
  account,
}: {
  readonly market: MarketNow;
  readonly account: Address;
}) {
  const chain = useChain();
  const tokens = new Map<string, TokenFacts>();
  for (const { quote, units } of market.series) {
    for (const token of [quote, ...units]) tokens.set(token.address, token);
  }
  const found = [...tokens.values()];
  const key = `claims:${account}:${found.length}`;
  const live = useLive(key, () => readClaims(chain, account, found), 8_000);
  if (!live.problem && !live.value?.length) return null;
  return (
    <Card title="To be claimed">
      <p class="soft">
        A payment to you failed, and the market keeps it for you. Where the token refuses your
        account, have another one paid.
      </p>
      <Reading live={live} what="What you can claim">
        {(claims) => (
          <Table
            caption="To be claimed"
            columns={[{ name: "Amount", number: true }, { name: "" }]}
            rows={claims.map(({ token, amount }) => [
              <Amount key="amount" raw={amount} decimals={token.decimals} unit={token.symbol} />,
              <ClaimButton key="act" token={token} account={account} />,
            ])}
          />
        )}
      </Reading>
    </Card>
  );
}

function ClaimButton({
  token,
  account,
}: {
  readonly token: TokenFacts;
  readonly account: Address;
}) {
  const chain = useChain();
  const [to, setTo] = useState("");
  const payee = readAccount(to, account);
  const action = payee && {
    title: `Claim ${token.symbol}`,
    to: addressOf(chain, "FuturesMarket"),
    data: encodeFunctionData({ abi: [claim], functionName: "claim", args: [token.address, payee] }),
  };
  return (
    <div class="act">
      <AccountField label="Pay to" text={to} fallback={account} change={setTo} />
      <Act chainId={chain.chainId} action={action}>
        Claim
      </Act>
    </div>
  );
}
