/** JSON with whole numbers of any size: a bigint is {"$int":"123"}. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? { $int: String(each) } : each));
}

export function parse(text: string): unknown {
  return JSON.parse(text, (_, each) =>
    each !== null && typeof each === "object" && typeof each.$int === "string" ? BigInt(each.$int) : each,
  );
}
