/** Why this number: the last round's observations, one node's quotes and refusals, one quote's proof. */
import { useMemo, useState } from "preact/hooks";
import { readEvidence, type Evidence, type Proof, type Quote } from "../../data/evidence";
import { useLive } from "../../data/live";
import { readNodeHealth } from "../../data/nodes";
import { COMMON_REPORT } from "../../chain/index_version";
import { loadBasis, type ObservedBasis } from "../../data/rounds";
import { moment, printable } from "../../format/numbers";
import { Hash, Price } from "../../parts/amount";
import { Badge, Card, Facts, Note, Reading, Table } from "../../parts/basic";
import { useChain, useConfig } from "../../world";
import { CommonWhy } from "./common";
import { verdictWords } from "./words";

const FEW_QUOTES = 15;

export function InputsCard({ index }: { readonly index: number }) {
  const chain = useChain();
  const config = useConfig();
  const live = useLive(`basis:${chain.chainId}:${index}`, () => loadBasis(config, index), 15_000);
  return (
    <Card title="Why this number">
      <Reading live={live} what="The last round's report">
        {(basis) => {
          if (!basis) return <p class="soft">No round yet.</p>;
          return basis.version === COMMON_REPORT ? <CommonWhy basis={basis} index={index} /> : <Why basis={basis} index={index} />;
        }}
      </Reading>
    </Card>
  );
}

function Why({ basis, index }: { readonly basis: ObservedBasis; readonly index: number }) {
  const { report, reporters } = basis;
  const { nodes } = useConfig();
  const median = report.ranks[index];
  const [chosen, choose] = useState<number | null>(null);
  const place = chosen !== null && chosen < report.parts.length ? chosen : (median ?? 0);
  const part = report.parts[place];
  return (
    <>
      {basis.node ? (
        <p>What this node signed for {moment(report.slot)}; other reporters signed what they saw.</p>
      ) : (
        <p>
          {report.parts.length} reporters signed what they saw at {moment(report.slot)}. The contract
          takes the lower median, so no minority of them moves it beyond the others.
        </p>
      )}
      <Table
        caption="Observations of the last round"
        columns={[
          { name: "reporter" },
          { name: "value", number: true },
          { name: "evidence root" },
          { name: "" },
        ]}
        chosen={place}
        rows={report.parts.map((each, at) => [
          <>
            <Hash hex={reporters[each.position] ?? `position ${each.position}`} />{" "}
            {at === median && <Badge tone="good">median</Badge>}
          </>,
          each.values[index] ? <Price raw={each.values[index]} most={8} /> : "no value",
          <Hash hex={each.root} />,
          <button type="button" aria-pressed={at === place} onClick={() => choose(at)}>
            {at === place ? "inputs below" : "show inputs"}
          </button>,
        ])}
      />
      {part && !nodes.length && (
        <Note>
          The quotes behind a root are with the reporters' nodes, and this page was started without
          one. With <code>--node URL</code> each is shown here, and checked against the root.
        </Note>
      )}
      {part && nodes.length > 0 && <Inputs key={part.root} root={part.root} position={part.position} node={basis.node} />}
    </>
  );
}

function Inputs({ root, position, node }: { root: string; position: number; node: string | undefined }) {
  const { nodes } = useConfig();
  // Not remembered over reloads: half a megabyte that the same node has again.
  const live = useLive<Evidence>(
    `evidence:${root}`,
    async () => readEvidence(`${node ?? (await nodeAt(nodes, position))}/evidence/${root}`),
    3_600_000,
    false,
  );
  return (
    <Reading live={live} what="The evidence of this observation">
      {(found) => <Quotes found={found} root={root} />}
    </Reading>
  );
}

/** The node of a reporter: it alone is sure to keep what that reporter signed. */
async function nodeAt(nodes: readonly string[], position: number): Promise<string> {
  const healths = await Promise.allSettled(nodes.map(readNodeHealth));
  const found = healths.find((each) => each.status === "fulfilled" && each.value.position === position);
  if (found?.status === "fulfilled") return found.value.path;
  throw new Error("none of the nodes this page asks is this reporter's, or it does not answer");
}

function Quotes({ found, root }: { readonly found: Evidence; readonly root: string }) {
  const verdicts = useMemo(() => countBy(found.quotes, (quote) => quote.verdict), [found]);
  const [verdict, chooseVerdict] = useState("ACCEPTED");
  const [all, showAll] = useState(false);
  const [proof, setProof] = useState<Proof | null>(null);
  const listed = found.quotes.flatMap((quote, place) => (quote.verdict === verdict ? [{ quote, place }] : []));
  return (
    <>
      {found.root === root ? (
        <Note tone="good">
          The root over these {found.quotes.length} quotes, computed here, is the root that the
          reporter signed and the chain took.
        </Note>
      ) : (
        <Note tone="bad">These lines give another root than the reporter signed: do not believe them.</Note>
      )}
      <Facts
        rows={[
          ["value", <Price raw={found.value8} most={8} />],
          ["± confidence", <Price raw={found.confidence8} />],
          ["median of prices", <Price raw={found.median8} />],
          ["providers that count", String(found.providers)],
          ["panel", printable(found.panel)],
          ["firmness of what counts", firmness(found.quotes)],
        ]}
      />
      <label>
        Quotes by verdict
        <select value={verdict} onChange={(event) => chooseVerdict(event.currentTarget.value)}>
          {verdicts.map(([name, count]) => (
            <option key={name} value={name}>
              {`${name === "ACCEPTED" ? "accepted" : `refused: ${verdictWords(name)}`} (${count})`}
            </option>
          ))}
        </select>
      </label>
      <Table
        caption={`Quotes: ${verdictWords(verdict)}`}
        columns={[
          { name: "provider" },
          { name: "hardware" },
          { name: "USD per GPU-hour", number: true },
          { name: "firmness" },
          { name: "region" },
          { name: "seen" },
          { name: "" },
        ]}
        rows={listed.slice(0, all ? listed.length : FEW_QUOTES).map(({ quote, place }) => [
          printable(quote.provider),
          hardware(quote),
          <Price raw={quote.price8} />,
          printable(`${quote.firmness} ${quote.tier}`),
          printable(quote.region),
          moment(quote.observedAt),
          <button type="button" onClick={() => setProof(found.prove(place))}>
            prove
          </button>,
        ])}
      />
      {listed.length > FEW_QUOTES && (
        <button type="button" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? "Show fewer" : `Show all ${listed.length}`}
        </button>
      )}
      {proof && <ProofNote proof={proof} root={root} />}
    </>
  );
}

function ProofNote({ proof, root }: { readonly proof: Proof; readonly root: string }) {
  const reached = proof.steps.at(-1)?.hash === root;
  return (
    <section aria-label="Proof of one quote" class="note" ref={(note) => note?.scrollIntoView({ block: "nearest" })}>
      <h3>{reached ? "This quote is under the signed root" : "This quote is not under the signed root"}</h3>
      <p class="mono small wrap">{printable(proof.line, 1_200)}</p>
      <ol class="small">
        {proof.steps.map((step) => (
          <li key={step.hash + step.words}>
            {step.words}: <Hash hex={step.hash} />
          </li>
        ))}
      </ol>
      <p class="small">
        By command: <code>pargrade oracle prove</code>.
      </p>
    </section>
  );
}

function hardware(quote: Quote): string {
  return printable(`${quote.count} × ${quote.model}${quote.variant && ` ${quote.variant}`}`);
}

/** Shares of what counts by firmness, the largest first. */
function firmness(quotes: readonly Quote[]): string {
  const counted = quotes.filter((quote) => quote.verdict === "ACCEPTED");
  const shares = countBy(counted, (quote) => quote.firmness || "not said");
  return shares.map(([name, count]) => `${printable(name)} ${Math.round((100 * count) / counted.length)} %`).join(", ");
}

function countBy(quotes: readonly Quote[], name: (quote: Quote) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const quote of quotes) counts.set(name(quote), (counts.get(name(quote)) ?? 0) + 1);
  const first = (word: string) => (word === "ACCEPTED" ? 0 : 1);
  return [...counts].sort((a, b) => first(a[0]) - first(b[0]) || b[1] - a[1]);
}
