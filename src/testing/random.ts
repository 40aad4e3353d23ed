/**
 * Numbers in [0, 1) that are the same for the same seed (a 32-bit xorshift generator).
 *
 * @example
 * const random = seededRandom(7);
 * createNode({ random });
 */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x100000000;
  };
};
