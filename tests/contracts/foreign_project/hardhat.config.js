// The oldest compiler that the package promises, from npm: nothing is downloaded while compiling.
import path from "node:path";

export default {
  solidity: { version: "0.8.20", path: path.resolve("node_modules/solc/soljson.js") },
};
