import { addressText, rangeOf, rangeText, subnetsOverlap, type Range } from './subnets';

/** Ranges that belong to nobody: what a network of containers may be given. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

/** From what an engine that was told nothing takes the ranges of networks that ask for none. */
const DEFAULT_POOLS = ['172.16.0.0/12', '192.168.0.0/16'];

const endOf = ({ base, bits, prefix }: Range): bigint => base + (1n << BigInt(bits - prefix));

/**
 * The next range of the same size as `subnet` that none of `taken` overlaps: after it, else from the start of its private
 * range, else of the others. What the engine gives out by itself (`pools`; empty: not known) is taken only when nothing else is left.
 */
export function nextFreeSubnet(subnet: string, taken: readonly string[], pools: readonly string[] = []): string | undefined {
  const wanted = rangeOf(subnet);
  if (wanted === undefined) return undefined;
  const all = [...taken, subnet].flatMap((one) => rangeOf(one) ?? []).filter((one) => one.bits === wanted.bits);
  const own = PRIVATE.filter((one) => subnetsOverlap(one, subnet));
  const spaces = [...own, ...PRIVATE.filter((one) => !own.includes(one))].flatMap((one) => rangeOf(one) ?? []).filter((one) => one.bits === wanted.bits && one.prefix <= wanted.prefix);
  const given = (pools.length === 0 ? DEFAULT_POOLS : pools).flatMap((one) => rangeOf(one) ?? []).filter((one) => one.bits === wanted.bits);
  for (const avoided of [[...all, ...given], all]) {
    for (const space of spaces) {
      const after = wanted.base >= space.base && wanted.base < endOf(space) ? wanted.base : space.base;
      const found = freeIn(space, wanted, after, avoided) ?? freeIn(space, wanted, space.base, avoided);
      if (found !== undefined) return rangeText(found);
    }
  }
  return undefined;
}

function freeIn(space: Range, { bits, prefix }: Range, start: bigint, avoided: readonly Range[]): Range | undefined {
  const size = 1n << BigInt(bits - prefix);
  let base = start;
  while (base + size <= endOf(space)) {
    const hit = avoided.filter((one) => one.base < base + size && base < endOf(one)).reduce<bigint | undefined>((last, one) => (last === undefined || endOf(one) > last ? endOf(one) : last), undefined);
    if (hit === undefined) return { base, bits, prefix };
    base = ((hit + size - 1n) / size) * size;
  }
  return undefined;
}

/** An address, or a part of the range, moved with the range it lies in: it keeps its place. Undefined outside of `from`. */
export function movedWithSubnet(written: string, from: string, to: string): string | undefined {
  const [left, right] = [rangeOf(from), rangeOf(to)];
  const isRange = written.includes('/');
  const [text = '', prefix] = written.trim().split('/');
  const bits = text.includes(':') ? 128 : 32;
  const address = rangeOf(`${text}/${String(bits)}`);
  if (left === undefined || right === undefined || address === undefined || left.bits !== bits || right.bits !== bits || left.prefix !== right.prefix) return undefined;
  if (address.base < left.base || address.base >= endOf(left) || (isRange && Number(prefix) < left.prefix)) return undefined;
  return `${addressText(right.base + (address.base - left.base), bits)}${isRange ? `/${prefix ?? ''}` : ''}`;
}
