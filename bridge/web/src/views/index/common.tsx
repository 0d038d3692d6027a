/** Why this number, of a common report: who signed it, what each member saw, what was refused since. */
import { useRef, useState } from "preact/hooks";
import type { CommonReport, Refused } from "../../chain/common_reports";
import { readExplained, type AgreedLine, type Explained } from "../../data/explained";
import { useLive } from "../../data/live";
import type { CommonBasis } from "../../data/rounds";
import { moment, printable } from "../../format/numbers";
import { Hash, Price } from "../../parts/amount";
import { Badge, Facts, Note, Reading, Table } from "../../parts/basic";
import { useConfig } from "../../world";
import { BASIS_WORDS, refusalWords } from "./words";

const FEW_LINES = 12;

export function CommonWhy({ basis, index }: { readonly basis: CommonBasis; readonly index: number }) {
  const { report, reporters, refused } = basis;
  return (
    <>
      {refused.length > 0 && <RefusedTable refused={refused} />}
      {report ? <Agreed report={report} reporters={reporters} index={index} /> : <p class="soft">No round yet.</p>}
    </>
  );
}

function RefusedTable({ refused }: { readonly refused: readonly Refused[] }) {
  return (
    <>
      <Note tone="warn">Newer reports came, and this index kept its last round: a value is never bent to fit.</Note>
      <Table
        caption="Refused since the last round"
        columns={[{ name: "report of" }, { name: "its value", number: true }, { name: "kept", number: true }, { name: "why", text: true }]}
        rows={refused.map(({ slot, value, last, reason }) => [
          moment(slot),
          value ? <Price raw={value} most={8} /> : "–",
          last ? <Price raw={last} most={8} /> : "–",
          refusalWords(reason),
        ])}
      />
    </>
  );
}

interface AgreedProps {
  readonly report: CommonReport;
  readonly reporters: readonly string[];
  readonly index: number;
}

function Agreed({ report, reporters, index }: AgreedProps) {
  const { nodes } = useConfig();
  const round = report.rounds.find((each) => each.index === index);
  return (
    <>
      <p>
        One report of {moment(report.slot)}, the same for all who signed it. Its values follow by a
        published method from one set of price lists, which the members agreed on before they signed.
      </p>
      <Facts
        rows={[
          ["value", round ? <Price raw={round.value} most={8} /> : "–"],
          ["± confidence", round ? <Price raw={round.confidence} most={8} /> : "–"],
          ["providers that count", String(round?.providers ?? "–")],
          ["signed by", `${report.signers.length}${reporters.length ? ` of ${reporters.length}` : ""} reporters of epoch ${report.epoch}`],
          ["root of its inputs", <Hash hex={report.inputRoot} />],
          ["transaction", <Hash hex={report.tx} />],
        ]}
      />
      {/* A node explains the first index: others are not computed from its lists. */}
      {nodes.length && index === 0 ? (
        <Inputs report={report} reporters={reporters} value={round?.value} key={report.inputRoot} />
      ) : (
        <>
          <Members report={report} reporters={reporters} />
          {index === 0 && (
            <Note>
              What each member saw is with the committee's nodes, and this page was started without one.
              With <code>--node URL</code> it is shown here.
            </Note>
          )}
        </>
      )}
    </>
  );
}

interface InputsProps {
  readonly report: CommonReport;
  readonly reporters: readonly string[];
  readonly value: bigint | undefined;
}

function Inputs({ report, reporters, value }: InputsProps) {
  const { nodes } = useConfig();
  const known = useRef<Explained | undefined>(undefined);
  // A node values a set a dozen times for this: what it said of this root is not asked again.
  const load = async () => {
    if (known.current?.inputRoot !== report.inputRoot) known.current = await readExplained(nodes, report.slot);
    return known.current;
  };
  const live = useLive(`why:${report.inputRoot}`, load, 20_000, false);
  return (
    <>
      <Members report={report} reporters={reporters} explained={live.value} />
      <Reading live={live} what="The input set of this report">
        {(found) => <Lists found={found} root={report.inputRoot} value={value} />}
      </Reading>
    </>
  );
}

interface MembersProps {
  readonly report: CommonReport;
  readonly reporters: readonly string[];
  readonly explained?: Explained | undefined;
}

/** All of the set: who signed, and what the lists of each give alone. */
function Members({ report, reporters, explained }: MembersProps) {
  const batches = new Map(explained?.members.map((each) => [each.position, each]));
  const listed = new Set([...reporters.keys(), ...report.signers, ...batches.keys()]);
  const columns = [{ name: "reporter" }, { name: "report" }];
  const more = [{ name: "price lists", number: true }, { name: "value of its lists alone", number: true }];
  return (
    <Table
      caption="Members of the committee"
      columns={explained ? [...columns, ...more] : columns}
      rows={[...listed].sort((a, b) => a - b).map((position) => {
        const batch = batches.get(position);
        return [
          <>
            <span class="small soft">{position}</span> <Hash hex={reporters[position] ?? `position ${position}`} />{" "}
            {explained?.leader === position && <Badge tone="none">led</Badge>}
          </>,
          report.signers.includes(position) ? <Badge tone="good">signed</Badge> : "not in it",
          ...(explained
            ? [batch ? String(batch.lists) : "not in the set", batch?.alone ? <Price raw={batch.alone} most={8} /> : "no value"]
            : []),
        ];
      })}
    />
  );
}

interface ListsProps {
  readonly found: Explained;
  /** As the chain took them. */
  readonly root: string;
  readonly value: bigint | undefined;
}

function Lists({ found, root, value }: ListsProps) {
  const [all, showAll] = useState(false);
  const isSame = found.inputRoot === root;
  return (
    <>
      {isSame && found.value === value ? (
        <Note tone="good">
          The node keeps the set of this root, and computes the value that the chain took from it. To
          compute it elsewhere: <code>pargrade oracle replay</code>.
        </Note>
      ) : (
        <Note tone="bad">
          The node explains another {isSame ? "value" : "set"} than the chain took: do not believe it.
        </Note>
      )}
      <Table
        caption="Lines of the price lists"
        columns={[
          { name: "price list" },
          { name: "hardware" },
          { name: "USD per GPU-hour", number: true },
          { name: "taken as", text: true },
          { name: "stated by members", text: true },
        ]}
        rows={found.lines.slice(0, all ? found.lines.length : FEW_LINES).map(lineRow)}
      />
      {found.lines.length > FEW_LINES && (
        <button type="button" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? "Show fewer" : `Show all ${found.lines.length}`}
        </button>
      )}
    </>
  );
}

function lineRow(line: AgreedLine) {
  return [
    printable(line.list),
    printable(line.hardware) || "–",
    line.price8 === null ? "–" : <Price raw={line.price8} />,
    BASIS_WORDS[line.basis] ?? "too few members state it",
    line.stated.map((each, place) => (
      <span key={place}>
        {place > 0 && "; "}
        <Price raw={each.price8} /> by {each.positions.length === 1 ? `member ${each.positions[0]}` : each.positions.length}
      </span>
    )),
  ];
}
