import { nearestName } from '../../compose/nearest-name';
import { isMapping } from '../manifest/classify';
import type { Path } from '../manifest/places';
import { FITS } from '../schema/fits';
import type { BaseForm, FieldForm, FieldSchema, TypeSchema } from '../schema/schema-data';
import type { ManifestValue } from '../types';
import { ALLOWED_VALUES, PORT_FIELDS } from './allowed-values';
import { fault, type Fault } from './fault';

/** The version manifests are checked for: its name and its bit in the masks of fields. */
export interface CheckedVersion {
  readonly name: string;
  readonly bit: number;
}

type Mapping = { readonly [key: string]: ManifestValue };

const WORDS: { readonly [form in BaseForm]: string } = {
  text: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  quantity: 'a quantity such as 500m or 1Gi',
  intOrText: 'a whole number or a text',
  duration: 'a duration such as 30s',
  base64: 'base64',
  time: 'a time such as 2026-01-31T12:00:00Z',
  any: 'anything',
};

/** A path as people write it: spec.containers[0].image. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : /^[\w-]+$/.test(part) ? `${text}${text === '' ? '' : '.'}${part}` : `${text}["${part}"]`), '');
}

/** What a value is, in words. */
function described(value: ManifestValue): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return typeof value === 'string' ? `the text ${shown}` : shown;
}

/** Checks one document's values against its type: unknown and missing fields, values of the wrong form. */
export function checkFields(value: Mapping, type: TypeSchema, version: CheckedVersion): readonly Fault[] {
  const faults: Fault[] = [];
  checkObject(value, type, [], version, faults);
  return faults;
}

function shortName(name: string): string {
  return name.startsWith('io.k8s.api.') ? name.slice('io.k8s.api.'.length) : name;
}

function checkObject(value: Mapping, type: TypeSchema, path: Path, version: CheckedVersion, faults: Fault[]): void {
  for (const [key, one] of Object.entries(value)) {
    const field = type.fields.get(key);
    if (field === undefined || (field.mask & version.bit) === 0) {
      if (!type.isOpen || field !== undefined) faults.push(unknownField([...path, key], type, field, version));
    } else if (one !== null) {
      checkValue(one, field.form, [...path, key], version, faults);
      checkAllowed(one, field, type, key, [...path, key], faults);
    }
  }
  for (const [key, field] of type.fields) {
    if (!field.isRequired || (field.mask & version.bit) === 0 || (value[key] !== undefined && value[key] !== null)) continue;
    const at = pathText([...path, key]);
    faults.push(fault({ code: 'MANIFEST_FIELD_MISSING', path, message: `${at} is missing.`, why: `The API server refuses ${path.length === 0 ? 'an object' : pathText(path)} without ${key}.` }));
  }
}

function unknownField(path: Path, type: TypeSchema, field: FieldSchema | undefined, version: CheckedVersion): Fault {
  const key = String(path.at(-1));
  const at = pathText(path);
  if (field !== undefined) return fault({ code: 'MANIFEST_FIELD_UNKNOWN', path, message: `Kubernetes ${version.name} has no field ${at}; another version does.`, why: 'The API server drops or refuses what it does not know: the setting would have no effect.' });
  const near = nearestName(key, [...type.fields.keys()], { shortToo: true });
  return fault({ code: 'MANIFEST_FIELD_UNKNOWN', path, message: `There is no field ${at}${near === undefined ? '.' : `: did you mean ${near}?`}`, why: 'The API server drops or refuses what it does not know: the setting would have no effect.' });
}

function wrong(path: Path, words: string, value: ManifestValue): Fault {
  return fault({ code: 'MANIFEST_VALUE_INVALID', path, message: `${pathText(path)} must be ${words}, not ${described(value)}.`, why: 'The API server refuses an object with a value of the wrong form.' });
}

/** What Flux, envsubst or a template fills in later: nobody knows yet what stands there. */
export function isFilledInLater(value: ManifestValue): boolean {
  return typeof value === 'string' && /\$\{|\{\{/.test(value);
}

function checkValue(value: ManifestValue, form: FieldForm, path: Path, version: CheckedVersion, faults: Fault[]): void {
  if (isFilledInLater(value)) return;
  if (form.is === 'list') {
    if (!Array.isArray(value)) return void faults.push(wrong(path, 'a list', value));
    (value as readonly ManifestValue[]).forEach((item, index) => {
      if (item !== null) checkValue(item, form.of, [...path, index], version, faults);
    });
    if (Array.isArray(form.order)) checkKeys(value as readonly ManifestValue[], form.order as readonly string[], path, faults);
  } else if (form.is === 'map' || form.is === 'object') {
    if (!isMapping(value)) return void faults.push(wrong(path, 'a mapping', value));
    if (form.is === 'object') checkObject(value, form.type, path, version, faults);
    else for (const [key, one] of Object.entries(value)) if (one !== null) checkValue(one, form.of, [...path, key], version, faults);
  } else if (!FITS[form.is](value)) faults.push(wrong(path, WORDS[form.is], value));
}

/** Lists in which a name may stand once only; a variable may be given twice, the last one counts. */
function checkKeys(items: readonly ManifestValue[], keys: readonly string[], path: Path, faults: Fault[]): void {
  const field = path.at(-1);
  if (field !== 'containers' && field !== 'initContainers' && field !== 'volumes' && field !== 'volumeMounts') return;
  const seen = new Set<string>();
  items.forEach((item, index) => {
    if (!isMapping(item)) return;
    const key = keys.map((one) => JSON.stringify(item[one] ?? null)).join(' ');
    if (seen.has(key)) faults.push(fault({ code: 'MANIFEST_VALUE_INVALID', path: [...path, index], message: `${pathText(path)} has ${key} twice.`, why: 'Each entry of this list must have its own name.' }));
    seen.add(key);
  });
}

function checkAllowed(value: ManifestValue, field: FieldSchema, type: TypeSchema, key: string, path: Path, faults: Fault[]): void {
  const name = shortName(type.name);
  const allowed = field.allowed ?? ALLOWED_VALUES[name]?.[key];
  if (allowed !== undefined) {
    for (const one of Array.isArray(value) ? (value as readonly ManifestValue[]) : [value]) {
      if (typeof one !== 'string' || one === '' || isFilledInLater(one) || allowed.includes(one)) continue;
      const near = nearestName(one, allowed.filter((word): word is string => typeof word === 'string'), { shortToo: true });
      faults.push(fault({ code: 'MANIFEST_VALUE_INVALID', path, message: `${pathText(path)} is ${JSON.stringify(one)}, which is none of ${allowed.join(', ')}${near === undefined ? '.' : `: did you mean ${near}?`}`, why: 'The API server refuses any other word.' }));
    }
  }
  if (PORT_FIELDS[name]?.includes(key) === true && typeof value === 'number' && (value < 1 || value > 65_535)) faults.push(wrong(path, 'a port from 1 to 65535', value));
}
