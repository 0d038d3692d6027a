/** Routes between chains: what is locked against what is minted, limits, and transfers on the way. */
import { hasGate, readRouteEnds, readTransfers, type RouteEnd, type Stage, type Transfer } from "../../chain/gate";
import type { ChainConfig } from "../../config";
import { useLive } from "../../data/live";
import { moment } from "../../format/numbers";
import { Amount, Hash } from "../../parts/amount";
import { Badge, Card, Facts, Note, Reading, Table, type Tone } from "../../parts/basic";
import { slot } from "../../slots";
import { useConfig } from "../../world";

const STAGES: Readonly<Record<Stage, readonly [string, Tone]>> = {
  waiting: ["waits to leave until it fits", "warn"],
  cancelled: ["taken back", "none"],
  sent: ["sent, not final yet", "none"],
  final: ["final, being attested and carried", "none"],
  queued: ["arrived, waits until it fits", "warn"],
  done: ["done", "good"],
  unknown: ["left; the other chain is not read by this page", "none"],
};

interface Ways {
  readonly ends: readonly RouteEnd[];
  readonly transfers: readonly Transfer[];
}

async function readWays(chains: readonly ChainConfig[]): Promise<Ways> {
  const seen = chains.filter(hasGate);
  const ends = (await Promise.all(seen.map(readRouteEnds))).flat();
  const transfers = ends.length ? await Promise.all(seen.map((chain) => readTransfers(seen, chain, ends))) : [];
  return { ends, transfers: transfers.flat() };
}

export function RoutesCards() {
  const { chains } = useConfig();
  const live = useLive("ways", () => readWays(chains), 8_000);
  return (
    <Reading live={live} what="The routes between chains">
      {(ways) => (
        <>
          {routesOf(ways.ends).map((ends) => (
            <RouteCard key={ends[0]!.id} ends={ends} />
          ))}
          {!ways.ends.length && (
            <Card title="Between chains">
              <p class="soft">No route leaves the chains that this page looks at.</p>
            </Card>
          )}
          {ways.ends.length > 0 && <TransfersCard ways={ways} />}
        </>
      )}
    </Reading>
  );
}

function routesOf(ends: readonly RouteEnd[]): RouteEnd[][] {
  const found = new Map<string, RouteEnd[]>();
  for (const end of ends) found.set(end.id, [...(found.get(end.id) ?? []), end]);
  return [...found.values()].map((each) => each.sort((a, b) => Number(b.isHome) - Number(a.isHome)));
}

function RouteCard({ ends }: { readonly ends: readonly RouteEnd[] }) {
  const { chains } = useConfig();
  const home = ends.find((end) => end.isHome);
  const remote = ends.find((end) => !end.isHome);
  const first = ends[0]!;
  const Actions = slot("routeActions");
  return (
    <Card
      title={`${first.symbol}: chain ${first.terms.homeChain} to chain ${first.terms.remoteChain}`}
      aside={<Hash hex={first.id} />}
    >
      {home && remote ? (
        <Backing home={home} remote={remote} />
      ) : (
        <Note>Only one end is read by this page: whether it is backed shows with both (--route FILE).</Note>
      )}
      <div class="grid">
        {ends.map((end) => (
          <section key={end.chainId} aria-label={`End on chain ${end.chainId}`}>
            <h3>
              {end.isHome ? "Home" : "Remote"}, chain {end.chainId}
            </h3>
            <EndFacts end={end} />
            <Stops end={end} />
            {Actions && chains.some((chain) => chain.chainId === end.chainId) && (
              <Actions chain={chains.find((chain) => chain.chainId === end.chainId)!} route={end.id} />
            )}
          </section>
        ))}
      </div>
    </Card>
  );
}

function Backing({ home, remote }: { readonly home: RouteEnd; readonly remote: RouteEnd }) {
  const covered = home.locked >= remote.minted;
  const tone = covered ? "good" : "bad";
  return (
    <Note tone={tone}>
      <Amount raw={home.locked} decimals={home.decimals} unit={home.symbol} /> locked at home,{" "}
      <Amount raw={remote.minted} decimals={home.decimals} unit={remote.symbol} /> minted at the remote
      end: {covered ? "everything minted is backed; the rest is on its way" : "NOT COVERED"}.
    </Note>
  );
}

function EndFacts({ end }: { readonly end: RouteEnd }) {
  const steps = (raw: bigint) => <Amount raw={raw} decimals={end.decimals} unit={end.symbol} most={2} />;
  return (
    <Facts
      rows={[
        [end.isHome ? "locked" : "minted", steps(end.isHome ? end.locked : end.minted)],
        ["may leave now", steps(end.budgetOut)],
        ["may arrive now", steps(end.budgetIn)],
        ["limit a day", steps(end.capacity)],
        ["attesters", end.attesters ? `${end.threshold} of ${end.attesters}` : "none in force"],
      ]}
    />
  );
}

function Stops({ end }: { readonly end: RouteEnd }) {
  return (
    <>
      {end.stoppedUntil > end.head.time && (
        <Note tone="bad">The council stopped this route until {moment(end.stoppedUntil)}.</Note>
      )}
      {end.entryStopped && <Note tone="warn">Sending from here is stopped; what is on its way goes on.</Note>}
      {!end.attesters && <Note tone="warn">Nobody attests here: nothing sent would arrive.</Note>}
    </>
  );
}

function TransfersCard({ ways }: { readonly ways: Ways }) {
  const { chains } = useConfig();
  const Actions = slot("transferActions");
  const endOf = (transfer: Transfer) => ways.ends.find((end) => end.id === transfer.route);
  return (
    <Card title="Transfers between chains" aside="the newest">
      <Table
        caption="Transfers between chains"
        empty="Nothing has been sent yet."
        columns={[
          { name: "number", number: true },
          { name: "from → to" },
          { name: "amount", number: true },
          { name: "sender" },
          { name: "recipient" },
          { name: "where it stands" },
          { name: "" },
        ]}
        rows={ways.transfers.map((each) => [
          String(each.number),
          `${each.from} → ${each.to}`,
          <Amount raw={each.amount} decimals={endOf(each)?.decimals ?? 0} unit={endOf(each)?.symbol ?? ""} />,
          <Hash hex={each.sender} />,
          <Hash hex={each.recipient} />,
          <Badge tone={STAGES[each.stage][1]}>{STAGES[each.stage][0]}</Badge>,
          Actions ? <Actions chain={chains.find((chain) => chain.chainId === each.from)!} route={each.route} nonce={each.number} /> : "",
        ])}
      />
    </Card>
  );
}
