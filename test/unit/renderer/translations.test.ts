import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { de } from '../../../src/renderer/src/locales/de';
import { zh } from '../../../src/renderer/src/locales/zh';

const LOCALES = 'src/renderer/src/locales';

/** Names, signs and what is typed as it is: the same in every language. */
const SAME = /^[\W\d_]*$|^(Berth|Docker|Docker Engine|Electron|rclone|s3fs|MinIO|S3|Git|Dev|Prod|OK|CPU|ID|URL|YAML|English|中文|Deutsch|Mod\+.*)$/;

interface Area {
  readonly name: string;
  readonly words: object;
}

/** Every file of words there is, by what it is called in `translated('<name>', …)`. */
async function areas(): Promise<readonly Area[]> {
  const files = (await readdir(join(LOCALES, 'en'))).filter((file) => file.endsWith('.ts')).sort();
  return Promise.all(
    files.map(async (file) => {
      const name = /translated\('([^']+)'/.exec(await readFile(join(LOCALES, 'en', file), 'utf8'))?.[1] ?? `${file} is not translated`;
      const [words] = Object.values((await import(`../../../src/renderer/src/locales/en/${file.replace(/\.ts$/, '')}.ts`)) as Record<string, object>);
      return { name, words: words ?? {} };
    }),
  );
}

/** The places of texts that another language lacks, has as something else, or has left in English. */
function missing(english: unknown, other: unknown, place: string): readonly string[] {
  if (typeof english === 'function') return typeof other === 'function' && other.length <= english.length ? [] : [place];
  if (typeof english !== 'object' || english === null) return typeof other === typeof english && (other !== '' || english === '') ? [] : [place];
  if (Array.isArray(english)) return Array.isArray(other) && other.length === english.length ? english.flatMap((one: unknown, index) => missing(one, other[index], `${place}[${String(index)}]`)) : [place];
  return Object.entries(english).flatMap(([key, value]) => missing(value, (other as Record<string, unknown> | undefined)?.[key], `${place}.${key}`));
}

/** Codes, names of marks and keys are no words. */
const NO_WORDS = /\.codes|\.marks|shortcuts\.rows/;

function same(english: unknown, other: unknown, place: string): readonly string[] {
  if (NO_WORDS.test(place)) return [];
  if (typeof english === 'string') return english === other && english.length > 3 && !SAME.test(english) ? [`${place}: ${english}`] : [];
  if (typeof english !== 'object' || english === null) return [];
  return Object.entries(english).flatMap(([key, value]) => same(value, (other as Record<string, unknown> | undefined)?.[key], `${place}.${key}`));
}

describe.each([
  ['German', de as { readonly [area: string]: unknown }],
  ['Chinese', zh as { readonly [area: string]: unknown }],
])('%s', (_language, translation) => {
  it('has every text, and each as what it is', async () => {
    const all = await areas();
    expect(all.flatMap(({ name, words }) => missing(words, translation[name], name))).toEqual([]);
    expect(Object.keys(translation).sort()).toEqual(all.map(({ name }) => name).sort());
  });

  it('has few texts that are the same as in English', async () => {
    const all = await areas();
    const left = all.flatMap(({ name, words }) => same(words, translation[name], name));
    // Words that both languages share (Status, Service, Image) are some; a page that was never translated is many.
    expect(left.length, left.join('\n')).toBeLessThan(120);
  });
});
