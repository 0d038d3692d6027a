/** What a message to be signed means, in words: before the wallet shows its fields. */
import type { Address } from "viem";
import { shown } from "../format/numbers";
import type { TypedMessage, Value } from "./message";
import { describeOrder, describeRoll } from "./order_words";
import { integer, isKnown, type Line, type Names, nameOf, type Reading, until } from "./reading";

const PLENTY = 1n << 128n;

/** Raises Error for a kind of message that this page does not know: it is then not signed. */
export function describeMessage(message: TypedMessage, names: Names): Reading {
  const described = KINDS[message.primaryType];
  if (!described) throw new Error(`this page does not know what ${message.primaryType} means`);
  const found = described(message, names);
  const contract = message.domain.verifyingContract;
  const where: Line = { name: "Signed for", text: nameOf(names, contract), whole: contract };
  const chain: Line = { name: "Chain", text: String(message.domain.chainId) };
  return {
    ...found,
    lines: [...found.lines, where, chain],
    warnings: [...foreignness(message, names), ...found.warnings],
  };
}

function foreignness({ domain, message }: TypedMessage, names: Names): string[] {
  const found: string[] = [];
  if (domain.chainId !== names.chainId) found.push("It is for another chain than this page's.");
  const contract = domain.verifyingContract.toLowerCase();
  if (!names.contracts[contract] && !names.tokens[contract]) {
    found.push("It is for a contract that this deployment does not have.");
  }
  const halves = "near" in message ? [message.near, message.far] : [message];
  const owners = (halves as Readonly<Record<string, Value>>[]).map((each) => each.maker ?? each.owner);
  const account = names.account.toLowerCase();
  if (owners.some((each) => typeof each === "string" && each.toLowerCase() !== account)) {
    found.push("It names another account than the connected one.");
  }
  return found;
}

type Described = (message: TypedMessage, names: Names) => Reading;

const KINDS: Readonly<Record<string, Described>> = {
  Order: ({ message }, names) => describeOrder(message, names),
  Roll: ({ message }, names) => describeRoll(message, names),
  Cancel: ({ message }) => ({
    title: "Take an order out of the book",
    effect:
      "The relay matches it no more. It moves no token and costs nothing. " +
      "Who has seen the order could still fill it on the chain until it expires; " +
      "cancelling on the chain ends that, too.",
    lines: [
      {
        name: "Orders",
        text: `of lane ${integer(message.lane)} up to number ${integer(message.nonce)}`,
      },
      until("Counts until", message.deadline),
    ],
    warnings: [],
  }),
  OperatorPermit: ({ message }, names) => ({
    title: message.approved
      ? "Let a contract act with your positions"
      : "Take a contract's leave away",
    effect: message.approved
      ? "It may open, close and hand over your positions on the market; the exchange does so only " +
        "for orders that you sign. You can take it back at any time."
      : "It may no longer act with your positions.",
    lines: [
      {
        name: "Who may act",
        text: nameOf(names, message.operator),
        whole: String(message.operator),
      },
      until("Counts until", message.deadline),
    ],
    warnings: isKnown(names, message.operator) ? [] : [unknownSpender],
  }),
  Permit: ({ domain, message }, names) => describePermit(domain.verifyingContract, message, names),
};

const unknownSpender = "Who gets this leave is no contract of this deployment.";

function describePermit(
  token: Address,
  permit: Readonly<Record<string, Value>>,
  names: Names,
): Reading {
  const known = names.tokens[token.toLowerCase()];
  const value = integer(permit.value);
  const symbol = known?.symbol ?? "of a token unknown here";
  const most =
    value >= PLENTY ? "any amount" : known ? shown(value, known.decimals) : value.toString();
  return {
    title: `Let a contract take ${symbol}`,
    effect:
      "It may take up to this much from your account, as the orders and calls that you sign say. " +
      "Signing itself moves nothing.",
    lines: [
      { name: "Who may take", text: nameOf(names, permit.spender), whole: String(permit.spender) },
      { name: "At most", text: `${most} ${symbol}`, whole: value.toString() },
      until("Counts until", permit.deadline),
    ],
    warnings: isKnown(names, permit.spender) ? [] : [unknownSpender],
  };
}
