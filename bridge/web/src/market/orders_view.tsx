/** An account's resting orders of a series: cancelled at the relay for nothing, on the chain for good. */
import { encodeFunctionData, type Address } from "viem";
import { useState } from "preact/hooks";
import { cancel } from "../abi/FuturesExchange";
import { refresh, useLive } from "../data/live";
import { moment, shown } from "../format/numbers";
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
          <Orders {...props} orders={orders.filter((each) => each.series === series.id)} />
        )}
      </Reading>
    </Card>
  );
}

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
        { name: "Until" },
        { name: "End it" },
      ]}
      rows={orders.map((order) => [
        <Hash key={order.order} hex={order.order} />,
        order.side === Side.BUY ? "buy" : "sell",
        shown(order.price, 8, 8, 2),
        shown(order.rests, 2, 2, 2),
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
