import { base64Bytes, base64Text, utf8Bytes } from '../../snapshots/bytes';
import type { CanonicalTexts, LayerName, ManifestValue } from '../types';
import { UNKNOWN_KIND } from '../schema/object-meta';
import { fitsType } from '../schema/fits';
import type { FieldForm, FieldSchema, KubernetesSchemas, TypeSchema } from '../schema/schema-data';
import { isMapping } from './classify';
import { withDefaults } from './defaults';
import { exactDuration, exactQuantity, intOrText } from './numbers';
import { withoutServerNoise } from './server-noise';

type Mapping = { readonly [key: string]: ManifestValue };

/** Which rules a text is written by; each layer has those of the one before. */
interface Rules {
  /** L3: values by what their field means. */
  readonly isTyped: boolean;
  /** L4: lists whose order means nothing are sorted. */
  readonly sortsLists: boolean;
  /** L5: what says no more than leaving it out is left out. */
  readonly dropsZeros: boolean;
}

const RULES: { readonly [layer in Exclude<LayerName, 'L1'>]: Rules } = {
  L2: { isTyped: false, sortsLists: false, dropsZeros: false },
  L3: { isTyped: true, sortsLists: false, dropsZeros: false },
  L4: { isTyped: true, sortsLists: true, dropsZeros: false },
  L5: { isTyped: true, sortsLists: true, dropsZeros: true },
  L6: { isTyped: true, sortsLists: true, dropsZeros: true },
};

const ANY: FieldForm = { is: 'any' };
const ZEROS: ReadonlySet<string> = new Set(['""', '0', 'false']);

/** The type of a document; one that nothing but the metadata is known of where the kind is not. */
export function typeOf(value: ManifestValue, schemas: KubernetesSchemas): TypeSchema {
  if (!isMapping(value)) return UNKNOWN_KIND;
  const { apiVersion, kind } = value;
  return (typeof apiVersion === 'string' && typeof kind === 'string' ? schemas.kind(apiVersion, kind)?.type : undefined) ?? UNKNOWN_KIND;
}

const READABLE = new WeakMap<object, { readonly type: TypeSchema; readonly isReadable: boolean }>();

/** The type, where the document fits it: what Kubernetes cannot read means nothing to it, so that nothing in it is guessed. */
function readableType(value: ManifestValue, schemas: KubernetesSchemas): TypeSchema {
  if (!isMapping(value)) return UNKNOWN_KIND;
  const type = typeOf(value, schemas);
  const known = READABLE.get(value);
  const isReadable = known?.type === type ? known.isReadable : fitsType(value, type);
  READABLE.set(value, { type, isReadable });
  return isReadable ? type : UNKNOWN_KIND;
}

/** The text of one layer. Equal texts of two documents mean that they are equal at that layer. */
export function canonicalText(value: ManifestValue, layer: LayerName, schemas: KubernetesSchemas): string {
  if (layer === 'L1') return JSON.stringify(value);
  const type = layer === 'L2' ? typeOf(value, schemas) : readableType(value, schemas);
  const rules = RULES[layer];
  const form: FieldForm = { is: 'object', type };
  if (!rules.dropsZeros) return new Writer(rules).text(rules.isTyped ? secretTextsAsData(value) : value, form);
  const bare = layer === 'L6' ? withoutServerNoise(value) : value;
  return new Writer(rules).text(withDefaults(secretTextsAsData(bare), type), form);
}

/** All layers, each made when it is first asked for. */
export function canonicalTexts(value: ManifestValue, schemas: KubernetesSchemas): CanonicalTexts {
  const made = new Map<LayerName, string>();
  const text = (layer: LayerName): string => {
    const known = made.get(layer);
    if (known !== undefined) return known;
    const fresh = canonicalText(value, layer, schemas);
    made.set(layer, fresh);
    return fresh;
  };
  return {
    get L1() {
      return text('L1');
    },
    get L2() {
      return text('L2');
    },
    get L3() {
      return text('L3');
    },
    get L4() {
      return text('L4');
    },
    get L5() {
      return text('L5');
    },
    get L6() {
      return text('L6');
    },
  };
}

/** A Secret's `stringData` is only another way to write its `data`, and wins over it. */
function secretTextsAsData(value: ManifestValue): ManifestValue {
  if (!isMapping(value) || value['kind'] !== 'Secret' || value['apiVersion'] !== 'v1' || !isMapping(value['stringData'])) return value;
  const texts = Object.entries(value['stringData']);
  if (!texts.every(([, text]) => typeof text === 'string')) return value;
  const data = isMapping(value['data']) ? value['data'] : {};
  const { stringData: _, ...rest } = value;
  return { ...rest, data: { ...data, ...Object.fromEntries(texts.map(([key, text]) => [key, base64Text(utf8Bytes(wellFormed(text as string)))])) } };
}

/** Half a character has no bytes. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Lists by keys whose order is read all the same: what runs one after the other, and what changes what the next one gets. */
const ORDERED_FIELDS: ReadonlySet<string> = new Set(['initContainers', 'webhooks']);

/** Writes a value by the rules of a layer, without recursing into what aliases share more than the reader's limit allows. */
class Writer {
  constructor(private readonly rules: Rules) {}

  text(value: ManifestValue, form: FieldForm): string {
    if (typeof value !== 'object' || value === null) return this.scalar(value, form);
    if (Array.isArray(value)) return this.list(value as readonly ManifestValue[], form, '');
    if (form.is === 'object') return this.object(value as Mapping, form.type);
    return this.mapping(value as Mapping, form);
  }

  private scalar(value: null | boolean | number | string, form: FieldForm): string {
    if (this.rules.isTyped && value !== null && typeof value !== 'boolean') {
      if (form.is === 'quantity') return quoted(exactQuantity(value), value);
      if (form.is === 'intOrText') return JSON.stringify(intOrText(value));
      if (form.is === 'duration') return quoted(exactDuration(value), value);
      if (form.is === 'base64' && typeof value === 'string') return JSON.stringify(sameBase64(value));
    }
    return JSON.stringify(value);
  }

  /** A mapping whose keys are its own: names of labels, of files in a ConfigMap, anything. */
  private mapping(value: Mapping, form: FieldForm): string {
    const isMap = form.is === 'map';
    const of = isMap ? form.of : ANY;
    let text = '';
    for (const key of Object.keys(value).sort()) {
      const one = value[key] as ManifestValue;
      // The key of a map is there, whatever stands behind it; anywhere else null is as good as absent.
      if (one === null && !isMap) continue;
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${one === null && of.is === 'text' && this.rules.isTyped ? '""' : this.text(one, of)}`;
    }
    return `{${text}}`;
  }

  private object(value: Mapping, type: TypeSchema): string {
    let text = '';
    for (const key of Object.keys(value).sort()) {
      const one = value[key] as ManifestValue;
      if (one === null) continue;
      const field = type.fields.get(key);
      const written = field === undefined ? this.text(one, ANY) : this.field(key, one, field);
      if (written === undefined) continue;
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${written}`;
    }
    return `{${text}}`;
  }

  /** undefined where the field says no more than leaving it out. */
  private field(key: string, value: ManifestValue, field: FieldSchema): string | undefined {
    const written = Array.isArray(value) ? this.list(value as readonly ManifestValue[], field.form, key) : this.text(value, field.form);
    if (field.keepsEmpty || !this.rules.isTyped) return written;
    if ((written === '{}' && (field.form.is === 'object' || field.form.is === 'map')) || (written === '[]' && field.form.is === 'list')) return undefined;
    return this.rules.dropsZeros && ZEROS.has(written) && field.form.is !== 'any' && field.form.is !== 'quantity' ? undefined : written;
  }

  private list(items: readonly ManifestValue[], form: FieldForm, name: string): string {
    const of = form.is === 'list' ? form.of : ANY;
    const texts = items.map((item) => this.text(item, of));
    if (this.rules.sortsLists && form.is === 'list' && form.order !== 'kept' && texts.length > 1 && !ORDERED_FIELDS.has(name) && !isReadInOrder(items)) {
      if (form.order === 'set') texts.sort(compare);
      else return `[${this.byKeys(items, texts, form.order, of).join(',')}]`;
    }
    return `[${texts.join(',')}]`;
  }

  private byKeys(items: readonly ManifestValue[], texts: readonly string[], keys: readonly string[], of: FieldForm): readonly string[] {
    const keyed = items.map((item, at) => ({ text: texts[at] ?? '', key: keys.map((key) => this.keyText(item, key, of)).join('\n') }));
    // With two items of the same keys nothing says which is meant: the order is kept.
    if (new Set(keyed.map((one) => one.key)).size < keyed.length) return texts;
    return keyed.sort((a, b) => compare(a.key, b.key)).map((one) => one.text);
  }

  private keyText(item: ManifestValue, key: string, of: FieldForm): string {
    const value = isMapping(item) ? item[key] : undefined;
    if (value === undefined || value === null) return '';
    const form = of.is === 'object' ? of.type.fields.get(key)?.form : undefined;
    return this.text(value, form ?? ANY);
  }
}

/** Variables that refer to earlier ones, and containers of which one waits for another's start hook. */
function isReadInOrder(items: readonly ManifestValue[]): boolean {
  return items.some((item) => {
    if (!isMapping(item)) return false;
    if (typeof item['value'] === 'string' && item['value'].includes('$(')) return true;
    return isMapping(item['lifecycle']) && isMapping(item['lifecycle']['postStart']);
  });
}

/** An exact number, marked so that it equals no text; what is none stays as it was written. */
function quoted(exact: string | null, value: string | number): string {
  return exact === null ? JSON.stringify(value) : `#${exact}`;
}

function sameBase64(text: string): string {
  const bare = text.replace(/[\r\n]/g, '');
  const bytes = base64Bytes(bare);
  return bytes === null ? text : bare;
}
