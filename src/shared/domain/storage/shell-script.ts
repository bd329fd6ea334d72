import type { Lookup } from '../compose/environment';
import { cronLine } from './cron';
import { durationSeconds } from './quantity';
import { ShellWords } from './shell-words';

/** One command of a script, with what its surroundings say of when it runs. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** What was set for it and before it: over the variables of the container. */
  readonly environment: ReadonlyMap<string, string>;
  /** From one run to the next (the pause of its loop, its cron schedule); null when it runs once. */
  readonly everySeconds: number | null;
  /** True when a run never begins before the last one has ended. */
  readonly exclusive: boolean;
}

/** What a script does: its commands, and the files it writes as far as their text is in it. */
export interface ShellReading {
  readonly commands: readonly ShellCommand[];
  readonly files: ReadonlyMap<string, string>;
}

/** When the commands of a script run, as far as its surroundings say so. */
interface Timing {
  readonly everySeconds: number | null;
  readonly exclusive: boolean;
}

const ONCE: Timing = { everySeconds: null, exclusive: true };

interface Loop {
  seconds: number;
}

/** How deep a script lies in others, and what all of them together may still take. */
interface Limits {
  readonly depth: number;
  readonly budget: { commands: number; characters: number };
}

interface Pending {
  readonly words: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  loop: Loop | undefined;
  readonly timing: Timing;
}

const KEYWORDS = new Set(['then', 'else', 'elif', 'if', 'do', '{', '!', 'time', 'exec', 'nohup', 'command', 'builtin', 'sudo']);
const ENDS = new Set(['fi', '}', 'esac']);
const DEPTH_MAX = 8;
/** A script comes from a stranger: a variable made of itself twice, again and again, and commands without end stop here. */
const COMMANDS_MAX = 1_000;
const EXPANDED_MAX = 4 * 1024 * 1024;

/** The commands of the words a container is given: scripts (`sh -c`) are read, with those within them, their functions and the crontabs they write; wrappers are taken off. */
export function readArguments(words: readonly string[], lookup: Lookup): ShellReading {
  const reader = new ScriptReader('', lookup, ONCE, { depth: 0, budget: { commands: COMMANDS_MAX, characters: EXPANDED_MAX } });
  reader.command(words);
  return reader.read();
}

class ScriptReader {
  private readonly found: Pending[] = [];
  private readonly nested: { readonly commands: readonly ShellCommand[]; readonly loop: Loop | undefined }[] = [];
  private readonly files = new Map<string, string>();
  /** Files of scripts within this one: their crontabs are read there. */
  private readonly innerFiles = new Map<string, string>();
  private readonly variables = new Map<string, string>();
  private readonly functions = new Map<string, Pending[]>();
  private readonly loops: (Loop | undefined)[] = [];
  private openFunction: string | undefined;
  private isLocked = false;
  private words: string[] = [];
  private target: { path: string | undefined; append: boolean } | undefined;
  private here: string | undefined;
  private piped: string | undefined;
  private readonly lookup: Lookup;
  private readonly reader: ShellWords;

  constructor(
    script: string,
    outer: Lookup,
    private readonly timing: Timing,
    private readonly limits: Limits,
  ) {
    this.lookup = (name) => {
      const value = this.variables.get(name) ?? outer(name);
      limits.budget.characters -= value?.length ?? 0;
      return limits.budget.characters < 0 ? undefined : value;
    };
    this.reader = new ShellWords(script, this.lookup);
  }

  read(): ShellReading {
    for (let tokens = this.reader.next(); tokens !== undefined; tokens = this.reader.next()) {
      for (const token of tokens) {
        if (token.kind === 'here') this.here = token.text;
        else if (token.kind === 'operator') this.operator(token.text);
        else if (this.target !== undefined && this.target.path === undefined) this.target.path = token.text;
        else this.words.push(token.text);
      }
    }
    this.finish('\n');
    const own = this.found.map(({ loop, timing, ...rest }): ShellCommand => {
      const everySeconds = loop !== undefined && loop.seconds > 0 ? loop.seconds : timing.everySeconds;
      return { ...rest, everySeconds, exclusive: timing.exclusive };
    });
    const nested = this.nested.flatMap(({ commands, loop }) => commands.map((one) => ({ ...one, everySeconds: one.everySeconds ?? (loop !== undefined && loop.seconds > 0 ? loop.seconds : null) })));
    return { commands: [...own, ...nested, ...this.scheduled()], files: new Map([...this.innerFiles, ...this.files]) };
  }

  private operator(text: string): void {
    if (text === '>' || text === '>>') {
      this.target = { path: undefined, append: text === '>>' };
      return;
    }
    // `name()` begins a function; other parentheses only group.
    if (text === '(' && this.words.length === 1) {
      this.openFunction = this.words[0];
      this.words = [];
      return;
    }
    this.finish(text);
  }

  /** The end of a command: what it wrote, what it set, what it runs. */
  private finish(operator: string): void {
    const { words, target, here } = this;
    this.words = [];
    this.target = undefined;
    this.here = undefined;
    if (target?.path !== undefined) this.write(target.path, here ?? printed(words), target.append);
    const input = this.piped;
    this.piped = operator === '|' ? printed(words) : undefined;
    if (words[0] === 'crontab' && (here ?? input) !== undefined) this.write('crontab', here ?? input ?? '', false);
    else this.command(words);
  }

  private write(path: string, text: string, append: boolean): void {
    this.files.set(path, append ? (this.files.get(path) ?? '') + text : text);
  }

  /** One command without its redirections. */
  command(given: readonly string[]): void {
    let words = given;
    while (words.length > 0) {
      const [first = ''] = words;
      if (first === 'while' || first === 'until') this.loops.push({ seconds: 0 });
      else if (first === 'for') {
        this.loops.push(undefined);
        return;
      } else if (first === 'done') {
        this.loops.pop();
        return;
      } else if (ENDS.has(first)) {
        if (first === '}') this.openFunction = undefined;
        return;
      } else if (!KEYWORDS.has(first)) break;
      words = words.slice(1);
    }
    const assigned = this.assignments(words);
    words = words.slice(assigned.size);
    if (words[0] === 'export' || words[0] === 'readonly' || words[0] === 'local') this.assign(this.assignments(words.slice(1)));
    else if (words.length === 0) this.assign(assigned);
    else this.run(words, new Map([...this.variables, ...assigned]));
  }

  /** Reads a script within this one. */
  private inner(script: string, lookup: Lookup, timing: Timing): ShellReading {
    return new ScriptReader(script, lookup, timing, { ...this.limits, depth: this.limits.depth + 1 }).read();
  }

  private assign(values: ReadonlyMap<string, string>): void {
    for (const [name, value] of values) if (this.variables.size < COMMANDS_MAX) this.variables.set(name, value);
  }

  private assignments(words: readonly string[]): Map<string, string> {
    const found = new Map<string, string>();
    for (const word of words) {
      const equals = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(word);
      if (equals === null) break;
      found.set(equals[1] ?? '', equals[2] ?? '');
    }
    return found;
  }

  private run(given: readonly string[], environment: ReadonlyMap<string, string>): void {
    this.limits.budget.commands -= 1;
    if (this.limits.budget.commands < 0) return;
    const { words, everySeconds, isLocked, variables } = unwrapped(given);
    const loop = this.loops.findLast((one) => one !== undefined);
    const [first = ''] = words;
    if (isLocked && words.length === 0) this.isLocked = true;
    if (first === 'sleep' && loop !== undefined) loop.seconds += durationSeconds(words[1] ?? '') ?? 0;
    const called = this.functions.get(first);
    if (called !== undefined) for (const one of called) one.loop ??= loop;
    const timing: Timing = { everySeconds: everySeconds ?? this.timing.everySeconds, exclusive: this.timing.exclusive || isLocked || this.isLocked || everySeconds !== null };
    const script = shellScript(words);
    const all = new Map([...environment, ...variables]);
    if (script !== undefined && this.limits.depth < DEPTH_MAX) {
      const inner = this.inner(script, (name) => all.get(name) ?? this.lookup(name), timing);
      this.nested.push({ commands: inner.commands.map((one) => ({ ...one, environment: new Map([...all, ...one.environment]) })), loop });
      for (const [path, text] of inner.files) this.innerFiles.set(path, text);
    } else if (words.length > 0 && first !== 'sleep') {
      const pending: Pending = { words, environment: all, loop, timing };
      this.found.push(pending);
      if (this.openFunction !== undefined) this.functions.set(this.openFunction, [...(this.functions.get(this.openFunction) ?? []), pending]);
    }
  }

  /** What the crontabs run that this script writes. */
  private scheduled(): readonly ShellCommand[] {
    if (this.limits.depth >= DEPTH_MAX) return [];
    return [...this.files].filter(([path]) => path.includes('cron')).flatMap(([path, text]) =>
      text.split('\n').flatMap((line) => {
        const entry = cronLine(line, path.startsWith('/etc/cron.d') || path === '/etc/crontab');
        if (entry === undefined) return [];
        const inner = this.inner(entry.command, this.lookup, { everySeconds: entry.everySeconds, exclusive: false });
        return inner.commands.map((one) => ({ ...one, environment: new Map([...this.variables, ...one.environment]) }));
      }),
    );
  }
}

/** What `echo` and `printf` would print, as far as one text goes. */
function printed(words: readonly string[]): string {
  if (words[0] === 'printf') return (words[1] === '%s\\n' || words[1] === '%s' ? words.slice(2).join('\n') : words.slice(1).join(' ')).replaceAll('\\n', '\n');
  if (words[0] !== 'echo') return '';
  const rest = words.slice(1).filter((one, index) => index > 0 || !/^-[neE]+$/.test(one));
  return `${(words[1] === '-e' ? rest.join(' ').replaceAll('\\n', '\n') : rest.join(' '))}\n`;
}

/** The script of `sh -c '…'`. */
function shellScript(words: readonly string[]): string | undefined {
  if (!/(?:^|\/)(?:sh|bash|ash|dash|zsh)$/.test(words[0] ?? '')) return undefined;
  const at = words.findIndex((one, index) => index > 0 && /^-[a-z]*c$/.test(one));
  return at === -1 ? undefined : words[at + 1];
}

interface Unwrapped {
  readonly words: readonly string[];
  readonly everySeconds: number | null;
  readonly isLocked: boolean;
  readonly variables: ReadonlyMap<string, string>;
}

/** Takes off what only runs another command: `env A=b`, `timeout 60`, `flock -n file`, `watch -n 300`, `tini --`. */
function unwrapped(given: readonly string[]): Unwrapped {
  let words = given;
  let everySeconds: number | null = null;
  let isLocked = false;
  const variables = new Map<string, string>();
  for (;;) {
    const name = (words[0] ?? '').replace(/^.*\//, '');
    if (name === 'env') {
      words = words.slice(1);
      while (/^-|^[A-Za-z_][A-Za-z0-9_]*=/.test(words[0] ?? '')) {
        const [key = '', ...value] = (words[0] ?? '').split('=');
        if (!key.startsWith('-')) variables.set(key, value.join('='));
        words = words.slice(words[0] === '-u' ? 2 : 1);
      }
    } else if (['tini', 'dumb-init', 'nice', 'ionice', 'stdbuf', 'chrt', 'setsid', 'catatonit', 'nohup', 'exec', 'sudo'].includes(name)) words = afterOptions(words.slice(1), ['-n', '-c', '-o', '-e', '-u', '-s'], 0);
    else if (['timeout', 'su-exec', 'gosu', 'chroot'].includes(name)) words = afterOptions(words.slice(1), ['-s', '-k'], 1);
    else if (name === 'flock' || name === 'setlock') {
      isLocked = true;
      const rest = afterOptions(words.slice(1), ['-w', '-E'], 1);
      const script = rest[0] === '-c' || rest[0] === '--command' ? rest[1] : undefined;
      words = script === undefined ? rest : ['sh', '-c', script];
    } else if (name === 'watch') {
      const at = words.findIndex((one) => one === '-n' || one === '--interval');
      everySeconds = at === -1 ? 2 : (durationSeconds(words[at + 1] ?? '') ?? 2);
      words = ['sh', '-c', afterOptions(words.slice(1), ['-n', '--interval'], 0).join(' ')];
    } else return { words, everySeconds, isLocked, variables };
  }
}

/** Words behind the options of a wrapper and its own `count` arguments. */
function afterOptions(words: readonly string[], withValue: readonly string[], count: number): readonly string[] {
  let at = 0;
  while ((words[at] ?? '').startsWith('-')) {
    const option = words[at] ?? '';
    at += 1;
    if (option === '--') break;
    if (withValue.includes(option)) at += 1;
  }
  return words.slice(at + count);
}
