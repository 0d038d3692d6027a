/** Starts the page: settings, colours, the frame. */
import "./page.css";
import "./acting.css";
import "./acting";
import { render } from "preact";
import { App } from "./app";
import { explain } from "./chain/client";
import { loadConfig } from "./config";
import { nameScope } from "./data/live";
import { applyTheme } from "./look/theme";
import { firstChain } from "./world";

applyTheme();
const root = document.getElementById("page")!;
try {
  const config = await loadConfig();
  const chain = firstChain(config);
  // Another deployment on the same chain id, as after a development chain's restart, is another.
  nameScope(`${config.version}:${chain.chainId}:${chain.contracts["SpotIndex"] ?? ""}:`);
  root.replaceChildren();
  render(<App config={config} />, root);
} catch (failure) {
  const alert = document.createElement("p");
  alert.className = "note bad";
  alert.setAttribute("role", "alert");
  alert.textContent = `The page cannot start: ${explain(failure)}. See that \`pargrade web\` runs, and reload.`;
  root.replaceChildren(alert);
}
