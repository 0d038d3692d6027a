/** What waits at a route's end for an account: payments to claim, transfers to take back. */
import { encodeFunctionData, type Address, type Hex } from "viem";
import { useState } from "preact/hooks";
import { cancel, claim, complete } from "../abi/BridgeGate";
import type { ChainConfig } from "../config";
import { AccountField, readAccount } from "../parts/account_field";
import { Amount } from "../parts/amount";
import { Table } from "../parts/basic";
import { Act } from "../sending/act";
import { addressOf } from "../world";
import type { End } from "./route_end";

export interface EndProps {
  readonly chain: ChainConfig;
  readonly route: Hex;
  readonly account: Address;
  readonly end: End;
}

/** What a token refused to pay, to any account; nothing where nothing is owed. */
export function Claim({ chain, route, account, end }: EndProps) {
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

/** Transfers that wait to leave: taken back, or let go on. */
export function WaitingList({ chain, end }: { readonly chain: ChainConfig; readonly end: End }) {
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
