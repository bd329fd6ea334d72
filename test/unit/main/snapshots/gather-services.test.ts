import { describe, expect, it } from 'vitest';
import { healthOf } from '@main/snapshots/gather-services';
import type { SeenProject } from '@main/snapshots/gather-types';
import { container } from '../../shared/domain/modes/world';

describe('how the services were when a snapshot was made', () => {
  const seen = { project: { dir: '/shop', modes: [{ name: 'dev', files: ['docker-compose.dev.yml'], envFiles: [], profiles: [] }] }, containers: [container('web', { workingDir: '/shop', state: 'running', health: 'none' })], mode: 'dev', loaded: {} } as unknown as SeenProject;

  it('is not all well while the files of the mode that runs cannot be read: a service may be missing', () => {
    expect(healthOf(seen)).toBe('unhealthy');
    expect(healthOf({ ...seen, mode: null, containers: [] })).toBe('stopped');
  });
});
