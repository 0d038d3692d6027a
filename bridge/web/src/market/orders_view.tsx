/** An account's resting orders of a series: cancelled at the relay for nothing, on the chain for good. */
import { encodeFunctionData, type Address } from "viem";
import { useState } from "preact/hooks";
import { cancel, cancelAll, epochOf } from "../abi/FuturesExchange";
import { read } from "../chain/client";
import { refresh, useLive } from "../data/live";
import { moment, printable, shown } from "../format/numbers";
import { Hash } from "../parts/amount";
import { Card, Note, Reading, Table } from "../parts/basic";
import { Act } from "../sending/act";
import { review } from "../typed/review";
import { addressOf, useChain } from "../world";
import { namesOf } from "./names";
import { cancelMessage } from "./order";
import { Side } from "./payoff";
import type { MarketNow, Series } from "./read";
import type { Relay, Resting, Rules } from "./relay";

interface Props {
  readonly market: MarketNow;
  readonly series: Series;
  readonly relay: Relay;
  readonly rules: Rules;
  readonly account: Address;
}

export function OrdersCard(props: Props) {
  const { series, relay, account } = props;
  const live = useLive(`resting:${account}`, () => relay.resting(account));
  return (
    <Card title="Your resting orders">
      <Reading live={live} what="The relay's list of your orders">
        {(orders) => (
          <>
            <Orders {...props} orders={orders.filter((each) => each.series === series.id)} />
            {orders.length > 0 && <EndAll account={account} />}
          </>
        )}
      </Reading>
    </Card>
  );
}

/** Ends the account's epoch: every order that it has signed, in all series, here and elsewhere. */
function EndAll({ account }: { readonly account: Address }) {
  const chain = useChain();
  const exchange = addressOf(chain, "FuturesExchange");
  const epoch = useLive(`epoch:${account}`, () => read(chain, exchange, epochOf, [account]));
  const action = epoch.value !== undefined && {
    title: "Cancel every order on the chain",
    to: exchange,
    data: encodeFunctionData({
      abi: [cancelAll],
      functionName: "cancelAll",
      args: [epoch.value + 1n],
    }),
  };
  return (
    <div class="act">
      <Act chainId={chain.chainId} action={action || undefined} primary={false}>
        Cancel every order on the chain
      </Act>
      <Note>One transaction ends all that you have signed, in every series and at every relay.</Note>
    </div>
  );
}

const STATES: Readonly<Record<string, string>> = {
  resting: "rests",
  in_call: "waits for the hourly call",
  off_index: "waits for the index",
  no_room: "waits for room in the series",
  waiting: "a roll: waits for both books",
};

function Orders(props: Props & { readonly orders: readonly Resting[] }) {
  const { orders } = props;
  return (
    <Table
      caption="Your resting orders"
      columns={[
        { name: "Order" },
        { name: "Side" },
        { name: "USD per SCU", number: true },
        { name: "SCU left", number: true },
        { name: "Stands" },
        { name: "Until" },
        { name: "End it" },
      ]}
      rows={orders.map((order) => [
        <Hash key={order.order} hex={order.order} />,
        order.side === Side.BUY ? "buy" : "sell",
        shown(order.price, 8, 8, 2),
        shown(order.rests, 2, 2, 2),
        STATES[order.state] ?? printable(order.state, 40),
        moment(order.expiry),
        <End key={`end ${order.order}`} {...props} order={order} />,
      ])}
      empty="None rests in this series."
    />
  );
}

function End(props: Props & { readonly order: Resting }) {
  const { order, relay, rules, account, market } = props;
  const chain = useChain();
  const [said, setSaid] = useState("");
  const { lane, nonce } = order;
  const withdraw = async () => {
    setSaid("");
    try {
      const deadline = BigInt(order.expiry);
      const message = cancelMessage(account, lane, nonce, deadline, rules.chainId, rules.exchange);
      const signature = await review(message, namesOf(chain, account, market));
      if (!signature) return setSaid("Not signed. The order still rests.");
      const ended = await relay.cancel({
        maker: account,
        lane: String(lane),
        nonce: String(nonce),
        deadline: String(deadline),
        signature,
      });
      setSaid(ended.length ? "The relay took it out." : "It rested no more.");
      refresh("resting:");
    } catch (failure) {
      setSaid((failure as Error).message);
    }
  };
  const data = encodeFunctionData({ abi: [cancel], functionName: "cancel", args: [lane, nonce] });
  const action = {
    title: "Cancel an order on the chain",
    to: addressOf(chain, "FuturesExchange"),
    data,
  };
  return (
    <div class="row">
      <button type="button" onClick={() => void withdraw()}>
        At the relay
      </button>
      <Act chainId={chain.chainId} action={action} primary={false}>
        On the chain
      </Act>
      <span role="status">{said && <Note>{said}</Note>}</span>
    </div>
  );
}
