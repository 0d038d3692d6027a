/** Wrap and unwrap: balances, limits and the buttons under a grade's preview. */
import { encodeFunctionData, type Address } from "viem";
import { allowance, approve, balanceOf } from "../abi/IERC20Metadata";
import { closed, factor, isShort, totalSupply, unwrap, wrap } from "../abi/WrappedUnit";
import { type Head, read, readHead } from "../chain/client";
import { previewUnwrap, previewWrap } from "../chain/grades";
import type { ChainConfig } from "../config";
import { useLive } from "../data/live";
import { exact, moment, shown } from "../format/numbers";
import { readToken, type TokenFacts } from "../market/read";
import { Amount } from "../parts/amount";
import { Note, Reading } from "../parts/basic";
import { Act, ConnectFirst } from "../sending/act";
import type { Slots } from "../slots";
import { useSession } from "../wallet/here";

type Props = Slots["gradeActions"];

interface Grade {
  readonly head: Head;
  readonly token: TokenFacts;
  readonly unit: TokenFacts;
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

export function GradeActions(props: Props) {
  const state = useSession();
  if (state.kind !== "connected") return <ConnectFirst />;
  return <Ready key={state.account} {...props} account={state.account} />;
}

function Ready(props: ReadyProps) {
  const { chain, unit, account } = props;
  const live = useLive(`wrap:${unit}:${account}`, () => readGrade(chain, unit, account));
  return (
    <Reading live={live} what="Your balances">
      {(grade) => <Standing {...props} grade={grade} />}
    </Reading>
  );
}

async function readGrade(chain: ChainConfig, unit: Address, account: Address): Promise<Grade> {
  const head = await readHead(chain);
  const block = head.number;
  const found = await read(chain, unit, factor, [], block);
  const [token, itself] = await Promise.all([
    readToken(chain, found.token),
    readToken(chain, unit),
  ]);
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
  return {
    head,
    token,
    unit: itself,
    scuPerToken,
    validUntil,
    room,
    isClosed,
    isShort: short,
    tokens,
    units,
    allowed,
  };
}

interface ReadyProps extends Props {
  readonly account: Address;
}

function Standing(props: ReadyProps & { readonly grade: Grade }) {
  const { grade, way, amount, fill } = props;
  const isWrap = way === "wrap";
  const given = isWrap
    ? { ...grade.token, has: grade.tokens }
    : { ...grade.unit, has: grade.units };
  const objection = objectTo(grade, isWrap, amount, given);
  return (
    <>
      <p class="small">
        You have <Amount raw={given.has} decimals={given.decimals} unit={given.symbol} />.{" "}
        {given.has > 0n && (
          <button
            type="button"
            class="plain"
            onClick={() => fill(exact(given.has, given.decimals))}
          >
            <u>Take all of it</u>
          </button>
        )}{" "}
        <span class="soft">
          {isWrap
            ? `Wrapping is open until ${moment(grade.validUntil)}.`
            : "Unwrapping has no pause and no end."}
        </span>
      </p>
      {objection && <Note tone="warn">{objection}</Note>}
      <NextStep {...props} isPossible={amount > 0n && !objection} />
    </>
  );
}

function objectTo(
  grade: Grade,
  isWrap: boolean,
  amount: bigint,
  given: { readonly symbol: string; readonly decimals: number; readonly has: bigint },
): string {
  if (isWrap && grade.isClosed) return "Wrapping is closed for this grade; unwrapping is not.";
  if (isWrap && grade.head.time >= grade.validUntil) {
    return "The grade's factor is too old to wrap by; unwrapping goes on.";
  }
  if (isWrap && grade.isShort)
    return "The reserves back fewer units than exist; only exits remain.";
  if (amount > given.has) {
    return `You have ${shown(given.has, given.decimals)} ${given.symbol} only.`;
  }
  const units = (amount * grade.scuPerToken) / 10n ** BigInt(grade.token.decimals);
  if (isWrap && units > grade.room) return "It is beyond the grade's cap.";
  return "";
}

/** One button for what is next, so that what became of the last step stays beside it. */
function NextStep(props: ReadyProps & { readonly grade: Grade; readonly isPossible: boolean }) {
  const { chain, unit, account, grade, way, amount, isPossible } = props;
  const key = `least:${unit}:${way}:${amount}`;
  const { value: least } = useLive(key, () => readLeast(chain, unit, way, amount), 8_000, false);
  const { token } = grade;
  const isWrap = way === "wrap";
  const given = isWrap ? token : grade.unit;
  // Every digit: what is pressed is what moves.
  const words = `${shown(amount, given.decimals, given.decimals)} ${given.symbol}`;
  const wrapping = [amount, least ?? 0n, account] as const;
  // The factor is frozen: less than the preview comes out only where a token takes a fee or shrank.
  const [verb, title, to, data] =
    isWrap && grade.allowed < amount
      ? ([
          "Approve",
          `Let the unit take ${words}`,
          token.address,
          encodeFunctionData({ abi: [approve], functionName: "approve", args: [unit, amount] }),
        ] as const)
      : isWrap
        ? ([
            "Wrap",
            `Wrap ${words}`,
            unit,
            encodeFunctionData({ abi: [wrap], functionName: "wrap", args: wrapping }),
          ] as const)
        : ([
            "Unwrap",
            `Unwrap ${words}`,
            unit,
            encodeFunctionData({ abi: [unwrap], functionName: "unwrap", args: wrapping }),
          ] as const);
  return (
    <Act chainId={chain.chainId} action={isPossible && least ? { title, to, data } : undefined}>
      {verb} {words}
    </Act>
  );
}

/** What comes out at least: what the contract would give now. */
async function readLeast(
  chain: ChainConfig,
  unit: Address,
  way: Props["way"],
  amount: bigint,
): Promise<bigint> {
  if (way === "wrap") return previewWrap(chain, unit, amount);
  const [tokens] = await previewUnwrap(chain, unit, amount);
  return tokens;
}
