/** Units: grades with factor, band, work and reserves; one grade with what a wrap would give. */
import { readGrades, readTerms, type GradeState, type Grades, type Terms } from "../../chain/grades";
import { useLive } from "../../data/live";
import { day } from "../../format/numbers";
import { Amount } from "../../parts/amount";
import { Badge, Bar, Card, Note, Reading, Table, Title, type Tone } from "../../parts/basic";
import { linkTo } from "../../router";
import { useChain } from "../../world";
import { GradeCard } from "./grade";

export function UnitsView({ rest }: { readonly rest: readonly string[] }) {
  const chain = useChain();
  const live = useLive(`grades:${chain.chainId}`, () => readGrades(chain), 6_000);
  const terms = useLive(`terms:${chain.chainId}`, () => readTerms(chain), 300_000);
  return (
    <>
      <Title text="Units">
        <p>
          Each grade wraps one network's token at a factor that cannot change, one unit for one SCU.
          What is wrapped lies in the unit's own contract and can be taken back at any time.
        </p>
      </Title>
      <Reading live={live} what="The grades">
        {(grades) => <Chosen grades={grades} terms={terms.value ?? []} symbol={rest[0] ?? ""} />}
      </Reading>
    </>
  );
}

function Chosen(props: { grades: Grades; terms: readonly Terms[]; symbol: string }) {
  const { grades, terms, symbol } = props;
  const place = symbol ? grades.all.findIndex((grade) => grade.symbol === symbol) : 0;
  const grade = grades.all[place];
  return (
    <>
      <Card title="Grades">
        <Table
          caption="Grades"
          empty="No grade is listed yet."
          chosen={place}
          columns={[
            { name: "grade" },
            { name: "what one token is", text: true },
            { name: "SCU per token", number: true },
            { name: "locked", number: true },
            { name: "units", number: true },
            { name: "wrapped until" },
            { name: "state" },
          ]}
          rows={grades.all.map((each) => row(each, termsOf(terms, each), grades.head.time))}
        />
      </Card>
      {symbol && !grade && (
        <Note tone="warn">
          There is no grade {symbol.slice(0, 40)} on this chain. <a href={linkTo("units")}>All grades</a>
        </Note>
      )}
      {grade && (
        <GradeCard key={grade.unit} grade={grade} terms={termsOf(terms, grade)} time={grades.head.time} />
      )}
    </>
  );
}

function termsOf(terms: readonly Terms[], grade: GradeState): Terms | undefined {
  return terms.find((each) => each.unit.toLowerCase() === grade.unit.toLowerCase());
}

function row(grade: GradeState, terms: Terms | undefined, time: number) {
  const [words, tone] = stateOf(grade, time);
  return [
    <a href={linkTo("units", grade.symbol)}>{grade.symbol}</a>,
    terms ? describeToken(terms) : "…",
    <Amount raw={grade.scuPerToken} decimals={18} />,
    <Amount raw={grade.locked} decimals={grade.decimals} unit={grade.tokenSymbol} most={2} />,
    <Amount raw={grade.supply} decimals={18} unit={grade.unitSymbol} most={2} />,
    day(grade.validUntil),
    <Badge tone={tone}>{words}</Badge>,
  ];
}

/** Whether a grade takes new wraps, and if not why. */
export function stateOf(grade: GradeState, time: number): readonly [string, Tone] {
  if (grade.short) return ["short of reserves", "bad"];
  if (grade.impairedAt) return [grade.impairedAt > time ? "impairment announced" : "impaired", "bad"];
  if (grade.closed) return ["closed to new wraps", "warn"];
  if (grade.validUntil <= time) return ["expired", "warn"];
  return ["open", "good"];
}

/** What one whole token promises, in words. */
export function describeToken(terms: Terms): string {
  const quantity = terms.quantity.toLocaleString();
  switch (terms.denomination) {
    case "GPU_HOUR":
      return terms.quantity % 3600n ? `${quantity} s of one ${terms.model}` : `${terms.quantity / 3600n} h of one ${terms.model}`;
    case "FLOP":
      return `${terms.quantity.toString().replace(/(0+)$/, (zeros) => (zeros.length > 3 ? `e${zeros.length}` : zeros))} ${terms.basis.toLowerCase()} FLOP in ${terms.precision}`;
    default:
      return `${quantity} output tokens of ${terms.model} in ${terms.precision}, ${terms.inputTokens} in and ${terms.outputTokens} out`;
  }
}

export function ReservesBar({ grade }: { readonly grade: GradeState }) {
  const share = grade.cap ? Number((grade.supply * 10_000n) / grade.cap) / 10_000 : 0;
  return <Bar share={share} tone={share > 0.9 ? "warn" : "good"} label={`${Math.round(share * 100)} % of the cap is used`} />;
}
