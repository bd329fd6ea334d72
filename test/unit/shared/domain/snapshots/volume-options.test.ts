import { expect, it } from 'vitest';
import { keptOptions } from '@shared/domain/snapshots/volume-options';

it('values that open something are in no manifest', () => {
  expect(keptOptions({ type: 'cifs', device: '//nas/share', o: 'username=shop,password=canary,vers=3.0', s3_access_key: 'canary', 'api-token': 'canary' })).toEqual({ type: 'cifs', device: '//nas/share', o: 'username=shop,password=(not kept),vers=3.0', s3_access_key: '(not kept)', 'api-token': '(not kept)' });
  expect(keptOptions({ o: 'pass=canary' })).toEqual({ o: 'pass=(not kept)' });
  expect(keptOptions({ o: 'addr=10.0.0.1,rw', device: ':/export' })).toEqual({ o: 'addr=10.0.0.1,rw', device: ':/export' });
});
