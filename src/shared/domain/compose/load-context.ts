import type { Where } from '../../kernel/app-error';
import { lookupIn, type Environment } from './environment';
import { interpolateTree } from './interpolate-tree';
import type { At, MapNode } from './node';
import { composeInvalid, type LoadedFinding } from './refusals';
import type { HostPaths } from './resolve-paths';
import { VariableRecorder } from './variables';
import { nodeFromWire, type WireDocument } from './wire-tree';

/** How the loader reaches the outside. Both readers reject with AppError; `readText` gives undefined for a file that is not there. */
export interface ComposeInputs {
  parse(file: string): Promise<readonly WireDocument[]>;
  readText(file: string): Promise<string | undefined>;
  readonly paths: HostPaths;
}

/** Includes and extends may name more files; this ends a chain of them. */
const FILES_MAX = 64;

/** One load: what was read, what to warn of, what was found. */
export class LoadContext {
  readonly findings: LoadedFinding[] = [];
  readonly variables = new VariableRecorder();
  private readonly warningTexts = new Set<string>();
  private readonly read = new Set<string>();
  /** Each file is read once, so that a load sees one state of it. */
  private readonly documents = new Map<string, Promise<readonly WireDocument[]>>();
  private readonly texts = new Map<string, Promise<string | undefined>>();

  constructor(readonly inputs: ComposeInputs) {}

  get warnings(): readonly string[] {
    return [...this.warningTexts];
  }

  get inputFiles(): readonly string[] {
    return [...this.read];
  }

  readonly warn = (text: string): void => {
    this.warningTexts.add(text);
  };

  /** Notes a file as an input, whether it is there or not: it may appear. */
  note(file: string, from?: Where): void {
    this.read.add(file);
    if (this.read.size > FILES_MAX) throw composeInvalid(`The project reads more than ${FILES_MAX} files.`, from === undefined ? { file } : { file: from.file, line: from.line });
  }

  /** Has files read beside other work; whoever parses one hears how it went. */
  ahead(files: readonly string[]): void {
    for (const file of files.slice(0, FILES_MAX)) this.documentsOf(file).catch(() => undefined);
  }

  async parse(file: string, from?: At): Promise<readonly WireDocument[]> {
    this.note(file, from);
    return this.documentsOf(file);
  }

  async readText(file: string, from?: Where): Promise<string | undefined> {
    this.note(file, from);
    const known = this.texts.get(file) ?? this.inputs.readText(file);
    this.texts.set(file, known);
    return known;
  }

  private documentsOf(file: string): Promise<readonly WireDocument[]> {
    const known = this.documents.get(file) ?? this.inputs.parse(file);
    this.documents.set(file, known);
    return known;
  }
}

/** A list of places that a file marked with `!reset` or `!override`. */
export type Resets = readonly (readonly string[])[];

/** Files that make one model together, and what they are read with. */
export interface FileGroup {
  readonly files: readonly string[];
  readonly baseDir: string;
  readonly environment: Environment;
  /** The files that led here by `include`. */
  readonly includedFrom: readonly string[];
}

/** A document with its variables replaced. */
export function interpolatedRoot(document: WireDocument, file: string, environment: Environment, context: LoadContext): MapNode {
  const raw = nodeFromWire(document.root, file);
  if (raw.kind !== 'map') throw composeInvalid('A compose file must be a mapping with a services section.', raw.at);
  return interpolateTree(raw, lookupIn(environment), context.warn, context.variables) as MapNode;
}
