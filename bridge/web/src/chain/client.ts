/**
 * Reading a chain: viem's transport and codecs, batched requests, pinned blocks, failures in words.
 *
 * viem's own actions for reading would add 20 kB to the page for calls through contracts that are
 * not deployed and look-ups off the chain (`node bridge/web/build.mjs --sizes`).
 */
import type {
  AbiEvent,
  AbiEventParameter,
  AbiFunction,
  AbiParameter,
  AbiParametersToPrimitiveTypes,
  AbiParameterToPrimitiveType,
} from "abitype";
import {
  BaseError,
  createClient,
  decodeAbiParameters,
  decodeFunctionResult,
  encodeEventTopics,
  encodeFunctionData,
  http,
  numberToHex,
  type Address,
  type Client,
  type Hex,
} from "viem";
import type { ChainConfig } from "../config";

export interface Head {
  readonly number: bigint;
  readonly hash: Hex;
  /** Unix seconds, of the chain's clock. */
  readonly time: number;
}

const clients = new Map<number, Client>();

/** The client of a chain; one for the page's life. */
export function clientOf(chain: ChainConfig): Client {
  const known = clients.get(chain.chainId);
  if (known) return known;
  if (chain.rpc === null) throw new NoChain(chain.chainId);
  const url = new URL(chain.rpc, document.baseURI).href;
  const transport = http(url, { batch: { batchSize: 100, wait: 0 }, retryCount: 1, timeout: 20_000 });
  const made = createClient({ transport });
  clients.set(chain.chainId, made);
  return made;
}

/** A JSON-RPC request that reads. */
export async function request<T>(chain: ChainConfig, method: string, ...params: unknown[]): Promise<T> {
  const ask = clientOf(chain).request as (asked: { method: string; params: unknown[] }) => Promise<T>;
  return ask({ method, params });
}

/** The newest block. Reads of one view name its number, so that they are of one moment. */
export async function readHead(chain: ChainConfig): Promise<Head> {
  const block = await request<{ number: Hex; hash: Hex; timestamp: Hex }>(
    chain,
    "eth_getBlockByNumber",
    "latest",
    false,
  );
  return { number: BigInt(block.number), hash: block.hash, time: Number(block.timestamp) };
}

/** What a function gives: its one output, or all of several. */
type Result<Outputs extends readonly AbiParameter[]> = Outputs extends readonly [infer Only extends AbiParameter]
  ? AbiParameterToPrimitiveType<Only, "outputs">
  : AbiParametersToPrimitiveTypes<Outputs, "outputs">;

/** The result of a view function, at a block or the newest. Raises what `explain` puts in words. */
export async function read<const Item extends AbiFunction>(
  chain: ChainConfig,
  address: Address,
  item: Item,
  args: AbiParametersToPrimitiveTypes<Item["inputs"], "inputs">,
  block?: bigint,
): Promise<Result<Item["outputs"]>> {
  const abi = [item];
  const data = encodeFunctionData({ abi, functionName: item.name, args } as never);
  const at = block === undefined ? "latest" : numberToHex(block);
  const result = await request<Hex>(chain, "eth_call", { to: address, data }, at);
  // An address without code answers any call with nothing.
  if (result === "0x") throw new Error(`there is no such contract at ${address}`);
  return decodeFunctionResult({ abi, functionName: item.name, data: result } as never) as Result<Item["outputs"]>;
}

type Named<Inputs extends readonly AbiEventParameter[]> = {
  readonly [Input in Inputs[number] as Input["name"] & string]: AbiParameterToPrimitiveType<Input, "outputs">;
};

export interface ReadLog<Item extends AbiEvent> {
  readonly args: Named<Item["inputs"]>;
  readonly block: bigint;
  readonly tx: Hex;
}

/** Logs of one event in some blocks, both ends included. `args` are of indexed inputs. */
export async function readLogs<const Item extends AbiEvent>(
  chain: ChainConfig,
  address: Address,
  item: Item,
  args: Readonly<Record<string, unknown>>,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<ReadLog<Item>[]> {
  const topics = encodeEventTopics({ abi: [item], eventName: item.name, args } as never);
  const logs = await requestLogs(chain, address, topics, fromBlock, toBlock);
  const decode = logDecoder(item);
  return logs.map((log) => ({ ...placeOf(log), args: decode(log) as Named<Item["inputs"]> }));
}

type NamedLog<Item> = Item extends AbiEvent ? ReadLog<Item> & { readonly name: Item["name"] } : never;

/** Logs of several events in some blocks, in the order of the chain. */
export async function readEvents<const Items extends readonly AbiEvent[]>(
  chain: ChainConfig,
  address: Address,
  items: Items,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<NamedLog<Items[number]>[]> {
  const decoders = new Map<string, readonly [string, ReturnType<typeof logDecoder>]>();
  for (const item of items) {
    const [topic] = encodeEventTopics({ abi: [item], eventName: item.name } as never);
    decoders.set(String(topic), [item.name, logDecoder(item)]);
  }
  const logs = await requestLogs(chain, address, [[...decoders.keys()]], fromBlock, toBlock);
  return logs.map((log) => {
    const found = decoders.get(log.topics[0]);
    if (!found) throw new Error(`the endpoint gave a log that nobody asked for, ${log.topics[0]}`);
    const [name, decode] = found;
    return { ...placeOf(log), name, args: decode(log) } as unknown as NamedLog<Items[number]>;
  });
}

function requestLogs(
  chain: ChainConfig,
  address: Address,
  topics: readonly unknown[],
  fromBlock: bigint,
  toBlock: bigint,
): Promise<RawLog[]> {
  const blocks = { fromBlock: numberToHex(fromBlock), toBlock: numberToHex(toBlock) };
  return request<RawLog[]>(chain, "eth_getLogs", { address, topics, ...blocks });
}

function placeOf(log: RawLog): { readonly block: bigint; readonly tx: Hex } {
  return { block: BigInt(log.blockNumber), tx: log.transactionHash };
}

/**
 * Decodes logs of one event. viem's decodeEventLog hashes the event's signature for every log: of
 * 2,000 rounds that is most of the time until a plot (`scripts/bench web`).
 */
function logDecoder(item: AbiEvent): (log: RawLog) => Record<string, unknown> {
  const indexed = item.inputs.filter((input) => input.indexed);
  const plain = item.inputs.filter((input) => !input.indexed);
  return ({ data, topics }) => {
    if (topics.length !== indexed.length + 1) throw new Error(`a log of ${item.name} has ${topics.length} topics`);
    const values = decodeAbiParameters(plain, data);
    const found: Record<string, unknown> = {};
    for (const [at, input] of plain.entries()) found[input.name ?? ""] = values[at];
    for (const [at, input] of indexed.entries()) {
      found[input.name ?? ""] = decodeAbiParameters([input], topics[at + 1] as Hex)[0];
    }
    return found;
  };
}

interface RawLog {
  readonly data: Hex;
  readonly topics: [Hex, ...Hex[]];
  readonly blockNumber: Hex;
  readonly transactionHash: Hex;
}

export class NoChain extends Error {
  constructor(chainId: number) {
    super(`chain ${chainId} is not read by this page: it was started without an endpoint`);
  }
}

/** The data a call was refused with, where a contract refused it; undefined for other failures. */
export function revertData(failure: unknown): Hex | undefined {
  for (let each = failure as Caused | undefined; each; each = each.cause as Caused | undefined) {
    const data = typeof each.data === "object" ? (each.data as Caused | null)?.data : each.data;
    if (typeof data === "string" && data.startsWith("0x")) return data as Hex;
  }
  return undefined;
}

type Caused = { readonly data?: unknown; readonly cause?: unknown };

/** A failure in one line for people. */
export function explain(failure: unknown): string {
  if (failure instanceof BaseError) return failure.details || failure.shortMessage;
  return failure instanceof Error ? failure.message : String(failure);
}
