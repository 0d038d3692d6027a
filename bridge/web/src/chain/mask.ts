/** Positions in a reporter set, as the bits of a mask. */

/** Positions of the bits that are set, rising. `mask` is an unsigned integer of 32 bits. */
export function bitsOf(mask: number): number[] {
  const found = [];
  for (let rest = mask >>> 0, position = 0; rest; rest >>>= 1, position++) {
    if (rest & 1) found.push(position);
  }
  return found;
}
