/** Health of whatever serves it: relay, keeper, attesters, carriers, watchers. */
import { getJson } from "./http";

export interface ServiceHealth {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly version: string;
}

export async function readServiceHealth(path: string): Promise<ServiceHealth> {
  const raw = await getJson<Record<string, unknown>>(`${path}/health`, [503]);
  return {
    ok: raw["ok"] === true,
    problems: Array.isArray(raw["problems"]) ? raw["problems"].map(String) : [],
    version: String(raw["version"] ?? ""),
  };
}
