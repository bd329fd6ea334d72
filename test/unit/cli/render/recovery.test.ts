import { expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { render } from '../../../../src/cli/render/render';
import type { Terminal } from '../../../../src/cli/terminal';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 120 };
const clean: OutputOf<'projects.clean'> = { operationId: 'op', containers: ['shop-web-1'], networks: ['shop_default'], images: ['shop-web:berth-dev'], volumes: ['shop_data'], freedBytes: 2048, snapshot: 's_01', kept: ['The network shop_x stays.'], mode: 'dev', started: true, follow: 'op_2' };

it('says what cleaning would remove, and what it removed', () => {
  const removed = render('projects.clean', clean, terminal);
  expect(removed).toContain('Removed, and freed about 2.0 KiB:\n  - container shop-web-1\n  - network shop_default\n  - image shop-web:berth-dev\n  - volume shop_data\n');
  expect(removed).toContain('The network shop_x stays.\nThe volumes are in the snapshot s_01.\nStarting dev again.\n');
  expect(render('projects.clean', { ...clean, snapshot: null }, terminal, { dryRun: true })).toMatch(/^Would remove, and free about 2\.0 KiB:\n[\s\S]*\nThen dev would be started again\.\n$/);
  expect(render('projects.clean', { ...clean, snapshot: null, volumes: ['shop_data', 'a'.repeat(64)] }, terminal, { dryRun: true, volumes: true })).toContain('\nKept in a snapshot first: shop_data.\n');
  expect(render('projects.clean', { ...clean, mode: null }, terminal, { dryRun: true, start: false })).toMatch(/\nNothing would be started again\.\n$/);
  expect(render('projects.clean', { ...clean, mode: null }, terminal)).toMatch(/\nNothing is started again: no mode of this project was there\.\n$/);
  expect(render('projects.clean', { ...clean, containers: [], networks: [], images: [], volumes: [], kept: [], snapshot: null, mode: null }, terminal)).toBe('Nothing of this project is there, so nothing was removed.\n');
});

it('shows the graph as tables, and what of it is planned or not known yet', () => {
  const graph: OutputOf<'services.graph'> = {
    mode: 'dev',
    services: [{ service: 'web', state: 'running', health: 'none', ports: ['8080->80/tcp'], mounts: [], volumes: [], networks: ['shop_default'] }],
    dependencies: [{ from: 'web', to: 'db', condition: 'service_healthy', required: false }],
    networks: [{ name: 'shop_default', external: false, exists: false, subnets: ['10.9.0.0/24'], services: ['web'] }, { name: 'edge', external: true, exists: true, subnets: [], services: [] }],
    volumes: [{ name: 'shop_data', external: false, exists: true, sizeBytes: null, size: 'pending', users: [{ service: 'db', target: '/data', readOnly: true }], modes: ['dev'] }],
  };
  const text = render('services.graph', graph, terminal);
  expect(text).toContain('db (healthy) (optional)');
  expect(text).toContain('8080->80/tcp');
  expect(text).toMatch(/shop_default\s+planned\s+10\.9\.0\.0\/24\s+web\nedge\s+live, external\s+-\s+-/);
  expect(text).toMatch(/shop_data\s+not known yet\s+db at \/data \(read-only\)\s+dev/);
});

it('names the images of a rebuild and the scripts that were written', () => {
  expect(render('services.rebuild', { operationId: 'op', services: ['web'], images: { web: 'sha256:0123456789abcdef' }, warnings: [] }, terminal)).toMatch(/^Rebuilt web\.\n[\s\S]*0123456789ab\s/);
  expect(render('scripts.install', { operationId: 'op', files: [], diff: '' }, terminal)).toBe('The scripts are there already.\n');
  expect(render('scripts.install', { operationId: 'op', files: ['scripts/dev-mode.sh'], diff: '' }, terminal)).toBe('Wrote scripts/dev-mode.sh.\n');
});
