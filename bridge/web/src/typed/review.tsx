/** The dialog that says what is about to be signed, and asks. */
import type { Hex } from "viem";
import { useEffect, useRef, useState } from "preact/hooks";
import { Note } from "../parts/basic";
import { Copy } from "../parts/amount";
import { session } from "../wallet/here";
import type { TypedMessage } from "./message";
import { signMessage } from "./sign";
import type { Names, Reading } from "./reading";
import { describeMessage } from "./words";

interface Asked {
  readonly message: TypedMessage;
  readonly reading: Reading;
  readonly answer: (signature: Hex | undefined) => void;
}

let show: ((asked: Asked | undefined) => void) | undefined;

/** Shows what a message means and has it signed. Undefined where the reader or the wallet refused. */
export function review(message: TypedMessage, names: Names): Promise<Hex | undefined> {
  const reading = describeMessage(message, names);
  return new Promise((answer) => {
    if (show) show({ message, reading, answer });
    else answer(undefined);
  });
}

/** Once on the page. */
export function ReviewDialog() {
  const [asked, setAsked] = useState<Asked>();
  const [state, setState] = useState<"reading" | "asked" | string>("reading");
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    show = (next) => {
      setState("reading");
      setAsked(next);
    };
    return () => {
      show = undefined;
    };
  }, []);
  useEffect(() => {
    if (asked && !dialog.current?.open) dialog.current?.showModal();
  }, [asked]);
  if (!asked) return null;

  const close = (signature: Hex | undefined) => {
    dialog.current?.close();
    setAsked(undefined);
    asked.answer(signature);
  };
  const sign = async () => {
    const now = session.state;
    if (now.kind !== "connected") return setState("The wallet is no longer connected.");
    setState("asked");
    try {
      close(await signMessage(now, asked.message));
    } catch (failure) {
      setState((failure as Error).message);
    }
  };
  const { reading } = asked;
  const failure = state !== "reading" && state !== "asked" ? state : "";
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="review-title"
      onCancel={(event) => {
        event.preventDefault();
        close(undefined);
      }}
    >
      <h2 id="review-title">{reading.title}</h2>
      <p>{reading.effect}</p>
      {reading.warnings.map((each) => (
        <Note key={each} tone="bad">
          {each}
        </Note>
      ))}
      <dl class="lines">
        {reading.lines.map(({ name, text, whole }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {whole && whole !== text ? (
                <Copy text={whole} label={whole}>
                  {text}
                </Copy>
              ) : (
                text
              )}
            </dd>
          </div>
        ))}
      </dl>
      <div role="status">
        {state === "asked" && <Note>Look into your wallet: it asks you to sign this.</Note>}
        {failure && <Note tone="warn">{failure}</Note>}
      </div>
      <div class="row end">
        <button type="button" onClick={() => close(undefined)}>
          Do not sign
        </button>
        <button type="button" class="primary" disabled={state === "asked"} onClick={sign}>
          {reading.warnings.length ? "Sign all the same" : "Sign in the wallet"}
        </button>
      </div>
    </dialog>
  );
}
