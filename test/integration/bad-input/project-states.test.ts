import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { folderState } from '../../support/folder-state';
import { BUSYBOX_IMAGE, engineJson, ensureBusybox } from '../../support/images';
import { startNeighbour, type Neighbour } from '../../support/neighbours';
import { emptyProject, type TestProject } from '../../support/projects';
import { requireCompose } from '../../support/compose-command';

beforeAll(requireCompose);

const run = promisify(execFile);

interface OpenedProject {
  readonly id: string;
  readonly name: string;
  readonly modes: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly activeMode: string | null;
}
interface Plan {
  readonly changes: readonly { readonly service: string; readonly action: string }[];
  readonly findings: readonly { readonly code: string; readonly severity: string; readonly message: string }[];
}

const service = (mode: string): string =>
  `services:\n  web:\n    image: ${BUSYBOX_IMAGE}\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"]\n    environment:\n      APP_MODE: ${mode}\n`;

/** The project states of a stranger's folder: one file, containers somebody else's compose made, a name that is taken. */
describe('states a project can be found in', () => {
  let berth: BerthCommand;
  let project: TestProject;
  let neighbour: Neighbour | null = null;

  beforeAll(async () => {
    await ensureBusybox();
    berth = await berthCommand();
  });
  afterEach(async () => {
    await neighbour?.close();
    neighbour = null;
    await project.close();
  });
  afterAll(async () => berth.close());

  const containers = async (): Promise<readonly { readonly Id: string; readonly State: string }[]> => {
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}`] }));
    return engineJson('GET', `/containers/json?all=1&filters=${filters}`);
  };

  test('one compose.yaml is one mode, default; it can be started as that', async () => {
    project = await emptyProject('one', { files: { 'compose.yaml': service('only') } });
    const opened = await berth.json<OpenedProject>(['projects', 'open', project.dir, '--trust']);
    expect(opened.code).toBe(0);
    expect(opened.answer.value?.modes.map(({ name, files }) => ({ name, files }))).toEqual([{ name: 'default', files: ['compose.yaml'] }]);
    expect(opened.answer.value?.activeMode).toBeNull();
    const before = await folderState(project.dir);
    expect((await berth.json(['modes', 'switch', 'default', '--yes'], { cwd: project.dir })).code).toBe(0);
    const listed = await berth.json<readonly { readonly name: string; readonly active: boolean }[]>(['modes', 'list'], { cwd: project.dir });
    expect(listed.answer.value).toMatchObject([{ name: 'default', active: true }]);
    expect((await containers()).map(({ State }) => State)).toEqual(['running']);
    expect((await folderState(project.dir)).filter((line) => !before.includes(line) && !line.startsWith('.berth'))).toEqual([]);
  });

  test('without trust nothing runs: exit 2 and no container', async () => {
    project = await emptyProject('untrusted', { files: { 'compose.yaml': service('only') } });
    expect((await berth.json(['projects', 'open', project.dir])).code).toBe(0);
    const { code, answer } = await berth.json(['modes', 'switch', 'default', '--yes'], { cwd: project.dir });
    expect({ code, error: answer.error?.code }).toEqual({ code: 2, error: 'trust-required' });
    expect(await containers()).toEqual([]);
  });

  test('containers made by docker compose are seen as the mode of their files, kept, and switched', async () => {
    project = await emptyProject('made', { files: { 'docker-compose.dev.yml': service('dev'), 'docker-compose.clean.yml': service('clean') } });
    await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: project.dir });
    const [before] = await containers();
    const opened = await berth.json<OpenedProject>(['projects', 'open', project.dir, '--trust']);
    expect(opened.answer.value?.activeMode).toBe('dev');
    const plan = await berth.json<Plan>(['modes', 'plan', 'dev'], { cwd: project.dir });
    expect(plan.answer.value?.changes.map(({ action }) => action)).toEqual(['keep']);
    expect((await berth.json(['modes', 'switch', 'prod', '--yes'], { cwd: project.dir })).code).toBe(0);
    const after = await containers();
    expect(after.map(({ State }) => State)).toEqual(['running']);
    expect(after[0]?.Id).not.toBe(before?.Id);
    // And the other way round: compose finds nothing to do.
    await run('docker', ['compose', '-f', 'docker-compose.clean.yml', 'up', '-d'], { cwd: project.dir });
    expect(await containers()).toEqual(after.map((one) => expect.objectContaining({ Id: one.Id })));
  });

  test('a foreign project of the same name blocks the switch with an error finding and is left alone', async () => {
    project = await emptyProject('taken', { files: { 'compose.yaml': service('only') } });
    neighbour = await startNeighbour({ project: project.name, service: 'web' });
    const before = await neighbour.state();
    expect((await berth.json(['projects', 'open', project.dir, '--trust'])).code).toBe(0);
    const plan = await berth.json<Plan>(['modes', 'plan', 'default'], { cwd: project.dir });
    const errors = plan.answer.value?.findings.filter(({ severity }) => severity === 'error') ?? [];
    expect(errors.map(({ message }) => message).join('\n')).toContain(neighbour.workingDir);
    const { code, answer } = await berth.json(['modes', 'switch', 'default', '--yes'], { cwd: project.dir });
    expect({ code, error: answer.error?.code }).toEqual({ code: 4, error: 'blocked' });
    expect(answer.error?.findings?.some(({ severity }) => severity === 'error')).toBe(true);
    expect(await neighbour.state()).toEqual(before);
  });
});
