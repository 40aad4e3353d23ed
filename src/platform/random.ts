import { randomFillSync } from 'node:crypto';

/** Numbers that are drawn at once: the system is asked as rarely as that. */
const batch = 256;

/**
 * A source of numbers in [0, 1), 32 random bits each, that no one who has seen some can guess others from, unlike those
 * of `Math.random`: for identifications, hash seeds and whatever else an attacker would like to know (RFC 7739 §5).
 *
 * @example
 * const node = createNode({ random: secureRandom() });
 */
export const secureRandom = (): (() => number) => {
  const numbers = new Uint32Array(batch);
  let next = batch;
  return () => {
    if (next === batch) {
      randomFillSync(numbers);
      next = 0;
    }
    const number = numbers[next] as number;
    numbers[next] = 0;
    next += 1;
    return number / 0x100000000;
  };
};
