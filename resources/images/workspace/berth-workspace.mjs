/**
 * Runs one workspace: copies its source to /app, installs what it depends on, starts it, and does so again when the source changed.
 *
 *   run      what the container does
 *   update   from `docker exec`: looks at the source now; ends when the application listens again
 *
 * Each step is a line of the log (`berth: copying …`) and stands in /run/berth/state.json.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copySource, folderSource, readCopied } from './copy-source.mjs';
import { s3Source } from './s3-source.mjs';
import { appEnvironment, listeningAddress, readPackage, runCommand, startOfFolder, untilListening } from './start-app.mjs';
import { serveFolder } from './static-files.mjs';

const APP = '/app';
const RUN = '/run/berth';
const HOME = process.env.HOME || '/home/workspace';
const CONTROL = join(RUN, 'control.sock');
const MANIFEST = join(HOME, 'copied.json');
const INSTALLED = join(HOME, 'installed');

/** The command that installs what package.json asks for, and what it is asked for; null where nothing is. `copied`: paths that came from the source. */
export function installOf(packageJson, copied, lockText) {
  const lists = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies', 'overrides', 'workspaces'].map((name) => packageJson?.[name] ?? null);
  if (lists.every((list) => list === null || Object.keys(list).length === 0)) return null;
  const isLocked = copied.has('package-lock.json') || copied.has('npm-shrinkwrap.json');
  return {
    argv: isLocked ? ['npm', 'ci', '--no-audit', '--no-fund'] : ['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock'],
    words: isLocked ? 'npm ci' : 'npm install',
    fingerprint: createHash('sha256').update(JSON.stringify(lists)).update(isLocked ? lockText : '').digest('hex'),
  };
}

function sourceOf(env) {
  if (env.BERTH_SOURCE !== 's3') return folderSource(join(env.BERTH_SOURCE_ROOT ?? '/workspaces', env.BERTH_WORKSPACE));
  return s3Source({
    endpoint: env.BERTH_S3_ENDPOINT, region: env.BERTH_S3_REGION, bucket: env.BERTH_S3_BUCKET, prefix: `${env.BERTH_S3_PREFIX ?? ''}${env.BERTH_WORKSPACE}/`, accessKey: env.BERTH_S3_ACCESS_KEY, secretKey: env.BERTH_S3_SECRET_KEY,
  });
}

class Workspace {
  state = { phase: 'waiting', detail: '', command: '', port: null, copiedAt: null, readBytes: 0, lines: [] };
  app = null;
  isFirst = true;
  turns = Promise.resolve();
  waitingUpdate = null;

  constructor(env) {
    this.source = sourceOf(env);
    this.pollMs = Number(env.BERTH_POLL_MS || 2_000);
    this.settleMs = Number(env.BERTH_SETTLE_MS || 0);
  }

  set(phase, detail, more = {}) {
    const before = this.state;
    this.state = { ...before, lines: [], ...more, phase, detail };
    if (before.phase === phase && before.detail === detail) return;
    this.write();
    console.log(`berth: ${phase}${detail === '' ? '' : `: ${detail}`}`);
  }

  write() {
    writeFileSync(join(RUN, 'state.json.new'), JSON.stringify(this.state));
    renameSync(join(RUN, 'state.json.new'), join(RUN, 'state.json'));
  }

  /** One look after the other, for as long as the container runs. */
  async watch() {
    for (;;) {
      await this.next('poll');
      await new Promise((done) => setTimeout(done, this.state.phase === 'waiting' ? Math.min(this.pollMs, 1_000) : this.pollMs));
    }
  }

  next(reason) {
    this.turns = this.turns.then(() => this.turn(reason));
    return this.turns;
  }

  /** Those who ask before it began share one. */
  update() {
    this.waitingUpdate ??= this.next('update').finally(() => undefined);
    return this.waitingUpdate;
  }

  async turn(reason) {
    if (reason === 'update') this.waitingUpdate = null;
    try {
      return await this.look(reason);
    } catch (error) {
      this.set('failed', error.message);
      return { ok: false, message: error.message };
    }
  }

  async look(reason) {
    const isFirst = this.isFirst;
    const copied = await this.copy(reason);
    if (copied.problem !== null && (!isFirst || (await readCopied(MANIFEST)).size === 0)) return { ok: false, message: copied.problem };
    this.isFirst = false;
    const isDown = this.app === null || this.app.isOver();
    if (copied.count === 0 && !isFirst && !(isDown && reason === 'update')) return { ok: this.state.phase === 'running', message: this.state.detail, lines: this.state.lines };
    if (!(await this.install())) return { ok: false, message: this.state.detail, lines: this.state.lines };
    await this.start();
    if (copied.problem !== null && this.state.phase === 'running') this.set('running', `${copied.problem} What was copied before runs.`);
    return { ok: this.state.phase === 'running', message: this.state.detail, lines: this.state.lines };
  }

  async copy(reason) {
    const once = () =>
      copySource({ source: this.source, target: APP, manifest: MANIFEST, onRead: (bytes) => (this.state.readBytes += bytes), onPlan: ({ changed, removed }) => this.set('copying', `${changed} changed, ${removed} gone, from ${this.source.where}`) });
    try {
      let { changed, removed } = await once();
      if (changed + removed === 0 && reason === 'update' && this.settleMs > 0) {
        // The kernel may answer from memory for a moment longer.
        await new Promise((done) => setTimeout(done, this.settleMs));
        ({ changed, removed } = await once());
      }
      if (changed + removed > 0 || this.state.copiedAt === null) this.state.copiedAt = new Date().toISOString();
      else if (this.state.phase === 'running' && this.problem !== undefined) this.set('running', this.running);
      this.problem = undefined;
      return { count: changed + removed, problem: null };
    } catch (error) {
      // An empty or dead source is no reason to take anything away.
      this.problem = error.message;
      if (this.app === null) this.set('waiting', this.problem);
      else if (this.state.phase === 'running' || this.state.phase === 'copying') this.set('running', `${this.problem} What was copied before runs on.`);
      return { count: 0, problem: this.problem };
    }
  }

  async install() {
    const copied = await readCopied(MANIFEST);
    const lockText = await readFile(join(APP, copied.has('npm-shrinkwrap.json') ? 'npm-shrinkwrap.json' : 'package-lock.json'), 'utf8').catch(() => '');
    const wanted = installOf(await readPackage(APP), copied, lockText);
    if (wanted === null) return true;
    const has = await stat(join(APP, 'node_modules')).then(() => true, () => false);
    if (has && (await readFile(INSTALLED, 'utf8').catch(() => '')) === wanted.fingerprint) return true;
    this.set('installing', wanted.words);
    const { code, lines } = await runCommand({ argv: wanted.argv, cwd: APP, env: appEnvironment(process.env) }).ended;
    if (code === 0) {
      await writeFile(INSTALLED, wanted.fingerprint);
      return true;
    }
    const goesOn = this.app !== null && !this.app.isOver() ? ' The application from before runs on.' : '';
    this.set('failed', `${wanted.words} ended with code ${code}.${goesOn}`, { lines });
    return false;
  }

  async start() {
    const start = await startOfFolder(APP);
    this.set('starting', `${start.words} on port ${start.port}`, { command: start.words, port: start.port });
    const before = this.app;
    this.app = null;
    await before?.stop();
    const app = start.kind === 'static' ? await serveFolder(join(APP, 'public'), start.port) : runCommand({ argv: start.argv, cwd: APP, env: appEnvironment(process.env, { PORT: String(start.port) }) });
    this.app = app;
    if (await untilListening(start.port, app)) {
      this.running = `${start.words} on port ${start.port}`;
      this.set('running', this.running);
    } else if (!app.isOver()) this.set('failed', `Nothing listens on port ${start.port}, which is in PORT.`);
    const over = ({ code, signal, lines }) => {
      if (this.app === app) this.set('failed', `${start.words} ended ${signal === null ? `with code ${code}` : `by ${signal}`}.`, { lines });
    };
    if (app.isOver()) over(await app.ended);
    else void app.ended.then(over);
  }

  async stop() {
    const { app } = this;
    this.app = null;
    await app?.stop();
  }
}

/** The one port that is published goes on to the port of the application, also where that listens for this container alone. */
function forward(port, workspace) {
  createServer({ allowHalfOpen: true }, (outside) => {
    outside.on('error', () => outside.destroy());
    const { port: appPort } = workspace.state;
    void (appPort === null ? Promise.resolve(null) : listeningAddress(appPort)).then((host) => {
      if (host === null) return outside.destroy();
      const inside = connect({ host, port: appPort, allowHalfOpen: true });
      inside.on('error', () => outside.destroy());
      inside.on('close', () => outside.destroy());
      outside.on('close', () => inside.destroy());
      outside.pipe(inside).pipe(outside);
    });
  }).listen(port, '0.0.0.0');
}

function control(workspace) {
  rmSync(CONTROL, { force: true });
  createServer((socket) => {
    socket.on('error', () => socket.destroy());
    void workspace.update().then((result) => socket.end(`${JSON.stringify(result)}\n`));
  }).listen(CONTROL);
}

function run(env) {
  mkdirSync(RUN, { recursive: true });
  rmSync(join(RUN, 'workspaces'), { force: true });
  if (env.BERTH_SOURCE !== 's3') symlinkSync(env.BERTH_SOURCE_ROOT ?? '/workspaces', join(RUN, 'workspaces'));
  const workspace = new Workspace(env);
  workspace.write();
  const end = () => void workspace.stop().finally(() => process.exit(0));
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  forward(Number(env.BERTH_FORWARD_PORT || 47100), workspace);
  control(workspace);
  void workspace.watch();
}

async function update() {
  const text = await new Promise((resolve, reject) => {
    const socket = connect(CONTROL);
    let said = '';
    socket.on('data', (chunk) => (said += chunk));
    socket.on('end', () => resolve(said));
    socket.on('error', reject);
  });
  const result = JSON.parse(text);
  console.log(result.message);
  for (const line of result.lines ?? []) console.log(line);
  return result.ok ? 0 : 1;
}

async function main(verb) {
  if (verb === 'run') return run(process.env);
  if (verb === 'update') process.exit(await update());
  console.error('berth-workspace run | update');
  process.exit(64);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv[2] ?? 'run').catch((error) => {
    console.error(`berth: ${error.message}`);
    process.exit(1);
  });
}
