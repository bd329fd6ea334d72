import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { containerPayload, networkPayload, volumePayload } from '@shared/domain/modes/container-payload';
import { resolveParents } from '@shared/domain/modes/dependency-order';
import { AppError } from '@shared/kernel/app-error';
import { Authorizer } from '@main/docker/authorize';
import { buildQuery } from '@main/docker/build';
import type { EngineCall } from '@main/docker/transport';
import { buildRequest } from '@main/modes/build-request';
import type { SentRequest } from './engine-oracle';

/** What became of the calls a model leads to. */
export interface Judged {
  /** Changes only. */
  readonly sent: readonly SentRequest[];
  /** Changes and the looks that came before them: what a tap would have written down. */
  readonly recorded: readonly SentRequest[];
  readonly refused: readonly AppError[];
}

/** An id as the engine gives them, the same for the same name. */
function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** An engine that knows one container and one volume of another project, and those of `project` that were created. */
function worldOf(project: string, dir: string, made: ReadonlySet<string>): ConstructorParameters<typeof Authorizer>[0] {
  return {
    local: () => true,
    read: (path) => {
      if (path === '/containers/stranger/json') return Promise.resolve({ Id: idOf('stranger'), Name: '/stranger', Config: { Labels: { 'com.docker.compose.project': 'other', 'com.docker.compose.project.working_dir': '/srv/other' } } });
      if (path === '/volumes/other_data') return Promise.resolve({ Name: 'other_data', Labels: { 'com.docker.compose.project': 'other' } });
      const id = path.split('/')[2] ?? '';
      if (made.has(id)) return Promise.resolve({ Id: id, Name: `/${id}`, Config: { Labels: { 'com.docker.compose.project': project, 'com.docker.compose.project.working_dir': dir } } });
      return Promise.reject(new AppError('not-found', `There is no ${path}.`));
    },
  };
}

/** Builds every payload of a mode as a switch does and has the engine's door judge it; nothing is sent anywhere. */
export async function judgeAll(compose: LoadedCompose, projectDir: string, trustedFactKeys: readonly string[] | null): Promise<Judged> {
  const { model } = compose;
  const made = new Set(Object.keys(model.services).map((name) => idOf(`${model.name}/${name}`)));
  const world = worldOf(model.name, projectDir, made);
  const recorded: SentRequest[] = [];
  const authorizer = new Authorizer({
    ...world,
    read: async (path) => {
      const answer = await world.read(path);
      recorded.push({ method: 'GET', path, answer });
      return answer;
    },
  });
  const authorization = { projectDir, projectName: model.name, trustedFactKeys };
  const sent: SentRequest[] = [];
  const refused: AppError[] = [];
  const judge = async (call: EngineCall, answer: unknown, before: () => Promise<void> = () => Promise.resolve()): Promise<void> => {
    try {
      if (trustedFactKeys !== null) await before();
      const judged = await authorizer.authorize(call, authorization);
      const request: SentRequest = { method: judged.method, path: judged.path, query: textsOf(judged.query), body: JSON.parse(JSON.stringify(judged.body ?? null)) as unknown, answer };
      sent.push(request);
      recorded.push(request);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refused.push(error);
    }
  };
  for (const key of Object.keys(model.networks)) {
    const network = model.networks[key];
    if (network?.external === true) continue;
    await judge({ method: 'POST', path: '/networks/create', body: { ...networkPayload(compose, key, 't1'), Name: network?.name }, doing: `create the network ${key}` }, { Id: idOf(`network ${key}`) });
  }
  for (const key of Object.keys(model.volumes)) {
    const volume = model.volumes[key];
    if (volume?.external === true) continue;
    await judge({ method: 'POST', path: '/volumes/create', body: { ...volumePayload(compose, key, 't1'), Name: volume?.name }, doing: `create the volume ${key}` }, {});
  }
  for (const [service, definition] of Object.entries(model.services)) {
    if (definition.build !== undefined) {
      const request = buildRequest(compose, { service, reference: `${model.name}-${service}:berth-dev`, kind: 'build', id: null, fingerprint: '' } as Parameters<typeof buildRequest>[1]);
      const context = { dockerfileName: request.dockerfile } as Parameters<typeof buildQuery>[1];
      const query = buildQuery(request, context) as NonNullable<EngineCall['query']>;
      await judge({ method: 'POST', path: '/build', query, doing: 'build an image' }, undefined, () => authorizer.checkBuild(request, authorization));
    }
    const resolved = resolveParents(definition, (parent) => idOf(`${model.name}/${parent}`));
    const { payload } = containerPayload({ compose, service, definition: resolved, configHash: 'x', number: 1, imageReference: definition.image ?? 'x', imageId: 'sha256:x', inherited: [], mode: 'dev', transaction: 't1', allNetworksAtOnce: true });
    await judge({ method: 'POST', path: '/containers/create', query: { name: `${model.name}-${service}-1` }, body: payload, doing: `create ${service}` }, { Id: idOf(`${model.name}/${service}`) });
  }
  return { sent, recorded, refused };
}

/** The query as it is written into an address. */
function textsOf(query: EngineCall['query']): { readonly [name: string]: string | undefined } {
  return Object.fromEntries(Object.entries(query ?? {}).map(([name, value]) => [name, value === undefined || typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value)]));
}

/** Where a project of the tests is opened: its folder's parent holds what lies outside. */
export function outsideOf(projectDir: string): string {
  return `${dirname(projectDir)}/outside`;
}
