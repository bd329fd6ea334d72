import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { BUILT_IN, COMMAND_ALIASES } from '@shared/contract/command-line';
import { commandsByNoun, defaultTable, describeFields, kebab, verbOf } from '@shared/contract/describe';

const GLOBAL = ['project', 'json', 'yes', 'quiet', 'watch', 'help', 'version'];

async function filesBelow(folder: string, ending: RegExp): Promise<readonly string[]> {
  return (await readdir(resolve(folder), { recursive: true })).filter((name) => ending.test(name)).map((name) => join(folder, name));
}

/** What is wrong with a command as somebody would type it after having read it; null where nothing is. */
function faultOf(words: readonly string[]): string | null {
  const [noun = '', verb, ...rest] = words;
  const alias = Object.hasOwn(COMMAND_ALIASES, noun);
  if (alias || (BUILT_IN as readonly string[]).includes(noun) || noun.startsWith('-')) return null;
  const names = commandsByNoun(defaultTable).get(noun);
  if (names === undefined) return `there is no "${noun}"`;
  if (verb === undefined || verb.startsWith('-') || !/^[a-z|-]+$/.test(verb)) return null;
  for (const one of verb.split('|')) {
    const name = names.find((each) => verbOf(each) === one);
    if (name === undefined) return `"${noun}" has no "${one}"`;
    const entry = defaultTable[name];
    const flags = new Set([...GLOBAL, ...(entry === undefined ? [] : describeFields(entry).map((field) => kebab(field.name)))]);
    for (const word of rest) {
      const flag = /^--(?:no-)?([a-z][a-z0-9-]*)/.exec(word)?.[1];
      if (flag !== undefined && !flags.has(flag)) return `"${noun} ${one}" has no --${flag}`;
    }
  }
  return null;
}

it('every command that is written in the docs, in a message or in a page is there, with its flags', async () => {
  const files = ['README.md', ...(await filesBelow('docs', /\.md$/)), ...(await filesBelow('src', /\.tsx?$/))];
  const faults: string[] = [];
  let seen = 0;
  for (const file of files) {
    const text = await readFile(resolve(file), 'utf8');
    for (const [, command = ''] of text.matchAll(/\\?`berth ((?!noun )[a-z][^`\n]*?)\\?`/g)) {
      seen += 1;
      const fault = faultOf(command.replaceAll(/\$\{[^}]*\}|'[^']*'/g, '<x>').split(/\s+/).filter((word) => word !== ''));
      if (fault !== null) faults.push(`${file}: \`berth ${command}\`: ${fault}`);
    }
  }
  expect(faults).toEqual([]);
  expect(seen).toBeGreaterThan(200);
});
