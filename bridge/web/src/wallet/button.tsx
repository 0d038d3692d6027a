/** The wallet's place in the page's head: connect, account, chain, disconnect, transactions. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Hash } from "../parts/amount";
import { Note } from "../parts/basic";
import { short } from "../format/numbers";
import { TransactionList } from "../sending/list";
import { isOver } from "../sending/stage";
import { ReviewDialog } from "../typed/review";
import { useConfig } from "../world";
import type { Wallet } from "./discovery";
import { chainName, senderOf, session, useSession, useTransactions, useWallets } from "./here";

let openWallet: (() => void) | undefined;

/** Opens the wallet's dialog from elsewhere on the page. */
export function showWallet(): void {
  openWallet?.();
}

export function WalletButton() {
  const config = useConfig();
  senderOf(config);
  const state = useSession();
  const entries = useTransactions();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    openWallet = () => setOpen(true);
    return () => {
      openWallet = undefined;
    };
  }, []);
  const waiting = entries.filter(
    (each) => each.sent && !isOver(each.stage) && isYoung(each.stage),
  ).length;
  const words =
    state.kind === "connected"
      ? short(state.account)
      : state.kind === "asking"
        ? "Look into your wallet"
        : "Connect a wallet";
  return (
    <>
      <button
        type="button"
        class={state.kind === "connected" ? "mono" : "primary"}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {words}
        {waiting > 0 && (
          <span class="count" aria-label={`, ${waiting} under way`}>
            {waiting}
          </span>
        )}
      </button>
      {isOpen && <WalletDialog close={() => setOpen(false)} />}
      <ReviewDialog />
    </>
  );
}

/** What is in no block yet: what is, waits for confirmations alone. */
function isYoung(stage: { readonly kind: string }): boolean {
  return ["unseen", "pending", "reorged"].includes(stage.kind);
}

function WalletDialog({ close }: { readonly close: () => void }) {
  const state = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="wallet-title" onClose={close}>
      <div class="card-head">
        <h2 id="wallet-title">Wallet</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      {state.kind === "connected" ? <Account /> : <Choice />}
      <TransactionList />
    </dialog>
  );
}

function Account() {
  const state = useSession();
  const config = useConfig();
  if (state.kind !== "connected") return null;
  const known = config.chains.find((each) => each.chainId === state.chain);
  const others = config.chains.filter((each) => each.chainId !== state.chain);
  return (
    <>
      <dl class="lines">
        <div>
          <dt>Account</dt>
          <dd>
            <Hash hex={state.account} whole />
          </dd>
        </div>
        <div>
          <dt>In</dt>
          <dd>{state.wallet.name}</dd>
        </div>
        <div>
          <dt>Chain</dt>
          <dd>{chainName(state.chain)}</dd>
        </div>
      </dl>
      {!known && (
        <Note tone="warn">
          This page is not about {chainName(state.chain)}. Switch the wallet to act here.
        </Note>
      )}
      {state.failure && <Note tone="warn">{state.failure.message}</Note>}
      <div class="row">
        {others.map((each) => (
          <SwitchButton key={each.chainId} chainId={each.chainId} />
        ))}
        <button type="button" onClick={() => void session.disconnect()}>
          Disconnect
        </button>
      </div>
    </>
  );
}

/** Asks the wallet to change its chain. */
export function SwitchButton({ chainId }: { readonly chainId: number }) {
  const config = useConfig();
  const chain = config.chains.find((each) => each.chainId === chainId);
  const rpcUrl = new URL(chain?.rpc ?? "", document.baseURI).href;
  const change = () => void session.switchChain({ id: chainId, name: chainName(chainId), rpcUrl });
  return (
    <button type="button" class="primary" onClick={change}>
      Switch to {chainName(chainId)}
    </button>
  );
}

function Choice() {
  const wallets = useWallets();
  const state = useSession();
  const isAsking = state.kind === "asking";
  return (
    <>
      {wallets.length === 0 && (
        <Note>
          No wallet is in this browser. Everything can be read without one; to act, install a wallet
          that announces itself (EIP-6963) and reload.
        </Note>
      )}
      <ul class="wallets">
        {wallets.map((wallet) => (
          <li key={wallet.uuid}>
            <button type="button" disabled={isAsking} onClick={() => void session.connect(wallet)}>
              <Picture wallet={wallet} />
              {wallet.name}
            </button>
          </li>
        ))}
      </ul>
      <div role="status">
        {isAsking && (
          <Note>Look into your wallet: it asks whether this page may see your account.</Note>
        )}
        {state.kind === "none" && state.failure && <Note tone="warn">{state.failure.message}</Note>}
      </div>
    </>
  );
}

function Picture({ wallet }: { readonly wallet: Wallet }) {
  if (!wallet.icon) return null;
  return <img src={wallet.icon} alt="" width="24" height="24" />;
}
