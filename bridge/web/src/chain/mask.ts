/** Positions in a reporter set, as the bits of a mask. */
const MOST_REPORTERS = 32;

/** Positions of the bits that are set, rising. */
export function bitsOf(mask: number): number[] {
  return Array.from({ length: MOST_REPORTERS }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1);
}
