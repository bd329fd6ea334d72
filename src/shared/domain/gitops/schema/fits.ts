import { base64Bytes } from '../../snapshots/bytes';
import { isMapping } from '../manifest/classify';
import { exactDuration, exactQuantity } from '../manifest/numbers';
import type { ManifestValue } from '../types';
import type { BaseForm, FieldForm, TypeSchema } from './schema-data';

const isInteger = (value: ManifestValue): boolean => (typeof value === 'number' ? Number.isInteger(value) : isMapping(value) && '$integer' in value);

/** Whether a value has the form that is asked for. */
export const FITS: { readonly [form in BaseForm]: (value: ManifestValue) => boolean } = {
  text: (value) => typeof value === 'string',
  integer: isInteger,
  number: (value) => typeof value === 'number' || isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  quantity: (value) => exactQuantity(value) !== null,
  intOrText: (value) => typeof value === 'string' || isInteger(value),
  duration: (value) => exactDuration(value) !== null,
  base64: (value) => typeof value === 'string' && base64Bytes(value.replace(/[\r\n]/g, '')) !== null,
  time: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  any: () => true,
};

function fitsForm(value: ManifestValue, form: FieldForm): boolean {
  if (value === null) return true;
  if (form.is === 'list') return Array.isArray(value) && (value as readonly ManifestValue[]).every((item) => fitsForm(item, form.of));
  if (form.is === 'map') return isMapping(value) && Object.values(value).every((one) => fitsForm(one, form.of));
  if (form.is === 'object') return fitsType(value, form.type);
  return FITS[form.is](value);
}

/** Whether every field that a type knows holds what the type says: only then can Kubernetes read the object at all. */
export function fitsType(value: ManifestValue, type: TypeSchema): boolean {
  if (!isMapping(value)) return false;
  return Object.entries(value).every(([key, one]) => {
    const field = type.fields.get(key);
    return field === undefined || fitsForm(one, field.form);
  });
}
