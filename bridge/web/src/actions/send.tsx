/** Send tokens over a route: what leaves, when, and what stays, before anything is sent. */
import { encodeFunctionData, type Address, type Hex } from "viem";
import { useState } from "preact/hooks";
import { approve } from "../abi/IERC20Metadata";
import type { ChainConfig } from "../config";
import { useLive } from "../data/live";
import { exact, moment, parseAmount, shown } from "../format/numbers";
import { AccountField, readAccount } from "../parts/account_field";
import { Amount } from "../parts/amount";
import { Facts, Note, Reading } from "../parts/basic";
import { Act, ConnectFirst } from "../sending/act";
import { chainName, useSession } from "../wallet/here";
import { addressOf } from "../world";
import { encodeSend, type End, type Preview, readEnd, readOutlook } from "./route_end";
import { Claim, type EndProps, WaitingList } from "./waiting";

interface Props {
  readonly chain: ChainConfig;
  readonly route: string;
}

export function RouteActions({ chain, route }: Props) {
  const state = useSession();
  if (state.kind !== "connected") return <ConnectFirst />;
  return <Ready key={state.account} chain={chain} route={route as Hex} account={state.account} />;
}

function Ready({ chain, route, account }: { chain: ChainConfig; route: Hex; account: Address }) {
  const key = `end:${chain.chainId}:${route}:${account}`;
  const live = useLive(key, () => readEnd(chain, route, account));
  return (
    <Reading live={live} what="The route">
      {(end) => (
        <>
          <SendForm chain={chain} route={route} account={account} end={end} />
          <Claim chain={chain} route={route} account={account} end={end} />
          <WaitingList chain={chain} end={end} />
        </>
      )}
    </Reading>
  );
}

function SendForm({ chain, route, account, end }: EndProps) {
  const [text, setText] = useState("");
  const [to, setTo] = useState("");
  const [mayWait, setMayWait] = useState(false);
  const { token, terms } = end;
  const target = Number(end.isHome ? terms.remoteChain : terms.homeChain);
  const amount = text ? parseAmount(text, token.decimals) : undefined;
  const recipient = readAccount(to, account);
  const preview = useLive(
    `send:${route}:${chain.chainId}:${amount ?? ""}`,
    () => readOutlook(chain, route, amount),
    8_000,
    false,
  );
  const objection = objectTo(end, text, amount);
  const outlook = amount ? preview.value : undefined;
  return (
    <div class="exchange">
      <p>
        Send {token.symbol} from {chainName(chain.chainId)} to {chainName(target)}.
      </p>
      <div class="fields">
        <label>
          Amount, {token.symbol}
          <input
            inputMode="decimal"
            autoComplete="off"
            value={text}
            aria-invalid={Boolean(text) && amount === undefined}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <AccountField label="To, at the other end" text={to} fallback={account} change={setTo} />
      </div>
      <p class="small">
        You have <Amount raw={end.has} decimals={token.decimals} unit={token.symbol} />.{" "}
        <span class="soft">
          <Amount raw={end.budget * end.step} decimals={token.decimals} unit={token.symbol} /> may
          leave now.
        </span>
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={mayWait}
          onChange={(event) => setMayWait(event.currentTarget.checked)}
        />
        Let what is beyond that wait until it fits. I can take it back until it leaves.
      </label>
      {objection && <Note tone="warn">{objection}</Note>}
      {amount !== undefined && outlook && !objection && (
        <>
          <Outlook outlook={outlook} amount={amount} end={end} mayWait={mayWait} />
        </>
      )}
      <NextStep
        chain={chain}
        end={end}
        taken={
          !objection && recipient && outlook && (!outlook.queued || mayWait) ? outlook.taken : 0n
        }
        recipient={recipient ?? account}
        mayWait={mayWait}
        target={target}
      />
    </div>
  );
}

function Outlook(props: { outlook: Preview; amount: bigint; end: End; mayWait: boolean }) {
  const { outlook, amount, end, mayWait } = props;
  const { token } = end;
  const rest = amount - outlook.taken;
  const when = !outlook.queued
    ? "at once"
    : mayWait
      ? "as the limit lets it go, perhaps in parts"
      : "not now: it is beyond the limit. Send less, or let it wait";
  return (
    <div aria-live="polite">
      <Facts
        rows={[
          ["Leaves", when],
          [
            "Sent",
            <Amount
              key="taken"
              raw={outlook.taken}
              decimals={token.decimals}
              unit={token.symbol}
              most={8}
            />,
          ],
          [
            "Rounding",
            rest ? `${exact(rest, token.decimals)} ${token.symbol} stay with you` : "none",
          ],
          ["Arrives", "after finality and a quorum of attesters, once anyone carries it over"],
        ]}
      />
    </div>
  );
}

function objectTo(end: End, text: string, amount: bigint | undefined): string {
  if (end.isStopped) {
    const until = end.stoppedUntil > end.now ? ` until ${moment(end.stoppedUntil)}` : "";
    return `Sending on this route is stopped${until}. What waits can be taken back.`;
  }
  if (!text) return "";
  if (amount === undefined) return `This is no amount of at most ${end.token.decimals} decimals.`;
  if (amount > end.has)
    return `You have ${shown(end.has, end.token.decimals)} ${end.token.symbol} only.`;
  return "";
}

interface StepProps {
  readonly chain: ChainConfig;
  readonly end: End;
  /** Base units that would be taken; 0 while nothing can be sent. */
  readonly taken: bigint;
  readonly recipient: Address;
  readonly mayWait: boolean;
  readonly target: number;
}

/** One button for what is next, so that what became of the last step stays beside it. */
function NextStep({ chain, end, taken, recipient, mayWait, target }: StepProps) {
  const { token } = end;
  const gate = addressOf(chain, "BridgeGate");
  // Every digit: what is pressed is what moves.
  const words = `${shown(taken, token.decimals, token.decimals)} ${token.symbol}`;
  // A gate burns what it minted without leave; at home it takes the tokens.
  const isApproving = end.isHome && end.allowed < taken;
  const action = !taken
    ? undefined
    : isApproving
      ? {
          title: `Let the gate take ${words}`,
          to: token.address,
          data: encodeFunctionData({
            abi: [approve],
            functionName: "approve",
            args: [gate, taken],
          }),
        }
      : {
          title: `Send ${words} to ${chainName(target)}`,
          to: gate,
          data: encodeSend(end.terms, taken, recipient, mayWait),
        };
  return (
    <Act chainId={chain.chainId} action={action}>
      {isApproving ? `Approve ${words}` : taken ? `Send ${words}` : "Send"}
    </Act>
  );
}
