/** An order on its way: wallet, funds, approvals, signature, relay. */
import { useState } from "preact/hooks";
import { refresh, useLive } from "../data/live";
import { shown } from "../format/numbers";
import { Note, Reading } from "../parts/basic";
import { ConnectFirst, SwitchFirst } from "../sending/act";
import { review } from "../typed/review";
import { useSession } from "../wallet/here";
import { useChain, useConfig } from "../world";
import type { TicketProps } from "./form";
import { namesOf } from "./names";
import { isOnboarded, lacking, Onboarding } from "./onboarding";
import { buildOrder, orderMessage, placeBody } from "./order";
import { type Means, readMeans, type Series } from "./read";
import type { Placed } from "./relay";
import type { Ticket } from "./ticket";

interface SigningProps extends TicketProps {
  readonly ticket: Ticket;
  readonly tell: (outcome: Outcome) => void;
}

/** From the wallet over what is lacking to the signature and the relay. */
export function Signing(props: SigningProps) {
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

export type Outcome =
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

/** Of a roll `rests` are lots that wait for both books. */
export function describeRolled({ isKnown, filled, rests, sequence }: Placed): string {
  if (isKnown) return "The relay had this roll already.";
  const parts = [`The relay took it as number ${sequence}.`];
  if (filled) parts.push(`${shown(filled, 2, 2, 2)} SCU are moved on their way to the chain.`);
  if (rests) parts.push(`${shown(rests, 2, 2, 2)} SCU wait for both books.`);
  if (!filled && !rests) parts.push("The books have nothing for it in common, and it ended.");
  return parts.join(" ");
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
