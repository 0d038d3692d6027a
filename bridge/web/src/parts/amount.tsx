/** An amount that shows few digits, has all of them at hand, and copies them. */
import { useState } from "preact/hooks";
import { exact, short, shown } from "../format/numbers";

interface AmountProps {
  readonly raw: bigint;
  readonly decimals: number;
  readonly unit?: string;
  /** Digits after the point that are shown; what is left out is cut. */
  readonly most?: number;
  readonly least?: number;
}

export function Amount({ raw, decimals, unit = "", most = 4, least = 0 }: AmountProps) {
  const whole = exact(raw, decimals);
  return (
    <Copy text={whole} label={`${whole}${unit && ` ${unit}`}`}>
      {shown(raw, decimals, most, least)}
      {unit && ` ${unit}`}
    </Copy>
  );
}

/** Prices have eight decimals on chain. */
export function Price({ raw, most = 4 }: { readonly raw: bigint; readonly most?: number }) {
  return <Amount raw={raw} decimals={8} most={most} least={Math.min(4, most)} unit="USD" />;
}

export function Hash({ hex, whole = false }: { readonly hex: string; readonly whole?: boolean }) {
  return (
    <Copy text={hex} label={hex}>
      <span class="mono">{whole ? hex : short(hex)}</span>
    </Copy>
  );
}

interface CopyProps {
  readonly text: string;
  readonly label: string;
  readonly children: preact.ComponentChildren;
}

export function Copy({ text, label, children }: CopyProps) {
  const [state, setState] = useState("");
  const copy = async () => {
    setState((await write(text)) ? "copied" : "not copied: the browser refuses");
    setTimeout(() => setState(""), 1_500);
  };
  return (
    <button type="button" class="plain amount" title={`${label}: copy`} onClick={copy}>
      {children}
      <span class="hidden-text" role="status">
        {state}
      </span>
      {state === "copied" && <span aria-hidden="true"> ✓</span>}
    </button>
  );
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
