import { inspect } from 'node:util';

const DOTS = '••••••';
/** Shorter values (a port, `true`, `dev`) would black out half of every line. */
const MIN_SECRET_LENGTH = 6;
const SECRET_FIELD = /pass(word|wd)?$|secret|token|credential|api[-_]?key|access[-_]?key|private[-_]?key|authorization|cookie/i;

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
    const forms = [secret, base64, base64.replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('hex').toUpperCase(), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
    this.needles = [...new Set([...this.needles, ...forms])].sort((a, b) => b.length - a.length);
  }

  /** Values whose names tell that they are secret: passwords, tokens, keys. */
  addTelling(values: { readonly [name: string]: string | null | undefined }): void {
    for (const [name, value] of Object.entries(values)) if (value !== null && value !== undefined && SECRET_FIELD.test(name)) this.add(value);
  }

  /** One value as it may be shown: dotted out whole where its name tells that it is secret. */
  named(name: string, value: string): string {
    return value !== '' && SECRET_FIELD.test(name) ? DOTS : this.text(value);
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
    for (const [key, item] of Object.entries(value)) out[key] = SECRET_FIELD.test(key) ? DOTS : this.value(item, depth + 1);
    return out;
  }
}
