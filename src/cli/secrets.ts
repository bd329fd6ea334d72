import type { ContractEntry } from '@shared/contract/define';
import { askSecret } from './ask';
import type { Terminal } from './terminal';

type Input = { readonly [field: string]: unknown };

/** Entries that take secrets for some inputs only. */
const WANTED: { readonly [name: string]: (input: Input) => boolean } = { 'storage.use': (input) => input['target'] === 'external' };
const QUESTIONS: { readonly [input: string]: string } = { accessKey: 'Access key (is not shown; empty: the one that is known)', secretKey: 'Secret key (the same)', value: 'Value (is not shown)', passphrase: 'Passphrase (is not shown; empty: none, and secrets stay on this machine)' };

export interface SecretSource {
  readonly environment: (name: string) => string | undefined;
  readonly terminal: Pick<Terminal, 'canAsk'>;
  readonly signal: AbortSignal;
  readonly ask?: typeof askSecret;
}

/** The input with its secrets, from the environment or a hidden question. What neither has is left out: known keys may do, and the operation says so where they do not. */
export async function withSecrets(name: string, entry: Pick<ContractEntry, 'secrets'>, input: Input, { environment, terminal, signal, ask = askSecret }: SecretSource): Promise<Input> {
  if (WANTED[name]?.(input) === false) return input;
  const given: { [field: string]: string } = {};
  for (const [field, variable] of Object.entries(entry.secrets)) {
    const set = environment(variable) ?? '';
    const value = set === '' && terminal.canAsk ? await ask(QUESTIONS[field] ?? field, signal) : set;
    if (value !== '') given[field] = value;
  }
  return { ...input, ...given };
}
