import { isMapping } from '../manifest/classify';
import type { ManifestValue } from '../types';

export type Mapping = { readonly [key: string]: ManifestValue };

export const mapping = (value: ManifestValue | undefined): Mapping => (isMapping(value) ? value : {});
export const list = (value: ManifestValue | undefined): readonly ManifestValue[] => (Array.isArray(value) ? (value as readonly ManifestValue[]) : []);
export const text = (value: ManifestValue | undefined): string => (typeof value === 'string' ? value : '');
/** The mapping's texts: other values are left out. */
export const texts = (value: ManifestValue | undefined): { readonly [key: string]: string } => Object.fromEntries(Object.entries(mapping(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
