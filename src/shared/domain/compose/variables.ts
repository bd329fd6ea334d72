import type { Where } from '../../kernel/app-error';
import type { Environment } from './environment';
import { variablesIn } from './interpolate';
import { childMap, textOf, type At, type MapNode } from './node';

/** One `${NAME}` of a compose file. */
export interface VariableUse {
  readonly name: string;
  readonly where: Where;
  /** The service it is in; undefined elsewhere. */
  readonly service: string | undefined;
  /** `:?` or `?`: the load fails without it. */
  readonly required: boolean;
  /** What `:-` or `-` gives instead, as written. */
  readonly fallback: string | undefined;
  /** It had no value and became an empty text. */
  readonly isEmpty: boolean;
}

/** One place that gives a variable a value. */
export interface ValueLayer {
  readonly kind: 'environment' | 'env_file' | 'shell' | 'dotenv';
  /** Null: the file only names it, and nobody sets it. */
  readonly value: string | null;
  /** Undefined for the shell. */
  readonly where: Where | undefined;
}

/** Who sets what, strongest first: what is behind the first layer is shadowed by it. Holds secrets: mask before showing. */
export interface LoadedVariables {
  readonly uses: readonly VariableUse[];
  /** Of the variables that the files use. */
  readonly values: { readonly [name: string]: readonly ValueLayer[] };
  /** Of the environments of the services. */
  readonly environment: { readonly [service: string]: { readonly [name: string]: readonly ValueLayer[] } };
}

/** The last line of an env file that sets each variable. */
export function linesOfVariables(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  text.split('\n').forEach((line, index) => {
    const match = /^\s*(?:export\s+)?([^\s=:#]+)\s*(?:[=:]|$)/.exec(line);
    if (match?.[1] !== undefined) found.set(match[1], index + 1);
  });
  return found;
}

interface ReadFile {
  readonly file: string;
  readonly lines: ReadonlyMap<string, number>;
  readonly values: { readonly [name: string]: string };
  readonly service: string | undefined;
}

interface Written {
  readonly service: string;
  readonly name: string;
  readonly value: string | null;
  readonly at: At;
}

const whereOf = (at: At): Where => ({ file: at.file, line: at.line, column: at.column });

/** Keeps who sets which variable while files are loaded; what compose itself needs is gone after the merge. */
export class VariableRecorder {
  private readonly uses: VariableUse[] = [];
  private readonly files: ReadFile[] = [];
  private written: Written[] = [];

  /** A text with variables, before they are replaced. `unset` names those that became empty. */
  noteText(text: string, at: At, path: readonly string[], unset: ReadonlySet<string>): void {
    for (const { name, operator, body } of variablesIn(text)) {
      const service = path[0] === 'services' ? path[1] : undefined;
      const operation = operator.charAt(operator.length - 1);
      this.uses.push({ name, where: whereOf(at), service, required: operation === '?', fallback: operation === '-' ? body : undefined, isEmpty: operator === '' && unset.has(name) });
    }
  }

  /** An env file that was read; without a service it is one that variables of the files come from. */
  noteFile(file: string, text: string, values: Environment, service: string | undefined): void {
    this.files.push({ file, lines: linesOfVariables(text), values: { ...values }, service });
  }

  /**
   * Reads the environments of one document; the answer notes them, as stronger than those noted before. In two steps, because what
   * a document includes is weaker than itself. `resets` name what it throws away first.
   */
  readDocument(root: MapNode, resets: readonly (readonly string[])[]): () => void {
    const isReset = (service: string): boolean => resets.some(([section, name, key]) => section === 'services' && name === service && (key === undefined || key === 'environment'));
    const read: Written[] = [];
    for (const [service, node] of childMap(root, 'services')?.entries ?? []) {
      const environment = node.kind === 'map' ? node.entries.get('environment') : undefined;
      if (environment?.kind === 'map') for (const [name, value] of environment.entries) read.push({ service, name, value: textOf(value) ?? null, at: value.at });
      if (environment?.kind !== 'list') continue;
      for (const item of environment.items) {
        const [name = '', ...rest] = (textOf(item) ?? '').split('=');
        read.push({ service, name, value: rest.length === 0 ? null : rest.join('='), at: item.at });
      }
    }
    return () => {
      this.written = [...this.written.filter((one) => !isReset(one.service)), ...read];
    };
  }

  /** What was noted, for the variables of the files and the environments of these services. */
  finish(shell: Environment, services: { readonly [name: string]: { readonly environment?: { readonly [name: string]: string | null } } }): LoadedVariables {
    const values: { [name: string]: readonly ValueLayer[] } = Object.create(null) as { [name: string]: readonly ValueLayer[] };
    for (const { name } of this.uses) values[name] ??= this.layersOfVariable(name, shell);
    const environment: { [service: string]: { readonly [name: string]: readonly ValueLayer[] } } = Object.create(null) as { [service: string]: { readonly [name: string]: readonly ValueLayer[] } };
    for (const [service, definition] of Object.entries(services)) {
      const layers: { [name: string]: readonly ValueLayer[] } = Object.create(null) as { [name: string]: readonly ValueLayer[] };
      const written = this.written.filter((one) => one.service === service).reverse();
      for (const name of Object.keys(definition.environment ?? {})) layers[name] = this.layersOfService(service, written, name, shell);
      environment[service] = layers;
    }
    return { uses: this.uses, values, environment };
  }

  private layersOfVariable(name: string, shell: Environment): readonly ValueLayer[] {
    const own = shell[name];
    return [...(own === undefined ? [] : [{ kind: 'shell' as const, value: own, where: undefined }]), ...this.fileLayers(name, undefined, 'dotenv')];
  }

  private layersOfService(service: string, written: readonly Written[], name: string, shell: Environment): readonly ValueLayer[] {
    const own = written.filter((one) => one.name === name).map(({ value, at }): ValueLayer => ({ kind: 'environment', value: value ?? this.layersOfVariable(name, shell)[0]?.value ?? null, where: whereOf(at) }));
    return [...own, ...this.fileLayers(name, service, 'env_file')];
  }

  /** Later files win. */
  private fileLayers(name: string, service: string | undefined, kind: ValueLayer['kind']): readonly ValueLayer[] {
    return [...this.files].reverse().flatMap((file) => {
      const line = file.service === service ? file.lines.get(name) : undefined;
      return line === undefined ? [] : [{ kind, value: file.values[name] ?? null, where: { file: file.file, line } }];
    });
  }
}
