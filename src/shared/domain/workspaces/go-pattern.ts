/**
 * Docker asks Go's `filepath.Match` whether a pattern is one, by matching it against `.`. That looks no further than the match got, so a
 * pattern is refused for what is at its beginning only: `[-a]` is none, `a*[-a]` is.
 */
export function isGoPattern(pattern: string): boolean {
  let rest: readonly string[] = Array.from(pattern);
  let dotLeft = true;
  while (rest.length > 0) {
    const stars = rest.findIndex((char) => char !== '*');
    if (stars === -1) return true;
    const end = chunkEnd(rest, stars);
    const chunk = rest.slice(stars, end);
    rest = rest.slice(end);
    const tries: readonly boolean[] = stars > 0 && dotLeft ? [true, false] : [dotLeft];
    const found: readonly ChunkMatch[] = tries.map((dot) => matchChunk(chunk, dot));
    const at = found.findIndex((one) => one === 'bad' || (one !== 'no' && (one === 'nothing-left' || rest.length > 0)));
    const one: ChunkMatch | undefined = found[at];
    if (one === 'bad') return false;
    if (one === undefined) return true;
    dotLeft = one === 'dot-left';
  }
  return true;
}

/** Up to the next star outside of brackets. */
function chunkEnd(chars: readonly string[], from: number): number {
  let inRange = false;
  for (let at = from; at < chars.length; at += 1) {
    const char = chars[at];
    if (char === '\\') at += 1;
    else if (char === '[') inRange = true;
    else if (char === ']') inRange = false;
    else if (char === '*' && !inRange) return at;
  }
  return chars.length;
}

type ChunkMatch = 'bad' | 'no' | 'dot-left' | 'nothing-left';

/** Matches characters that each stand for one against `.` or nothing; a syntax error counts although the match has failed. */
function matchChunk(chunk: readonly string[], dot: boolean): ChunkMatch {
  let left = dot;
  let failed = false;
  for (let at = 0; at < chunk.length; ) {
    failed ||= !left;
    if (chunk[at] === '[') {
      const range = readRange(chunk, at + 1);
      if (range === null) return 'bad';
      failed ||= !range.holdsDot;
      at = range.next;
    } else {
      const escaped = chunk[at] === '\\';
      if (escaped) at += 1;
      if (at >= chunk.length) return 'bad';
      failed ||= (escaped || chunk[at] !== '?') && chunk[at] !== '.';
      at += 1;
    }
    left = false;
  }
  if (failed) return 'no';
  return left ? 'dot-left' : 'nothing-left';
}

function readRange(chunk: readonly string[], from: number): { readonly holdsDot: boolean; readonly next: number } | null {
  let at = from;
  const negated = chunk[at] === '^';
  if (negated) at += 1;
  let holds = false;
  for (let first = true; first || chunk[at] !== ']'; first = false) {
    const low = readChar(chunk, at);
    if (low === null) return null;
    let high = low;
    if (chunk[low.next] === '-') {
      const end = readChar(chunk, low.next + 1);
      if (end === null) return null;
      high = end;
    }
    holds ||= low.code <= 46 && high.code >= 46;
    at = high.next;
  }
  return { holdsDot: holds !== negated, next: at + 1 };
}

function readChar(chunk: readonly string[], from: number): { readonly code: number; readonly next: number } | null {
  const first = chunk[from];
  if (first === undefined || first === '-' || first === ']') return null;
  const at = first === '\\' ? from + 1 : from;
  const char = chunk[at];
  // Nothing behind it means that the bracket has no end.
  return char === undefined || at + 1 >= chunk.length ? null : { code: char.codePointAt(0) ?? 0, next: at + 1 };
}
