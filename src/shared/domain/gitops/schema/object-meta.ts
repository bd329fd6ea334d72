import type { FieldSchema, TypeSchema } from './schema-data';

/** Labels, annotations and names, which every kind has alike: what is known of a custom resource without a schema. */
function map(): FieldSchema {
  return { form: { is: 'map', of: { is: 'text' } }, isRequired: false, keepsEmpty: false, mask: -1 };
}

const TEXT: FieldSchema = { form: { is: 'text' }, isRequired: false, keepsEmpty: false, mask: -1 };

const metadata: TypeSchema = {
  name: 'metadata',
  isOpen: true,
  fields: new Map([
    ['name', TEXT],
    ['namespace', TEXT],
    ['labels', map()],
    ['annotations', map()],
  ]),
};

/** A kind of which nothing but its metadata is known: no value in it is guessed to mean something. */
export const UNKNOWN_KIND: TypeSchema = {
  name: 'unknown',
  isOpen: true,
  fields: new Map([['metadata', { form: { is: 'object', type: metadata }, isRequired: false, keepsEmpty: true, mask: -1 } satisfies FieldSchema]]),
};
