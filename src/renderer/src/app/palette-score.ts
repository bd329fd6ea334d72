import { defaultFilter } from 'cmdk';

/** What only its description has is found too, behind everything whose name fits. */
const BY_DESCRIPTION = 0.01;

/** How well a command fits what was typed: letters of its name in order, or every word in its description. 0: not at all. */
export function scoreOf(name: string, typed: string, description: readonly string[] = []): number {
  const score = defaultFilter(name, typed);
  if (score > 0) return score;
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const text = description.join(' ').toLowerCase();
  return words.length > 0 && words.every((word) => text.includes(word)) ? BY_DESCRIPTION : 0;
}

/** Newest first, each once, and not more than a glance takes. */
export function withRecent(recent: readonly string[], used: string, most = 6): readonly string[] {
  return [used, ...recent.filter((one) => one !== used)].slice(0, most);
}
