// A chain as `hardhat node` gives it, but that its time passes: without a block no round is ever due.
export default {
  networks: {
    node: { type: "edr-simulated", chainId: 31337, mining: { auto: true, interval: 2000 } },
  },
};
