/** Deep links in the fragment, `#/index/0`: they work under any path and need no server. */
import { useEffect, useState } from "preact/hooks";

export interface Route {
  readonly view: string;
  /** What follows the view in the link, decoded. */
  readonly rest: readonly string[];
}

export function readRoute(hash: string): Route {
  const parts = hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decode);
  return { view: parts[0] ?? "", rest: parts.slice(1) };
}

/** The link to a view. */
export function linkTo(view: string, ...rest: (string | number | bigint)[]): string {
  return `#/${[view, ...rest].map((each) => encodeURIComponent(String(each))).join("/")}`;
}

export function goTo(view: string, ...rest: (string | number | bigint)[]): void {
  location.hash = linkTo(view, ...rest);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const listener = () => setRoute(readRoute(location.hash));
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  }, []);
  return route;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
