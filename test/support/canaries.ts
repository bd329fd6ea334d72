import { readdir, readFile } from 'node:fs/promises';
import { engineJson } from './images';

/** How a value can stand in a file without being readable at first sight. */
export function encodingsOf(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value, 'utf8');
  const forms = [
    bytes,
    Buffer.from(JSON.stringify(value).slice(1, -1)),
    Buffer.from(JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1)),
    Buffer.from(encodeURIComponent(value)),
    Buffer.from(encodeURIComponent(value).replaceAll('%2F', '/')),
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    Buffer.from(value, 'utf16le'),
    ...base64Forms(bytes),
  ];
  return [...new Map(forms.map((form) => [form.toString('latin1'), form])).values()];
}

/** Base64 depends on where the value begins: the digits that are the same for all neighbours, for each of the three places, in both alphabets. */
function base64Forms(bytes: Buffer): readonly Buffer[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '');
    const certain = whole.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    return [Buffer.from(certain), Buffer.from(certain.replaceAll('+', '-').replaceAll('/', '_'))];
  });
}

/** Throws and names the place when a value stands in these bytes in any encoding, or so much of it that it could be guessed. */
export function cannotStandIn(place: string, bytes: Buffer, values: readonly string[]): void {
  for (const value of values) {
    for (const form of [...encodingsOf(value), Buffer.from(value.slice(0, 16))]) if (bytes.includes(form)) throw new Error(`${value.slice(0, 10)}… stands in ${place}.`);
  }
}

/** What was seen of the command lines of this machine, and of the containers of its engine. */
export interface CommandLines {
  readonly hits: readonly string[];
  /** How often it was looked. */
  readonly seen: number;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 20;

/** Looks at every command line over and over (Linux), and at containers that are Berth's own helpers, until it is stopped. */
export function watchCommandLines(values: readonly string[]): CommandLines {
  const hits: string[] = [];
  let seen = 0;
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const line = await readFile(`/proc/${pid}/cmdline`).catch(() => Buffer.alloc(0));
      judge(`the command line ${line.toString('latin1').replaceAll('\0', ' ').slice(0, 60)}`, line);
    }
    for (const { Id: id } of await engineJson<{ Id: string }[]>('GET', `/containers/json?filters=${encodeURIComponent(JSON.stringify({ label: ['dev.berth.project'] }))}`)) {
      const inspected = await engineJson<{ readonly Config: object; readonly Args: readonly string[]; readonly Path: string }>('GET', `/containers/${id}/json`).catch(() => null);
      if (inspected !== null) judge(`the container ${id.slice(0, 12)}`, Buffer.from(JSON.stringify([inspected.Config, inspected.Path, inspected.Args])));
    }
    seen += 1;
  };
  const judge = (place: string, bytes: Buffer): void => {
    try {
      cannotStandIn(place, bytes, values);
    } catch (error) {
      hits.push((error as Error).message);
    }
  };
  const timer = setInterval(() => (looking ??= look().finally(() => (looking = null))), LOOK_EVERY_MS);
  return {
    hits,
    get seen() {
      return seen;
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
