import { describe, expect, it } from 'vitest';
import type { ComposeModel, ComposeService } from '@shared/domain/compose/model';
import { reachedBefore } from '@shared/domain/changes/failed-start';

const PLAIN: ComposeService = { command: null, entrypoint: null };
const CHECKED: ComposeService = { ...PLAIN, healthcheck: { test: ['CMD', 'true'] } };

function modelOf(services: { readonly [name: string]: ComposeService }): ComposeModel {
  return { name: 'shop', services, networks: {}, volumes: {}, secrets: {}, configs: {} };
}

describe('how far a failed start came', () => {
  it('says of each service what it was when another one failed', () => {
    const model = modelOf({
      migrate: PLAIN,
      db: CHECKED,
      cache: PLAIN,
      api: { ...CHECKED, depends_on: { migrate: { condition: 'service_completed_successfully', required: true } } },
      web: PLAIN,
      late: { ...PLAIN, healthcheck: { disable: true } },
      built: PLAIN,
    });
    const progress = { migrate: 'done', db: 'done', cache: 'done', api: 'checking', web: 'checking', late: 'starting', built: 'building' };
    expect(reachedBefore(model, progress, { service: 'web', message: 'web ended with code 1.' })).toEqual([
      { service: 'migrate', state: 'exited', health: 'none', detail: '' },
      { service: 'db', state: 'running', health: 'healthy', detail: '' },
      { service: 'cache', state: 'running', health: 'none', detail: '' },
      { service: 'api', state: 'running', health: 'starting', detail: '' },
      { service: 'web', state: 'failed', health: 'none', detail: 'web ended with code 1.' },
      { service: 'late', state: 'not-started', health: 'none', detail: 'Not started, because web failed.' },
      { service: 'built', state: 'not-started', health: 'none', detail: 'Not started, because web failed.' },
    ]);
  });

  it('blames nobody where no service is at fault, and nothing was started without progress', () => {
    expect(reachedBefore(modelOf({ db: CHECKED, web: PLAIN }), { db: 'done' }, { message: 'The engine is gone.' }).map((one) => [one.service, one.state, one.detail])).toEqual([
      ['db', 'running', ''],
      ['web', 'not-started', ''],
    ]);
  });
});
