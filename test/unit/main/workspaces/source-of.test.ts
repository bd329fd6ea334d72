import { describe, expect, it } from 'vitest';
import type { Project } from '@shared/domain/projects/project';
import type { StepContext } from '@main/storage/types';
import type { WorkspacesPlace } from '@main/workspaces/place';
import { sourceOf } from '@main/workspaces/run-operations';
import type { WorkspaceSource } from '@main/workspaces/types';

const PROJECT = { id: 'p_1', name: 'shop', dir: '/shop' } as unknown as Project;
const PLACE: WorkspacesPlace = { root: '/shop/workspaces', bucket: 'workspaces', mount: null, definition: { mounts: [] } as unknown as WorkspacesPlace['definition'] };

async function chosen(source: WorkspaceSource, possible: boolean): Promise<{ readonly kind: string; readonly said: readonly string[] }> {
  const said: string[] = [];
  const deps = {
    mounts: { status: () => Promise.resolve([]), parents: () => new Map(), fuse: () => Promise.resolve({ possible, reason: possible ? '' : 'Docker runs in a machine of its own here.', instead: '' }) },
    volumes: { fill: () => Promise.resolve({ kind: 'volume', volume: 'v', target: '/berth-volume' } as const), remove: () => Promise.resolve() },
    s3: { place: () => Promise.resolve({ origin: 'local', endpoint: 'http://127.0.0.1:9000', endpointInside: 'http://s3:9000', network: null, hostGateway: false, region: 'us-east-1', accessKey: 'a', secretKey: 's', unreachable: { containers: null, services: null } } as const), status: () => Promise.reject(new Error('not asked')) },
  };
  const context = { log: (text: string) => void said.push(text) } as unknown as StepContext;
  return { kind: (await sourceOf(deps, PROJECT, PLACE, source, 'api', context)).kind, said };
}

describe('where a container reads', () => {
  it('is a volume where buckets cannot be folders, and it is said why', async () => {
    expect(await chosen('mount', false)).toEqual({ kind: 'volume', said: ['Docker runs in a machine of its own here. api reads a volume instead, which is kept in step with the bucket.'] });
  });

  it.each([true, false])('is what was chosen otherwise, mounts possible: %s', async (possible) => {
    expect((await chosen('volume', possible)).kind).toBe('volume');
    expect((await chosen('direct', possible)).kind).toBe('direct');
    expect((await chosen('local', possible)).kind).toBe('local');
  });

  it('is refused for a mount that no file asks for', async () => {
    await expect(chosen('mount', true)).rejects.toMatchObject({ code: 'blocked' });
  });
});
