import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { composeInvalid } from '@shared/domain/compose/refusals';
import { environmentOf } from '@shared/domain/compose/environment';
import { loadCompose } from '@shared/domain/compose/load-compose';
import type { ComposeInputs } from '@shared/domain/compose/load-context';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { WireDocument } from '@shared/domain/compose/wire-tree';
import type { Where } from '@shared/kernel/app-error';
import type { ModeDefinition } from '@shared/domain/projects/project';
import type { ChildSpawner } from '../platform/child-worker';
import { isFolder, readOptionalFile } from '../platform/files';
import { discoverModes, placeOfModeFile } from './discover';
import type { Compose, ComposeDrafts, ComposeRequest, Draft } from './types';
import { YamlReader } from './yaml-reader';

export interface ComposeOptions {
  /** Starts the parser process; the app hands in Electron's utilityProcess. */
  readonly spawn?: ChildSpawner | undefined;
  /** Variables for interpolation; the process's when left out. */
  readonly environment?: { readonly [name: string]: string | undefined } | undefined;
}

/** Loads compose files: reads through platform/files and the parser process, decides in domain/compose. */
export class ComposeService implements Compose, ComposeDrafts {
  private readonly yaml: YamlReader;
  private readonly inputs: ComposeInputs;

  constructor(private readonly options: ComposeOptions = {}) {
    this.yaml = new YamlReader(options.spawn);
    this.inputs = {
      parse: (file) => this.yaml.read(file),
      readText: readEnvText,
      paths: { home: homedir(), isAbsolute, join: joinClean, dirname, basename },
    };
  }

  load(request: ComposeRequest): Promise<LoadedCompose> {
    return this.loadBy(request, this.inputs);
  }

  loadWith(request: ComposeRequest, draft: Draft): Promise<LoadedCompose> {
    const isDraft = (file: string): boolean => resolve(file) === draft.file;
    let documents: Promise<readonly WireDocument[]> | undefined;
    return this.loadBy(request, {
      ...this.inputs,
      parse: (file) => (isDraft(file) ? (documents ??= this.documentsOf(draft)) : this.inputs.parse(file)),
      readText: async (file) => (isDraft(file) ? envTextOf(Buffer.from(draft.text, 'utf8'), file) : this.inputs.readText(file)),
    });
  }

  documentsOf({ file, text }: Draft): Promise<readonly WireDocument[]> {
    return this.yaml.readBytes(Buffer.from(text, 'utf8'), file);
  }

  private loadBy(request: ComposeRequest, inputs: ComposeInputs): Promise<LoadedCompose> {
    const absolute = (path: string): string => resolve(request.dir, path);
    return loadCompose(
      {
        files: request.files.map(absolute),
        envFiles: request.envFiles.map(absolute),
        profiles: request.profiles,
        projectName: request.projectName,
        mayMissServiceFiles: request.mayMissServiceFiles,
        environment: environmentOf(this.options.environment ?? process.env),
      },
      inputs,
      (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
    );
  }

  discoverModes(dir: string): Promise<readonly ModeDefinition[]> {
    return discoverModes(dir, this.inputs.parse);
  }

  placeOfModeFile(dir: string, mode: string, file: string): Promise<Where | undefined> {
    return placeOfModeFile(dir, mode, file, this.inputs.parse);
  }

  /** The documents of one YAML file as they are written: variables and all. Rejects as `load` does. */
  documents(file: string): Promise<readonly WireDocument[]> {
    return this.yaml.read(file);
  }

  /** Starts the parser process, so that the first load does not wait for it. */
  warm(): void {
    this.yaml.warm();
  }

  close(): void {
    this.yaml.close();
  }
}

/** Node keeps a slash at the end of a joined path, compose does not. */
function joinClean(...parts: string[]): string {
  const joined = join(...parts);
  return joined.length > 1 && (joined.endsWith('/') || joined.endsWith(sep)) && !/^[a-zA-Z]:\\$/.test(joined) ? joined.slice(0, -1) : joined;
}

/** An env file's text; a folder in its place counts as none, as in compose. */
async function readEnvText(file: string): Promise<string | undefined> {
  try {
    const bytes = await readOptionalFile(file);
    return bytes === undefined ? undefined : envTextOf(bytes, file);
  } catch (error) {
    if (await isFolder(file)) return undefined;
    throw error;
  }
}

function envTextOf(bytes: Uint8Array, file: string): string {
  const zero = bytes.indexOf(0);
  if (zero !== -1) throw composeInvalid('The env file has a NUL byte: it is not a text file.', { file, line: Buffer.from(bytes.subarray(0, zero)).toString('latin1').split('\n').length });
  return Buffer.from(bytes).toString('utf8');
}
