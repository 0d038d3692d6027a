/** One grade: its terms, its reserves, what a wrap or unwrap would give, and why that is fair. */
import { useState } from "preact/hooks";
import {
  previewUnwrap,
  previewWrap,
  readPublished,
  type GradeState,
  type Published,
  type Terms,
} from "../../chain/grades";
import { useLive } from "../../data/live";
import { day, exact, parseAmount, shown } from "../../format/numbers";
import { Amount, Hash } from "../../parts/amount";
import { Badge, Card, Facts, Note, Reading, Table, Tabs } from "../../parts/basic";
import { slot } from "../../slots";
import { useChain, useConfig } from "../../world";
import { describeToken, ReservesBar, stateOf } from "./view";

interface GradeProps {
  readonly grade: GradeState;
  readonly terms: Terms | undefined;
  readonly time: number;
}

export function GradeCard({ grade, terms, time }: GradeProps) {
  const [words, tone] = stateOf(grade, time);
  const { published } = useConfig();
  return (
    <div class="grid">
      <Card title={`${grade.symbol}: ${grade.unitName}`} aside={<Badge tone={tone}>{words}</Badge>}>
        {terms && <p>One {grade.tokenSymbol} is {describeToken(terms)}, on {terms.network}.</p>}
        <Facts
          rows={[
            ["SCU per token", <Amount raw={grade.scuPerToken} decimals={18} />],
            ["kind", grade.kind.toLowerCase()],
            ["wrapped until", day(grade.validUntil)],
            ["unit", <Hash hex={grade.unit} />],
            ["token", <Hash hex={grade.token} />],
            ...(terms ? [["grade id", <Hash hex={terms.id} />] as const] : []),
          ]}
        />
        {terms && published && <PublishedFacts path={published} terms={terms} />}
      </Card>
      <Card title="Reserves and limits">
        <Facts
          rows={[
            ["locked", <Amount raw={grade.locked} decimals={grade.decimals} unit={grade.tokenSymbol} most={6} />],
            ["units that exist", <Amount raw={grade.supply} decimals={18} unit={grade.unitSymbol} most={6} />],
            ["most that may exist", <Amount raw={grade.cap} decimals={18} most={0} />],
            ["room", <Amount raw={roomOf(grade)} decimals={18} most={2} />],
          ]}
        />
        <ReservesBar grade={grade} />
        {grade.short ? (
          <Note tone="bad">
            Less is locked than units exist. Whoever unwraps gets an equal share of what is there.
          </Note>
        ) : (
          <Note tone="good">Every unit is backed: what is locked, times the factor, covers all units.</Note>
        )}
        <PreviewForm grade={grade} />
      </Card>
    </div>
  );
}

function roomOf(grade: GradeState): bigint {
  return grade.cap > grade.supply ? grade.cap - grade.supply : 0n;
}

function PublishedFacts({ path, terms }: { readonly path: string; readonly terms: Terms }) {
  const live = useLive(`published:${terms.id}`, () => readPublished(path, terms), 3_600_000);
  return (
    <Reading live={live} what="What is published about this factor">
      {(found) => <Factor found={found} />}
    </Reading>
  );
}

function Factor({ found }: { readonly found: Published }) {
  const four = (value: number) => shown(BigInt(value), 4, 4, 4);
  return (
    <>
      <p class="small soft">
        {found.factor4 === null && `No published factor: ${found.reason}.`}
        {found.factor4 !== null && found.low4 === null && `Published as ${four(found.factor4)} before quality: ${found.reason}.`}
        {found.factor4 !== null &&
          found.low4 !== null &&
          found.high4 !== null &&
          `Published as ${four(found.factor4)} before quality, by prices between ${four(found.low4)} and ${four(found.high4)} (${found.table}).`}
      </p>
      {found.work.length > 0 && (
        <Table
          caption="Work beside par"
          columns={[{ name: "work" }, { name: "rate", number: true }, { name: "par", number: true }, { name: "share", number: true }]}
          rows={found.work.map((each) => [each.kind, `${each.rate} ${each.unit}`, each.par, each.share])}
        />
      )}
    </>
  );
}

type Way = "wrap" | "unwrap";

/** What the contract would give now; what signs is in the slot under it. */
function PreviewForm({ grade }: { readonly grade: GradeState }) {
  const chain = useChain();
  const Actions = slot("gradeActions");
  const [way, choose] = useState<Way>("wrap");
  const [typed, type] = useState("100");
  const decimals = way === "wrap" ? grade.decimals : 18;
  const asked = parseAmount(typed, decimals);
  const name = way === "wrap" ? grade.tokenSymbol : grade.unitSymbol;
  return (
    <section aria-label="Preview" class="card-part">
      <div class="row">
        <Tabs
          label="Preview of"
          options={[
            ["wrap", "wrap"],
            ["unwrap", "unwrap"],
          ]}
          value={way}
          choose={choose}
        />
      </div>
      <label>
        {`Amount of ${name}`}
        <input
          inputMode="decimal"
          autocomplete="off"
          value={typed}
          aria-invalid={asked === undefined}
          onInput={(event) => type(event.currentTarget.value)}
        />
      </label>
      {asked === undefined ? (
        <p class="small soft">A number with at most {decimals} digits after the point.</p>
      ) : (
        <>
          <Outcome key={`${way}${asked}`} grade={grade} way={way} asked={asked} />
          {Actions && (
            <Actions chain={chain} symbol={grade.symbol} unit={grade.unit} way={way} amount={asked} fill={type} />
          )}
        </>
      )}
    </section>
  );
}

function Outcome({ grade, way, asked }: { grade: GradeState; way: Way; asked: bigint }) {
  const chain = useChain();
  const live = useLive(
    `preview:${grade.unit}:${way}:${asked}`,
    async (): Promise<readonly [bigint, bigint]> =>
      way === "wrap"
        ? [await previewWrap(chain, grade.unit, asked), 0n]
        : previewUnwrap(chain, grade.unit, asked),
    15_000,
    false,
  );
  return (
    <Reading live={live} what="The preview">
      {([got, burned]) => (way === "wrap" ? <WrapOutcome grade={grade} got={got} /> : <UnwrapOutcome grade={grade} asked={asked} got={got} burned={burned} />)}
    </Reading>
  );
}

function WrapOutcome({ grade, got }: { readonly grade: GradeState; readonly got: bigint }) {
  const over = got > roomOf(grade);
  return (
    <>
      <p>
        gives <Amount raw={got} decimals={18} unit={grade.unitSymbol} most={8} />, rounded down: what is
        less than the last digit stays in the reserves.
      </p>
      {over && <Note tone="warn">That is more than the room under the cap: the contract refuses it.</Note>}
      {got === 0n && <Note tone="warn">That gives nothing.</Note>}
    </>
  );
}

function UnwrapOutcome(props: { grade: GradeState; asked: bigint; got: bigint; burned: bigint }) {
  const { grade, asked, got, burned } = props;
  return (
    <>
      <p>
        gives <Amount raw={got} decimals={grade.decimals} unit={grade.tokenSymbol} most={8} />, rounded
        down to whole base units, and burns{" "}
        <Amount raw={burned} decimals={18} unit={grade.unitSymbol} most={8} />
        {burned < asked ? `; ${exact(asked - burned, 18)} stay yours.` : "."}
      </p>
      {got === 0n && <Note tone="warn">That gives nothing.</Note>}
    </>
  );
}
