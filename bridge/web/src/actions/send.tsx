/** Send tokens over a route, take back what waits, claim what could not be paid. */
import { encodeFunctionData, type Address, type Hex } from "viem";
import { useState } from "preact/hooks";
import {
  budget,
  cancel,
  claim,
  claimable,
  complete,
  outbound,
  previewSend,
  queueLengths,
  routeState,
  send,
} from "../abi/BridgeGate";
import { allowance, approve, balanceOf } from "../abi/IERC20Metadata";
import { read, readHead } from "../chain/client";
import type { ChainConfig } from "../config";
import { useLive } from "../data/live";
import { exact, moment, parseAmount, shown } from "../format/numbers";
import { readToken, type TokenFacts } from "../market/read";
import { AccountField, readAccount } from "../parts/account_field";
import { Amount } from "../parts/amount";
import { Facts, Note, Reading, Table } from "../parts/basic";
import { Act, ConnectFirst } from "../sending/act";
import { chainName, useSession } from "../wallet/here";
import { addressOf } from "../world";

const OUT = 0;
const QUEUED = 1;
const MOST_WAITING = 100n;

interface Props {
  readonly chain: ChainConfig;
  readonly route: string;
}

type RouteTerms = Parameters<typeof encodeSend>[0];

interface End {
  readonly terms: RouteTerms;
  readonly isHome: boolean;
  readonly token: TokenFacts;
  /** Base units of one step. */
  readonly step: bigint;
  readonly budget: bigint;
  readonly isStopped: boolean;
  readonly stoppedUntil: number;
  readonly now: number;
  readonly has: bigint;
  readonly allowed: bigint;
  readonly claimable: bigint;
  readonly waiting: readonly Waiting[];
}

interface Waiting {
  readonly id: bigint;
  readonly steps: bigint;
  readonly recipient: Address;
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

async function readEnd(chain: ChainConfig, route: Hex, account: Address): Promise<End> {
  const [gate, head] = [addressOf(chain, "BridgeGate"), await readHead(chain)];
  const state = await read(chain, gate, routeState, [route], head.number);
  const { terms, isHome } = state;
  const token = await readToken(chain, isHome ? terms.homeToken : terms.remoteToken);
  const [left, owed, has, allowed, waiting] = await Promise.all([
    read(chain, gate, budget, [route, OUT], head.number),
    read(chain, gate, claimable, [route, account], head.number),
    read(chain, token.address, balanceOf, [account], head.number),
    read(chain, token.address, allowance, [account, gate], head.number),
    readWaiting(chain, route, account, head.number),
  ]);
  const decimals = Math.min(terms.homeDecimals, terms.remoteDecimals);
  return {
    terms,
    isHome,
    token,
    step: 10n ** BigInt(token.decimals - decimals),
    budget: left,
    isStopped: (isHome && state.entryStopped) || state.stoppedUntil > head.time,
    stoppedUntil: state.stoppedUntil,
    now: head.time,
    has,
    allowed,
    claimable: owed,
    waiting,
  };
}

/** What an account has waiting to leave, the newest of all queued transfers looked at. */
async function readWaiting(
  chain: ChainConfig,
  route: Hex,
  account: Address,
  block: bigint,
): Promise<readonly Waiting[]> {
  const gate = addressOf(chain, "BridgeGate");
  const [last] = await read(chain, gate, queueLengths, [], block);
  const first = last > MOST_WAITING ? last - MOST_WAITING + 1n : 1n;
  const ids = Array.from(
    { length: Number(last - first + 1n) },
    (_, place) => first + BigInt(place),
  );
  const found = await Promise.all(
    ids.map(async (id) => {
      const one = await read(chain, gate, outbound, [id], block);
      return { id, ...one };
    }),
  );
  return found
    .filter((each) => each.passage === QUEUED && each.route === route)
    .filter((each) => each.sender.toLowerCase() === account.toLowerCase())
    .map(({ id, amount, recipient }) => ({ id, steps: amount >> 8n, recipient }));
}

interface FormProps {
  readonly chain: ChainConfig;
  readonly route: Hex;
  readonly account: Address;
  readonly end: End;
}

function SendForm({ chain, route, account, end }: FormProps) {
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

interface Preview {
  readonly taken: bigint;
  readonly queued: boolean;
}

async function readOutlook(
  chain: ChainConfig,
  route: Hex,
  amount: bigint | undefined,
): Promise<Preview | undefined> {
  if (!amount) return undefined;
  const [taken, queued] = await read(chain, addressOf(chain, "BridgeGate"), previewSend, [
    route,
    amount,
  ]);
  return { taken, queued };
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

function encodeSend(
  terms: {
    homeChain: bigint;
    homeGate: Address;
    homeToken: Address;
    homeDecimals: number;
    remoteChain: bigint;
    remoteGate: Address;
    remoteToken: Address;
    remoteDecimals: number;
  },
  taken: bigint,
  recipient: Address,
  mayWait: boolean,
): Hex {
  const args = [terms, taken, taken, recipient, mayWait] as const;
  return encodeFunctionData({ abi: [send], functionName: "send", args });
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

function Claim({ chain, route, account, end }: FormProps) {
  const [to, setTo] = useState("");
  const payee = readAccount(to, account);
  if (!end.claimable) return null;
  const { token } = end;
  const args = [route, payee ?? account, end.claimable] as const;
  const data = encodeFunctionData({ abi: [claim], functionName: "claim", args });
  const action = {
    title: `Claim ${token.symbol} at the gate`,
    to: addressOf(chain, "BridgeGate"),
    data,
  };
  return (
    <div class="exchange">
      <p>
        A payment to you failed:{" "}
        <Amount raw={end.claimable} decimals={token.decimals} unit={token.symbol} /> wait at the
        gate. Where the token refuses your account, have another one paid.
      </p>
      <AccountField label="Pay to" text={to} fallback={account} change={setTo} />
      <Act chainId={chain.chainId} action={payee && action}>
        Claim
      </Act>
    </div>
  );
}

function WaitingList({ chain, end }: { readonly chain: ChainConfig; readonly end: End }) {
  if (!end.waiting.length) return null;
  const { token } = end;
  const gate = addressOf(chain, "BridgeGate");
  return (
    <Table
      caption="What you have waiting to leave"
      columns={[{ name: "Number" }, { name: "Amount", number: true }, { name: "" }]}
      rows={end.waiting.map(({ id, steps }) => [
        String(id),
        <Amount
          key="amount"
          raw={steps * end.step}
          decimals={token.decimals}
          unit={token.symbol}
        />,
        <div key="acts" class="row">
          <Act
            chainId={chain.chainId}
            action={{
              title: `Take transfer ${id} back`,
              to: gate,
              data: encodeFunctionData({ abi: [cancel], functionName: "cancel", args: [id] }),
            }}
          >
            Take back
          </Act>
          <Act
            chainId={chain.chainId}
            primary={false}
            action={{
              title: `Let transfer ${id} leave`,
              to: gate,
              data: encodeFunctionData({ abi: [complete], functionName: "complete", args: [id] }),
            }}
          >
            Let it leave
          </Act>
        </div>,
      ])}
    />
  );
}
