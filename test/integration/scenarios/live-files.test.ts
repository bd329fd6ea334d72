import { rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand, type JsonAnswer } from '../../support/berth-command';
import { BUSYBOX_IMAGE, engineJson, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { execIn, inspectAll } from '../modes/small-shop';

const LIVE = `    volumes:
      - ./main.py:/app/main.py
      - /cache
`;
const compose = (volumes: string): string => `services:\n  web:\n    build: ./web\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    healthcheck: { disable: true }\n    network_mode: none\n${volumes}`;

/** Files that are mounted into a service that runs, and what is found out about it while it does. */
describe('a project that runs', () => {
  let project: TestProject;
  let berth: BerthCommand;

  beforeAll(async () => {
    await ensureBusybox();
    project = await emptyProject('live', {
      files: { 'docker-compose.dev.yml': compose(LIVE), 'docker-compose.clean.yml': compose(''), 'main.py': 'v1\n', 'web/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY requirements.txt /\n`, 'web/requirements.txt': 'one\n' },
    });
    berth = await berthCommand();
    await command(['projects', 'open', project.dir, '--trust']);
    await command(['modes', 'switch', 'dev', '--yes']);
  });
  afterAll(async () => {
    await berth.close();
    await project.close();
  });

  async function command<T>(args: readonly string[]): Promise<T> {
    const { answer }: { readonly answer: JsonAnswer<T> } = await berth.json<T>(args, { cwd: project.dir });
    expect(answer.error).toBeUndefined();
    return answer.value as T;
  }
  async function findings(mode = 'dev'): Promise<OutputOf<'checks.run'>['findings']> {
    return (await command<OutputOf<'checks.run'>>(['checks', 'run', '--mode', mode])).findings;
  }
  const places = (found: OutputOf<'checks.run'>['findings']): readonly string[] => found.map(({ code, where }) => `${code} ${relative(project.dir, where?.file ?? '')}:${String(where?.line)}`);
  const started = async (): Promise<readonly string[]> => (await inspectAll(project)).map((one) => `${one.Id} ${one.State.StartedAt}`);

  it('sees at once what is saved in place, and goes on running', async () => {
    const before = await started();
    const began = performance.now();
    await writeFile(join(project.dir, 'main.py'), 'v2\n');
    // The kernel shows the same file: what takes time is looking inside.
    expect(await execIn(project, 'web', 'cat /app/main.py')).toBe('v2\n');
    process.stdout.write(`live-files: seen ${(performance.now() - began).toFixed(0)} ms after the save, docker exec included\n`);
    expect(await started()).toEqual(before);
    expect(await findings()).toEqual([]);
  });

  /** What many editors do. */
  async function replace(text: string): Promise<void> {
    await writeFile(join(project.dir, 'main.py~'), text);
    await rename(join(project.dir, 'main.py~'), join(project.dir, 'main.py'));
  }

  it('is told that it still holds the old file after an editor put a new one in its place; a restart gives it the new one, and so does the fix', async () => {
    await replace('v3\n');
    expect(await execIn(project, 'web', 'cat /app/main.py')).toBe('v2\n');
    expect(places(await findings())).toEqual(['BIND_SOURCE_STALE docker-compose.dev.yml:8']);
    await command(['services', 'restart', 'web', '--yes']);
    expect(await execIn(project, 'web', 'cat /app/main.py')).toBe('v3\n');
    expect(await findings()).toEqual([]);

    await replace('v4\n');
    const [stale] = await findings();
    await command(['checks', 'fix', stale?.fixes[0]?.id ?? '', '--mode', 'dev', '--yes']);
    expect(await execIn(project, 'web', 'cat /app/main.py')).toBe('v4\n');
    expect(await findings()).toEqual([]);
  });

  it('is told that its image is older than its dependencies, until the next switch', async () => {
    await project.write('web/requirements.txt', 'one\ntwo\n');
    expect(places(await findings())).toEqual(['BUILD_OUTDATED web/requirements.txt:undefined']);
    await command(['modes', 'switch', 'dev', '--yes']);
    expect(await execIn(project, 'web', 'cat /requirements.txt')).toBe('one\ntwo\n');
    expect(await findings()).toEqual([]);
  });

  it('is told what a switch would lose and what it would leave', async () => {
    const labels = { 'com.docker.compose.project': project.name, 'com.docker.compose.service': 'old', 'com.docker.compose.oneoff': 'False', 'com.docker.compose.project.working_dir': project.dir, 'com.docker.compose.project.config_files': join(project.dir, 'gone.yml') };
    await engineJson('POST', `/containers/create?name=${project.name}-old-1`, { body: { Image: BUSYBOX_IMAGE, Labels: labels } });
    const plan = await command<OutputOf<'modes.plan'>>(['modes', 'plan', 'prod']);
    expect(plan.findings.map((one) => `${one.code} ${one.service ?? ''}`).sort()).toEqual(['DATA_ANONYMOUS_LOST web', 'SERVICE_OF_NO_MODE old']);
  });
});
