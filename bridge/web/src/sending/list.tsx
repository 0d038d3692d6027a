/** The transactions of this browser and where each stands, in words. */
import { Hash } from "../parts/amount";
import { Badge, type Tone } from "../parts/basic";
import { chainName, transactions, useTransactions } from "../wallet/here";
import type { Entry } from "./log";
import { describeStage, isOver, type Stage } from "./stage";

const TONES: Readonly<Record<Stage["kind"], readonly [Tone, string]>> = {
  preparing: ["none", "being tried"],
  asked: ["warn", "in your wallet"],
  impossible: ["bad", "not sent"],
  refused: ["warn", "refused"],
  pending: ["none", "pending"],
  unseen: ["none", "sent"],
  dropped: ["bad", "dropped"],
  replaced: ["warn", "replaced"],
  included: ["good", "done"],
  reorged: ["warn", "pending again"],
  final: ["good", "final"],
  failed: ["bad", "failed"],
};

export function TransactionList() {
  const entries = useTransactions();
  if (!entries.length) return null;
  return (
    <section aria-label="Transactions" class="transactions">
      <h3>Transactions of this browser</h3>
      <ul>
        {entries.map((entry) => (
          <li key={entry.id}>
            <Standing entry={entry} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One transaction with its stage, and what can be done about it. */
export function Standing({ entry }: { readonly entry: Entry }) {
  const { stage, sent } = entry;
  const [tone, word] = TONES[stage.kind];
  const canForget = isOver(stage) || ["dropped", "replaced", "failed"].includes(stage.kind);
  return (
    <div class="standing" role="status">
      <div class="row">
        <Badge tone={tone}>{word}</Badge>
        <strong>{entry.title}</strong>
      </div>
      <p class="small">
        {describeStage(stage)} {sent && <Hash hex={sent.hash} />}{" "}
        <span class="soft">on {chainName(entry.chain)}</span>{" "}
        {canForget && (
          <button type="button" class="plain" onClick={() => transactions.remove(entry.id)}>
            <u>Forget</u>
          </button>
        )}
      </p>
    </div>
  );
}
