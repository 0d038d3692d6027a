/** Nodes and services: well or not, since when, and every alarm in words. */
import { readNodeHealth, type NodeHealth } from "../../data/nodes";
import { readServiceHealth, type ServiceHealth } from "../../data/services";
import { explain } from "../../chain/client";
import { useLive } from "../../data/live";
import { moment, printable } from "../../format/numbers";
import { Hash } from "../../parts/amount";
import { Badge, Card, Note, Reading, Table } from "../../parts/basic";
import { useConfig } from "../../world";

interface Found<T> {
  readonly name: string;
  readonly health: T | null;
  /** Why there is none. */
  readonly away: string;
}

interface Standing {
  readonly nodes: readonly Found<NodeHealth>[];
  readonly services: readonly Found<ServiceHealth>[];
}

async function ask<T>(name: string, load: () => Promise<T>): Promise<Found<T>> {
  try {
    return { name, health: await load(), away: "" };
  } catch (failure) {
    return { name, health: null, away: explain(failure) };
  }
}

export function HealthCard() {
  const { nodes, services, relay } = useConfig();
  const live = useLive<Standing>(
    "standing",
    async () => {
      const others = [...(relay ? [["relay", relay] as const] : []), ...services.map((path, at) => [`service ${at + 1}`, path] as const)];
      const [foundNodes, foundServices] = await Promise.all([
        Promise.all(nodes.map((path, at) => ask(`node ${at + 1}`, () => readNodeHealth(path)))),
        Promise.all(others.map(([name, path]) => ask(name, () => readServiceHealth(path)))),
      ]);
      return { nodes: foundNodes, services: foundServices };
    },
    10_000,
  );
  if (!nodes.length && !services.length && !relay) {
    return (
      <Card title="Nodes and services">
        <Note>
          This page was started without nodes and services. <code>--node</code>, <code>--relay</code>{" "}
          and <code>--service</code> name some.
        </Note>
      </Card>
    );
  }
  return (
    <Reading live={live} what="The page's own server">
      {(standing) => (
        <>
          <AlarmsCard standing={standing} />
          <Card title="Nodes">
            <Table
              caption="Nodes"
              empty="None is named."
              columns={[
                { name: "node" },
                { name: "state" },
                { name: "reporter" },
                { name: "last round" },
                { name: "chain's head", number: true },
                { name: "version" },
              ]}
              rows={standing.nodes.map(nodeRow)}
            />
          </Card>
          <Card title="Services">
            <Table
              caption="Services"
              empty="None is named."
              columns={[{ name: "service" }, { name: "state" }, { name: "version" }]}
              rows={standing.services.map((each) => [
                each.name,
                <State found={each} />,
                printable(each.health?.version ?? "–", 40),
              ])}
            />
          </Card>
        </>
      )}
    </Reading>
  );
}

function State({ found }: { readonly found: Found<{ readonly ok: boolean }> }) {
  if (!found.health) return <Badge tone="bad">away</Badge>;
  return found.health.ok ? <Badge tone="good">well</Badge> : <Badge tone="warn">has problems</Badge>;
}

function nodeRow(found: Found<NodeHealth>) {
  const { health } = found;
  return [
    health ? printable(health.name, 40) : found.name,
    <State found={found} />,
    health ? <Hash hex={printable(health.reporter, 42)} /> : "–",
    health?.lastSlot ? moment(health.lastSlot) : "–",
    health?.headAge === null || !health ? "–" : `${Math.round(health.headAge)} s old`,
    printable(health?.version ?? "–", 40),
  ];
}

function AlarmsCard({ standing }: { readonly standing: Standing }) {
  const alarms = [...standing.nodes, ...standing.services].flatMap((each) => {
    if (!each.health) return [`${each.name} is away: ${each.away}`];
    const name = "name" in each.health ? String(each.health.name) : each.name;
    return each.health.problems.map((problem) => `${name}: ${problem}`);
  });
  const newest = versions(standing);
  return (
    <Card title="Alarms">
      {alarms.length ? (
        alarms.map((alarm) => (
          <Note key={alarm} tone="bad">
            {printable(alarm, 400)}
          </Note>
        ))
      ) : (
        <Note tone="good">Everyone who was asked is well.</Note>
      )}
      {newest.length > 1 && <Note tone="warn">Different versions run: {newest.join(", ")}.</Note>}
    </Card>
  );
}

function versions(standing: Standing): string[] {
  const all = [...standing.nodes, ...standing.services].flatMap((each) => each.health?.version || []);
  return [...new Set(all.map((version) => printable(version, 40)))];
}
