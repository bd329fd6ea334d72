import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComposeMount, ComposeService } from '@shared/domain/compose/model';
import { isWithin } from '@shared/domain/checks/host-path';
import { mountPointsBelowBinds } from '@shared/domain/modes/mount-points';
import { model } from '../checks/check-input';

const bind = (source: string, target: string): ComposeMount => ({ type: 'bind', source, target });
const volume = (target: string): ComposeMount => ({ type: 'volume', target });
const pointsOf = (...services: Partial<ComposeService>[]): readonly string[] => mountPointsBelowBinds([model(Object.fromEntries(services.map((one, index) => [`s${String(index)}`, one])))]);

describe('mount points that an engine makes on the host', () => {
  it('are the targets below a bind, with the folders on the way', () => {
    expect(pointsOf({ volumes: [bind('/p/api', '/app'), volume('/app/node_modules'), volume('/app/web/dist/')] })).toEqual(['/p/api/node_modules', '/p/api/web', '/p/api/web/dist']);
  });
  it('lie where the innermost mount above them comes from, which may be no place of the host', () => {
    expect(pointsOf({ volumes: [bind('/p/api', '/app'), bind('/p/lib/', '/app/lib'), volume('/app/lib/cache')] })).toEqual(['/p/api/lib', '/p/lib/cache']);
    expect(pointsOf({ volumes: [bind('/p/api', '/app'), volume('/app/data'), bind('/p/x.conf', '/app/data/x.conf')] })).toEqual(['/p/api/data']);
  });
  it('are those of files, tmpfs, secrets and configs too', () => {
    expect(pointsOf({ volumes: [bind('/p/api', '/app'), bind('/p/x.conf', '/app/x.conf')], tmpfs: ['/app/tmp:size=1m'], secrets: [{ source: 'a' }, { source: 'b', target: '/app/b' }], configs: [{ source: 'c' }] })).toEqual(['/p/api/x.conf', '/p/api/tmp', '/p/api/b']);
  });
  it('are none of another service, of a name that only begins alike, or without a bind', () => {
    expect(pointsOf({ volumes: [bind('/p/api', '/app')] }, { volumes: [volume('/app/node_modules')] })).toEqual([]);
    expect(pointsOf({ volumes: [bind('/p/api', '/app'), volume('/app2/x'), volume('/data')] })).toEqual([]);
  });
  it('each lie beneath the source of a bind', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    const mount = fc.oneof(path.map(volume), fc.tuple(path, path).map(([source, target]) => bind(`/host${source}`, target)));
    fc.assert(
      fc.property(fc.array(mount, { maxLength: 6 }), (volumes) => {
        const sources = volumes.flatMap((one) => (one.type === 'bind' ? [one.source ?? ''] : []));
        for (const point of pointsOf({ volumes })) expect(sources.some((source) => point !== source && isWithin(source, point))).toBe(true);
      }),
    );
  });
});
