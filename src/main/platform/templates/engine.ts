import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as glue from 'minijinja-js/dist/bundler/minijinja_js_bg.js';
import type { Environment } from 'minijinja-js';
import { withMemoryLimit } from '@shared/domain/gitops/templates/memory-limit';
import { addPythonFilters } from './python-filters';
import type { RenderAnswer, RenderCall } from './protocol';

/** 64 MiB: far more than a text of a megabyte needs. */
const MAX_PAGES = 1_024;

/** What is used of WebAssembly; the types of Node do not have it. */
interface WebAssemblyDoor {
  readonly Module: new (program: Uint8Array) => object;
  readonly Instance: new (module: object, imports: { readonly [name: string]: object }) => { readonly exports: object };
  readonly RuntimeError: new () => Error;
}

const wasm = (globalThis as unknown as { readonly WebAssembly: WebAssemblyDoor }).WebAssembly;

/** Renders one template. Throws where the engine itself stopped: then its instance must not be used again, and the thread ends. `at` is told the mark a traced run is at. */
export function renderCall(call: RenderCall, at: (mark: number) => void): RenderAnswer {
  const environment = new glue.Environment();
  try {
    environment.undefinedBehavior = 'strict';
    environment.keepTrailingNewline = true;
    environment.fuel = call.fuel;
    environment.enablePyCompat();
    addPythonFilters(environment);
    if (call.trace !== undefined) addTrace(environment, call.trace, call.maxBytes, at);
    const broken = addTemplates(environment, call.files);
    const refused = broken.get(call.name);
    if (refused !== undefined) return { ok: false, reason: 'message', message: refused };
    return call.readOnly === true ? { ok: true, text: '' } : rendered(environment, call, broken);
  } finally {
    environment.free();
  }
}

function rendered(environment: Environment, call: RenderCall, broken: ReadonlyMap<string, string>): RenderAnswer {
  try {
    const text = environment.renderTemplate(call.name, call.context);
    return Buffer.byteLength(text) > call.maxBytes ? { ok: false, reason: 'too-large' } : { ok: true, text };
  } catch (error) {
    if (isStop(error) || !(error instanceof Error)) throw error;
    // A part that cannot be read is not there for the engine; what is wrong with it says more.
    const named = /non-existing template "(.*)"/.exec(error.message)?.[1];
    return { ok: false, reason: 'message', message: (named === undefined ? undefined : broken.get(named)) ?? error.message };
  }
}

/** Adds every file; those that cannot be read as templates are left out, with what the engine says of them. */
function addTemplates(environment: Environment, files: RenderCall['files']): ReadonlyMap<string, string> {
  const broken = new Map<string, string>();
  for (const [name, source] of Object.entries(files)) {
    try {
      environment.addTemplate(name, source);
      // The engine would quote values by the file's name (.yaml, .json, .html), as Jinja2 does not.
      environment.addTemplate(name, `{% autoescape false %}${source}{% endautoescape %}`);
    } catch (error) {
      if (isStop(error) || !(error instanceof Error)) throw error;
      environment.removeTemplate(name);
      broken.set(name, error.message);
    }
  }
  return broken;
}

/** The engine itself stopped; whatever else is thrown is what it has to say. */
function isStop(error: unknown): error is Error {
  return error instanceof wasm.RuntimeError || error instanceof RangeError;
}

/** A throw inside a filter stops the engine: a traced run ends there, and the place it told last is the one that was too much. */
function addTrace(environment: Environment, trace: NonNullable<RenderCall['trace']>, maxBytes: number, at: (mark: number) => void): void {
  // What is made of constants is worked out when the template is read.
  trace.forEach(({ alone }, mark) => {
    at(mark);
    addTemplates(environment, { 'berth-alone': alone });
  });
  let size = 0;
  const grow = (by: number): void => {
    size += by;
    if (size > maxBytes) throw new Error('too large');
  };
  environment.addFilter('berth_at', (mark: number) => {
    at(mark);
    grow(trace[mark]?.plain ?? 0);
    return '';
  });
  environment.addFilter('berth_size', (value: unknown) => {
    grow(typeof value === 'string' ? value.length : 4);
    return value;
  });
}

/** Once a thread, before the first rendering: the program with a limit of its own for memory. `from`: the file that node looks for packages from. */
export async function loadEngine(from: string): Promise<void> {
  const folder = dirname(createRequire(from).resolve('minijinja-js/package.json'));
  const program = withMemoryLimit(await readFile(join(folder, 'dist/bundler/minijinja_js_bg.wasm')), MAX_PAGES);
  const instance = new wasm.Instance(new wasm.Module(program), { './minijinja_js_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
}
