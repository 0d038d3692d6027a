/** The page's frame: head with views and tools, the view of the link, what is wrong in words. */
import { Component, type ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { explain, readHead } from "./chain/client";
import type { ChainConfig, Config } from "./config";
import { forget, useLive } from "./data/live";
import { ago } from "./format/numbers";
import { readTheme, setTheme, type Theme } from "./look/theme";
import { Badge, useNow } from "./parts/basic";
import { linkTo, useRoute } from "./router";
import { slot } from "./slots";
import { viewsOf } from "./views";
import { WorldContext, firstChain } from "./world";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

export function App({ config }: { readonly config: Config }) {
  const route = useRoute();
  const views = viewsOf(config);
  const view = views.find((each) => each.path === route.view) ?? views[0]!;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${view.title} · Pargrade`;
    // A link moves what a screen reader reads, as a new page would; not when the page is opened.
    if (!first.current) main.current?.focus({ preventScroll: true });
    if (!first.current) scrollTo(0, 0);
    first.current = false;
  }, [view, route.rest.join("/")]);
  const Wallet = slot("wallet");
  return (
    <WorldContext.Provider value={config}>
      <a class="skip" href="#main" onClick={(event) => skip(event, main.current)}>
        To the content
      </a>
      <header class="top">
        <div class="top-row">
          <a class="brand" href={linkTo(views[0]!.path)}>
            <img src="icon.svg" alt="" width="24" height="24" />
            Pargrade
          </a>
          <nav class="nav" aria-label="Views">
            {views.map((each) => (
              <a
                key={each.path}
                href={linkTo(each.path)}
                aria-current={each === view ? "page" : undefined}
              >
                {each.title}
              </a>
            ))}
          </nav>
          <div class="top-tools">
            <ChainState config={config} />
            <ThemeButton />
            {Wallet && <Wallet />}
          </div>
        </div>
      </header>
      <main class="main" id="main" tabIndex={-1} ref={main}>
        <Guard key={view.path}>
          <view.component rest={route.rest} />
        </Guard>
      </main>
      <footer class="foot">
        <span>Pargrade {config.version}</span>
        <span>
          Amounts are cut, never rounded up; press one to copy all of its digits. Times are UTC.
        </span>
      </footer>
    </WorldContext.Provider>
  );
}

function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

/** The newest block and its age, or that the chain is not reached. */
function ChainState({ config }: { readonly config: Config }) {
  const chain = firstChain(config);
  return chain.rpc === null ? <Badge tone="none">through a node</Badge> : <HeadState chain={chain} />;
}

function HeadState({ chain }: { readonly chain: ChainConfig }) {
  const live = useLive(`head:${chain.chainId}`, () => readHead(chain), 3_000);
  const now = useNow();
  if (live.problem) {
    const words = live.value ? `last read ${ago(now - live.readAt / 1000)}` : "never read";
    return (
      <span title={live.problem}>
        <Badge tone="bad">chain away, {words}</Badge>
      </span>
    );
  }
  if (!live.value) return <Badge tone="none">chain…</Badge>;
  return (
    <span title={`chain ${chain.chainId}, block ${live.value.hash}`}>
      <Badge tone="good">block {String(live.value.number)}</Badge>
    </span>
  );
}

function ThemeButton() {
  const [theme, choose] = useState(readTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const sign = { system: "◐", light: "☀", dark: "☾" }[theme];
  return (
    <button
      type="button"
      aria-label={`Colours: ${theme}. Change to ${next}.`}
      title={`Colours: ${theme}`}
      onClick={() => {
        setTheme(next);
        choose(next);
      }}
    >
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

/** A view that fails says so and leaves the rest of the page. */
class Guard extends Component<{ children: ComponentChildren }, { problem: string }> {
  override state = { problem: "" };

  override componentDidCatch(failure: unknown): void {
    // What was remembered may be of another shape than this version's: a reload begins without it.
    forget();
    this.setState({ problem: explain(failure) });
  }

  override render() {
    if (!this.state.problem) return this.props.children;
    return (
      <div class="note bad" role="alert">
        This view cannot be shown: {this.state.problem}. Reload the page to begin anew.
      </div>
    );
  }
}
