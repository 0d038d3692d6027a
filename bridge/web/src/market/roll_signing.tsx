/** A roll on its way: wallet, approvals in both series, signature, relay. */
import { useState } from "preact/hooks";
import { refresh, useLive } from "../data/live";
import { Reading } from "../parts/basic";
import { ConnectFirst, SwitchFirst } from "../sending/act";
import { review } from "../typed/review";
import { useSession } from "../wallet/here";
import { useChain } from "../world";
import { namesOf } from "./names";
import { isOnboarded, lacking, Onboarding } from "./onboarding";
import { placeBody, type Roll, rollMessage } from "./order";
import type { Outcome } from "./placing";
import { type MarketNow, readMeans, type Series } from "./read";
import type { Relay, Rules } from "./relay";

export interface RollProps {
  readonly market: MarketNow;
  readonly series: Series;
  readonly relay: Relay;
  readonly rules: Rules;
  readonly account: `0x${string}`;
}

interface SigningProps extends RollProps {
  readonly far: Series;
  readonly rule: "IOC" | "GTC";
  readonly tell: (outcome: Outcome) => void;
  readonly build: (epoch: bigint, now: number) => Roll;
}

/** From the wallet over what is lacking in either series to the signature and the relay. */
export function RollSigning(props: SigningProps) {
  const { account, far, market, series } = props;
  const chain = useChain();
  const state = useSession();
  const near = useLive(`means:${series.id}:${account}`, () => readMeans(chain, series, account));
  const there = useLive(`means:${far.id}:${account}`, () => readMeans(chain, far, account));
  if (state.kind !== "connected") return <ConnectFirst />;
  if (state.chain !== chain.chainId) return <SwitchFirst chainId={chain.chainId} />;
  const names = namesOf(chain, account, market);
  return (
    <Reading live={near} what="Your balances">
      {(here) => {
        const lacks = lacking(chain, series, here);
        if (!isOnboarded(lacks)) {
          return <Onboarding {...{ chain, series, owner: account, lacks, names }} />;
        }
        return (
          <Reading live={there} what="Your balances">
            {(means) => {
              const wants = lacking(chain, far, means);
              if (isOnboarded(wants)) return <Place {...props} epoch={means.epoch} />;
              const asked = { chain, series: far, owner: account, lacks: wants, names };
              return <Onboarding {...asked} />;
            }}
          </Reading>
        );
      }}
    </Reading>
  );
}

function Place(props: SigningProps & { readonly epoch: bigint }) {
  const { account, build, epoch, market, relay, rule, rules, tell } = props;
  const chain = useChain();
  const [isBusy, setBusy] = useState(false);
  const place = async () => {
    setBusy(true);
    tell(undefined);
    try {
      const roll = build(epoch, market.head.time);
      const message = rollMessage(roll, rules.chainId, rules.exchange);
      const signature = await review(message, namesOf(chain, account, market));
      if (signature) {
        const body = placeBody(roll, signature, rule, rules.chainId, rules.exchange);
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
      <button type="button" class="primary" disabled={isBusy} onClick={() => void place()}>
        Review and sign the roll
      </button>
    </div>
  );
}
