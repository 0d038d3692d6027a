/** Light, dark or as the system is; remembered. Colours of canvases come from the style sheet. */
export type Theme = "system" | "light" | "dark";

export const THEME_KEY = "pargrade:theme";
const listeners = new Set<() => void>();

export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

export function setTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(THEME_KEY);
    else localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Without a store the choice lasts until the page is left.
  }
  applyTheme(theme);
}

export function applyTheme(theme: Theme = readTheme()): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  for (const listener of listeners) listener();
}

/** Calls back when colours change, by choice or by the system. Returns how to end that. */
export function onColours(listener: () => void): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", listener);
  listeners.add(listener);
  return () => {
    query.removeEventListener("change", listener);
    listeners.delete(listener);
  };
}

/** A colour of the style sheet as a canvas takes it. */
export function colour(name: string): string {
  // A custom property keeps light-dark() as text; only a real property is resolved.
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
