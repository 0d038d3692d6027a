/** A book on the page: both sides with depth, the spread, the newest trades. */
import { Component, type ComponentChild, type ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Card, Note, useNow } from "../parts/basic";
import { ago, shown } from "../format/numbers";
import { depthOf, withDepth } from "./book";
import type { Level } from "./ticket";
import { type BookNow, type BookSource, useBookNow } from "./use_book";

const FEW = 12;
const MANY = 500;
const SLOW_MS = 1_000;

interface BookProps {
  readonly source: BookSource;
  /** Takes a price into the ticket. */
  readonly choose: (price: bigint) => void;
}

export function BookCard({ source, choose }: BookProps) {
  const now = useBookNow(source);
  const [isLong, setLong] = useState(false);
  const { book } = now;
  const most = isLong ? MANY : FEW;
  const hasMore = Math.max(book.bids.length, book.asks.length) > FEW;
  return (
    <Card title="Book" aside={<Spread bid={book.bids[0]} ask={book.asks[0]} />}>
      <BookState now={now} />
      <div class="book">
        <Half name="Bids" levels={book.bids} most={most} choose={choose} tone="good" />
        <Half name="Asks" levels={book.asks} most={most} choose={choose} tone="bad" />
      </div>
      {hasMore && (
        <button type="button" onClick={() => setLong(!isLong)}>
          {isLong
            ? `The best ${FEW} alone`
            : `All ${book.bids.length} bids and ${book.asks.length} asks`}
        </button>
      )}
    </Card>
  );
}

function BookState({ now }: { readonly now: BookNow }) {
  const seconds = useNow(1_000);
  if (now.isLive) return null;
  return (
    <Note tone="bad">
      {now.at === undefined
        ? "The relay's book cannot be read. Nothing is known of it yet; it is tried again."
        : `The relay is away. Shown is the book of ${ago(seconds - now.at / 1000)}; it is tried again.`}
    </Note>
  );
}

function Spread({ bid, ask }: { bid: Level | undefined; ask: Level | undefined }) {
  if (!bid || !ask) return <span>{bid ? "nothing asked" : ask ? "nothing bid" : "empty"}</span>;
  return (
    <span>
      spread <span class="tabular">{shown(ask[0] - bid[0], 8, 4, 2)}</span> USD
    </span>
  );
}

interface HalfProps {
  readonly name: string;
  readonly levels: readonly Level[];
  readonly most: number;
  readonly choose: (price: bigint) => void;
  readonly tone: "good" | "bad";
}

function Half(props: HalfProps) {
  const { name, levels, most } = props;
  const deepest = depthOf(levels, most);
  return (
    <div class="half">
      <Levels name={name} caption={`${name}: price, amount and depth up to it, the best first`}>
        <Rows {...props} from={0} to={FEW} deepest={deepest} />
      </Levels>
      {most > FEW && (
        <Slowly
          draw={() => (
            <Levels name={name} caption={`${name} beyond the best ${FEW}`}>
              <Rows {...props} from={FEW} to={most} deepest={depthOf(levels, most)} />
            </Levels>
          )}
        />
      )}
      {!levels.length && <p class="soft small">Nothing here.</p>}
    </div>
  );
}

function Levels(props: {
  readonly name: string;
  readonly caption: string;
  readonly children: ComponentChildren;
}) {
  return (
    <table>
      <caption class="hidden-text">{props.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{props.name === "Bids" ? "Bid, USD" : "Ask, USD"}</th>
          <th scope="col" class="num">
            SCU
          </th>
          <th scope="col" class="num">
            Depth
          </th>
        </tr>
      </thead>
      <tbody>{props.children}</tbody>
    </table>
  );
}

function Rows(
  props: HalfProps & { readonly from: number; readonly to: number; readonly deepest: bigint },
) {
  const { levels, tone, choose, from, to, deepest } = props;
  return (
    <>
      {withDepth(levels, to)
        .slice(from)
        .map(([price, lots, sum]) => (
          <Row
            key={String(price)}
            price={price}
            lots={lots}
            sum={sum}
            share={deepest ? Number((sum * 1000n) / deepest) / 10 : 0}
            tone={tone}
            choose={choose}
          />
        ))}
    </>
  );
}

/** Far from the best price a change moves every depth below it: drawn once a second, not at each change. */
class Slowly extends Component<{ readonly draw: () => ComponentChild }> {
  #timer: ReturnType<typeof setInterval> | undefined;

  override componentDidMount(): void {
    this.#timer = setInterval(() => this.forceUpdate(), SLOW_MS);
  }

  override componentWillUnmount(): void {
    clearInterval(this.#timer);
  }

  override shouldComponentUpdate(): boolean {
    return false;
  }

  override render() {
    return this.props.draw();
  }
}

interface RowProps {
  readonly price: bigint;
  readonly lots: bigint;
  readonly sum: bigint;
  readonly share: number;
  readonly tone: string;
  readonly choose: (price: bigint) => void;
}

/** Drawn again only where it changed: of a thousand levels a few do at a time. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { price, lots, sum, share } = this.props;
    return price !== next.price || lots !== next.lots || sum !== next.sum || share !== next.share;
  }

  override render({ price, lots, sum, share, tone, choose }: RowProps) {
    const widen = (bar: HTMLElement | null) => {
      if (bar) bar.style.width = `${share}%`;
    };
    return (
      <tr>
        <td>
          <button
            type="button"
            class="plain"
            title="Take this price into the order"
            onClick={() => choose(price)}
          >
            {shown(price, 8, 8, 2)}
          </button>
        </td>
        <td class="num">{shown(lots, 2, 2, 2)}</td>
        <td class="num depth">
          <i class={tone} ref={widen} />
          <span>{shown(sum, 2, 2, 2)}</span>
        </td>
      </tr>
    );
  }
}
