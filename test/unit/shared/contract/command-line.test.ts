import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closest, editDistance } from '@shared/contract/closest';
import { parseCommandLine, type CommandLine } from '@shared/contract/command-line';
import { commandsByNoun, defaultTable, describeFields, nounOf, verbOf } from '@shared/contract/describe';
import { AppError } from '@shared/kernel/app-error';

const options = { cwd: '/work', resolvePath: (path: string) => (path.startsWith('/') ? path : `/work/${path}`) };
const parse = (...argv: string[]): CommandLine => parseCommandLine(argv, options);
const input = (...argv: string[]): unknown => {
  const command = parse(...argv);
  return command.kind === 'call' ? { name: command.name, ...command.input } : command;
};
const failure = (...argv: string[]): { message: string; hint: string | undefined } => {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof AppError) return { message: error.message, hint: error.hint };
  }
  throw new Error('was accepted');
};

describe('parseCommandLine', () => {
  it('takes positional words, flags and the folder as the project', () => {
    expect(input('modes', 'plan', 'prod')).toEqual({ name: 'modes.plan', project: '/work', mode: 'prod' });
    expect(input('--project', './shop', 'modes', 'plan', 'prod')).toEqual({ name: 'modes.plan', project: '/work/./shop', mode: 'prod' });
    expect(input('modes', 'plan', 'prod', '--project=p_0123456789abc')).toEqual({ name: 'modes.plan', project: 'p_0123456789abc', mode: 'prod' });
    expect(input('projects', 'open', 'shop', '--trust')).toEqual({ name: 'projects.open', dir: '/work/shop', trust: true });
    expect(input('projects', 'trust', '.')).toEqual({ name: 'projects.trust', id: '/work/.' });
    expect(input('operations', 'list', '--limit', '5')).toEqual({ name: 'operations.list', limit: 5 });
  });

  it('takes a word without a slash for a folder where there is one, else for a project’s name', () => {
    const named = (text: string, isFolder: boolean): unknown => {
      const command = parseCommandLine(['services', 'list', '--project', text], { ...options, isFolder: () => isFolder });
      return command.kind === 'call' ? command.input['project'] : undefined;
    };
    expect([named('shop', true), named('shop', false), named('./shop', false), named('..', false)]).toEqual(['/work/shop', 'shop', '/work/./shop', '/work/..']);
  });

  it('schedules an operation for the project of the folder, or the one that is named', () => {
    const set = ['schedules', 'set', 'services.restart', '--every-seconds', '60', '--input', '{"services":["worker"]}'];
    expect(input(...set)).toEqual({ name: 'schedules.set', kind: 'services.restart', everySeconds: 60, input: { project: '/work', services: ['worker'] } });
    expect(input(...set, '--project', 'shop')).toMatchObject({ input: { project: 'shop' } });
    expect(input('schedules', 'set', 'drift.heal', '--every-seconds', '60')).toMatchObject({ input: { project: '/work' } });
    expect(input('schedules', 'set', 'services.restart', '--every-seconds', '60', '--input', '{"project":"p_0123456789abc"}')).toMatchObject({ input: { project: 'p_0123456789abc' } });
    expect(input('schedules', 'set', 'disk.clean', '--every-seconds', '60', '--input', '{"items":["x"]}')).toMatchObject({ input: { items: ['x'] } });
  });

  it('knows the short forms', () => {
    expect(parse('prod', '--yes')).toMatchObject({ kind: 'call', name: 'modes.switch', input: { mode: 'prod', project: '/work' }, globals: { yes: true } });
    expect(parse('--project', 'x', 'dev', '-y')).toMatchObject({ name: 'modes.switch', input: { mode: 'dev', project: 'x' }, globals: { yes: true } });
    expect(input('doctor')).toEqual({ name: 'doctor.run' });
    expect(parse('doctor', '--json')).toMatchObject({ name: 'doctor.run', globals: { json: true } });
    expect(parse('doctor', 'fix', 'engine')).toMatchObject({ name: 'doctor.fix', input: { name: 'engine' } });
    expect(parse('serve')).toMatchObject({ kind: 'serve' });
    expect(parse('watch', '--json')).toMatchObject({ kind: 'watch', globals: { json: true } });
  });

  it('repeats lists, makes their paths absolute and gives compose the right folder', () => {
    expect(input('compose', 'config')).toEqual({ name: 'compose.config', dir: '/work' });
    expect(input('compose', 'config', '-f', 'a.yml', '--file', '/b.yml', '--env-file', '.env', '--profile', 'x')).toEqual({
      name: 'compose.config',
      file: ['/work/a.yml', '/b.yml'],
      envFile: ['/work/.env'],
      profile: ['x'],
    });
    expect(input('compose', 'config', '--dir', 'd', '-f', 'a.yml')).toEqual({ name: 'compose.config', dir: '/work/d', file: ['/work/a.yml'] });
    expect(input('services', 'logs', 'api', '-f', '-n', '7')).toEqual({ name: 'services.logs', project: '/work', service: 'api', follow: true, tail: 7 });
    expect(input('services', 'logs')).toEqual({ name: 'services.logs', project: '/work' });
    expect(input('services', 'logs', 'api', 'web', '-t', '--since', '15m')).toEqual({ name: 'services.logs', project: '/work', service: 'api', services: ['web'], timestamps: true, since: '15m' });
    expect(input('services', 'save-logs', 'all.log', 'api')).toEqual({ name: 'services.save-logs', project: '/work', file: '/work/all.log', services: ['api'] });
  });

  it('hands the words of another program on as they are', () => {
    const expected = { name: 'services.exec', project: '/work', service: 'api', command: ['ls', '-la', '--json', '--'] };
    expect(input('services', 'exec', 'api', '--', 'ls', '-la', '--json', '--')).toEqual(expected);
    expect(input('services', 'exec', 'api', 'ls', '-la', '--json', '--')).toEqual(expected);
    expect(parse('services', 'exec', 'api', '--json', '--', 'ls')).toMatchObject({ globals: { json: true }, input: { command: ['ls'] } });
    expect(input('services', 'restart', 'api', 'web')).toEqual({ name: 'services.restart', project: '/work', services: ['api', 'web'] });
  });

  it('reads flags behind a list of items', () => {
    expect(parse('disk', 'clean', 'image:a', 'build-cache:b', '--dry-run', '--yes', '--json')).toMatchObject({ name: 'disk.clean', input: { items: ['image:a', 'build-cache:b'], dryRun: true }, globals: { yes: true, json: true } });
    expect(parse('disk', 'clean', '--yes', 'image:a', '--', '--odd')).toMatchObject({ input: { items: ['image:a', '--odd'] }, globals: { yes: true } });
  });

  it('shows help at each level', () => {
    expect(parse()).toMatchObject({ kind: 'help', noun: undefined, name: undefined });
    expect(parse('--help')).toMatchObject({ kind: 'help', noun: undefined });
    expect(parse('modes', '--help')).toMatchObject({ kind: 'help', noun: 'modes', name: undefined });
    expect(parse('modes', 'switch', '--help')).toMatchObject({ kind: 'help', noun: 'modes', name: 'modes.switch' });
    expect(parse('help', 'modes', 'switch')).toMatchObject({ kind: 'help', name: 'modes.switch' });
    expect(parse('prod', '--help')).toMatchObject({ kind: 'help', name: 'modes.switch' });
    expect(parse('--version')).toMatchObject({ kind: 'version' });
  });

  it('says what is wrong in one sentence and guesses what was meant', () => {
    expect(['up', 'logs', 'ps', 'down', 'build'].map((word) => failure(word).hint)).toEqual(['Did you mean `berth services up`?', 'Did you mean `berth services logs`?', 'Did you mean `berth services list`?', 'Did you mean `berth services remove`?', 'Did you mean `berth services rebuild`?']);
    expect(failure('toString').hint).toBe('See `berth --help`.');
    expect(failure('mdoes', 'list')).toEqual({ message: 'There is no command "mdoes".', hint: 'Did you mean `berth modes list`?' });
    expect(failure('mdoes').hint).toBe('Did you mean `berth modes`?');
    expect(failure('mdoes', 'dance').hint).toBe('Did you mean `berth modes`?');
    expect(failure('modes', 'swich', 'dev')).toEqual({ message: 'There is no command "modes swich".', hint: 'Did you mean `berth modes switch`?' });
    expect(failure('projects', 'open', '.', '--trsut')).toEqual({ message: '`berth projects open` has no flag --trsut.', hint: 'Did you mean --trust?' });
    expect(failure('modes', 'switch')).toEqual({ message: 'The mode is missing.', hint: 'Usage: berth modes switch <mode> [--plan-id <plan-id>]' });
    expect(failure('gitops', 'commit', 'a.yaml')).toEqual({ message: '--message is missing.', hint: 'Usage: berth gitops commit <file…> --message <message> [--dir <path>]' });
    expect(failure('modes', 'plan', 'dev', 'prod').message).toBe('`berth modes plan` takes no "prod".');
    expect(failure('modes', 'list', 'x').message).toBe('`berth modes list` takes no "x".');
    expect(failure('operations', 'list', '--limit', 'many').message).toBe('--limit must be a number, not "many".');
    expect(failure('--project').message).toBe('--project needs a value.');
    expect(failure('modes', 'list', '--json=maybe').message).toBe('--json takes no value.');
    expect(failure('constructor').message).toBe('There is no command "constructor".');
    expect(failure('modes', 'list', '--__proto__').message).toBe('`berth modes list` has no flag --__proto__.');
  });

  it('never does anything but parse or refuse with a sentence', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('modes', 'switch', 'services', 'exec', '--', '--json', '-f', '--project', 'dev', 'doctor', 'compose', 'config', '--no-json', '-', 'help'));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        try {
          const command = parseCommandLine(argv, options);
          if (command.kind === 'call') expect(Object.hasOwn(defaultTable, command.name)).toBe(true);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(error.exitCode).toBe(2);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves flags behind a list of items to us, and behind the words of another program to that', () => {
    expect(parseCommandLine(['objects', 'remove', 'shop-data', 'a.txt', 'b.txt', '--yes'], options)).toMatchObject({ input: { bucket: 'shop-data', keys: ['a.txt', 'b.txt'] }, globals: { yes: true } });
    expect(parseCommandLine(['objects', 'remove', 'shop-data', '--yes', '--', '--odd'], options)).toMatchObject({ input: { keys: ['--odd'] }, globals: { yes: true } });
    expect(parseCommandLine(['services', 'exec', 'api', 'ls', '--yes'], options)).toMatchObject({ input: { command: ['ls', '--yes'] }, globals: { yes: false } });
  });

  it('takes a number below zero for a number, and for a flag elsewhere', () => {
    expect(parseCommandLine(['compose', 'remap-ports', '-1000', 'api'], options)).toMatchObject({ input: { offset: -1000, services: ['api'] } });
    expect(failure('compose', 'remap-ports', '1000', '-5').message).toContain('has no flag -5');
  });

  it('gives back every input it was given, in any order of flags', () => {
    const names = [...commandsByNoun(defaultTable).values()].flat();
    const value = fc.stringMatching(/^[a-z0-9][a-z0-9._/=-]{0,12}$/);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.infiniteStream(value), fc.infiniteStream(fc.nat(500)), fc.boolean(), (name, texts, numbers, flagsFirst) => {
        const entry = defaultTable[name];
        if (entry === undefined) throw new Error(name);
        const expected: { [field: string]: unknown } = {};
        const flags: string[] = [];
        const words: string[] = [];
        for (const field of describeFields(entry)) {
          if (field.name === 'project') continue;
          const text = (): string => (field.isPath ? `/${texts.next().value}` : texts.next().value);
          if (entry.positional.includes(field.name)) continue;
          if (field.type === 'boolean') {
            flags.push(`--${field.flag}`);
            expected[field.name] = true;
          } else if (field.type === 'number') {
            const number = numbers.next().value;
            flags.push(`--${field.flag}`, String(number));
            expected[field.name] = number;
          } else {
            const list = [text(), text()].slice(0, field.type === 'list' ? 2 : 1);
            for (const one of list) flags.push(`--${field.flag}=${one}`);
            expected[field.name] = field.type === 'list' ? list : list[0];
          }
        }
        for (const positional of entry.positional) {
          const field = describeFields(entry).find((one) => one.name === positional);
          if (field === undefined) throw new Error(positional);
          if (field.type === 'number') {
            const number = numbers.next().value - 250;
            words.push(String(number));
            expected[field.name] = number;
            continue;
          }
          const one = (): string => (field.isPath || (nounOf(name) === 'projects' && field.name === 'id') ? `/${texts.next().value}` : texts.next().value);
          const list = field.type === 'list' ? [one(), one()] : [one()];
          words.push(...list);
          expected[field.name] = field.type === 'list' ? list : list[0];
        }
        const tail = flagsFirst || words.length > 1 ? [...flags, ...words] : [...words, ...flags];
        const command = parseCommandLine([nounOf(name), verbOf(name), ...tail], options);
        if (command.kind !== 'call') throw new Error(command.kind);
        expect(command.name).toBe(name);
        const { project: _project, ...given } = command.input;
        for (const field of describeFields(entry)) {
          const word = expected[field.name];
          if (field.type === 'json' && typeof word === 'string') expected[field.name] = jsonOrText(word);
          if (field.hasJsonItems && Array.isArray(word)) expected[field.name] = word.flatMap((one) => jsonOrText(one));
        }
        expect(given).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a flag that takes several documents', () => {
  const given = (...words: readonly string[]): unknown => {
    const command = parseCommandLine(['gitops', 'set-policies', ...words], options);
    return command.kind === 'call' ? command.input['policies'] : command.kind;
  };

  it('takes them one by one or as a list, and an empty list for none at all', () => {
    expect(given('--policies', '{"action":"none"}', '--policies', '{"action":"delete"}')).toEqual([{ action: 'none' }, { action: 'delete' }]);
    expect(given('--policies', '[{"action":"none"},{"action":"delete"}]')).toEqual([{ action: 'none' }, { action: 'delete' }]);
    expect(given('--policies', '[]')).toEqual([]);
    expect(() => given()).toThrow(/policies is missing/);
  });
});

describe('closest', () => {
  it('finds near words only', () => {
    expect(closest('swicth', ['switch', 'list'])).toBe('switch');
    expect(closest('xyzzy', ['switch', 'list'])).toBeUndefined();
  });

  it('measures a distance', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

/** What a word stands for where any JSON is taken: a document, or the word itself. */
function jsonOrText(word: string): unknown {
  try {
    return JSON.parse(word) as unknown;
  } catch {
    return word;
  }
}
