import { resolve } from 'node:path';
import { shownPath } from '@shared/domain/checks/host-path';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { addService, liveMounts, placesOf, type NewService } from '@shared/domain/edits/add-service';
import { firstDifference } from '@shared/domain/edits/model-difference';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import type { Project } from '@shared/domain/projects/project';
import { pairAt } from '@shared/domain/yaml/yaml-places';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { FilesChange, FilesDependencies } from './files-operation';
import type { ProjectFiles } from './project-files';

const TEXTS = ['service', 'image', 'context', 'dockerfile', 'containerName'] as const;
const LISTS = ['port', 'mount', 'network', 'dependsOn'] as const;

/** `compose.add-service`: a new service in every mode, with its mounts in the one that is worked in. */
export const addServiceChange: FilesChange = {
  kind: 'compose.add-service',
  change: 'service',
  prepare(input, project) {
    const texts = TEXTS.flatMap((key) => (typeof input[key] === 'string' && input[key].trim() !== '' ? [[key, input[key].trim()] as const] : []));
    const kept: JsonObject = { ...Object.fromEntries(texts), ...Object.fromEntries(LISTS.map((key) => [key, textsOf(input, key)])), mode: liveMode(input, project) };
    if (kept['image'] === undefined && kept['context'] === undefined) throw new AppError('input-invalid', 'A service needs an image, or a folder it is built from.', { hint: 'Give one of them with --image or --context.' });
    return kept;
  },
  title: (input) => `Add the service ${textOf(input, 'service')}`,
  async workOut(deps, files, input) {
    const wanted = requestOf(input);
    const live = textOf(input, 'mode');
    refuseKnown(files, wanted.name);
    const places = placesOf(files.project.modes.map((mode) => ({ mode: mode.name, files: mode.files.map((file) => resolve(files.project.dir, file)).filter((file) => files.pathOf(file) !== null) })), live);
    if ('refused' in places) throw new AppError('fix-failed', places.refused);
    const leftOut = new Set<string>();
    for (const file of places.whole) {
      const { service, missing } = await fittingFile(files, file, wanted);
      missing.forEach((one) => leftOut.add(`${one} is not part of ${files.pathOf(file) ?? file}, so ${wanted.name} has it only elsewhere.`));
      await files.edit(file, `Adding ${wanted.name}`, (text) => addService(text, service, { kind: 'whole', withMounts: file === places.mounts }));
    }
    if (!places.whole.includes(places.mounts)) await files.edit(places.mounts, `Mounting into ${wanted.name}`, (text) => addService(text, wanted, { kind: 'mounts' }));
    return {
      steps: [`Write ${wanted.name} into ${places.whole.map((file) => files.pathOf(file) ?? file).join(' and ')}`, ...(liveMounts(wanted.mounts).length === 0 ? [] : [`Write its mounts into ${files.pathOf(places.mounts) ?? places.mounts}, for ${live} alone`])],
      risks: [`${wanted.name} is started with the next switch.`, ...leftOut, ...(await notThere(deps, files.project, wanted))],
      remakes: false,
      differs: (mode, after) => difference(files, wanted, live, mode, after),
    };
  },
};

function liveMode(input: JsonObject, { modes, name }: Project): string {
  const asked = input['mode'];
  const found = modes.find((mode) => (typeof asked === 'string' ? mode.name === asked : mode.name === 'dev')) ?? (typeof asked === 'string' ? undefined : modes[0]);
  if (found === undefined) throw new AppError('mode-not-found', `${name} has no mode called ${String(asked)}.`, { hint: `Its modes are ${modes.map((mode) => mode.name).join(', ')}.` });
  return found.name;
}

function requestOf(input: JsonObject): NewService {
  const optional = (key: (typeof TEXTS)[number]): string | null => (typeof input[key] === 'string' ? input[key] : null);
  return { name: textOf(input, 'service'), image: optional('image'), context: optional('context'), dockerfile: optional('dockerfile'), containerName: optional('containerName'), ports: textsOf(input, 'port'), mounts: textsOf(input, 'mount'), networks: textsOf(input, 'network'), dependsOn: textsOf(input, 'dependsOn') };
}

function refuseKnown(files: ProjectFiles, name: string): void {
  const having = files.loaded.find(({ compose }) => Object.hasOwn(compose.model.services, name) || compose.disabledServices.includes(name));
  if (having !== undefined) throw new AppError('input-invalid', `${having.name} already has a service called ${name}.`, { where: having.compose.locate(['services', name]) });
}

/** The service as the modes of one file can have it: networks by the key they have there, and nothing that they do not know. */
async function fittingFile(files: ProjectFiles, file: string, wanted: NewService): Promise<{ readonly service: NewService; readonly missing: readonly string[] }> {
  const modes = files.loaded.filter(({ compose }) => compose.files.includes(file));
  const text = (await files.text(file)) ?? '';
  const missing: string[] = [];
  const networks = wanted.networks.flatMap((network) => {
    if (!files.loaded.some(({ compose }) => keyOf(compose, network) !== undefined) && pairAt(text, ['networks', network]) === undefined) throw new AppError('not-found', `${files.project.name} has no network called ${network}.`, { hint: `Its networks are ${[...new Set(files.loaded.flatMap(({ compose }) => Object.keys(compose.model.networks)))].join(', ')}.` });
    const [key] = modes.flatMap(({ compose }) => keyOf(compose, network) ?? []);
    const known = key ?? (pairAt(text, ['networks', network]) === undefined ? undefined : network);
    if (known === undefined) missing.push(`The network ${network}`);
    return known ?? [];
  });
  const dependsOn = wanted.dependsOn.filter((other) => {
    if (!files.loaded.some(({ compose }) => Object.hasOwn(compose.model.services, other))) throw new AppError('service-not-found', `${files.project.name} has no service called ${other}.`);
    const isThere = modes.every(({ compose }) => Object.hasOwn(compose.model.services, other));
    if (!isThere) missing.push(`The service ${other}`);
    return isThere;
  });
  return { service: { ...wanted, networks, dependsOn }, missing };
}

function keyOf({ model }: LoadedCompose, network: string): string | undefined {
  return Object.hasOwn(model.networks, network) ? network : Object.entries(model.networks).find(([, one]) => one.name === network)?.[0];
}

/** What is named and is not there yet: the checks will say so too, where it is then. */
async function notThere(deps: FilesDependencies, project: Project, wanted: NewService): Promise<readonly string[]> {
  const named = [...(wanted.context === null || wanted.context.includes('://') ? [] : [wanted.context]), ...liveMounts(wanted.mounts).map((one) => one.split(':')[0] ?? one)].filter((path) => !path.startsWith('~') && !path.includes('$'));
  const missing = await Promise.all(named.map(async (path) => ((await deps.exists(resolve(project.dir, path))) ? [] : [shownPath(project.dir, resolve(project.dir, path))])));
  return [...new Set(missing.flat())].map((path) => `There is no ${path} yet: make it before ${wanted.name} is started.`);
}

function difference(files: ProjectFiles, wanted: NewService, live: string, mode: string, after: LoadedCompose): string | null {
  const before = files.loaded.find((one) => one.name === mode)?.compose.model;
  if (before === undefined) return null;
  const added = after.model.services[wanted.name];
  if (added === undefined) return `${mode} would not have ${wanted.name}.`;
  const mounts = (added.volumes ?? []).filter((mount) => mount.type === 'bind').length;
  if (mounts !== (mode === live ? liveMounts(wanted.mounts).length : 0)) return `${wanted.name} would not have the right mounts in ${mode}.`;
  const place = firstDifference(before, after.model, ([section = '', key], expected) => (section === 'services' && key === wanted.name) || (key !== undefined && (section === 'volumes' || section === 'networks') && expected === undefined));
  return place === undefined ? null : `In ${mode}, ${place.join('.')} would change too.`;
}
