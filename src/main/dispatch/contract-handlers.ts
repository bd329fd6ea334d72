import { describeContract } from '@shared/contract/describe';
import type { OutputOf } from '@shared/contract/contract';
import type { Handlers } from './types';

/** Binds `contract.describe`: made when it is asked for first, since only an opened palette does. */
export function contractHandlers(): Pick<Handlers, 'contract.describe'> {
  let described: OutputOf<'contract.describe'> | undefined;
  return {
    'contract.describe': () => {
      described ??= describeContract().map((entry) => ({ ...entry, positional: [...entry.positional], fields: entry.fields.map((field) => ({ ...field, choices: [...field.choices] })) }));
      return Promise.resolve(described);
    },
  };
}
