/** A field for an account: whole, with its checksum where it is spelt with one. */
import type { Address } from "viem";
import { isAddress } from "viem/utils";

interface Props {
  readonly label: string;
  readonly text: string;
  /** Shown, and meant, where nothing is typed. */
  readonly fallback: Address;
  readonly change: (text: string) => void;
}

export function AccountField({ label, text, fallback, change }: Props) {
  const problem =
    text && !readAccount(text, fallback) ? "This is no address, or a letter of it is wrong." : "";
  return (
    <label>
      {label}
      <input
        class="mono"
        autoComplete="off"
        spellcheck={false}
        placeholder={fallback}
        value={text}
        aria-invalid={Boolean(problem)}
        onInput={(event) => change(event.currentTarget.value.trim())}
      />
      {problem && <span role="status">{problem}</span>}
    </label>
  );
}

/** The account typed, or the fallback for nothing; undefined for what is none. */
export function readAccount(text: string, fallback: Address): Address | undefined {
  if (!text) return fallback;
  const hasChecksum = text.slice(2) !== text.slice(2).toLowerCase();
  return isAddress(text, { strict: hasChecksum }) ? text : undefined;
}
