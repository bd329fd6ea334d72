/** The known name one or two slips of the finger away, the nearest first; undefined when nothing is like it. Names of three letters are like too many others, unless `shortToo`. */
export function nearestName(name: string, known: readonly string[], { shortToo = false }: { readonly shortToo?: boolean } = {}): string | undefined {
  const plain = (one: string): string => one.toLowerCase().replace(/[_-]/g, '');
  const same = known.find((candidate) => plain(candidate) === plain(name));
  if (same !== undefined) return same;
  const slips = known.map((candidate) => ({ candidate, distance: distanceOf(candidate, name) })).filter(({ candidate, distance }) => distance <= (candidate.length > 3 ? 2 : shortToo ? 1 : -1));
  return slips.sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** Nobody types longer names by hand, and comparing them takes long. */
const LONGEST = 64;

/** Letters that must be changed; 9 for what is too different to be a slip. */
function distanceOf(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2 || left.length > LONGEST) return 9;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      row.push(Math.min((row[j - 1] ?? 0) + 1, (previous[j] ?? 0) + 1, (previous[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)));
    }
    previous = row;
  }
  return previous[right.length] ?? 9;
}
