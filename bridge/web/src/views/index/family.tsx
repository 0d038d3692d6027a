/** Every index of the method at one instant, as a node computes it. */
import { readFamily, type FamilyMember } from "../../data/nodes";
import { useLive } from "../../data/live";
import { moment, printable } from "../../format/numbers";
import { Price } from "../../parts/amount";
import { Badge, Card, Reading, Table } from "../../parts/basic";
import { useConfig } from "../../world";
import { STATE_TONE } from "./words";

const UNITS: Readonly<Record<string, string>> = { SCU: "SCU", GPU_HOUR: "GPU-hour" };

export function FamilyCard() {
  const { nodes } = useConfig();
  const live = useLive("family", () => readFamily(nodes), 60_000);
  return (
    <Card title="The family">
      <Reading live={live} what="The family of indices">
        {(family) => (
          <>
            <p class="small soft">
              Computed by one node from its quotes, as of {moment(family.asOf)}. Only what is signed
              goes to the chain.
            </p>
            <Table
              caption="Family of indices"
              columns={[
                { name: "index" },
                { name: "value", number: true },
                { name: "± confidence", number: true },
                { name: "providers", number: true },
                { name: "state" },
                { name: "signed" },
              ]}
              rows={family.members.map(row)}
            />
          </>
        )}
      </Reading>
    </Card>
  );
}

function row(member: FamilyMember) {
  return [
    <>
      {printable(member.index)} <span class="soft small">per {UNITS[member.unit] ?? member.unit}</span>
    </>,
    member.value8 === null ? "–" : <Price raw={member.value8} />,
    member.confidence8 === null ? "–" : <Price raw={member.confidence8} />,
    String(member.providers),
    <span title={printable(member.reason, 300)}>
      <Badge tone={STATE_TONE[member.state] ?? "none"}>{printable(member.state)}</Badge>
    </span>,
    member.signed ? "yes" : "no",
  ];
}
