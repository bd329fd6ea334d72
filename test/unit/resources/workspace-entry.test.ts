import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

interface FileEntry {
  readonly size: number;
  readonly stamp: string;
}
interface Source {
  readonly where: string;
  list(): Promise<Map<string, FileEntry>>;
  fetch(path: string, file: FileEntry, target: string): Promise<void>;
}
interface Start {
  readonly kind: 'command' | 'static';
  readonly words: string;
  readonly argv: readonly string[];
  readonly port: number;
}
interface Entry {
  installOf(packageJson: unknown, copied: ReadonlyMap<string, unknown>, lockText: string): { readonly words: string; readonly argv: readonly string[]; readonly fingerprint: string } | null;
}
interface Copy {
  folderSource(dir: string): Source;
  copySource(options: { readonly source: Source; readonly target: string; readonly manifest: string; readonly onPlan?: (plan: { readonly changed: number; readonly removed: number }) => void }): Promise<{ readonly changed: number; readonly removed: number }>;
}
interface StartApp {
  readOverride(text: string): { readonly command?: string; readonly port?: number };
  startOf(facts: { readonly files: ReadonlySet<string>; readonly packageJson: unknown; readonly override: { readonly command?: string; readonly port?: number } | null }): Start;
  appEnvironment(env: Readonly<Record<string, string>>, more?: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}
interface S3 {
  readListing(xml: string): { readonly objects: readonly { readonly key: string; readonly size: number; readonly etag: string }[]; readonly next: string | null };
  pathOfKey(key: string, prefix: string): string | null;
  signedHeaders(request: { readonly url: URL; readonly query: readonly (readonly [string, string])[]; readonly region: string; readonly accessKey: string; readonly secretKey: string; readonly now: Date }): Readonly<Record<string, string>>;
}
interface StaticFiles {
  safeParts(url: string): readonly string[] | null;
  serveFolder(root: string, port: number): Promise<{ stop(): Promise<void> }>;
}

const load = async <T>(name: string): Promise<T> => (await import(pathToFileURL(resolve('resources/images/workspace', name)).href)) as T;
let entry: Entry;
let copy: Copy;
let app: StartApp;
let s3: S3;
let site: StaticFiles;
beforeAll(async () => {
  [entry, copy, app, s3, site] = await Promise.all([load<Entry>('berth-workspace.mjs'), load<Copy>('copy-source.mjs'), load<StartApp>('start-app.mjs'), load<S3>('s3-source.mjs'), load<StaticFiles>('static-files.mjs')]);
});

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bt-entry-'));
  for (const name of ['source', 'app']) await mkdir(join(dir, name));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('what starts a workspace', () => {
  const startOf = (files: readonly string[], packageJson: unknown = null, override: { readonly command?: string; readonly port?: number } | null = null): Start => app.startOf({ files: new Set(files), packageJson, override });

  it('is the first of these that is there', () => {
    const script = { scripts: { start: 'node x.js' } };
    expect(startOf(['app.js', 'public'], script, { command: 'make run', port: 8000 })).toMatchObject({ words: 'make run', argv: ['/bin/sh', '-c', 'make run'], port: 8000 });
    expect(startOf(['app.js', 'public'], script, { port: 8000 })).toMatchObject({ words: 'npm start', argv: ['npm', 'start'], port: 8000 });
    expect(startOf(['public', 'index.js', 'server.js', 'app.js'], { scripts: { start: ' ' } })).toMatchObject({ words: 'node app.js', port: 3000 });
    expect(startOf(['public', 'index.js', 'server.js'])).toMatchObject({ argv: ['node', 'server.js'] });
    expect(startOf(['public', 'index.js'])).toMatchObject({ argv: ['node', 'index.js'] });
    expect(startOf(['public'])).toMatchObject({ kind: 'static' });
    expect(() => startOf([], { scripts: {} })).toThrow(/public\//);
  });

  it('is overridden by two keys, and by nothing that is not understood', () => {
    expect(app.readOverride('# mine\ncommand: npm run dev -- --port 8000 # why\nport: 8000\n')).toEqual({ command: 'npm run dev -- --port 8000', port: 8000 });
    expect(app.readOverride('command: "echo \\"a # b\\""\r\n---\r\n')).toEqual({ command: 'echo "a # b"' });
    expect(app.readOverride("command: 'it''s' # x")).toEqual({ command: "it's" });
    expect(app.readOverride('')).toEqual({});
    for (const bad of ['ports: 1', 'port: x', 'port: 0', 'port: 65536', 'port:', 'command:', 'command: |', 'command: [a]', 'command: &a b', 'command: "a', 'port: 1\nport: 2', ' command: x', 'command:x', '- a', 'command: ""']) expect(() => app.readOverride(bad), bad).toThrow(/\.workspace\.yml, line \d/);
    fc.assert(fc.property(fc.string(), (text) => {
      try {
        app.readOverride(text);
      } catch (error) {
        expect((error as Error).message).toMatch(/^\.workspace\.yml, line \d/);
      }
    }));
  });

  it('sees nothing of where its source comes from', () => {
    expect(app.appEnvironment({ PATH: '/bin', BERTH_S3_SECRET_KEY: 'x', BERTH_WORKSPACE: 'y' }, { PORT: '1' })).toEqual({ PATH: '/bin', PORT: '1' });
  });
});

describe('installing', () => {
  const of = (packageJson: unknown, files: readonly string[] = [], lock = '') => entry.installOf(packageJson, new Map(files.map((name) => [name, {}])), lock);

  it('takes the lock file that came with the source', () => {
    expect(of({ dependencies: { a: '1' } }, ['package-lock.json'], 'x')?.argv.slice(0, 2)).toEqual(['npm', 'ci']);
    expect(of({ devDependencies: { a: '1' } })?.argv).toEqual(['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock']);
    for (const none of [null, {}, { dependencies: {} }, { scripts: { start: 'x' } }]) expect(of(none)).toBeNull();
  });

  it('is due when the list of dependencies changed, and not for anything else', () => {
    const base = of({ dependencies: { a: '1' } })?.fingerprint;
    expect(of({ dependencies: { a: '1' }, version: '2', scripts: { start: 'y' } })?.fingerprint).toBe(base);
    expect(of({ dependencies: { a: '2' } })?.fingerprint).not.toBe(base);
    expect(of({ dependencies: { a: '1' } }, ['package-lock.json'], 'one')?.fingerprint).not.toBe(of({ dependencies: { a: '1' } }, ['package-lock.json'], 'two')?.fingerprint);
  });
});

describe('copying', () => {
  const old = new Date(Date.now() - 60_000);
  const write = async (path: string, text: string, at = old): Promise<void> => {
    await mkdir(dirname(join(dir, 'source', path)), { recursive: true });
    await writeFile(join(dir, 'source', path), text);
    await utimes(join(dir, 'source', path), at, at);
  };
  const run = (source = copy.folderSource(join(dir, 'source'))) => copy.copySource({ source, target: join(dir, 'app'), manifest: join(dir, 'manifest.json') });
  const read = (path: string): Promise<string> => readFile(join(dir, 'app', path), 'utf8');

  it('takes what changed, removes what is gone, and leaves what is installed', async () => {
    for (const path of ['a.txt', 'lib/b.txt', 'lib/deep/c.txt', 'node_modules/x/index.js', '.git/HEAD', 'packages/p/node_modules/y.js']) await write(path, path);
    expect(await run()).toEqual({ changed: 3, removed: 0 });
    expect((await readdir(join(dir, 'app'))).sort()).toEqual(['a.txt', 'lib']);
    await mkdir(join(dir, 'app/node_modules'));
    await writeFile(join(dir, 'app/node_modules/kept'), '1');
    await writeFile(join(dir, 'app/made-by-the-app'), '1');
    expect(await run()).toEqual({ changed: 0, removed: 0 });
    await write('a.txt', 'changed', new Date(old.getTime() + 1));
    await rm(join(dir, 'source/lib/deep'), { recursive: true });
    expect(await run()).toEqual({ changed: 1, removed: 1 });
    expect(await read('a.txt')).toBe('changed');
    expect((await readdir(join(dir, 'app'))).sort()).toEqual(['a.txt', 'lib', 'made-by-the-app', 'node_modules']);
    expect(await readdir(join(dir, 'app/lib'))).toEqual(['b.txt']);
  });

  it('sees an edit of the same size within the same moment', async () => {
    const now = new Date();
    await write('a.txt', 'one', now);
    await run();
    await write('a.txt', 'two', now);
    expect(await run()).toEqual({ changed: 1, removed: 0 });
    expect(await read('a.txt')).toBe('two');
    expect(await run()).toEqual({ changed: 0, removed: 0 });
  });

  it('takes away nothing for a source that is empty, gone or unreadable', async () => {
    await write('a.txt', 'one');
    await write('sub/b.txt', 'two');
    await run();
    await rm(join(dir, 'source/sub'), { recursive: true });
    await rm(join(dir, 'source/a.txt'));
    await expect(run()).rejects.toThrow(/is empty\.$/);
    await mkdir(join(dir, 'source/node_modules'));
    await expect(run()).rejects.toThrow(/is empty\.$/);
    await rm(join(dir, 'source'), { recursive: true });
    await expect(run()).rejects.toThrow(/is not there\.$/);
    const broken = { where: '/mnt/x', list: () => Promise.reject(new Error('transport endpoint')), fetch: () => Promise.resolve() };
    await expect(run(broken)).rejects.toThrow(/could not be copied/);
    expect(await read('sub/b.txt')).toBe('two');
  });

  it('goes on after a copy that broke off', async () => {
    await write('a.txt', 'one');
    await write('b.txt', 'two');
    const real = copy.folderSource(join(dir, 'source'));
    await expect(run({ ...real, fetch: (path, file, target) => (path === 'b.txt' ? Promise.reject(new Error('cut')) : real.fetch(path, file, target)) })).rejects.toThrow(/cut/);
    expect(await run()).toMatchObject({ changed: 1 });
    expect(await read('b.txt')).toBe('two');
  });

  it('keeps links as links, modes as modes, and files that become folders apart', async () => {
    await write('run.sh', '#!/bin/sh');
    await chmod(join(dir, 'source/run.sh'), 0o755);
    await symlink('/etc/hostname', join(dir, 'source/link'));
    await write('x', 'file');
    await write('y/inner', 'file');
    await run();
    expect((await lstat(join(dir, 'app/run.sh'))).mode & 0o777).toBe(0o755);
    expect(await readlink(join(dir, 'app/link'))).toBe('/etc/hostname');
    await rm(join(dir, 'source/x'));
    await rm(join(dir, 'source/y'), { recursive: true });
    await write('x/inner', 'deep');
    await write('y', 'flat');
    await run();
    expect([await read('x/inner'), await read('y')]).toEqual(['deep', 'flat']);
  });

  it('ends with what the source has, whatever was done', async () => {
    const files = fc.dictionary(fc.constantFrom('a', 'b', 'c/d', 'c/e', 'f/g/h'), fc.string({ maxLength: 4 }), { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(files, { minLength: 1, maxLength: 4 }), async (states) => {
        await rm(join(dir, 'app'), { recursive: true });
        await rm(join(dir, 'manifest.json'), { force: true });
        await mkdir(join(dir, 'app'));
        for (const [index, state] of states.entries()) {
          await rm(join(dir, 'source'), { recursive: true });
          for (const [path, text] of Object.entries(state)) await write(path, text, new Date(old.getTime() + index * 1_000));
          await run();
        }
        const last = states.at(-1) ?? {};
        const names = (await readdir(join(dir, 'app'), { recursive: true, withFileTypes: true })).filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(join(dir, 'app').length + 1));
        expect(names.sort()).toEqual(Object.keys(last).sort());
        for (const [path, text] of Object.entries(last)) expect(await read(path)).toBe(text);
      }),
      { numRuns: 30 },
    );
  });
});

describe('Direct S3', () => {
  it('reads a list with odd keys, and takes no path that leads away', () => {
    const xml = '<R><IsTruncated>true</IsTruncated><Contents><Key>api/a+b%2B%3C.txt</Key><Size>3</Size><ETag>&quot;x&quot;</ETag></Contents><NextContinuationToken>n&amp;1</NextContinuationToken></R>';
    expect(s3.readListing(xml)).toEqual({ objects: [{ key: 'api/a b+<.txt', size: 3, etag: '"x"' }], next: 'n&1' });
    expect(s3.pathOfKey('t/api/x/y', 't/api/')).toBe('x/y');
    for (const key of ['api/../../etc/passwd', 'api/', 'api/a/', 'api//x', 'api/./x', 'other/x', 'api/a/..']) expect(s3.pathOfKey(key, 'api/'), key).toBeNull();
  });

  it('signs as the service wants it', () => {
    // AWS, “Signature Calculations for the Authorization Header”, its example of a list.
    const headers = s3.signedHeaders({ url: new URL('https://examplebucket.s3.amazonaws.com/'), query: [['max-keys', '2'], ['prefix', 'J']], region: 'us-east-1', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', now: new Date('2013-05-24T00:00:00Z') });
    expect(headers['authorization']).toContain('Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
  });
});

describe('static files', () => {
  it('are those of the folder, and nothing above or hidden', async () => {
    for (const url of ['/../x', '/a/../../x', '/%2e%2e/x', '/.env', '/a/.git/x', '/a%5c..%5cx', '/%00', 'x', '/%']) expect(site.safeParts(url), url).toBeNull();
    expect(site.safeParts('/a%20b//c?d=/../')).toEqual(['a b', 'c']);
    await mkdir(join(dir, 'app/sub'));
    await writeFile(join(dir, 'app/sub/index.html'), 'inside');
    await writeFile(join(dir, 'secret'), 'outside');
    await symlink(join(dir, 'secret'), join(dir, 'app/link'));
    const port = 20_000 + (process.pid % 20_000);
    const server = await site.serveFolder(join(dir, 'app'), port);
    try {
      const ask = (path: string, method = 'GET') =>
        new Promise<string>((done, failed) => {
          httpGet({ host: '127.0.0.1', port, path, method, agent: false }, (answer) => {
            let text = '';
            answer.on('data', (chunk) => (text += String(chunk)));
            answer.on('end', () => done(`${String(answer.statusCode)} ${answer.headers.location ?? ''}${text}`));
          }).on('error', failed);
        });
      expect(await ask('/sub/')).toBe('200 inside');
      expect(await ask('/sub/', 'HEAD')).toBe('200 ');
      expect(await ask('/sub')).toMatch(/^301 \.\/sub\//);
      expect(await ask('/link')).toMatch(/^404/);
      expect(await ask('/none')).toMatch(/^404/);
      expect(await ask('/sub/', 'POST')).toMatch(/^405/);
    } finally {
      await server.stop();
    }
  });
});
