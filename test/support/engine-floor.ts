import { availableParallelism } from 'node:os';
import { inParallel } from '@shared/kernel/in-parallel';
import { engineJson, engineRequest } from './images';

/** So many at a time as a switch exchanges. */
const HANDS_A_CORE = 3;

interface Inspected {
  readonly Id: string;
  readonly Config: object;
  readonly HostConfig: object;
  readonly NetworkSettings: { readonly Networks: { readonly [name: string]: { readonly Aliases: readonly string[] | null } } };
}

/**
 * What the engine alone needs to put new containers in the place of these: for each of them create, stop, start and remove, without any order between them, without a health
 * check of anybody's and without another question. Nothing that makes new containers is faster. Leaves neither the old nor the new ones.
 */
export async function exchangeBare(project: string, services: readonly string[], graceSeconds: number, timed: (act: () => Promise<unknown>) => Promise<unknown>): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project}`] }));
  const listed = await engineJson<readonly { readonly Id: string; readonly Labels: { readonly [label: string]: string } }[]>('GET', `/containers/json?filters=${filters}`);
  const old = await Promise.all(listed.filter((one) => services.includes(one.Labels['com.docker.compose.service'] ?? '')).map(({ Id }) => engineJson<Inspected>('GET', `/containers/${Id}/json`)));
  const made: string[] = [];
  try {
    await timed(() =>
      inParallel(old, HANDS_A_CORE * availableParallelism(), async ({ Id, Config, HostConfig, NetworkSettings }) => {
        const endpoints = Object.fromEntries(Object.entries(NetworkSettings.Networks).map(([name, { Aliases }]) => [name, { Aliases }]));
        const { Id: fresh } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${project}-floor-${Id.slice(0, 12)}`, { body: { ...Config, Hostname: '', Healthcheck: { Test: ['NONE'] }, HostConfig, NetworkingConfig: { EndpointsConfig: endpoints } } });
        made.push(fresh);
        await engineJson('POST', `/containers/${Id}/stop?t=${String(graceSeconds)}`);
        await engineJson('POST', `/containers/${fresh}/start`);
        await engineJson('DELETE', `/containers/${Id}?v=1`);
      }),
    );
  } finally {
    for (const id of made) await engineRequest('DELETE', `/containers/${id}?force=1&v=1`);
  }
}
