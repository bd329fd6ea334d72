import { afterEach, expect, it, vi } from 'vitest';
import { resourcesFolder } from '@main/platform/entries';

afterEach(() => vi.unstubAllEnvs());

it('finds the resources beside the built files, and beside the archive of a package', () => {
  vi.stubEnv('BERTH_OUT', '/src/berth/out/main');
  expect(resourcesFolder()).toBe('/src/berth/resources');
  vi.stubEnv('BERTH_OUT', '/opt/Berth/resources/app.asar/out/main');
  expect(resourcesFolder()).toBe('/opt/Berth/resources');
});
