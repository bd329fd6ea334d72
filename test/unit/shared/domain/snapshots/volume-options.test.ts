import { expect, it } from 'vitest';
import { givenBack, keptLabels, keptOptions } from '@shared/domain/snapshots/volume-options';

it('values that open something are in no manifest', () => {
  expect(keptOptions({ type: 'cifs', device: '//nas/share', o: 'username=shop,password=canary,vers=3.0', s3_access_key: 'canary', 'api-token': 'canary' })).toEqual({ type: 'cifs', device: '//nas/share', o: 'username=shop,password=(not kept),vers=3.0', s3_access_key: '(not kept)', 'api-token': '(not kept)' });
  expect(keptOptions({ o: 'pass=canary' })).toEqual({ o: 'pass=(not kept)' });
  expect(keptOptions({ o: 'addr=10.0.0.1,rw', device: ':/export' })).toEqual({ o: 'addr=10.0.0.1,rw', device: ':/export' });
});

it('labels that a variable may have filled in are there by their names alone, and are not given to a volume again', () => {
  const kept = keptLabels({ 'com.docker.compose.project': 'shop', 'com.docker.compose.volume': 'data', 'dev.berth.tx': 'op_1', 'shop.token': 'canary', 'com.docker.compose.custom': 'canary' });
  expect(kept).toEqual({ 'com.docker.compose.project': 'shop', 'com.docker.compose.volume': 'data', 'shop.token': '(not kept)', 'com.docker.compose.custom': '(not kept)' });
  expect(givenBack(kept)).toEqual({ 'com.docker.compose.project': 'shop', 'com.docker.compose.volume': 'data' });
});
