/** What a message to be signed means, in words: before the wallet shows its fields. */
import type { Address } from "viem";
import { exact, moment, shown } from "../format/numbers";
import { Leg, Side } from "../market/payoff";
import type { TypedMessage, Value } from "./message";

export interface Line {
  readonly name: string;
  readonly text: string;
  /** Every digit, where `text` is shorter. */
  readonly whole?: string;
}

export interface Reading {
  readonly title: string;
  /** What signing does, and what it does not. */
  readonly effect: string;
  readonly lines: readonly Line[];
  /** What is odd about it; a reader should not sign then. */
  readonly warnings: readonly string[];
}

export interface Token {
  readonly symbol: string;
  readonly decimals: number;
}

/** What is known of the deployment: names for ids and addresses, and whom it is all right to sign for. */
export interface Names {
  readonly chainId: number;
  readonly account: Address;
  /** By lower-case address: "the exchange". */
  readonly contracts: Readonly<Record<string, string>>;
  /** By lower-case address. */
  readonly tokens: Readonly<Record<string, Token>>;
  readonly series: (id: bigint) => string;
  /** Unix seconds of the chain. */
  readonly now: number;
}

const LOT_DECIMALS = 2;
const PRICE_DECIMALS = 8;
const A_YEAR_S = 366 * 86_400;
const PLENTY = 1n << 128n;
const NOBODY = /^0x0{40}$/;

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
  const owner = message.maker ?? message.owner;
  if (typeof owner === "string" && owner.toLowerCase() !== names.account.toLowerCase()) {
    found.push("It names another account than the connected one.");
  }
  return found;
}

type Described = (message: TypedMessage, names: Names) => Reading;

const KINDS: Readonly<Record<string, Described>> = {
  Order: ({ message }, names) => describeOrder(message, names),
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

function describeOrder(order: Readonly<Record<string, Value>>, names: Names): Reading {
  const buys = Number(order.side) === Side.BUY;
  const [lots, price] = [integer(order.lots), integer(order.price)];
  const expiry = Number(order.expiry);
  const lines: Line[] = [
    { name: "Series", text: names.series(integer(order.series)), whole: String(order.series) },
    {
      name: buys ? "Buys" : "Sells",
      text: `${shown(lots, LOT_DECIMALS)} SCU`,
      whole: `${lots} lots`,
    },
    {
      name: buys ? "At most" : "At least",
      text: `${shown(price, PRICE_DECIMALS, 8, 2)} USD per SCU, fee included`,
      whole: exact(price, PRICE_DECIMALS),
    },
    { name: "Ways", text: legsInWords(Number(order.legs) & 15) },
    until("Good until", expiry),
  ];
  const percent = Number(order.legs) >> 4;
  if (percent) {
    lines.push({ name: "Only near the index", text: `within ${percent} %, while it is fresh` });
  }
  const grade = Number(order.grade);
  if (grade) lines.push({ name: "Grade", text: `number ${grade} of the series alone` });
  for (const [field, name] of [
    ["taker", "Only with"],
    ["matcher", "Only brought by"],
  ] as const) {
    const whom = String(order[field]);
    if (!NOBODY.test(whom)) lines.push({ name, text: nameOf(names, whom), whole: whom });
  }
  const isLong = expiry - names.now > A_YEAR_S;
  return {
    title: buys ? "An order to buy" : "An order to sell",
    effect:
      "Whoever brings a matching order may trade with you at this price or better, for so many " +
      "lots in all, until it expires or you cancel it. Signing sends no transaction.",
    lines,
    warnings: isLong ? ["It is good for more than a year."] : [],
  };
}

function legsInWords(mask: number): string {
  const words = [
    [Leg.MINT, "opening a pair"],
    [Leg.LONG, "handing over LONG"],
    [Leg.SHORT, "handing over SHORT"],
    [Leg.MERGE, "closing a pair"],
  ] as const;
  const found = words.filter(([leg]) => mask & (1 << leg)).map(([, text]) => text);
  return found.length === words.length ? "any: opening, closing, handing over" : found.join(", ");
}

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

function until(name: string, seconds: Value | undefined): Line {
  const at = integer(seconds);
  const isEver = at > 8_640_000_000_000n;
  return { name, text: isEver ? "for ever" : moment(Number(at)), whole: at.toString() };
}

function integer(value: Value | undefined): bigint {
  return BigInt(value as bigint | number | string);
}

function isKnown(names: Names, address: Value | undefined): boolean {
  return String(address).toLowerCase() in names.contracts;
}

function nameOf(names: Names, address: Value | undefined): string {
  const key = String(address).toLowerCase();
  if (key === names.account.toLowerCase()) return "your account";
  return names.contracts[key] ?? names.tokens[key]?.symbol ?? String(address);
}
