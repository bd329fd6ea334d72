/**
 * Patterns from strangers' files, matched in time that grows with pattern times text whatever they are: all readings of a pattern are followed at once,
 * as bits of a few words. Nothing is tried and taken back, and nothing recurses.
 */

/** Pairs from-to of character codes, or everything but those. */
export interface CharSet {
  readonly ranges: readonly number[];
  readonly negated: boolean;
  /** Never a slash, whatever the ranges say. */
  readonly notSlash: boolean;
}

/** One step of a pattern. */
export type MatchStep =
  | { readonly kind: 'one' | 'loop'; readonly set: CharSet }
  /** The next `length` steps may be left out together. */
  | { readonly kind: 'optional'; readonly length: number };

/** Where a text is in a pattern: one bit for each step that may come next. */
export type MatchState = Uint32Array;

const SLASH = 47;
/** So many different characters are remembered for one pattern. */
const MOST_MASKS = 512;

/** Any character at all. */
export const ANYTHING: CharSet = { ranges: [], negated: true, notSlash: false };
/** Any character within a name. */
export const NO_SLASH: CharSet = { ranges: [], negated: true, notSlash: true };

/** Exactly this text. */
export function literalSteps(text: string): readonly MatchStep[] {
  return Array.from(text, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return { kind: 'one', set: { ranges: [code, code], negated: false, notSlash: false } } as const;
  });
}

function contains(set: CharSet, code: number): boolean {
  if (set.notSlash && code === SLASH) return false;
  const { ranges } = set;
  for (let index = 0; index < ranges.length; index += 2) {
    if (code >= (ranges[index] ?? 0) && code <= (ranges[index + 1] ?? 0)) return !set.negated;
  }
  return set.negated;
}

interface Masks {
  readonly one: MatchState;
  readonly loop: MatchState;
}

/** One compiled pattern. */
export class LinearMatcher {
  /** Before the first character. */
  readonly start: MatchState;
  private readonly words: number;
  private readonly last: number;
  private readonly passable: MatchState;
  private readonly skips: readonly (readonly [from: number, to: number])[];
  private readonly tail: readonly CharSet[];
  /** The same as a text, as far as it is one. */
  private readonly tailText: string;
  private readonly masks = new Map<number, Masks>();

  constructor(private readonly steps: readonly MatchStep[]) {
    this.last = steps.length;
    this.words = (steps.length >>> 5) + 1;
    this.passable = new Uint32Array(this.words);
    for (const [index, step] of steps.entries()) if (step.kind !== 'one') setBit(this.passable, index);
    this.skips = steps.flatMap((step, index) => (step.kind === 'optional' ? [[index, index + 1 + step.length] as const] : []));
    this.tail = fixedTail(steps);
    this.tailText = plainTail(this.tail);
    this.start = new Uint32Array(this.words);
    setBit(this.start, 0);
    this.close(this.start);
  }

  /** True when the whole text is the pattern, from where `state` is. */
  accepts(state: MatchState, text: string): boolean {
    if (!this.mayEnd(text)) return false;
    const end = this.advance(state, text);
    return end !== null && ((end[this.last >>> 5] ?? 0) & (1 << (this.last & 31))) !== 0;
  }

  /** Where it is after this text; null when nothing that follows can match any more. */
  advance(from: MatchState, text: string): MatchState | null {
    let state = from;
    let next: MatchState = new Uint32Array(this.words);
    let free: MatchState | null = null;
    for (let index = 0; index < text.length; ) {
      const code = text.codePointAt(index) ?? 0;
      index += code > 0xffff ? 2 : 1;
      if (!this.step(state, next, this.masksOf(code))) return null;
      // Two sets are used in turn; the one that was handed in stays as it is.
      const done = next;
      next = state === from ? (free ??= new Uint32Array(this.words)) : state;
      state = done;
    }
    return state;
  }

  /** A cheap look at the end of the text: most names are none of most patterns. */
  private mayEnd(text: string): boolean {
    const { tail, tailText } = this;
    // What is looked at may be no more than the end of a path, and shorter than the end of the pattern.
    if (tailText !== '' && text.length >= tailText.length) return text.endsWith(tailText);
    for (let back = 1; back <= tail.length && back <= text.length; back += 1) {
      const code = text.charCodeAt(text.length - back);
      // Half of a pair says nothing by itself.
      if (code >= 0xd800 && code <= 0xdfff) return true;
      const set = tail[tail.length - back];
      if (set !== undefined && !contains(set, code)) return false;
    }
    return true;
  }

  private step(state: MatchState, next: MatchState, masks: Masks): boolean {
    let carry = 0;
    let alive = 0;
    for (let word = 0; word < this.words; word += 1) {
      const here = state[word] ?? 0;
      const moved = here & (masks.one[word] ?? 0);
      const bits = (moved << 1) | carry | (here & (masks.loop[word] ?? 0));
      next[word] = bits;
      carry = moved >>> 31;
      alive |= bits;
    }
    if (alive === 0) return false;
    this.close(next);
    return true;
  }

  /** Adds what may come next without a character: behind loops and optional parts. */
  private close(state: MatchState): void {
    for (let changed = true; changed; ) {
      changed = false;
      let carry = 0;
      for (let word = 0; word < this.words; word += 1) {
        const here = state[word] ?? 0;
        const passed = here & (this.passable[word] ?? 0);
        const bits = (here | (passed << 1) | carry) >>> 0;
        carry = passed >>> 31;
        if (bits === here) continue;
        state[word] = bits;
        changed = true;
      }
      for (const [from, to] of this.skips) {
        if (!hasBit(state, from) || hasBit(state, to)) continue;
        setBit(state, to);
        changed = true;
      }
    }
  }

  private masksOf(code: number): Masks {
    const known = this.masks.get(code);
    if (known !== undefined) return known;
    const masks = { one: new Uint32Array(this.words), loop: new Uint32Array(this.words) };
    for (const [index, step] of this.steps.entries()) if (step.kind !== 'optional' && contains(step.set, code)) setBit(masks[step.kind], index);
    if (this.masks.size >= MOST_MASKS) this.masks.clear();
    this.masks.set(code, masks);
    return masks;
  }
}

function setBit(state: MatchState, index: number): void {
  state[index >>> 5] = (state[index >>> 5] ?? 0) | (1 << (index & 31));
}

function hasBit(state: MatchState, index: number): boolean {
  return ((state[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

/** The characters that every match ends with: the steps behind the last one that may be left out or repeated. */
function fixedTail(steps: readonly MatchStep[]): readonly CharSet[] {
  const tail: CharSet[] = [];
  const skipped = new Set(steps.flatMap((step, index) => (step.kind === 'optional' ? Array.from({ length: step.length }, (_, more) => index + 1 + more) : [])));
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    const step = steps[index];
    if (step === undefined || step.kind !== 'one' || skipped.has(index)) break;
    tail.push(step.set);
  }
  return tail.reverse();
}

function plainTail(tail: readonly CharSet[]): string {
  let text = '';
  for (const { ranges, negated } of tail.toReversed()) {
    const [from, to] = ranges;
    if (from === undefined || from !== to || ranges.length !== 2 || negated) break;
    text = String.fromCodePoint(from) + text;
  }
  return text;
}
