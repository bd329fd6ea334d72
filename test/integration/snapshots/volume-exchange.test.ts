import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VolumeProgram } from '@main/docker/volume-types';
import { VOLUME_PROGRAM_DIR } from '../../../scripts/lib/volume-program.mjs';
import { tapEngine, type EngineTap } from '../../support/engine-tap';
import { inVolume, lookAtVolume, makeVolume } from '../../support/volumes';
import { testProject, type TestProject } from '../docker/harness';

const never = new AbortController().signal;

describe('volumes whose contents are exchanged', () => {
  let project: TestProject;
  let program: VolumeProgram;
  let tap: EngineTap;
  let count = 0;
  const volume = (options?: Parameters<typeof makeVolume>[2]): Promise<string> => makeVolume(`${project.name}-x${String((count += 1))}`, project.name, options);
  beforeAll(async () => {
    tap = await tapEngine();
    project = await testProject({ env: { DOCKER_HOST: tap.uri } });
    tap.declare({ project: project.name, roots: [project.dir], trusted: true, grants: [] });
    program = project.engine.volumeProgram(VOLUME_PROGRAM_DIR);
    await program.ensure(never);
  });
  // What was sent is judged once more by somebody who shares nothing with the product.
  afterAll(async () => {
    await project.close();
    await tap.finish();
  });

  it('have what the other one had, with the folder itself, and back again', async () => {
    const [one, other] = [await volume(), await volume()];
    await inVolume(one, 'echo one > /v/a; chown 999:999 /v; chmod 0700 /v');
    await inVolume(other, 'echo other > /v/b; chmod 1777 /v');
    const [looksOne, looksOther] = [await lookAtVolume(one), await lookAtVolume(other)];
    const before = await program.identities([one, other]);
    expect(before.get(one)).not.toBe(before.get(other));
    await program.exchange(one, other);
    expect([await lookAtVolume(one), await lookAtVolume(other)]).toEqual([looksOther, looksOne]);
    // Whoever crashed in between sees by these on which side of the exchange they are.
    const after = await program.identities([one, other]);
    expect([after.get(one), after.get(other)]).toEqual([before.get(other), before.get(one)]);
    await program.exchange(other, one);
    expect([await lookAtVolume(one), await lookAtVolume(other)]).toEqual([looksOne, looksOther]);
    expect(await program.identities([one, other])).toEqual(before);
  });

  it('are left as they are where they are no plain folders of the engine', async () => {
    const plain = await volume();
    const memory = await volume({ driverOptions: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } });
    await inVolume(plain, 'echo here > /v/a');
    await expect(program.exchange(plain, memory)).rejects.toMatchObject({ code: 'not-supported' });
    await expect(program.exchange(memory, plain)).rejects.toMatchObject({ code: 'not-supported' });
    await expect(program.exchange(plain, plain)).rejects.toMatchObject({ code: 'policy-refused' });
    await expect(program.exchange(plain, `${plain}-none`)).rejects.toMatchObject({ code: 'not-found' });
    expect(await inVolume(plain, 'cat /v/a')).toBe('here\n');
  });

  it('are told apart by their folders, and one that is not there is not made', async () => {
    const one = await volume();
    const seen = await program.identities([one, one]);
    expect([...seen]).toEqual([[one, expect.stringMatching(/^\d+:\d+$/)]]);
    await expect(program.identities([one, `${one}-none`])).rejects.toMatchObject({ code: 'not-found' });
    expect((await project.root.listVolumes()).map((item) => item.name)).not.toContain(`${one}-none`);
    expect(await program.identities([])).toEqual(new Map());
  });

  it('are copied where they cannot be exchanged, and again after it was broken off', async () => {
    const from = await volume();
    const to = await volume();
    const script = `mkdir -p d/e && echo one > d/e/f && ln d/e/f d/g && ln -s d/g s && mkfifo p && chown -R 999:65534 d && chmod 4755 d/g && truncate -s 5000000 hole && echo x | dd of=hole bs=1 seek=3000000 conv=notrunc 2>/dev/null
      && setfattr -n user.a -v b d && setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 d/e/f && printf x > "$(printf 'bad\\377')" && chmod 0711 . && seq 1 300000 > numbers`;
    await inVolume(from, `cd /v && ${script.replaceAll(/\n\s*/g, ' ')}`);
    await inVolume(to, 'mkdir -p /v/old/er && echo x > /v/old/er/f && echo y > /v/d && ln -s /etc /v/p && chmod 0 /v/old');
    const seen: number[] = [];
    await program.copyOver(from, to, (bytes) => seen.push(bytes));
    expect(await lookAtVolume(to)).toBe(await lookAtVolume(from));
    await inVolume(to, 'rm -rf /v/d /v/numbers');
    await program.copyOver(from, to, (bytes) => seen.push(bytes));
    expect(await lookAtVolume(to)).toBe(await lookAtVolume(from));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});
