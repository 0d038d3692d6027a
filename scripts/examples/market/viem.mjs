// An order signed with viem and given to a relay: prints what became of it.
//
//   PARGRADE_KEY=0x… node scripts/examples/market/viem.mjs RELAY RPC_URL SERIES buy|sell LOTS PRICE8
//
// PRICE8 is USD per SCU with 8 decimals, LOTS are of 0.01 SCU. The account needs its approvals first:
// `pargrade market onboard`.
import { readFileSync } from "node:fs";
import { createPublicClient, http, parseAbi } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [relay, rpcUrl, series, side, lots, price] = process.argv.slice(2);
const { types } = JSON.parse(
  readFileSync(new URL("../../../pargrade/data/eip712.json", import.meta.url)),
);
const account = privateKeyToAccount(process.env.PARGRADE_KEY);
const rules = await (await fetch(`${relay}/rules`)).json();
const client = createPublicClient({ transport: http(rpcUrl) });

// ERC-5267 gives every field; the exchange has no salt, and a salt of zeros is not the same as none.
const { domain: found } = await client.getEip712Domain({ address: rules.exchange });
const { salt, ...domain } = found;

const epoch = await client.readContract({
  address: rules.exchange,
  abi: parseAbi(["function epochOf(address) view returns (uint64)"]),
  functionName: "epochOf",
  args: [account.address],
});
const { timestamp } = await client.getBlock();
const nobody = "0x0000000000000000000000000000000000000000";
const order = {
  series: BigInt(series),
  side: side === "buy" ? 0 : 1,
  grade: 0,
  legs: 15,
  price: BigInt(price),
  lots: BigInt(lots),
  maker: account.address,
  taker: nobody,
  matcher: nobody,
  epoch,
  lane: crypto.getRandomValues(new BigUint64Array(1))[0],
  nonce: 1n,
  expiry: Number(timestamp) + 3600,
};
const signature = await account.signTypedData({
  domain,
  types: { Order: types.Order },
  primaryType: "Order",
  message: order,
});

const text = (_, value) => (typeof value === "bigint" ? value.toString() : value);
const response = await fetch(`${relay}/orders`, {
  method: "POST",
  body: JSON.stringify(
    {
      chain_id: rules.chain_id,
      exchange: rules.exchange,
      orders: [{ order, signature, rule: "GTC" }],
    },
    text,
  ),
});
console.log(JSON.stringify(await response.json()));
