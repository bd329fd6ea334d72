import { describe, expect, it } from 'vitest';
import { refusedField } from '@shared/domain/engine/policy';
import { riskyFactsOfPayload } from '@shared/domain/engine/risky-facts';
import { volumeKeeperPayload, volumeNames, volumePayload } from '@shared/domain/workspaces/volume-payload';

const OWNER = { projectId: 'p_1', projectName: 'shop-workspaces', dir: '/state/workspaces/p_1' };

describe('the volume of workspaces', () => {
  it('is filled by a container that reaches nobody and has no facts to agree to', () => {
    const payload = volumeKeeperPayload(OWNER, 'berth/workspace:local');
    expect(payload).toMatchObject({ HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], ReadonlyRootfs: true, SecurityOpt: ['no-new-privileges:true'] } });
    expect(riskyFactsOfPayload(payload, OWNER.dir)).toEqual([]);
    expect(refusedField('create-container', payload)).toBeNull();
    expect(refusedField('create-volume', { ...volumePayload(OWNER), Name: 'x' })).toBeNull();
  });

  it('has a name of its own for each Berth', () => {
    expect(volumeNames(OWNER)).toEqual(volumeNames({ ...OWNER }));
    expect(volumeNames({ ...OWNER, dir: '/other/workspaces/p_1' })).not.toEqual(volumeNames(OWNER));
  });
});
