import { filesWords as words } from '../../locales/en/files';
import type { FileCheck } from './use-files';

/** What an edit means for the containers, in sentences; the same for several modes is said once. */
export function effectWords(effects: FileCheck['effects']): readonly string[] {
  const modesOf = new Map<string, { readonly effect: FileCheck['effects'][number]['services'][number]; readonly modes: string[] }>();
  for (const { mode, services } of effects) {
    for (const effect of services) {
      const key = JSON.stringify(effect);
      const known = modesOf.get(key);
      if (known === undefined) modesOf.set(key, { effect, modes: [mode] });
      else known.modes.push(mode);
    }
  }
  return [...modesOf.values()].map(({ effect, modes }) => {
    const mode = modes.join(' and ');
    if (effect.change === 'added') return words.saveDialog.adds(effect.service, mode);
    if (effect.change === 'removed') return words.saveDialog.removes(effect.service, mode);
    return words.saveDialog.recreates(effect.service, effect.keys, mode);
  });
}
