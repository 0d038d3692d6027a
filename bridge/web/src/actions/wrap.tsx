/** Wrap and unwrap a grade's tokens: preview, limits and rounding before anything is sent. */
import { encodeFunctionData, type Address } from "viem";
import { useState } from "preact/hooks";
import { allowance, approve, balanceOf } from "../abi/IERC20Metadata";
import { closed, factor, isShort, previewUnwrap, previewWrap, totalSupply, unwrap, wrap } from "../abi/WrappedUnit";
import { type Head, read, readHead } from "../chain/client";
import type { ChainConfig } from "../config";
import { useLive } from "../data/live";
import { exact, moment, parseAmount, shown } from "../format/numbers";
import { readToken, type TokenFacts } from "../market/read";
import { Amount } from "../parts/amount";
import { Facts, Note, Reading, Tabs } from "../parts/basic";
import { Act, ConnectFirst } from "../sending/act";
import { useSession } from "../wallet/here";

const UNIT_DECIMALS = 18;

interface Props {
  readonly chain: ChainConfig;
  readonly symbol: string;
  readonly unit: Address;
}

interface Grade {
  readonly head: Head;
  readonly token: TokenFacts;
  readonly scuPerToken: bigint;
  readonly validUntil: number;
  /** Units that may still be minted. */
  readonly room: bigint;
  readonly isClosed: boolean;
  readonly isShort: boolean;
  readonly tokens: bigint;
  readonly units: bigint;
  readonly allowed: bigint;
}

export function GradeActions({ chain, symbol, unit }: Props) {
  const state = useSession();
  if (state.kind !== "connected") return <ConnectFirst />;
  const { account } = state;
  return <Ready key={account} chain={chain} symbol={symbol} unit={unit} account={account} />;
}

function Ready({ chain, symbol, unit, account }: Props & { readonly account: Address }) {
  const live = useLive(`wrap:${unit}:${account}`, () => readGrade(chain, unit, account));
  return (
    <Reading live={live} what="The grade">
      {(grade) => <Exchange chain={chain} symbol={symbol} unit={unit} account={account} grade={grade} />}
    </Reading>
  );
}

async function readGrade(chain: ChainConfig, unit: Address, account: Address): Promise<Grade> {
  const head = await readHead(chain);
  const block = head.number;
  const found = await read(chain, unit, factor, [], block);
  const token = await readToken(chain, found.token);
  const [supply, isClosed, short, units, tokens, allowed] = await Promise.all([
    read(chain, unit, totalSupply, [], block),
    read(chain, unit, closed, [], block),
    read(chain, unit, isShort, [], block),
    read(chain, unit, balanceOf, [account], block),
    read(chain, found.token, balanceOf, [account], block),
    read(chain, found.token, allowance, [account, unit], block),
  ]);
  const room = found.depositCap > supply ? found.depositCap - supply : 0n;
  const { scuPerToken, validUntil } = found;
  return { head, token, scuPerToken, validUntil, room, isClosed, isShort: short, tokens, units, allowed };
}

interface ExchangeProps extends Props {
  readonly account: Address;
  readonly grade: Grade;
}

function Exchange(props: ExchangeProps) {
  const { chain, symbol, unit, account, grade } = props;
  const [way, setWay] = useState<"wrap" | "unwrap">("wrap");
  const [text, setText] = useState("");
  const isWrap = way === "wrap";
  const given = isWrap
    ? { symbol: grade.token.symbol, decimals: grade.token.decimals, has: grade.tokens }
    : { symbol, decimals: UNIT_DECIMALS, has: grade.units };
  const amount = text ? parseAmount(text, given.decimals) : undefined;
  const key = `preview:${unit}:${way}:${amount ?? ""}`;
  const preview = useLive(key, () => readPreview(chain, unit, isWrap, amount));
  const objection = objectTo(grade, isWrap, text, amount, given);
  return (
    <div class="exchange">
      <Tabs
        label="Wrap or unwrap"
        options={[["wrap", "Wrap"], ["unwrap", "Unwrap"]] as const}
        value={way}
        choose={(chosen) => {
          setWay(chosen);
          setText("");
        }}
      />
      <label>
        {isWrap ? `Tokens to wrap, ${given.symbol}` : `Units to unwrap, ${given.symbol}`}
        <input
          inputMode="decimal"
          autoComplete="off"
          value={text}
          aria-invalid={Boolean(text) && amount === undefined}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p class="small">
        You have <Amount raw={given.has} decimals={given.decimals} unit={given.symbol} />.{" "}
        {given.has > 0n && (
          <button type="button" class="plain" onClick={() => setText(exact(given.has, given.decimals))}>
            <u>All of it</u>
          </button>
        )}
      </p>
      <Limits grade={grade} isWrap={isWrap} symbol={symbol} />
      {amount !== undefined && amount > 0n && preview.value && (
        <Preview grade={grade} isWrap={isWrap} amount={amount} preview={preview.value} symbol={symbol} />
      )}
      {objection && <Note tone="warn">{objection}</Note>}
      {amount !== undefined && !objection && preview.value && (
        <Buttons {...props} isWrap={isWrap} amount={amount} preview={preview.value} account={account} />
      )}
    </div>
  );
}

interface Outcome {
  /** What comes out: units, or tokens. */
  readonly out: bigint;
  /** What is really taken of what is given. */
  readonly taken: bigint;
}

async function readPreview(
  chain: ChainConfig,
  unit: Address,
  isWrap: boolean,
  amount: bigint | undefined,
): Promise<Outcome | undefined> {
  if (!amount) return undefined;
  if (isWrap) {
    const out = await read(chain, unit, previewWrap, [amount]);
    return { out, taken: amount };
  }
  const [out, taken] = await read(chain, unit, previewUnwrap, [amount]);
  return { out, taken };
}

function Limits({ grade, isWrap, symbol }: { grade: Grade; isWrap: boolean; symbol: string }) {
  if (!isWrap) return <p class="small soft">Unwrapping has no pause and no end.</p>;
  return (
    <p class="small soft">
      Room for <Amount raw={grade.room} decimals={UNIT_DECIMALS} unit={symbol} most={2} /> more; wrapping is open
      until {moment(grade.validUntil)}.
    </p>
  );
}

function Preview(props: { grade: Grade; isWrap: boolean; amount: bigint; preview: Outcome; symbol: string }) {
  const { grade, isWrap, amount, preview, symbol } = props;
  const { token } = grade;
  const got = isWrap ? { decimals: UNIT_DECIMALS, symbol } : token;
  const rest = amount - preview.taken;
  return (
    <div aria-live="polite">
      <Facts
        rows={[
          ["You get", <Amount key="out" raw={preview.out} decimals={got.decimals} unit={got.symbol} most={8} />],
          [
            "Rounding",
            isWrap
              ? `down to ${exact(1n, UNIT_DECIMALS)} of a unit, in favour of who holds units`
              : `down to the token's last digit; ${
                  rest ? `${shown(rest, UNIT_DECIMALS, 18)} ${symbol} stay with you` : "nothing is left over"
                }`,
          ],
        ]}
      />
    </div>
  );
}

function objectTo(
  grade: Grade,
  isWrap: boolean,
  text: string,
  amount: bigint | undefined,
  given: { readonly symbol: string; readonly decimals: number; readonly has: bigint },
): string {
  if (isWrap && grade.isClosed) return "Wrapping is closed for this grade; unwrapping is not.";
  if (isWrap && grade.head.time >= grade.validUntil) {
    return "The grade's factor is too old to wrap by; unwrapping goes on.";
  }
  if (isWrap && grade.isShort) return "The reserves back fewer units than exist; only exits remain.";
  if (!text) return "";
  if (amount === undefined) return `This is no amount of at most ${given.decimals} decimals.`;
  if (amount === 0n) return "";
  if (amount > given.has) {
    return `You have ${shown(given.has, given.decimals)} ${given.symbol} only.`;
  }
  const units = (amount * grade.scuPerToken) / 10n ** BigInt(grade.token.decimals);
  if (isWrap && units > grade.room) return "It is beyond the grade's cap.";
  return "";
}

function Buttons(props: ExchangeProps & { isWrap: boolean; amount: bigint; preview: Outcome }) {
  const { chain, symbol, unit, account, grade, isWrap, amount, preview } = props;
  const { token } = grade;
  if (preview.out === 0n) return <Note tone="warn">It is too little: nothing would come out.</Note>;
  const args = [amount, preview.out, account] as const;
  if (!isWrap) {
    const data = encodeFunctionData({ abi: [unwrap], functionName: "unwrap", args });
    const title = `Unwrap ${shown(amount, UNIT_DECIMALS)} ${symbol}`;
    return (
      <Act chainId={chain.chainId} action={{ title, to: unit, data }}>
        Unwrap
      </Act>
    );
  }
  if (grade.allowed < amount) {
    const data = encodeFunctionData({ abi: [approve], functionName: "approve", args: [unit, amount] });
    const title = `Let ${symbol} take ${shown(amount, token.decimals)} ${token.symbol}`;
    return (
      <Act key="approve" chainId={chain.chainId} action={{ title, to: token.address, data }}>
        Approve {shown(amount, token.decimals)} {token.symbol}
      </Act>
    );
  }
  const data = encodeFunctionData({ abi: [wrap], functionName: "wrap", args });
  const title = `Wrap ${shown(amount, token.decimals)} ${token.symbol}`;
  return (
    <Act key="wrap" chainId={chain.chainId} action={{ title, to: unit, data }}>
      Wrap
    </Act>
  );
}
