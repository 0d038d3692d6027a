// Reads the vectors that Solidity and Python read, too.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Row = Readonly<Record<string, bigint>>;

/** The rows of a table in a file of tests/vectors, which keeps them as columns of decimal text. */
export function rows(file: string, table: string): readonly Row[] {
  const folder = process.env.VECTORS as string;
  const all = JSON.parse(readFileSync(join(folder, `${file}.json`), "utf8"));
  const columns = Object.entries(all[table] as Record<string, string[]>);
  const count = columns[0]![1].length;
  return Array.from({ length: count }, (_, place) =>
    Object.fromEntries(columns.map(([name, values]) => [name, BigInt(values[place]!)])),
  );
}

export function at(row: Row, name: string): bigint {
  const found = row[name];
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
}
