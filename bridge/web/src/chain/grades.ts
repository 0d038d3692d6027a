/** Grades as the registry lists them: factor, reserves, limits, state; all at one block. */
import type { Address, Hex } from "viem";
import * as GradeRegistry from "../abi/GradeRegistry";
import * as Metadata from "../abi/IERC20Metadata";
import * as WrappedUnit from "../abi/WrappedUnit";
import type { ChainConfig } from "../config";
import { postJson } from "../data/http";
import { printable } from "../format/numbers";
import { addressOf } from "../world";
import { read, readHead, readLogs, type Head } from "./client";
import { scanBack } from "./scan";

export interface GradeState {
  /** As the deployment file names it, else as the unit calls itself. */
  readonly symbol: string;
  readonly unit: Address;
  readonly unitSymbol: string;
  readonly unitName: string;
  readonly token: Address;
  readonly tokenSymbol: string;
  readonly decimals: number;
  /** SCU per whole token, 18 decimals. */
  readonly scuPerToken: bigint;
  readonly validUntil: number;
  /** Most units that may exist, and how many do: 18 decimals. */
  readonly cap: bigint;
  readonly supply: bigint;
  /** Base units of the token that the unit holds. */
  readonly locked: bigint;
  readonly short: boolean;
  readonly closed: boolean;
  readonly impairedAt: number;
  readonly kind: string;
}

export interface Grades {
  readonly head: Head;
  readonly all: readonly GradeState[];
}

export async function readGrades(chain: ChainConfig): Promise<Grades> {
  const head = await readHead(chain);
  const registry = addressOf(chain, "GradeRegistry");
  const units = await read(chain, registry, GradeRegistry.units, [], head.number);
  return { head, all: await Promise.all(units.map((unit) => readGrade(chain, registry, unit, head.number))) };
}

async function readGrade(chain: ChainConfig, registry: Address, unit: Address, at: bigint): Promise<GradeState> {
  const [factor, grade, supply, short, unitSymbol, unitName] = await Promise.all([
    read(chain, unit, WrappedUnit.factor, [], at),
    read(chain, registry, GradeRegistry.grade, [unit], at),
    read(chain, unit, WrappedUnit.totalSupply, [], at),
    read(chain, unit, WrappedUnit.isShort, [], at).catch(() => false),
    read(chain, unit, WrappedUnit.symbol, [], at),
    read(chain, unit, WrappedUnit.name, [], at),
  ]);
  // The token is a stranger's contract: what it says of itself may be missing, absurd or hostile.
  const [locked, tokenSymbol] = await Promise.all([
    read(chain, factor.token, WrappedUnit.balanceOf, [unit], at).catch(() => 0n),
    read(chain, factor.token, Metadata.symbol, [], at).catch(() => "?"),
  ]);
  const known = chain.grades.find((each) => each.unit.toLowerCase() === unit.toLowerCase());
  return {
    symbol: known?.symbol ?? printable(unitSymbol, 24),
    unit,
    unitSymbol: printable(unitSymbol, 24),
    unitName: printable(unitName, 80),
    token: factor.token,
    tokenSymbol: printable(tokenSymbol, 24),
    decimals: factor.decimals,
    scuPerToken: factor.scuPerToken,
    validUntil: factor.validUntil,
    cap: factor.depositCap,
    supply,
    locked,
    short,
    closed: grade.closed,
    impairedAt: grade.impairedAt,
    kind: GradeRegistry.KindWords[grade.kind] ?? "",
  };
}

export interface Terms {
  readonly unit: Address;
  readonly id: Hex;
  readonly network: string;
  readonly model: string;
  readonly denomination: string;
  readonly precision: string;
  readonly basis: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly quantity: bigint;
  readonly methodHash: Hex;
  /** For the server, as it takes them. */
  readonly stated: Readonly<Record<string, string | number>>;
}

/** Frozen terms of every grade, from the log of listings. */
export async function readTerms(chain: ChainConfig): Promise<readonly Terms[]> {
  const registry = addressOf(chain, "GradeRegistry");
  const head = await readHead(chain);
  const { found } = await scanBack(chain.firstBlock, head.number, 500, (low, high) =>
    readLogs(chain, registry, GradeRegistry.GradeListed, {}, low, high),
  );
  return found.map(({ args: { unit, gradeId, terms } }) => ({
    unit,
    id: gradeId,
    network: printable(terms.network),
    model: printable(terms.model),
    denomination: GradeRegistry.DenominationWords[terms.denomination] ?? "",
    precision: GradeRegistry.PrecisionWords[terms.precision] ?? "",
    basis: GradeRegistry.BasisWords[terms.basis] ?? "",
    inputTokens: terms.inputTokens,
    outputTokens: terms.outputTokens,
    quantity: terms.quantity,
    methodHash: terms.methodHash,
    stated: {
      network: terms.network,
      token: terms.token,
      decimals: terms.decimals,
      kind: terms.kind,
      denomination: terms.denomination,
      model: terms.model,
      precision: terms.precision,
      basis: terms.basis,
      input_tokens: terms.inputTokens,
      output_tokens: terms.outputTokens,
      quantity: String(terms.quantity),
      scu_per_token: String(terms.scuPerToken),
      method_hash: terms.methodHash,
      valid_until: terms.validUntil,
      deposit_cap: String(terms.depositCap),
    },
  }));
}

export interface Published {
  /** Ten-thousandths of an SCU per whole token; null where nothing is published. */
  readonly factor4: number | null;
  readonly low4: number | null;
  readonly high4: number | null;
  readonly table?: string;
  readonly reason: string;
  readonly work: readonly { kind: string; unit: string; rate: string; par: string; share: string }[];
}

/** What is published about a grade's factor. */
export function readPublished(path: string, terms: Terms): Promise<Published> {
  return postJson<Published>(path, JSON.stringify(terms.stated));
}


/** Units for tokens, by the contract itself. */
export function previewWrap(chain: ChainConfig, unit: Address, tokens: bigint): Promise<bigint> {
  return read(chain, unit, WrappedUnit.previewWrap, [tokens]);
}

/** Tokens for units and the units that are burned, by the contract itself. */
export async function previewUnwrap(chain: ChainConfig, unit: Address, units: bigint): Promise<[bigint, bigint]> {
  const [tokens, burned] = await read(chain, unit, WrappedUnit.previewUnwrap, [units]);
  return [tokens, burned];
}
