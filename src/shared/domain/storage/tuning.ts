import { rewriteScalars } from '../yaml/rewrite-scalars';
import type { YamlEditOutcome } from '../yaml/edit-yaml';
import { editYaml, type YamlEdit } from '../yaml/edit-yaml';
import { meaningOf } from '../yaml/yaml-places';

/** What of a mount is changed; undefined stays as it is. */
export interface MountTuning {
  readonly cacheMaxSize?: string | undefined;
  readonly cacheMaxAge?: string | undefined;
  readonly dirCacheTime?: string | undefined;
  readonly readOnly?: boolean | undefined;
}

/** Ready-made settings: room for more files, a view that is no older than a minute, and how it was. */
export const TUNING_PRESETS: { readonly [name in 'bigger-cache' | 'fresher' | 'default']: MountTuning } = {
  'bigger-cache': { cacheMaxSize: '5G' },
  fresher: { dirCacheTime: '1m' },
  default: { cacheMaxSize: '1G', cacheMaxAge: '1h', dirCacheTime: '5m' },
};

const FLAGS = [
  ['cacheMaxSize', 'vfs-cache-max-size'],
  ['cacheMaxAge', 'vfs-cache-max-age'],
  ['dirCacheTime', 'dir-cache-time'],
] as const;

/** Changes flags of the mounts at these mount points of one service, where they are written. */
export function tuneMount(text: string, service: string, mountPoints: readonly string[], tuning: MountTuning): YamlEditOutcome {
  return mountPoints.reduce<YamlEditOutcome>((before, point) => (before.kind === 'edited' ? tuneOne(before.text, service, point, tuning) : before), { kind: 'edited', text });
}

function tuneOne(text: string, service: string, point: string, tuning: MountTuning): YamlEditOutcome {
  const command = commandOf(text, service);
  if (!Array.isArray(command)) return { kind: 'by-hand', reason: `The command of ${service} is not written as a list.` };
  const words = command.map(String);
  const at = words.indexOf(point);
  const range = rangeOf(words, at);
  if (at === -1 || range === undefined) return { kind: 'by-hand', reason: `${point} is not a word of its own in the command of ${service}.` };
  const changes = new Map<number, string>();
  const missing: string[] = [];
  for (const [key, flag] of FLAGS) {
    const value = tuning[key];
    if (value === undefined) continue;
    const found = words.findIndex((word, index) => index >= range.from && index < range.to && (word === `--${flag}` || word.startsWith(`--${flag}=`)));
    if (found === -1) missing.push(`--${flag}=${value}`);
    else if (words[found] === `--${flag}`) changes.set(found + 1, value);
    else changes.set(found, `--${flag}=${value}`);
  }
  const readOnlyAt = words.findIndex((word, index) => index >= range.from && index < range.to && /^--read-only(?:=|$)/.test(word));
  if (tuning.readOnly !== undefined) {
    if (readOnlyAt !== -1) changes.set(readOnlyAt, tuning.readOnly ? '--read-only' : '--read-only=false');
    else if (tuning.readOnly) missing.push('--read-only');
  }
  const written = [...changes].reduce<YamlEditOutcome>((before, [index, value]) => (before.kind === 'edited' ? rewriteScalars(before.text, [['services', service, 'command', String(index)]], () => value) : before), { kind: 'edited', text });
  return written.kind === 'by-hand' || missing.length === 0 ? written : withWords(written.text, service, range.to, missing);
}

/** Puts words into the list behind the last one of the mount; no other word is touched. */
function withWords(text: string, service: string, at: number, added: readonly string[]): YamlEditOutcome {
  return editYaml(text, added.map((value, index): YamlEdit => ({ kind: 'append', path: ['services', service, 'command'], value, after: at - 1 + index })));
}

function commandOf(text: string, service: string): unknown {
  const root = meaningOf(text) as { readonly services?: Readonly<Record<string, { readonly command?: unknown }>> } | null;
  return root?.services?.[service]?.command;
}

/** The words of the command that a mount point belongs to. */
function rangeOf(words: readonly string[], at: number): { readonly from: number; readonly to: number } | undefined {
  if (at === -1) return undefined;
  const to = words.indexOf(';', at);
  return { from: words.lastIndexOf(';', at) + 1, to: to === -1 ? words.length : to };
}
