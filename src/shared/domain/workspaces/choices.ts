import { objectOf } from '../engine/read-json';

/** What is chosen for one workspace. */
export interface Choices {
  readonly trigger: 'watch' | 'interval' | 'manual';
  readonly everySeconds: number;
  readonly source: 'mount' | 'volume' | 'direct' | 'local';
  readonly run: boolean;
  readonly sizeOnly: boolean;
}

/** What a container reads: where buckets cannot be folders, a volume that is kept in step takes the place of the mount. */
export function sourceRead(chosen: Choices['source'], canMount: boolean): Choices['source'] {
  return chosen === 'mount' && !canMount ? 'volume' : chosen;
}

/** A workspace nobody chose anything for. Nothing is watched before the first sync of a project, so that opening one sends nothing. */
export const initialChoices: Choices = { trigger: 'watch', everySeconds: 300, source: 'mount', run: false, sizeOnly: false };

/** Kept choices by workspace; what cannot be read is as if nobody had chosen. */
export function readChoices(kept: unknown): ReadonlyMap<string, Choices> {
  return new Map(Object.entries(objectOf(kept)).map(([name, value]) => [name, readOne(objectOf(value))]));
}

function readOne({ trigger, everySeconds, source, run, sizeOnly }: { readonly [key: string]: unknown }): Choices {
  return {
    trigger: trigger === 'manual' || trigger === 'interval' ? trigger : 'watch',
    everySeconds: typeof everySeconds === 'number' && everySeconds >= 5 ? everySeconds : initialChoices.everySeconds,
    source: source === 'volume' || source === 'direct' || source === 'local' ? source : 'mount',
    run: run === true,
    sizeOnly: sizeOnly === true,
  };
}
