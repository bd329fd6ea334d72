/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** True in the long runs (`npm run test:deep`): nothing is left out. */
export const DEEP = process.env['BERTH_DEEP'] === '1';

/** A seeded choice, spread over the whole list: the same seed takes the same ones. */
export function sample(points: readonly string[], count: number, seed: number): readonly string[] {
  const next = seededRandom(seed);
  const stride = points.length / count;
  return Array.from({ length: Math.min(count, points.length) }, (_, index) => points[Math.floor(index * stride + next() * stride)] ?? '').filter((one) => one !== '');
}

/** The same items in another order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let index = mixed.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [mixed[index], mixed[other]] = [mixed[other] as T, mixed[index] as T];
  }
  return mixed;
}
