// The EVM of EthereumJS as a development chain that speaks JSON-RPC over HTTP: `node server.mjs PORT GENESIS`.
// FUNDED names accounts with wealth, and CODE what code there is at which address, both as JSON.
//
// EthereumJS is a library without a server. Every transaction is a block; time stands still between blocks, and
// each is one second later unless its time is named. One request is served after the other, and nothing is kept.

import { createServer } from "node:http";

import { createBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createTxFromRLP } from "@ethereumjs/tx";
import * as util from "@ethereumjs/util";
import { createVM, runTx } from "@ethereumjs/vm";

const [port, genesis] = process.argv.slice(2).map(Number);
const CHAIN_ID = 31337;
const GAS_LIMIT = 30_000_000n;
const BASE_FEE = 1_000_000_000n;
const WEALTH = 10_000n * 10n ** 18n;
const UNRESOLVED = "latest pending safe finalized earliest".split(" ");

const common = new Common({
  chain: { ...Mainnet, chainId: CHAIN_ID },
  hardfork: Hardfork.Prague,
});
const hex = (value) => util.bigIntToHex(BigInt(value));
const text = (bytes) => util.bytesToHex(bytes);
const bytes = (hexadecimal) => util.hexToBytes(hexadecimal ?? "0x");
const address = (hexadecimal) => util.createAddressFromString(hexadecimal);

class Refused extends Error {
  constructor(message, code = -32000, data = undefined) {
    super(message);
    Object.assign(this, { code, data });
  }
}

class Chain {
  static async begin(accounts, codes) {
    const chain = new Chain();
    chain.vm = await createVM({ common, activatePrecompiles: true });
    for (const each of accounts) {
      await chain.vm.stateManager.putAccount(address(each), new util.Account(0n, WEALTH));
    }
    for (const [where, code] of Object.entries(codes)) {
      await chain.vm.stateManager.putAccount(address(where), new util.Account());
      await chain.vm.stateManager.putCode(address(where), bytes(code));
    }
    // What a network has at birth where EIP-2935 asks for it is left out: nothing here reads old hashes.
    await chain.seal(chain.next(BigInt(genesis)), []);
    return chain;
  }

  blocks = [];
  transactions = new Map();
  snapshots = [];
  named = undefined;

  get head() {
    return this.blocks.at(-1);
  }

  next(timestamp) {
    const parent = this.head?.block.header;
    const header = {
      number: parent ? parent.number + 1n : 0n,
      parentHash: parent ? this.head.block.hash() : undefined,
      timestamp: timestamp ?? this.named ?? parent.timestamp + 1n,
      gasLimit: GAS_LIMIT,
      baseFeePerGas: BASE_FEE,
    };
    if (parent && header.timestamp <= parent.timestamp) throw new Refused("timestamp is too old");
    return createBlock({ header }, { common, skipConsensusFormatValidation: true });
  }

  async seal(block, receipts) {
    const stateRoot = await this.root();
    const gasUsed = receipts.reduce((sum, each) => sum + each.gasUsed, 0n);
    const header = { ...block.header, stateRoot, gasUsed };
    const sealed = createBlock({ header }, { common, skipConsensusFormatValidation: true });
    this.blocks.push({ block: sealed, stateRoot, receipts });
    this.named = undefined;
  }

  async root() {
    await this.vm.stateManager.flush();
    return this.vm.stateManager.getStateRoot();
  }

  /** Does something to the state as of a block, or of the head, and undoes it. */
  async aside(found, act) {
    const state = this.vm.stateManager;
    await state.setStateRoot(found.stateRoot);
    try {
      return await act();
    } finally {
      state.clearCaches?.();
      await state.setStateRoot(this.head.stateRoot);
    }
  }

  /** A block by number, tag, hash, or either in an object (EIP-1898). */
  find(place = "latest") {
    if (typeof place === "object") return this.find(place.blockHash ?? place.blockNumber);
    if (place === "earliest") return this.blocks[0];
    if (UNRESOLVED.includes(place)) return this.head;
    if (place.length === 66) return this.blocks.find(({ block }) => text(block.hash()) === place);
    return this.blocks[Number(place)];
  }

  found(place) {
    const found = this.find(place);
    if (!found) throw new Refused(`block not found: ${JSON.stringify(place)}`);
    return found;
  }

  async take(raw) {
    const tx = createTxFromRLP(bytes(raw), { common });
    const block = this.next();
    const state = this.head.stateRoot;
    let done;
    try {
      done = await runTx(this.vm, { tx, block, skipBlockGasLimitValidation: true });
    } catch (error) {
      await this.vm.stateManager.setStateRoot(state);
      throw new Refused(error.message);
    }
    const hash = text(tx.hash());
    const receipt = { hash, tx, ...done, gasUsed: done.totalGasSpent };
    await this.seal(block, [receipt]);
    this.transactions.set(hash, { receipt, at: this.blocks.length - 1 });
    return hash;
  }

  /** A message call: what it returned and what gas it took of so much. Reverts with the contract's own data. */
  async call({ from, to, data, input, value, gas }, place, block = undefined) {
    const found = this.found(place);
    return this.aside(found, async () => {
      const outcome = await this.vm.evm.runCall({
        caller: address(from ?? "0x" + "00".repeat(20)),
        to: to ? address(to) : undefined,
        data: bytes(data ?? input),
        value: BigInt(value ?? 0),
        gasLimit: BigInt(gas ?? GAS_LIMIT),
        block: block ?? found.block,
      });
      const { exceptionError, returnValue } = outcome.execResult;
      if (exceptionError?.error === "revert") {
        throw new Refused("execution reverted", 3, text(returnValue));
      }
      if (exceptionError) throw new Refused(exceptionError.error);
      return outcome.execResult;
    });
  }

  /** In the next block. Generous: refunds are not taken off, and a call leaves its caller a 64th. */
  async estimate(asked) {
    const { executionGasUsed } = await this.call(asked, "latest", this.next());
    const data = bytes(asked.data ?? asked.input);
    const words = BigInt(Math.ceil(data.length / 32));
    const intrinsic = 21_000n + (asked.to ? 0n : 32_000n + 2n * words);
    return intrinsic + 16n * BigInt(data.length) + (executionGasUsed * 5n) / 4n + 10_000n;
  }

  logs({ fromBlock, toBlock, blockHash, address: where, topics = [] }) {
    const from = Number(this.found(blockHash ?? fromBlock).block.header.number);
    const to = Number(this.found(blockHash ?? toBlock).block.header.number);
    const places = where && [where].flat().map((each) => each.toLowerCase());
    const fits = (log) =>
      (!places || places.includes(log.address)) &&
      topics.every((wanted, i) => !wanted || [wanted].flat().includes(log.topics[i]));
    return this.blocks
      .slice(from, to + 1)
      .flatMap((each) => each.receipts.flatMap((one) => described(one, each).logs))
      .filter(fits);
  }
}

const described = ({ hash, tx, createdAddress, receipt, gasUsed }, { block }) => {
  const place = {
    transactionHash: hash,
    transactionIndex: "0x0",
    blockHash: text(block.hash()),
    blockNumber: hex(block.header.number),
  };
  return {
    ...place,
    from: tx.getSenderAddress().toString(),
    to: tx.to?.toString() ?? null,
    contractAddress: createdAddress?.toString() ?? null,
    status: hex(receipt.status),
    gasUsed: hex(gasUsed),
    cumulativeGasUsed: hex(gasUsed),
    effectiveGasPrice: hex(priceOf(tx)),
    type: hex(tx.type),
    logsBloom: text(receipt.bitvector),
    logs: receipt.logs.map(([where, topics, data], index) => ({
      ...place,
      logIndex: hex(index),
      address: text(where),
      topics: topics.map(text),
      data: text(data),
      removed: false,
    })),
  };
};

const priceOf = (tx) =>
  tx.maxFeePerGas === undefined
    ? tx.gasPrice
    : BASE_FEE + min(tx.maxPriorityFeePerGas, tx.maxFeePerGas - BASE_FEE);
const min = (one, other) => (one < other ? one : other);

const asBlock = ({ block, stateRoot, receipts }) => ({
  number: hex(block.header.number),
  hash: text(block.hash()),
  parentHash: text(block.header.parentHash),
  timestamp: hex(block.header.timestamp),
  gasLimit: hex(block.header.gasLimit),
  gasUsed: hex(block.header.gasUsed),
  baseFeePerGas: hex(BASE_FEE),
  miner: block.header.coinbase.toString(),
  logsBloom: "0x" + "00".repeat(256),
  stateRoot: text(stateRoot),
  transactions: receipts.map(({ hash }) => hash),
});

const methods = (chain) => ({
  eth_chainId: () => hex(CHAIN_ID),
  eth_blockNumber: () => hex(chain.head.block.header.number),
  eth_gasPrice: () => hex(2n * BASE_FEE),
  eth_maxPriorityFeePerGas: () => hex(BASE_FEE),
  eth_feeHistory: (count) => ({
    oldestBlock: hex(chain.head.block.header.number),
    baseFeePerGas: Array(Number(count) + 1).fill(hex(BASE_FEE)),
    gasUsedRatio: Array(Number(count)).fill(0),
    reward: Array(Number(count)).fill([hex(BASE_FEE)]),
  }),
  eth_getBlockByNumber: (place) => (chain.find(place) ? asBlock(chain.find(place)) : null),
  eth_getBlockByHash: (place) => (chain.find(place) ? asBlock(chain.find(place)) : null),
  eth_call: async (asked, place) => text((await chain.call(asked, place)).returnValue),
  eth_estimateGas: async (asked) => hex(await chain.estimate(asked)),
  eth_sendRawTransaction: (raw) => chain.take(raw),
  eth_getTransactionReceipt: (hash) => {
    const found = chain.transactions.get(hash);
    return found ? described(found.receipt, chain.blocks[found.at]) : null;
  },
  eth_getTransactionByHash: (hash) => {
    const found = chain.transactions.get(hash);
    if (!found) return null;
    const { receipt } = found;
    const { from, to, ...place } = described(receipt, chain.blocks[found.at]);
    const { nonce, gasLimit, data, value } = receipt.tx;
    return {
      ...{ hash, from, to, blockHash: place.blockHash, blockNumber: place.blockNumber },
      ...{ nonce: hex(nonce), gas: hex(gasLimit), input: text(data), value: hex(value) },
    };
  },
  eth_getLogs: (filter) => chain.logs(filter),
  eth_getCode: (where, place) =>
    chain.aside(chain.found(place), async () =>
      text(await chain.vm.stateManager.getCode(address(where))),
    ),
  eth_getBalance: (where, place) => account(chain, where, place, "balance"),
  eth_getTransactionCount: (where, place) => account(chain, where, place, "nonce"),
  evm_setNextBlockTimestamp: (timestamp) => void (chain.named = BigInt(timestamp)),
  evm_mine: async (timestamp) => {
    await chain.seal(chain.next(timestamp === undefined ? undefined : BigInt(timestamp)), []);
    return "0x0";
  },
  evm_snapshot: () => hex(chain.snapshots.push(chain.blocks.length) - 1),
  evm_revert: async (id) => {
    chain.blocks.length = chain.snapshots[Number(id)];
    chain.snapshots.length = Number(id);
    for (const [hash, { at }] of chain.transactions) {
      if (at >= chain.blocks.length) chain.transactions.delete(hash);
    }
    chain.vm.stateManager.clearCaches?.();
    await chain.vm.stateManager.setStateRoot(chain.head.stateRoot);
    return true;
  },
  anvil_setNextBlockBaseFeePerGas: () => null,
});

const account = (chain, where, place, field) =>
  chain.aside(chain.found(place), async () =>
    hex((await chain.vm.stateManager.getAccount(address(where)))?.[field] ?? 0n),
  );

async function respond(offered, { id, method, params = [] }) {
  const head = { jsonrpc: "2.0", id };
  try {
    if (!offered[method]) throw new Refused(`no such method: ${method}`, -32601);
    return { ...head, result: (await offered[method](...params)) ?? null };
  } catch (error) {
    const { code = -32000, message, data } = error;
    return { ...head, error: { code, message, data } };
  }
}

async function main() {
  const [funded, codes] = [process.env.FUNDED ?? "[]", process.env.CODE ?? "{}"].map(JSON.parse);
  const offered = methods(await Chain.begin(funded, codes));
  let turn = Promise.resolve();
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      turn = turn.then(async () => {
        const asked = JSON.parse(Buffer.concat(parts).toString());
        const given = [];
        for (const each of [asked].flat()) given.push(await respond(offered, each));
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify(Array.isArray(asked) ? given : given[0]));
      });
    });
  });
  server.listen(port, "127.0.0.1");
}

await main();
