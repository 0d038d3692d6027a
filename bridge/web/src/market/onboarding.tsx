/** What an account still has to let the contracts take before its orders of a series can be filled. */
import { encodeFunctionData, type Address, type Hex } from "viem";
import { useState } from "preact/hooks";
import { approve } from "../abi/IERC20Metadata";
import { multicall, permit, permitOperator } from "../abi/FuturesExchange";
import { nonces as marketNonces } from "../abi/FuturesMarket";
import { eip712Domain, nonces } from "../abi/WrappedUnit";
import { read } from "../chain/client";
import type { ChainConfig } from "../config";
import { Act } from "../sending/act";
import { permitMessage, typed } from "../typed/message";
import { review } from "../typed/review";
import { splitSignature } from "../typed/sign";
import type { Names } from "../typed/reading";
import { addressOf } from "../world";
import { Note } from "../parts/basic";
import type { Means, Series, TokenFacts } from "./read";

const WITHOUT_LIMIT = (1n << 256n) - 1n;
/** An allowance above it needs no renewal. */
const PLENTY = 1n << 128n;
const PERMIT_S = 3_600;

interface Lack {
  readonly token: TokenFacts;
  readonly spender: Address;
  readonly of: "exchange" | "market";
}

interface Lacks {
  /** Approvals of the quote token: transactions. */
  readonly quote: readonly Lack[];
  /** Approvals of units: signatures. */
  readonly units: readonly Lack[];
  readonly operator: boolean;
}

export function lacking(chain: ChainConfig, series: Series, means: Means): Lacks {
  const spenders = {
    exchange: addressOf(chain, "FuturesExchange"),
    market: addressOf(chain, "FuturesMarket"),
  };
  const of = (token: TokenFacts, has: Means["quote"]): Lack[] =>
    (["exchange", "market"] as const)
      .filter((each) => has[each] < PLENTY)
      .map((each) => ({ token, spender: spenders[each], of: each }));
  return {
    quote: of(series.quote, means.quote),
    units: series.units.flatMap((unit, place) => of(unit, means.units[place] ?? means.quote)),
    operator: !means.isOperator,
  };
}

export function isOnboarded(lacks: Lacks): boolean {
  return !lacks.quote.length && !lacks.units.length && !lacks.operator;
}

interface Props {
  readonly chain: ChainConfig;
  readonly series: Series;
  readonly owner: Address;
  readonly lacks: Lacks;
  readonly names: Names;
}

/** The steps that are left, each with its button. */
export function Onboarding(props: Props) {
  const { chain, lacks } = props;
  const signatures = lacks.units.length + Number(lacks.operator);
  return (
    <div class="onboarding">
      <p>
        <strong>Once for this series:</strong> let the exchange fill your orders. Neither contract
        takes anything without an order or a call that you sign.
      </p>
      <ul class="checks">
        {lacks.quote.map(({ token, spender, of }) => (
          <li key={of}>
            <Act chainId={chain.chainId} action={approval(token, spender, of)}>
              Approve {token.symbol} for the {of}
            </Act>
          </li>
        ))}
        {signatures > 0 && (
          <li>
            <Permits {...props} count={signatures} />
          </li>
        )}
      </ul>
    </div>
  );
}

function approval(token: TokenFacts, spender: Address, of: string) {
  return {
    title: `Approve ${token.symbol} for the ${of}`,
    to: token.address,
    data: encodeFunctionData({
      abi: [approve],
      functionName: "approve",
      args: [spender, WITHOUT_LIMIT],
    }),
  };
}

/** Signatures first, each in words, then one transaction that brings them all. */
function Permits({ chain, owner, lacks, names, count }: Props & { readonly count: number }) {
  const [calls, setCalls] = useState<readonly Hex[]>([]);
  const [failure, setFailure] = useState("");
  const [isSigning, setSigning] = useState(false);
  const sign = async () => {
    setFailure("");
    setSigning(true);
    try {
      const found = await signPermits({ chain, owner, lacks, names });
      if (found) setCalls(found);
      else setFailure("Not everything was signed. Nothing was sent.");
    } catch (problem) {
      setFailure((problem as Error).message);
    }
    setSigning(false);
  };
  if (calls.length) {
    const to = addressOf(chain, "FuturesExchange");
    const data = encodeFunctionData({ abi: [multicall], functionName: "multicall", args: [calls] });
    return (
      <Act
        chainId={chain.chainId}
        action={{ title: `Bring ${count} permits to the exchange`, to, data }}
      >
        Bring {count === 1 ? "it" : `all ${count}`} to the chain
      </Act>
    );
  }
  return (
    <div class="act">
      <button type="button" class="primary" disabled={isSigning} onClick={() => void sign()}>
        Sign {count === 1 ? "1 permit" : `${count} permits`}
      </button>
      <span class="small soft">
        Signatures cost nothing{lacks.operator ? "; one makes the exchange your operator" : ""}.
      </span>
      {failure && <Note tone="warn">{failure}</Note>}
    </div>
  );
}

async function signPermits({
  chain,
  owner,
  lacks,
  names,
}: Omit<Props, "series">): Promise<readonly Hex[] | undefined> {
  const deadline = BigInt(names.now + PERMIT_S);
  const used = new Map<Address, bigint>();
  const calls: Hex[] = [];
  for (const { token, spender } of lacks.units) {
    const nonce = used.get(token.address) ?? (await read(chain, token.address, nonces, [owner]));
    used.set(token.address, nonce + 1n);
    const [, name, version] = await read(chain, token.address, eip712Domain, []);
    const domain = { name, version, chainId: chain.chainId, verifyingContract: token.address };
    const fields = { owner, spender, value: WITHOUT_LIMIT, nonce, deadline };
    const signature = await review(permitMessage(domain, fields), names);
    if (!signature) return undefined;
    const [v, r, s] = splitSignature(signature);
    const args = [token.address, owner, spender, WITHOUT_LIMIT, deadline, v, r, s] as const;
    calls.push(encodeFunctionData({ abi: [permit], functionName: "permit", args }));
  }
  if (lacks.operator) {
    const [market, operator] = [
      addressOf(chain, "FuturesMarket"),
      addressOf(chain, "FuturesExchange"),
    ];
    const nonce = await read(chain, market, marketNonces, [owner]);
    const message = { owner, operator, approved: true, nonce, deadline };
    const signature = await review(typed("OperatorPermit", chain.chainId, market, message), names);
    if (!signature) return undefined;
    const args = [owner, deadline, signature] as const;
    calls.push(encodeFunctionData({ abi: [permitOperator], functionName: "permitOperator", args }));
  }
  return calls;
}
