// Chance that can be had again: the seed is printed with every failure, and CANDOUR_SEED repeats it.

export const seed = Number(process.env.CANDOUR_SEED ?? 20261123);

/** Whole numbers from 0 to below `n`, the same for the same seed (mulberry32). */
export function chance(from = seed) {
  let state = from >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}
