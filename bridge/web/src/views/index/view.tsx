/** The index: its value now, its history, what the last round rests on, the family. */
import { useLive } from "../../data/live";
import { ago, moment, percent } from "../../format/numbers";
import { OBSERVATIONS, type IndexVersion } from "../../chain/index_version";
import { MOST_BPS, type IndexStatus, type Indices, type Quality } from "../../chain/spot_index";
import { readNodeIndex } from "../../data/nodes";
import { loadIndices } from "../../data/rounds";
import { Price } from "../../parts/amount";
import { Badge, Card, Facts, Note, Reading, Table, Title, useNow } from "../../parts/basic";
import { linkTo } from "../../router";
import { useChain, useConfig } from "../../world";
import { FamilyCard } from "./family";
import { HistoryCard } from "./history";
import { InputsCard } from "./inputs";
import { STATE_TONE, STATE_WORDS } from "./words";

export function IndexView({ rest }: { readonly rest: readonly string[] }) {
  const config = useConfig();
  const chain = useChain();
  const live = useLive(`indices:${chain.chainId}`, () => loadIndices(config), 5_000);
  const wanted = Number(rest[0] ?? 0);
  return (
    <>
      <Title text="Index">
        <p>
          The price of one SCU, an hour of standardised compute, as the chain has it. Contracts
          settle on it; nobody can restate it.
        </p>
      </Title>
      <Reading live={live} what="The index">
        {(indices) => <Chosen indices={indices} wanted={wanted} />}
      </Reading>
      <HistoryCard index={wanted} />
      <InputsCard index={wanted} />
      {config.nodes.length > 0 && live.value?.version === OBSERVATIONS && <FamilyCard />}
    </>
  );
}

function Chosen({ indices, wanted }: { readonly indices: Indices; readonly wanted: number }) {
  const chosen = indices.all[wanted];
  if (!chosen) {
    return (
      <Note tone="warn">
        The chain has no index {wanted}. <a href={linkTo("index", 0)}>Show the first.</a>
      </Note>
    );
  }
  return (
    <>
      <ValueCard status={chosen} version={indices.version} chainTime={indices.head.time} />
      {indices.all.length > 1 && <OthersCard indices={indices} wanted={wanted} />}
    </>
  );
}

interface ValueProps {
  readonly status: IndexStatus;
  readonly version: IndexVersion;
  readonly chainTime: number;
}

function ValueCard({ status, version, chainTime }: ValueProps) {
  const { nodes } = useConfig();
  // The chain's clock, not the reader's: a development chain lives in a time of its own.
  const age = chainTime - status.slot;
  return (
    <Card
      title={status.name}
      aside={<Badge tone={STATE_TONE[status.state] ?? "none"}>{status.state}</Badge>}
    >
      {status.slot ? (
        <p class="big">
          <Price raw={status.value} />
          <span class="unit">per SCU</span>
        </p>
      ) : (
        <p class="big soft">no round yet</p>
      )}
      <p class="soft">
        {STATE_WORDS[status.state]} {status.replayed && <ReplayedNote />}
      </p>
      <Facts
        rows={[
          ["newest round", status.slot ? `${moment(status.slot)}, ${ago(age)}` : "never"],
          ["signed by", signers(status)],
          ...(status.heartbeat ? [["next at the latest", nextRound(status, chainTime)] as const] : []),
          ...(status.quality ? qualityRows(status.quality) : []),
          ...(status.wideQuorum > status.quorum ? [["speed limit", speedLimit(status)] as const] : []),
        ]}
      />
      {status.number === 0 && nodes.length > 0 && version === OBSERVATIONS && <Confidence />}
    </Card>
  );
}

function qualityRows({ confidenceBps, providers }: Quality): (readonly [string, string])[] {
  const width = confidenceBps === MOST_BPS ? "wider than can be said" : `at most ${percent(confidenceBps * 100, 2)} of it`;
  return [
    ["± its confidence", width],
    ["providers in it", providers === MOST_PROVIDERS ? `${providers} or more` : String(providers)],
  ];
}

const MOST_PROVIDERS = 255;

function speedLimit({ bandBps, heartbeat, wideQuorum }: IndexStatus): string {
  const time = heartbeat % 60 ? `${heartbeat} seconds` : `${heartbeat / 60} minutes`;
  return `${percent(bandBps * 100, 2)} in ${time}, further with ${wideQuorum} signatures`;
}

/** What a node's newest value says of itself; the first version keeps the value alone. */
function Confidence() {
  const { nodes } = useConfig();
  const live = useLive("node-index", () => readNodeIndex(nodes), 15_000);
  return (
    <Reading live={live} what="The newest value of a node">
      {(found) => (
        <Facts
          rows={[
            ["a node's newest value", <Price raw={found.value8} />],
            ["± its confidence", <Price raw={found.confidence8} />],
            ["providers in it", String(found.providers)],
            ["by availability", found.availability],
          ]}
        />
      )}
    </Reading>
  );
}

function signers(status: IndexStatus): string {
  if (!status.reporters) return `${status.signers} reporters`;
  return `${status.signers} of ${status.reporters} reporters, quorum ${status.quorum}`;
}

function ReplayedNote() {
  return <strong>REPLAYED: from recorded quotes; no real series may settle on it.</strong>;
}

function nextRound(status: IndexStatus, chainTime: number): string {
  if (!status.slot) return "–";
  const due = status.slot + status.heartbeat;
  return due >= chainTime ? ago(chainTime - due) : `due ${ago(chainTime - due)}`;
}

function OthersCard({ indices, wanted }: { readonly indices: Indices; readonly wanted: number }) {
  useNow(30_000);
  return (
    <Card title="All indices of this contract">
      <Table
        caption="All indices of this contract"
        columns={[{ name: "index" }, { name: "value", number: true }, { name: "state" }, { name: "round" }]}
        chosen={wanted}
        rows={indices.all.map((each) => [
          <a href={linkTo("index", each.number)}>{each.name}</a>,
          each.slot ? <Price raw={each.value} /> : "–",
          <Badge tone={STATE_TONE[each.state] ?? "none"}>{each.state}</Badge>,
          each.slot ? moment(each.slot) : "never",
        ])}
      />
    </Card>
  );
}
