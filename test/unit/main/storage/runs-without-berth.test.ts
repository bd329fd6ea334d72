import { expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { ContainerStateRow } from '@shared/domain/engine/container-state';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import { mountsWithoutBerth, mustNotMountTwice, mustSyncAlone } from '@main/storage/runs-without-berth';

const row = (service: string, more: Partial<ContainerStateRow> = {}): ContainerStateRow => ({ id: service, name: `workspace-${service}`, project: 'shop', service, workingDir: '/shop', state: 'running', health: 'none', status: 'Up', upSeconds: 1, ...more });
const engineOf = (...rows: readonly ContainerStateRow[]) => ({ containerStates: () => Promise.resolve(rows) });
const shop = { dir: '/shop' };
const definition = { file: 'docker-compose.rclone.yml', containers: [{ service: 'rclone-mount', role: 'mount' }], mounts: [], jobs: [] } as unknown as StorageDefinition;

it('finds what docker compose runs from the folder of the project', async () => {
  const engine = engineOf(row('workspace-sync'), row('rclone-mount'));
  expect([...(await mountsWithoutBerth(engine, shop, definition))]).toEqual([['rclone-mount', 'workspace-rclone-mount']]);
  await expect(mustNotMountTwice(engine, shop, definition)).rejects.toMatchObject({ code: 'busy', hint: 'To let Berth do it: docker compose -f docker-compose.rclone.yml down' });
  await expect(mustSyncAlone(engine, shop)).rejects.toMatchObject({ code: 'busy', message: 'The container workspace-workspace-sync sends these workspaces already, so Berth does not.' });
});

it('leaves out what stands still, what is Berth’s own and what another project runs', async () => {
  for (const more of [{ state: 'exited' }, { workingDir: '/state/storage/1' }] as const) {
    const engine = engineOf(row('workspace-sync', more), row('rclone-mount', more));
    expect((await mountsWithoutBerth(engine, shop, definition)).size).toBe(0);
    await mustNotMountTwice(engine, shop, definition);
    await mustSyncAlone(engine, shop);
  }
});

it('takes an engine that is away as one that runs nothing', async () => {
  const engine = { containerStates: () => Promise.reject(new AppError('engine-unreachable', 'Away.')) };
  await mustSyncAlone(engine, shop);
  await mustNotMountTwice(engine, shop, definition);
});
