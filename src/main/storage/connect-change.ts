import type { LoadedCompose } from '@shared/domain/compose/model';
import { CONNECT_FILE, connectFile, KEYS_FILE, withConnectFile } from '@shared/domain/storage/connect-file';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { BackupFolder } from '@main/platform/backup-folder';
import type { Projects } from '@main/projects/types';
import type { StorageChange } from './storage-change';
import type { Mounts, S3Server, StorageDefinitions } from './types';

/** What connecting services needs beside changing files. */
export interface ConnectDependencies {
  readonly projects: Pick<Projects, 'resolve' | 'loadMode'>;
  readonly s3: Pick<S3Server, 'place'>;
  readonly mounts: Pick<Mounts, 'parents'>;
  readonly definitions: StorageDefinitions;
  readonly folder: Pick<BackupFolder, 'write'>;
  /** The mode that runs, else the first. */
  readonly defaultMode: (projectId: string) => Promise<string>;
}

/** `storage.connect`: an override file in one mode gives services the address, the keys, the network and the mounts. */
export function connectChange(deps: ConnectDependencies): StorageChange {
  return {
    kind: 'storage.connect',
    change: 'storage_connect',
    async prepare(input, project) {
      const mode = typeof input['mode'] === 'string' ? input['mode'] : await deps.defaultMode(project.id);
      const { compose } = await deps.projects.loadMode(project.id, mode);
      const wanted = textsOf(input, 'services');
      const unknown = wanted.find((one) => compose.model.services[one] === undefined);
      if (unknown !== undefined) throw new AppError('service-not-found', `${project.name} has no service called ${unknown} in ${mode}.`, { service: unknown, hint: `It has ${Object.keys(compose.model.services).join(', ')}.` });
      const own = wanted.find((one) => isBound(compose.model.services[one]?.network_mode));
      if (own !== undefined) throw new AppError('input-invalid', `${own} has a network mode of its own, so it cannot join the network of S3.`, { service: own, hint: 'Leave it out, or take network_mode off.' });
      const services = wanted.length > 0 ? wanted : Object.entries(compose.model.services).flatMap(([name, one]) => (isBound(one.network_mode) ? [] : [name]));
      return { mode, services };
    },
    title: (input) => `Connect ${textsOf(input, 'services').join(', ')} to S3`,
    async workOut(texts, input) {
      const { project } = texts;
      const [mode, wanted] = [textOf(input, 'mode'), textsOf(input, 'services')];
      const place = await deps.s3.place(project.id);
      if (place.unreachable.services !== null) throw new AppError('service-unreachable', place.unreachable.services.message, { hint: place.unreachable.services.hint });
      const { compose } = await deps.projects.loadMode(project.id, mode);
      const parents = deps.mounts.parents(project.id, await deps.definitions.load(project.id));
      const written = namingNetworks(compose, wanted);
      await texts.write(CONNECT_FILE, connectFile({ services: wanted.map((name) => ({ name, namesNetworks: written.has(name) })), endpointInside: place.endpointInside, region: place.region, network: place.network, hostGateway: place.hostGateway, parents }));
      const settings = (await texts.read('berth.yml')) === null ? 'berth.yaml' : 'berth.yml';
      const outcome = withConnectFile(await texts.read(settings), mode, project.modes);
      if (outcome.kind === 'by-hand') throw new AppError('fix-failed', `${CONNECT_FILE} must be added to ${settings} by hand. ${outcome.reason}`, { where: { file: settings } });
      await texts.write(settings, outcome.text);
      return {
        steps: [`Write ${CONNECT_FILE} for ${wanted.join(', ')}`, `Add it to the mode ${mode} in ${settings}`, `Write the keys of this project into ${KEYS_FILE}, readable by you only`],
        risks: ['The next switch makes the services anew and asks for your trust again: they see a folder outside the project.'],
      };
    },
  };
}

/** Those that name networks themselves: the loader gives all others the usual one. */
function namingNetworks(compose: Pick<LoadedCompose, 'locate'>, services: readonly string[]): ReadonlySet<string> {
  const at = (path: readonly string[]): string => JSON.stringify(compose.locate(path) ?? null);
  return new Set(services.filter((name) => at(['services', name, 'networks']) !== at(['services', name])));
}

function isBound(networkMode: string | undefined): boolean {
  return networkMode !== undefined && networkMode !== '' && networkMode !== 'default' && networkMode !== 'bridge';
}

/** Writes the keys of a project where its services read them; they are in no plan and in no journal. */
export async function writeKeys(deps: Pick<ConnectDependencies, 's3' | 'folder' | 'projects'>, projectId: string): Promise<void> {
  const project = await deps.projects.resolve(projectId);
  const { accessKey, secretKey } = await deps.s3.place(projectId);
  const text = `# Keys of the buckets of ${project.name}. Berth writes them anew when they change.\nAWS_ACCESS_KEY_ID=${accessKey}\nAWS_SECRET_ACCESS_KEY=${secretKey}\n`;
  await deps.folder.write(project.dir, [[KEYS_FILE, new TextEncoder().encode(text)]]);
}
