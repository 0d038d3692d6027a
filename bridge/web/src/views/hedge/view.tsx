/** Hedge: need and forecast, the plan, how hedges stand, what settled months cost with and without. */
import { newest, readPlans, type Bill, type Drift, type Named, type Plan, type PlanLine, type Plans } from "../../data/plans";
import { useLive } from "../../data/live";
import { ago, fromDecimal, moment, printable } from "../../format/numbers";
import { Amount, Hash, Price } from "../../parts/amount";
import { Badge, Card, Facts, Note, Reading, Table, Title, useNow } from "../../parts/basic";
import { useConfig } from "../../world";
import { FanCard } from "./fan";

export function HedgeView() {
  const { plans } = useConfig();
  return (
    <>
      <Title text="Hedge">
        <p>
          What a team needs, what it plans to lock, and what that did: from the files that{" "}
          <code>pargrade hedge</code> writes. Nothing is bought from here.
        </p>
      </Title>
      {plans ? <FromFiles folder={plans} /> : <NoFolder />}
    </>
  );
}

function NoFolder() {
  return (
    <Card title="No plans folder">
      <p>
        Start the page with <code>pargrade web --plans plans</code>. Plans are there already; keep
        the rest beside them:
      </p>
      <p class="mono small wrap">
        pargrade hedge forecast days.csv --json &gt; plans/forecast.json
        <br />
        pargrade hedge exposure days.csv --json &gt; plans/exposure.json
        <br />
        pargrade hedge drift days.csv … --json &gt; plans/drift.json
        <br />
        pargrade hedge bill --json &gt; plans/bill.json
      </p>
    </Card>
  );
}

function FromFiles({ folder }: { readonly folder: string }) {
  const live = useLive("plans", () => readPlans(folder), 20_000);
  return (
    <Reading live={live} what="The plans folder">
      {(plans) => <Found plans={plans} />}
    </Reading>
  );
}

function Found({ plans }: { readonly plans: Plans }) {
  const plan = newest(plans, "plan");
  const drift = newest(plans, "drift");
  const bill = newest(plans, "bill");
  const forecast = newest(plans, "forecast");
  const exposure = newest(plans, "exposure");
  if (!plans.documents.length) {
    return (
      <Card title="Nothing yet">
        <p class="soft">The plans folder has no plan, forecast, drift or bill that can be read.</p>
        <Others names={plans.others} />
      </Card>
    );
  }
  return (
    <>
      <FanCard plan={plan?.document} forecast={forecast?.document} exposure={exposure?.document} />
      {plan && <PlanCard plan={plan} />}
      {drift && <DriftCard drift={drift} />}
      {bill && <BillCard bill={bill} />}
      <Others names={plans.others} />
    </>
  );
}

function Others({ names }: { readonly names: readonly string[] }) {
  if (!names.length) return null;
  return (
    <Note tone="warn">
      Not of a form that is shown here: {names.map((name) => printable(name, 80)).join(", ")}.
    </Note>
  );
}

function Written({ at }: { readonly at: number }) {
  const now = useNow(30_000);
  return <>written {ago(now - at)}</>;
}

const lots = (raw: bigint) => <Amount raw={raw} decimals={2} unit="SCU" most={2} />;
const dollars6 = (raw: bigint) => <Amount raw={raw} decimals={6} unit="USD" most={2} least={2} />;
const dollars = (text: string) => <Amount raw={fromDecimal(text, 8)} decimals={8} unit="USD" most={2} least={2} />;

function PlanCard({ plan: { document: plan, file, writtenAt } }: { readonly plan: Named<Plan> }) {
  const cash = plan.months.reduce((sum, line) => sum + line.cash6, 0n);
  const isOver = plan.validUntil > 0 && plan.validUntil < Date.now() / 1000;
  return (
    <Card title={`Plan of ${printable(plan.team)}`} aside={<Written at={writtenAt} />}>
      {isOver && <Note tone="warn">This plan was valid until {moment(plan.validUntil)}: no order of it is sent any more.</Note>}
      <Facts
        rows={[
          ["cash tied up until it settles", dollars6(cash)],
          ["index then", <Price raw={plan.index8} />],
          ["hedge ratio", plan.ratio],
          ["plan", <Hash hex={file.replace(/\.json$/, "")} />],
        ]}
      />
      <p class="small soft">{printable(plan.ratioReason, 300)}</p>
      <Table
        caption="Planned months"
        columns={[
          { name: "month" },
          { name: "series" },
          { name: "need", number: true },
          { name: "wanted", number: true },
          { name: "held", number: true },
          { name: "to buy", number: true },
          { name: "price", number: true },
          { name: "cash", number: true },
          { name: "expected cost of locking", number: true },
          { name: "deviation taken away", number: true },
        ]}
        rows={plan.months.map((line) => [
          line.month,
          line.series ? `${printable(line.series)} ${printable(line.style)}` : "none",
          <Amount raw={fromDecimal(line.forecast, 6)} decimals={6} unit="SCU" most={1} />,
          lots(line.wantedLots),
          lots(line.heldLots),
          lots(line.buyLots),
          line.price8 ? <Price raw={line.price8} /> : "–",
          dollars6(line.cash6),
          dollars6(line.drift6),
          dollars6(line.deviation6),
        ])}
      />
      <Bounds lines={plan.months} />
    </Card>
  );
}

function Bounds({ lines }: { readonly lines: readonly PlanLine[] }) {
  const found = lines.flatMap((line) => line.bounds.map((bound) => `${line.month}: ${printable(bound, 200)}`));
  if (!found.length) return null;
  return (
    <div>
      <h3>Why it is not more</h3>
      <ul class="small">
        {found.map((bound) => (
          <li key={bound}>{bound}</li>
        ))}
      </ul>
    </div>
  );
}

function DriftCard({ drift: { document: drift, writtenAt } }: { readonly drift: Named<Drift> }) {
  return (
    <Card title="Drift" aside={<Written at={writtenAt} />}>
      <Note tone={drift.drifted ? "warn" : "good"}>
        {drift.drifted
          ? "What is held no longer fits what is needed, or what the plan was made from has moved."
          : "What is held fits what is needed, within the policy's tolerances."}
      </Note>
      <Table
        caption="Hedges beside today's need"
        columns={[{ name: "month" }, { name: "held", number: true }, { name: "wanted", number: true }, { name: "fits" }]}
        rows={drift.hedges.map((each) => [
          each.month,
          lots(each.held),
          lots(each.wanted),
          <Badge tone={each.off ? "warn" : "good"}>{each.off ? "off" : "fits"}</Badge>,
        ])}
      />
      {drift.moved.map((each) => (
        <Note key={each}>{printable(each, 300)}</Note>
      ))}
    </Card>
  );
}

function BillCard({ bill: { document: bill, writtenAt } }: { readonly bill: Named<Bill> }) {
  return (
    <Card title="Settled months, with and without the hedge" aside={<Written at={writtenAt} />}>
      <Table
        caption="Settled months, with and without the hedge"
        empty="No hedged month has settled yet."
        columns={[
          { name: "team" },
          { name: "series" },
          { name: "hedged", number: true },
          { name: "index average", number: true },
          { name: "without: at the index", number: true },
          { name: "with: what was paid", number: true },
          { name: "the hedge", number: true },
        ]}
        rows={bill.results.map((each) => [
          printable(each.team),
          printable(each.series),
          lots(each.lots),
          <Price raw={each.settlement8} />,
          dollars(each.worth),
          dollars(each.paid),
          <>
            {each.cost.startsWith("-") ? "gave " : "cost "}
            {dollars(each.cost.replace("-", ""))}
          </>,
        ])}
      />
      <p class="small soft">
        Of the hours that were hedged alone. A gain is no promise: had prices fallen, the same lots
        would have cost the difference.
      </p>
    </Card>
  );
}
