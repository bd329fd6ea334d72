import { inspect } from 'node:util';
import { tellsSecret } from '@shared/kernel/telling-names';

const DOTS = '••••••';
/** Shorter values (a port, `true`, `dev`) would black out half of every line. */
const MIN_SECRET_LENGTH = 6;

/** A value that prints as dots wherever it is logged, joined, serialised or inspected; `reveal` is the only way to it. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return DOTS;
  }

  toJSON(): string {
    return DOTS;
  }

  [inspect.custom](): string {
    return DOTS;
  }
}

/** As JSON has it, also where a text that is JSON stands in another one. */
function escaped(secret: string): readonly string[] {
  const once = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(once).slice(1, -1);
  return [once, twice, JSON.stringify(twice).slice(1, -1)];
}

/** Inside a longer text in base64 (`user:password`) a value looks otherwise by where it begins: the digits that are the same whatever stands around it. */
function insideBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '');
    const certain = whole.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')].filter((form) => form.length >= MIN_SECRET_LENGTH);
  });
}

/** Knows the secret texts of this run and takes them out of anything on its way to a file or a person. */
export class Redactor {
  private needles: readonly string[] = [];
  private readonly known = new Set<string>();

  /** From now on this value is dotted out, plain and in the encodings it usually leaks in. */
  add(secret: string): void {
    if (secret.length < MIN_SECRET_LENGTH || this.known.has(secret)) return;
    this.known.add(secret);
    const bytes = Buffer.from(secret, 'utf8');
    const base64 = bytes.toString('base64');
    const inAddress = encodeURIComponent(secret);
    const forms = [secret, ...escaped(secret), base64, base64.replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('hex').toUpperCase(), inAddress, inAddress.replaceAll('%2F', '/'), ...insideBase64(bytes)];
    this.needles = [...new Set([...this.needles, ...forms])].sort((a, b) => b.length - a.length);
  }

  /** Values whose names tell that they are secret: passwords, tokens, keys. */
  addTelling(values: { readonly [name: string]: string | null | undefined }): void {
    for (const [name, value] of Object.entries(values)) if (value !== null && value !== undefined && tellsSecret(name)) this.add(value);
  }

  /** One value as it may be shown: dotted out whole where its name tells that it is secret. */
  named(name: string, value: string): string {
    return value !== '' && tellsSecret(name) ? DOTS : this.text(value);
  }

  text(text: string): string {
    let out = text;
    for (const needle of this.needles) if (out.includes(needle)) out = out.split(needle).join(DOTS);
    return out.replace(/(\w+:\/\/[^/\s:@]+:)[^@\s/]+@/g, `$1${DOTS}@`);
  }

  /** A copy of a value for the log: texts redacted, fields with telling names dotted out whole. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof Secret) return DOTS;
    if (value instanceof Error) return { name: value.name, message: this.text(value.message), stack: this.text(value.stack ?? ''), ...(value.cause === undefined ? {} : { cause: depth > 4 ? '…' : this.value(value.cause, depth + 1) }) };
    if (depth > 6) return '…';
    if (Array.isArray(value)) return value.slice(0, 200).map((item) => this.value(item, depth + 1));
    const out: { [key: string]: unknown } = {};
    for (const [key, item] of Object.entries(value)) out[key] = tellsSecret(key) ? DOTS : this.value(item, depth + 1);
    return out;
  }
}
