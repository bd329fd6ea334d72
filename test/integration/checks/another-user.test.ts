import { chmod, chown } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, OTHER_UID, type BerthCommand } from '../../support/berth-command';
import { BUSYBOX_IMAGE } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const isRoot = process.getuid?.() === 0;

/** What only somebody sees who may not read everything, where the engine is away. */
describe.skipIf(process.platform !== 'linux')('checks of a user who is not root, without an engine', () => {
  const uid = isRoot ? OTHER_UID : undefined;
  const asUser = { ...(uid === undefined ? {} : { uid }), env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } };
  let project: TestProject;
  let berth: BerthCommand;

  beforeAll(async () => {
    project = await emptyProject('user', { files: { 'compose.yaml': `services:\n  web:\n    image: ${BUSYBOX_IMAGE}\n    volumes:\n      - ./closed.txt:/closed.txt\n`, 'closed.txt': 'x' } });
    await chmod(dirname(project.dir), 0o755);
    await chmod(join(project.dir, 'closed.txt'), 0o200);
    if (uid !== undefined) for (const path of ['', 'compose.yaml', 'closed.txt']) await chown(join(project.dir, path), uid, uid);
    berth = await berthCommand(uid === undefined ? {} : { uid });
  });
  afterAll(async () => {
    await berth.close();
    await project.close();
  });

  async function run(): Promise<readonly unknown[]> {
    const { code, answer } = await berth.json<OutputOf<'checks.run'>>(['checks', 'run', '--project', project.dir], asUser);
    // Neither of the two stops anything.
    expect([answer.error, code]).toEqual([undefined, 0]);
    return (answer.value?.findings ?? []).map(({ code: found, where }) => (where === undefined ? found : `${found} ${where.file.slice(project.dir.length + 1)}:${String(where.line)}`)).sort();
  }

  it('names the file that may not be read, and says what was not checked', async () => {
    expect(await run()).toEqual(['BIND_SOURCE_UNREADABLE compose.yaml:5', 'ENGINE_NOT_ASKED']);
    await chmod(join(project.dir, 'closed.txt'), 0o600);
    expect(await run()).toEqual(['ENGINE_NOT_ASKED']);
  });
});
