/** The index: its value now, its history, what the last round rests on, the family. */
import { useLive } from "../../data/live";
import { ago, moment } from "../../format/numbers";
import { readIndices, type IndexStatus, type Indices } from "../../chain/spot_index";
import { Price } from "../../parts/amount";
import { Badge, Card, Facts, Note, Reading, Table, Title, useNow } from "../../parts/basic";
import { linkTo } from "../../router";
import { useChain, useConfig } from "../../world";
import { FamilyCard } from "./family";
import { HistoryCard } from "./history";
import { InputsCard } from "./inputs";
import { STATE_TONE, STATE_WORDS } from "./words";

export function IndexView({ rest }: { readonly rest: readonly string[] }) {
  const chain = useChain();
  const { nodes } = useConfig();
  const live = useLive(`indices:${chain.chainId}`, () => readIndices(chain), 5_000);
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
      {nodes.length > 0 && <FamilyCard />}
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
      <ValueCard status={chosen} chainTime={indices.head.time} />
      {indices.all.length > 1 && <OthersCard indices={indices} wanted={wanted} />}
    </>
  );
}

function ValueCard(props: { readonly status: IndexStatus; readonly chainTime: number }) {
  const { status, chainTime } = props;
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
          ["signed by", `${status.signers} of ${status.reporters} reporters`],
          ["quorum", String(status.quorum)],
          ["next at the latest", nextRound(status, chainTime)],
        ]}
      />
    </Card>
  );
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
