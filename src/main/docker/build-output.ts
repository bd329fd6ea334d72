import type { BuildFailureClues } from '@shared/domain/engine/dockerfile-lines';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { readBuildTrace } from './buildkit-trace';
import type { BuildProgress } from './types';

const LINES_KEPT = 200;
const TERMINAL_SEQUENCES = /\u001B\[[0-9;?]*[ -/]*[@-~]/g;

/** Turns the stream of either builder into lines, and remembers what it takes to explain a failure. */
export class BuildOutput {
  readonly lines: string[] = [];
  imageId = '';
  private message = '';
  private vertex: string | undefined;
  private step: number | undefined;
  private readonly begun = new Set<string>();
  private readonly known = new Set<string>();
  private readonly done = new Set<string>();
  private readonly open = new Map<string, Buffer>();

  /** `mask` takes secrets out of whatever the build says, before anybody gets it. */
  constructor(
    private readonly onLine: (line: string) => void,
    private readonly mask: (text: string) => string,
    private readonly onProgress: (progress: BuildProgress) => void,
  ) {}

  /** Undefined while nothing failed. */
  get failure(): BuildFailureClues | undefined {
    return this.message === '' ? undefined : { message: this.mask(this.message), vertex: this.vertex, step: this.vertex === undefined ? this.step : undefined };
  }

  document(document: unknown): void {
    const aux = fieldOf(document, 'aux');
    if (textOf(fieldOf(document, 'id')) === 'moby.buildkit.trace') this.trace(textOf(aux));
    else if (textOf(fieldOf(aux, 'ID')) !== '') this.imageId = textOf(fieldOf(aux, 'ID'));
    const text = textOf(fieldOf(document, 'stream')) || textOf(fieldOf(document, 'status'));
    if (text !== '') this.bytes('', Buffer.from(text.endsWith('\n') || textOf(fieldOf(document, 'stream')) !== '' ? text : `${text}\n`, 'utf8'));
    this.message ||= textOf(fieldOf(document, 'errorDetail', 'message')) || textOf(fieldOf(document, 'error'));
  }

  /** Delivers what has no newline yet. */
  end(): void {
    for (const step of [...this.open.keys()]) this.bytes(step, Buffer.from('\n'));
  }

  private trace(aux: string): void {
    const trace = readBuildTrace(aux);
    for (const step of trace.steps) {
      if (step.error !== '') this.vertex = step.name;
      const internal = step.name.startsWith('[internal]') || step.name === 'copy /context /';
      if (!internal) this.known.add(step.digest);
      if (!internal && step.completed) this.done.add(step.digest);
      if (step.started && !internal && !this.begun.has(step.digest)) {
        this.begun.add(step.digest);
        this.line(step.cached ? `${step.name} (cached)` : step.name);
        if (!step.cached) this.onProgress({ done: this.done.size, of: this.known.size, step: this.mask(step.name) });
      }
    }
    for (const log of trace.logs) this.bytes(log.step, log.text);
  }

  private bytes(step: string, bytes: Buffer): void {
    let rest = Buffer.concat([this.open.get(step) ?? Buffer.alloc(0), bytes]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.line(rest.subarray(0, end).toString('utf8'));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) this.open.set(step, rest);
    else this.open.delete(step);
  }

  private line(raw: string): void {
    // A progress bar rewrites its line: what counts is what was written last.
    const text = this.mask((raw.replace(/\r+$/, '').split('\r').at(-1) ?? '').replace(TERMINAL_SEQUENCES, '').trimEnd());
    if (text === '') return;
    const step = /^Step (\d+)\/(\d+) : (.*)$/.exec(text);
    if (step !== null) {
      this.step = Number(step[1]);
      this.onProgress({ done: this.step - 1, of: Number(step[2]), step: step[3] ?? '' });
    }
    this.lines.push(text);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
    this.onLine(text);
  }
}
