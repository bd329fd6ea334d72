import { randomBytes } from 'node:crypto';
import { ensureBusybox, engineJson, engineRequest, testSocketPath } from './images';
import { removeProjectObjects } from './projects';

/** What must be the same before and after: identity and start time of somebody else's things. */
export interface NeighbourState {
  readonly containerId: string;
  readonly startedAt: string;
  readonly running: boolean;
  readonly networkId: string;
  readonly volumeCreatedAt: string;
}

/** A running compose project that belongs to somebody else. */
export interface Neighbour {
  readonly project: string;
  readonly container: string;
  readonly workingDir: string;
  state(): Promise<NeighbourState>;
  close(): Promise<void>;
}

/** Where a neighbour lives. `project` may be the name of the project under test: then it is a foreign project of the same name. */
export interface NeighbourOptions {
  readonly project?: string;
  readonly service?: string;
  readonly workingDir?: string;
  readonly socketPath?: string;
}

/** Starts one container with a network and a volume, labelled as `docker compose` labels its own. */
export async function startNeighbour(options: NeighbourOptions = {}): Promise<Neighbour> {
  const socketPath = options.socketPath ?? testSocketPath();
  const project = options.project ?? `bt-neighbour-${randomBytes(4).toString('hex')}`;
  const service = options.service ?? 'app';
  const workingDir = options.workingDir ?? '/srv/somebody-elses-folder';
  const container = `${project}-${service}-1`;
  const network = `${project}_neighbour`;
  const volume = `${project}_neighbour_data`;
  const image = await ensureBusybox({ socketPath });
  const owned = { 'com.docker.compose.project': project };
  const { Id: networkId } = await engineJson<{ Id: string }>('POST', '/networks/create', {
    socketPath,
    body: { Name: network, CheckDuplicate: true, Labels: { ...owned, 'com.docker.compose.network': 'neighbour' } },
  });
  await engineJson('POST', '/volumes/create', { socketPath, body: { Name: volume, Labels: { ...owned, 'com.docker.compose.volume': 'neighbour_data' } } });
  const { Id: id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${container}`, {
    socketPath,
    body: {
      Image: image,
      Cmd: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"],
      Labels: {
        ...owned,
        'com.docker.compose.service': service,
        'com.docker.compose.container-number': '1',
        'com.docker.compose.oneoff': 'False',
        'com.docker.compose.version': '2.40.3',
        'com.docker.compose.config-hash': '0'.repeat(64),
        'com.docker.compose.project.working_dir': workingDir,
        'com.docker.compose.project.config_files': `${workingDir}/compose.yaml`,
      },
      HostConfig: { NetworkMode: network, Binds: [`${volume}:/data`] },
    },
  });
  await engineJson('POST', `/containers/${id}/start`, { socketPath });
  return {
    project,
    container,
    workingDir,
    state: async () => {
      const seen = await engineJson<{ Id: string; State: { StartedAt: string; Running: boolean } }>('GET', `/containers/${container}/json`, { socketPath });
      const seenNetwork = await engineJson<{ Id: string }>('GET', `/networks/${network}`, { socketPath });
      const seenVolume = await engineJson<{ CreatedAt: string }>('GET', `/volumes/${volume}`, { socketPath });
      return { containerId: seen.Id, startedAt: seen.State.StartedAt, running: seen.State.Running, networkId: seenNetwork.Id, volumeCreatedAt: seenVolume.CreatedAt };
    },
    close: async () => {
      await engineRequest('DELETE', `/containers/${id}?force=1&v=1`, { socketPath });
      await engineRequest('DELETE', `/networks/${networkId}`, { socketPath });
      await engineRequest('DELETE', `/volumes/${volume}`, { socketPath });
      if (options.project === undefined) await removeProjectObjects(project, socketPath);
    },
  };
}
