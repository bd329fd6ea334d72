import { defineMappingTag, defineScalarTag, defineSequenceTag, mergeTag, NOT_RESOLVED, Schema } from 'js-yaml';
import { base64Bytes } from '../../snapshots/bytes';
import { plainScalar } from './scalars';
import { lenientText } from '../../../kernel/utf8';

/** js-yaml with Kubernetes' reading: one resolver for plain scalars, `<<`, keys as texts, and any other tag passed over as Go does. */

/** `.inf` and `.nan`, which JSON and so Kubernetes do not have. */
export class NoNumber extends Error {}

const PREFIX = 'tag:yaml.org,2002:';

function typed(name: string, implicit: boolean, accepts: (value: unknown) => boolean) {
  return defineScalarTag<unknown>(`${PREFIX}${name}`, {
    implicit,
    resolve: (text, isExplicit) => {
      const value = plainScalar(text);
      if (typeof value === 'number' && Number.isNaN(value)) throw new NoNumber();
      if (!isExplicit) return typeof value === 'string' ? NOT_RESOLVED : value;
      return accepts(value) ? value : NOT_RESOLVED;
    },
    identify: () => false,
  });
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || (typeof value === 'object' && value !== null);

/** The key as Go's JSON writes it; `null` and collections are no keys. */
function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean') return String(key);
  if (typeof key === 'object' && key !== null && '$integer' in key) return String((key as { readonly $integer: string }).$integer);
  return undefined;
}

type Mapping = Record<string, unknown>;

function mapping(name: string, isPrefix: boolean) {
  return defineMappingTag<Mapping>(name, {
    matchByTagPrefix: isPrefix,
    create: () => ({}),
    addPair: (carrier, key, value) => {
      const text = keyText(key);
      if (text === undefined) return key === null ? 'a key is missing before the colon' : 'a key must be a text';
      if (text === '__proto__') Object.defineProperty(carrier, text, { value, enumerable: true, configurable: true, writable: true });
      else carrier[text] = value;
      return '';
    },
    has: (carrier, key) => {
      const text = keyText(key);
      return text !== undefined && Object.hasOwn(carrier, text);
    },
    keys: (carrier) => Object.keys(carrier),
    get: (carrier, key) => carrier[String(key)],
    identify: () => false,
  });
}

function sequence(name: string, isPrefix: boolean) {
  return defineSequenceTag<unknown[]>(name, {
    matchByTagPrefix: isPrefix,
    create: () => [],
    addItem: (carrier, item) => {
      carrier.push(item);
    },
    identify: () => false,
  });
}

const text = defineScalarTag<string>(`${PREFIX}str`, { resolve: (source) => source, identify: () => false });
const unknownText = defineScalarTag<string>('!', { matchByTagPrefix: true, resolve: (source) => source, identify: () => false });

function fromBase64(source: string): string | typeof NOT_RESOLVED {
  const bytes = base64Bytes(source.replace(/\s/g, ''));
  return bytes === null ? NOT_RESOLVED : lenientText(bytes);
}

/** The one schema manifests are read with. */
export const KUBERNETES_SCHEMA = new Schema([
  text,
  unknownText,
  // One implicit resolver does all plain scalars; the others answer to written tags.
  typed('null', true, (value) => value === null),
  typed('bool', false, (value) => typeof value === 'boolean'),
  typed('int', false, (value) => isNumber(value) && (typeof value !== 'number' || Number.isInteger(value))),
  typed('float', false, isNumber),
  defineScalarTag<string>(`${PREFIX}timestamp`, { resolve: (source) => source, identify: () => false }),
  defineScalarTag<string>(`${PREFIX}binary`, { resolve: fromBase64, identify: () => false }),
  mergeTag,
  mapping(`${PREFIX}map`, false),
  mapping('!', true),
  sequence(`${PREFIX}seq`, false),
  sequence('!', true),
]);
