import type { Json, JsonObject } from '@shared/kernel/json';
import { base64Bytes } from './bytes';
import { SnapshotFormatError } from './format-error';

const HASH = /^[0-9a-f]{64}$/;
const WHEN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The fields of one object of a parsed document. Each read checks its type; `end` refuses what nobody read. All throw SnapshotFormatError. */
export class Fields {
  private readonly read = new Set<string>();

  constructor(
    private readonly of: JsonObject,
    private readonly where: string,
  ) {}

  static of(value: Json | undefined, where: string): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SnapshotFormatError(`${where} is not an object.`);
    return new Fields(value as JsonObject, where);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.of, name);
  }

  value(name: string): Json {
    this.read.add(name);
    const value = this.has(name) ? this.of[name] : undefined;
    if (value === undefined) throw this.wrong(name, 'is missing');
    return value;
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw this.wrong(name, 'is not a text');
    return value;
  }

  textOrNull(name: string): string | null {
    return this.value(name) === null ? null : this.text(name);
  }

  oneOf<T extends string>(name: string, of: readonly T[]): T {
    const value = this.text(name);
    const found = of.find((one) => one === value);
    if (found === undefined) throw this.wrong(name, `is none of ${of.join(', ')}`);
    return found;
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (typeof value !== 'boolean') throw this.wrong(name, 'is neither true nor false');
    return value;
  }

  /** A whole number from 0 to `most`. */
  count(name: string, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) throw this.wrong(name, 'is not a number that fits');
    return value;
  }

  /** 64 hexadecimal digits. */
  hash(name: string): string {
    const value = this.text(name);
    if (!isHash(value)) throw this.wrong(name, 'is not a hash');
    return value;
  }

  base64(name: string, bytes?: number): Uint8Array {
    const value = base64Bytes(this.text(name));
    if (value === null || (bytes !== undefined && value.length !== bytes)) throw this.wrong(name, 'is not base64 of the right length');
    return value;
  }

  /** ISO, in UTC, with milliseconds. */
  when(name: string): string {
    const value = this.text(name);
    if (!WHEN.test(value)) throw this.wrong(name, 'is not a time');
    return value;
  }

  list(name: string): readonly Json[] {
    const value = this.value(name);
    if (!Array.isArray(value)) throw this.wrong(name, 'is not a list');
    return value as readonly Json[];
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((one) => {
      if (typeof one !== 'string') throw this.wrong(name, 'is not a list of texts');
      return one;
    });
  }

  hashes(name: string): readonly string[] {
    const hashes = this.texts(name);
    if (!hashes.every(isHash)) throw this.wrong(name, 'has something in it that is no hash');
    return hashes;
  }

  object(name: string): Fields {
    return Fields.of(this.value(name), `${name} of ${this.where}`);
  }

  objects(name: string): readonly Fields[] {
    return this.list(name).map((one, index) => Fields.of(one, `${name} ${String(index + 1)} of ${this.where}`));
  }

  /** The object as it is, whatever it has in it. */
  plain(name: string): JsonObject {
    const value = this.value(name);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.wrong(name, 'is not an object');
    return value as JsonObject;
  }

  entries(): readonly (readonly [string, Json])[] {
    return Object.keys(this.of).map((name) => [name, this.value(name)]);
  }

  end(): void {
    const more = Object.keys(this.of).find((name) => !this.read.has(name));
    if (more !== undefined) throw this.wrong(more, 'is not known');
  }

  wrong(name: string, what: string): SnapshotFormatError {
    return new SnapshotFormatError(`${name} of ${this.where} ${what}.`);
  }
}

/** Whether a text is 64 hexadecimal digits. */
export function isHash(text: string): boolean {
  return HASH.test(text);
}
