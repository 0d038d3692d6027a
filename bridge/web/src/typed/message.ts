/** What wallets sign (EIP-712): domains and types of the contracts and the relay, from one file of the package. */
import { type Address, type Hex, hashTypedData } from "viem";
import known from "../../../../pargrade/data/eip712.json";

export interface Domain {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly verifyingContract: Address;
}

export interface Field {
  readonly name: string;
  readonly type: string;
}

export type Value = string | number | bigint | boolean | { readonly [name: string]: Value };

export interface TypedMessage {
  readonly domain: Domain;
  readonly types: Readonly<Record<string, readonly Field[]>>;
  readonly primaryType: string;
  readonly message: Readonly<Record<string, Value>>;
}

export type Known = keyof typeof known.signed_for;

const DOMAIN: readonly Field[] = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];

const PERMIT: readonly Field[] = [
  { name: "owner", type: "address" },
  { name: "spender", type: "address" },
  { name: "value", type: "uint256" },
  { name: "nonce", type: "uint256" },
  { name: "deadline", type: "uint256" },
];

/**
 * A message of ours, for the contract that it is signed for.
 *
 * The domain is written here and not asked for: ERC-5267 as viem reads it has a salt of zeros, and a
 * signature over a salt is another one than the contracts take.
 */
export function typed(
  primaryType: Known,
  chainId: number,
  verifyingContract: Address,
  message: Readonly<Record<string, Value>>,
): TypedMessage {
  const domain = known.domains[known.signed_for[primaryType] as keyof typeof known.domains];
  const types: Record<string, readonly Field[]> = { [primaryType]: known.types[primaryType] };
  if (primaryType === "Roll") types.Order = known.types.Order;
  return { domain: { ...domain, chainId, verifyingContract }, types, primaryType, message };
}

/** A token's permit (EIP-2612), in the domain that the token names. */
export function permitMessage(
  domain: Domain,
  message: {
    readonly owner: Address;
    readonly spender: Address;
    readonly value: bigint;
    readonly nonce: bigint;
    readonly deadline: bigint;
  },
): TypedMessage {
  return { domain, types: { Permit: PERMIT }, primaryType: "Permit", message };
}

/** The 32 bytes that are signed. */
export function digestOf({ domain, types, primaryType, message }: TypedMessage): Hex {
  return hashTypedData({ domain, types, primaryType, message } as never);
}

/** The parameter of `eth_signTypedData_v4`: JSON with integers as decimal text. */
export function forWallet({ domain, types, primaryType, message }: TypedMessage): string {
  const full = { types: { EIP712Domain: DOMAIN, ...types }, domain, primaryType, message };
  return JSON.stringify(full, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}
