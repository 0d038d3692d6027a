/** A button that does something on a chain: it connects, switches, tries, asks and follows. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Note } from "../parts/basic";
import { showWallet, SwitchButton } from "../wallet/button";
import { chainName, senderOf, useSession, useTransactions } from "../wallet/here";
import { useConfig } from "../world";
import { Standing } from "./list";
import type { Action } from "./sender";
import { isOver } from "./stage";

export interface ActProps {
  readonly chainId: number;
  /** What to send now; undefined while the form is not complete. */
  readonly action: Action | undefined;
  readonly children: ComponentChildren;
  readonly primary?: boolean;
}

export function Act({ chainId, action, children, primary = true }: ActProps) {
  const config = useConfig();
  const state = useSession();
  const entries = useTransactions();
  const [id, setId] = useState("");
  const [isAsking, setAsking] = useState(false);
  const entry = entries.find((each) => each.id === id);
  if (state.kind !== "connected") return <ConnectFirst />;
  if (state.chain !== chainId) return <SwitchFirst chainId={chainId} />;
  const act = async () => {
    if (!action || isAsking) return;
    const fresh = crypto.randomUUID();
    setId(fresh);
    setAsking(true);
    await senderOf(config).send(fresh, chainId, action);
    setAsking(false);
  };
  const isBusy =
    isAsking || (entry !== undefined && !isOver(entry.stage) && isWaiting(entry.stage.kind));
  return (
    <div class="act">
      <button
        type="button"
        class={primary ? "primary" : ""}
        disabled={!action || isBusy}
        onClick={() => void act()}
      >
        {children}
      </button>
      {entry && <Standing entry={entry} />}
    </div>
  );
}

function isWaiting(kind: string): boolean {
  return ["preparing", "asked", "unseen", "pending", "reorged"].includes(kind);
}

export function ConnectFirst() {
  return (
    <div class="act">
      <button type="button" class="primary" onClick={showWallet}>
        Connect a wallet to act
      </button>
    </div>
  );
}

export function SwitchFirst({ chainId }: { readonly chainId: number }) {
  const state = useSession();
  if (state.kind !== "connected") return null;
  return (
    <div class="act">
      <Note tone="warn">
        Your wallet is on {chainName(state.chain)}; this is on {chainName(chainId)}.
      </Note>
      <SwitchButton chainId={chainId} />
      {state.failure && <Note tone="warn">{state.failure.message}</Note>}
    </div>
  );
}
