// An order signed with ethers and given to a relay: prints what became of it.
//
//   PARGRADE_KEY=0x… node scripts/examples/market/ethers.mjs RELAY RPC_URL SERIES buy|sell LOTS PRICE8
//
// PRICE8 is USD per SCU with 8 decimals, LOTS are of 0.01 SCU. The account needs its approvals first:
// `pargrade market onboard`.
import { readFileSync } from "node:fs";
import { Contract, JsonRpcProvider, Wallet, ZeroAddress, hexlify, randomBytes } from "ethers";

const [relay, rpcUrl, series, side, lots, price] = process.argv.slice(2);
const { domains, types } = JSON.parse(
  readFileSync(new URL("../../../pargrade/data/eip712.json", import.meta.url)),
);
const provider = new JsonRpcProvider(rpcUrl);
const wallet = new Wallet(process.env.PARGRADE_KEY, provider);
const rules = await (await fetch(`${relay}/rules`)).json();
const exchange = new Contract(
  rules.exchange,
  ["function epochOf(address) view returns (uint64)"],
  provider,
);
const { timestamp } = await provider.getBlock("latest");
const order = {
  series,
  side: side === "buy" ? 0 : 1,
  grade: 0,
  legs: 15,
  price,
  lots,
  maker: wallet.address,
  taker: ZeroAddress,
  matcher: ZeroAddress,
  epoch: (await exchange.epochOf(wallet.address)).toString(),
  lane: BigInt(hexlify(randomBytes(8))).toString(),
  nonce: "1",
  expiry: timestamp + 3600,
};
const domain = {
  ...domains.exchange,
  chainId: rules.chain_id,
  verifyingContract: rules.exchange,
};
const signature = await wallet.signTypedData(domain, { Order: types.Order }, order);

const response = await fetch(`${relay}/orders`, {
  method: "POST",
  body: JSON.stringify({
    chain_id: rules.chain_id,
    exchange: rules.exchange,
    orders: [{ order, signature, rule: "GTC" }],
  }),
});
console.log(JSON.stringify(await response.json()));
provider.destroy();
