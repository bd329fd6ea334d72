/** How the application of a workspace is started, and the process it then is. */
import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

const ENTRY_FILES = ['app.js', 'server.js', 'index.js'];
const DEFAULT_PORT = 3000;
const KEPT_LINES = 20;
const LINE_CHARACTERS = 500;
const STOP_MS = 5_000;
const LISTEN_MS = 60_000;
const LOOK_MS = 75;

/**
 * The two keys of `.workspace.yml`: `command`, one line that a shell runs, and `port`. Throws one sentence for anything else:
 * what is not understood must not be half followed.
 */
export function readOverride(text) {
  const found = {};
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const line = whole.trimEnd();
    if (line.trim() === '' || /^\s*#/.test(line) || line === '---') continue;
    const where = `.workspace.yml, line ${index + 1}`;
    const match = /^(command|port):(?:[ \t]+(.*))?$/.exec(line);
    if (match === null) throw new Error(`${where}: only \`command: …\` and \`port: …\` are known.`);
    const [, key, raw = ''] = match;
    if (key in found) throw new Error(`${where}: ${key} is there twice.`);
    found[key] = key === 'port' ? portOf(scalar(raw, where), where) : commandOf(scalar(raw, where), where);
  }
  return found;
}

/** Plain, 'single' or "double" quoted; a comment may follow. */
function scalar(raw, where) {
  const single = /^'((?:[^']|'')*)'(?:\s+#.*)?$/.exec(raw);
  if (single !== null) return single[1].replaceAll("''", "'");
  const double = /^("(?:[^"\\]|\\.)*")(?:\s+#.*)?$/.exec(raw);
  if (double !== null) {
    try {
      return JSON.parse(double[1]);
    } catch {
      throw new Error(`${where}: the text in quotes cannot be read.`);
    }
  }
  if (/^[[{&*!|>%@`"']/.test(raw)) throw new Error(`${where}: a plain text or one in quotes is expected.`);
  return raw.replace(/\s+#.*$/, '').trim();
}

function portOf(text, where) {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error(`${where}: a port is a number from 1 to 65535.`);
  return port;
}

function commandOf(text, where) {
  if (text === '' || text.includes('\0')) throw new Error(`${where}: the command is empty.`);
  return text;
}

/**
 * What starts a workspace: its own `.workspace.yml`, `scripts.start`, a file that is known, a folder to be served. `files` are the names in the
 * folder that are there; `packageJson` and `override` are parsed, or null.
 */
export function startOf({ files, packageJson, override }) {
  const port = override?.port ?? DEFAULT_PORT;
  if (override?.command !== undefined) return { kind: 'command', words: override.command, argv: ['/bin/sh', '-c', override.command], port };
  const script = packageJson?.scripts?.start;
  if (typeof script === 'string' && script.trim() !== '') return { kind: 'command', words: 'npm start', argv: ['npm', 'start'], port };
  const entry = ENTRY_FILES.find((name) => files.has(name));
  if (entry !== undefined) return { kind: 'command', words: `node ${entry}`, argv: ['node', entry], port };
  if (files.has('public')) return { kind: 'static', words: 'static files of public/', argv: [], port };
  throw new Error('Nothing says how it is started: give package.json a start script, or add app.js, server.js, index.js or public/, or .workspace.yml with `command: …`.');
}

/** The same for a folder of this machine. */
export async function startOfFolder(dir) {
  const files = new Set();
  for (const name of ENTRY_FILES) if (await is(join(dir, name), 'isFile')) files.add(name);
  if (await is(join(dir, 'public'), 'isDirectory')) files.add('public');
  const override = await readOptional(join(dir, '.workspace.yml'));
  return startOf({ files, packageJson: await readPackage(dir), override: override === null ? null : readOverride(override) });
}

/** package.json; null without one. Throws one sentence when it cannot be read. */
export async function readPackage(dir) {
  const text = await readOptional(join(dir, 'package.json'));
  if (text === null) return null;
  try {
    const parsed = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Said below.
  }
  throw new Error('package.json is not valid JSON.');
}

async function readOptional(path) {
  return readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

async function is(path, kind) {
  return stat(path).then(
    (found) => found[kind](),
    () => false,
  );
}

/** The last lines of what is written, and each line as it comes. */
export class LastLines {
  constructor(out) {
    this.out = out;
    this.lines = [];
    this.rest = '';
  }

  take(chunk) {
    this.out.write(chunk);
    const parts = (this.rest + chunk.toString('utf8')).split('\n');
    this.rest = parts.pop().slice(-LINE_CHARACTERS * 4);
    for (const line of parts) this.keep(line);
  }

  keep(line) {
    const clean = line.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '').trimEnd();
    if (clean === '') return;
    this.lines.push(clean.slice(0, LINE_CHARACTERS));
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }

  all() {
    return this.rest.trim() === '' ? [...this.lines] : [...this.lines, this.rest.trim().slice(0, LINE_CHARACTERS)];
  }
}

/** What the application sees: nothing of where its source comes from. */
export function appEnvironment(env, more = {}) {
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BERTH_'))), ...more };
}

/** A command with a group of processes of its own. `ended` resolves with how it ended and its last lines. */
export function runCommand({ argv, cwd, env }) {
  const [program, ...args] = argv;
  const lines = new LastLines(process.stdout);
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (chunk) => lines.take(chunk));
  child.stderr.on('data', (chunk) => lines.take(chunk));
  let isOver = false;
  const ended = new Promise((resolve) => {
    const end = (code, signal, problem) => {
      isOver = true;
      resolve({ code, signal, lines: problem === undefined ? lines.all() : [...lines.all(), problem] });
    };
    child.on('error', (error) => end(127, null, error.message));
    child.on('close', (code, signal) => end(code, signal));
    // A process it left behind may hold the output open.
    child.on('exit', (code, signal) => setTimeout(() => end(code, signal), 500).unref());
  });
  const kill = (signal) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // Gone already.
    }
  };
  return {
    ended,
    isOver: () => isOver,
    async stop() {
      kill('SIGTERM');
      const late = setTimeout(() => kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
      // What it started and left is no part of the next start.
      kill('SIGKILL');
    },
  };
}

/** Address at which something of this container listens on a port; null when nothing does. */
export async function listeningAddress(port) {
  for (const host of ['127.0.0.1', '::1']) if (await accepts(host, port)) return host;
  return null;
}

function accepts(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (isOpen) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** Resolves when the port is listened on: true, or false when the command is over first or the time is. */
export async function untilListening(port, command) {
  const end = Date.now() + LISTEN_MS;
  while (!command.isOver() && Date.now() < end) {
    if ((await listeningAddress(port)) !== null) return true;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  return false;
}
