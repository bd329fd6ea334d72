import { AppError, type Where } from '../../kernel/app-error';
import { whenAsked } from '../../kernel/when-asked';
import { decodeModel, extensionsOf, resolveServiceFiles, variableContents, withoutUnused } from './build-model';
import { checkConsistency } from './consistency';
import { emptyEnvironment, lookupIn, type Environment } from './environment';
import { networkHash, serviceHashes, volumeHash, type Sha256 } from './hash';
import { interpolateText } from './interpolate-tree';
import { environmentWithFiles } from './env-files';
import { LoadContext, type ComposeInputs } from './load-context';
import { loadGroup } from './load-group';
import type { ComposeModel, ComposeService, LoadedCompose, ModelPath } from './model';
import { childMap, textOf, type At, type ComposeNode, type MapNode } from './node';
import { namingService } from './name-service';
import { normalise } from './normalise';
import { composeInvalid } from './refusals';
import { findRefusedValues } from './refused-values';
import { findUnsupported } from './unsupported';
import { nodeFromWire } from './wire-tree';

/** What to load: absolute paths, in merge order. */
export interface LoadRequest {
  readonly files: readonly string[];
  /** Replaces the `.env` of the project folder. */
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
  readonly projectName?: string | undefined;
  /** The environment of the process: it wins over env files. */
  readonly environment: Environment;
  /** An env_file that is not there is left out: for files that are read and not run. */
  readonly mayMissServiceFiles?: boolean | undefined;
}

/** Loads compose files as docker compose would (v5), with places and hashes. Throws compose-invalid where docker compose cannot read the files; what merely cannot be honoured is in `findings`. */
export async function loadCompose(request: LoadRequest, inputs: ComposeInputs, sha256: Sha256): Promise<LoadedCompose> {
  try {
    return await load(request, inputs, sha256);
  } catch (error) {
    throw await namingService(error, inputs);
  }
}

async function load(request: LoadRequest, inputs: ComposeInputs, sha256: Sha256): Promise<LoadedCompose> {
  const context = new LoadContext(inputs);
  const first = request.files[0];
  if (first === undefined) throw new AppError('compose-not-found', 'No compose file is named.');
  context.ahead(request.files);
  const projectDir = inputs.paths.dirname(first);
  const explicit = request.envFiles.length > 0;
  const environment = await environmentWithFiles(context, request.environment, explicit ? request.envFiles : defaultEnvFiles(request, inputs, projectDir), explicit);
  const name = await projectName(context, request, environment, projectDir);
  environment['COMPOSE_PROJECT_NAME'] = name;
  const root = await loadGroup(context, { files: request.files, baseDir: projectDir, environment, includedFrom: [] });
  if (root.entries.size === 0) throw composeInvalid('The compose file is empty.', { file: first });
  normalise(root, name, environment);
  const decoded = decodeModel(root, name);
  const profiles = activeProfiles(request, environment);
  const { enabled, disabled } = splitByProfile(decoded, profiles);
  const nodeAt = (path: ModelPath): ComposeNode | undefined => nearestNode(root, path);
  const checked: ComposeModel = { ...decoded, services: enabled };
  context.findings.push(...checkConsistency(checked, { disabled, models: new Set(childMap(root, 'models')?.entries.keys()), nodeAt }));
  const services = Object.create(null) as { [key: string]: ComposeService };
  for (const [key, service] of Object.entries(enabled)) services[key] = await resolveServiceFiles(context, service, childMap(childMap(root, 'services'), key), environment, key, request.mayMissServiceFiles);
  const model = withoutUnused({ ...checked, services });
  context.findings.push(...findUnsupported(model, nodeAt), ...findRefusedValues(model, nodeAt));
  const loaded = {
    model,
    projectDir,
    files: request.files,
    envFiles: request.envFiles,
    profiles,
    disabledServices: [...disabled].sort(),
    warnings: context.warnings,
    findings: context.findings.map((one) => one.finding),
    faultPlaces: Object.fromEntries(context.findings.map((one) => [one.finding.id, one.place])),
    inputFiles: context.inputFiles,
    extensions: extensionsOf(root),
    variableContents: variableContents(root),
    variables: context.variables.finish(request.environment, model.services),
    locate: (path: ModelPath) => whereOf(nodeAt(path)?.at),
  };
  // Many a load asks for none of them.
  return whenAsked<typeof loaded, Pick<LoadedCompose, 'hashes' | 'networkHashes' | 'volumeHashes'>>(loaded, {
    hashes: () => mapValues(model.services, (service) => serviceHashes(service, sha256)),
    networkHashes: () => mapValues(model.networks, (network) => networkHash(network, sha256)),
    volumeHashes: () => mapValues(model.volumes, (volume) => volumeHash(volume, sha256)),
  });
}

function defaultEnvFiles(request: LoadRequest, inputs: ComposeInputs, projectDir: string): readonly string[] {
  const off = request.environment['COMPOSE_DISABLE_ENV_FILE'] ?? '';
  return /^(?:1|t|true)$/i.test(off) ? [] : [inputs.paths.join(projectDir, '.env')];
}

/** `-p`, then COMPOSE_PROJECT_NAME, then the last `name:` of the files, then the folder's name (compose-spec, project name). */
async function projectName(context: LoadContext, request: LoadRequest, environment: Environment, projectDir: string): Promise<string> {
  const given = request.projectName ?? (environment['COMPOSE_PROJECT_NAME'] === '' ? undefined : environment['COMPOSE_PROJECT_NAME']);
  if (given !== undefined) {
    if (given === '' || cleanName(given) !== given) throw new AppError('compose-invalid', `The project name "${given}" is not valid: it takes lower-case letters, digits, dashes and underscores, and starts with a letter or digit.`);
    return given;
  }
  let named: ComposeNode | undefined;
  for (const file of request.files) {
    for (const document of await context.parse(file)) {
      const wire = document.root[0] === 'm' ? document.root[1].find(([key]) => key === 'name')?.[1] : undefined;
      const node = wire === undefined ? undefined : nodeFromWire(wire, file);
      if (textOf(node) !== undefined && textOf(node) !== '') named = node;
    }
  }
  if (named === undefined) {
    const name = cleanName(context.inputs.paths.basename(projectDir));
    if (name === '') throw composeInvalid('The project has no name: its folder has no letter or digit in its name.', { file: request.files[0] ?? '' }, 'Add a line "name: my-project" to the compose file.');
    return name;
  }
  const name = cleanName(interpolateText(textOf(named) ?? '', named.at, ['name'], lookupIn(environment), context.warn, context.variables));
  if (name === '') throw composeInvalid('The project name is empty.', named.at);
  return name;
}

function cleanName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

function activeProfiles(request: LoadRequest, environment: Environment): readonly string[] {
  if (request.profiles.length > 0) return request.profiles;
  return (environment['COMPOSE_PROFILES'] ?? '')
    .split(',')
    .map((profile) => profile.trim())
    .filter((profile) => profile !== '');
}

function splitByProfile(model: ComposeModel, profiles: readonly string[]): { readonly enabled: { readonly [key: string]: ComposeService }; readonly disabled: ReadonlySet<string> } {
  const enabled = Object.create(null) as { [key: string]: ComposeService };
  const disabled = new Set<string>();
  for (const [key, service] of Object.entries(model.services)) {
    const own = service.profiles ?? [];
    if (own.length === 0 || profiles.includes('*') || own.some((profile) => profiles.includes(profile))) enabled[key] = service;
    else disabled.add(key);
  }
  return { enabled, disabled };
}

/** The node at a path of the model, or its nearest ancestor that was written. */
function nearestNode(root: MapNode, path: ModelPath): ComposeNode | undefined {
  let node: ComposeNode = root;
  for (const key of path) {
    const next: ComposeNode | undefined = node.kind === 'map' ? node.entries.get(key) : node.kind === 'list' ? itemOf(node.items, key) : undefined;
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** A list item by index, or by its name in a list of `name=value`. */
function itemOf(items: readonly ComposeNode[], key: string): ComposeNode | undefined {
  return items.find((item) => textOf(item) === key || textOf(item)?.startsWith(`${key}=`) === true) ?? (/^[0-9]+$/.test(key) ? items[Number(key)] : undefined);
}

function whereOf(at: At | undefined): Where | undefined {
  return at === undefined ? undefined : { file: at.file, line: at.line, column: at.column };
}

function mapValues<T, U>(map: { readonly [key: string]: T }, change: (value: T) => U): { readonly [key: string]: U } {
  const result = emptyEnvironment() as unknown as { [key: string]: U };
  for (const [key, value] of Object.entries(map)) result[key] = change(value);
  return result;
}
