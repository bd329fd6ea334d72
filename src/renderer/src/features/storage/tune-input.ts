import type { InputOf } from '@shared/contract/contract';

type Tune = InputOf<'storage.tune'>;

/** What the form of a mount's cache holds. */
export interface TuneForm {
  readonly preset: 'bigger-cache' | 'fresher' | 'default' | 'custom';
  readonly size: string;
  readonly age: string;
  readonly dir: string;
  readonly access: '' | 'read-only' | 'writable';
}

const SIZE = /^\d+(?:\.\d+)?[KMGT]?$/i;
const AGE = /^\d+(?:ms|s|m|h|d)$/;

/** What is asked for; null while a field is not filled well, or nothing would change. */
export function tuneInput(form: TuneForm): Omit<Tune, 'project' | 'mount'> | null {
  if (form.preset !== 'custom') return { preset: form.preset };
  const [size, age, dir] = [form.size.trim(), form.age.trim(), form.dir.trim()];
  if ((size !== '' && !SIZE.test(size)) || [age, dir].some((text) => text !== '' && !AGE.test(text))) return null;
  const values: Omit<Tune, 'project' | 'mount'> = {
    ...(size === '' ? {} : { cacheMaxSize: size }),
    ...(age === '' ? {} : { cacheMaxAge: age }),
    ...(dir === '' ? {} : { dirCacheTime: dir }),
    ...(form.access === '' ? {} : { readOnly: form.access === 'read-only' }),
  };
  return Object.keys(values).length === 0 ? null : values;
}
