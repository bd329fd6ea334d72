import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { idsOf } from '../modes/small-shop';

const SERVICE = `    image: ${BUSYBOX_IMAGE}\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    healthcheck: { test: ["CMD", "true"], interval: 1s }\n`;
const AUTOMATION = `  automation-service:\n${SERVICE}    volumes: ["automation_data:/data", "/cache"]\n`;
const WAITS = '    depends_on:\n      automation-service: { condition: service_healthy }\n';

const files = (automation: string, waits: string): string => `services:
  database:
${SERVICE}    volumes: ["postgres_data:/var/lib/postgresql/data"]
${automation}  ai-brain:
${SERVICE}${waits}volumes:
  postgres_data: {}
  automation_data: {}
`;

/** Scenario 1: a service is deleted from the file. */
describe('a service that is deleted from the file', () => {
  let project: TestProject;
  let berth: BerthCommand;
  let before: { readonly [service: string]: string };
  let anonymous: string;

  const FILE = 'docker-compose.dev.yml';
  const switchToDev = (): ReturnType<BerthCommand['json']> => berth.json<OutputOf<'modes.switch'>>(['modes', 'switch', 'dev', '--yes'], { cwd: project.dir });

  beforeAll(async () => {
    await ensureBusybox();
    project = await emptyProject('delete', { files: { [FILE]: files(AUTOMATION, WAITS) } });
    berth = await berthCommand();
    await berth.json(['projects', 'open', project.dir, '--trust']);
    expect((await switchToDev()).answer.error).toBeUndefined();
    before = await idsOf(project);
    const { Mounts } = await engineJson<{ readonly Mounts: readonly { readonly Name: string; readonly Destination: string }[] }>('GET', `/containers/${before['automation-service'] ?? ''}/json`);
    anonymous = Mounts.find((one) => one.Destination === '/cache')?.Name ?? '';
    expect(anonymous).toMatch(/^[0-9a-f]{64}$/);
  });
  afterAll(async () => {
    await berth.close();
    await project.close();
  });

  it('is an error that names the line while another one still waits for it, and nothing is changed', async () => {
    await project.write(FILE, files('', WAITS));
    const line = (await project.read(FILE)).split('\n').findIndex((one) => one.includes('automation-service:')) + 1;
    const { code, answer } = await switchToDev();
    expect([code, answer.error?.code]).toEqual([4, 'blocked']);
    expect(answer.error?.findings?.filter((one) => one.severity === 'error')).toMatchObject([{ code: 'UNDEFINED_SERVICE', message: 'ai-brain depends on automation-service, which is not defined.', where: { file: `${project.dir}/${FILE}`, line } }]);
    expect(await idsOf(project)).toEqual(before);
  });

  it('goes with its container and its volume without a name; the others stay as they are, and so does every volume with a name', async () => {
    await project.write(FILE, files('', ''));
    const plan = (await berth.json<OutputOf<'modes.plan'>>(['modes', 'plan', 'dev'], { cwd: project.dir })).answer.value;
    expect(plan?.changes.map((change) => `${change.action} ${change.service}`).sort()).toEqual(['keep ai-brain', 'keep database', 'remove automation-service']);
    expect(plan?.volumesKept).toEqual([`${project.name}_automation_data`, `${project.name}_postgres_data`]);
    expect((await switchToDev()).answer.error).toBeUndefined();

    const { 'automation-service': _gone, ...others } = before;
    expect(await idsOf(project)).toEqual(others);
    expect((await engineRequest('GET', `/volumes/${anonymous}`)).status).toBe(404);
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}`] }));
    const { Volumes } = await engineJson<{ readonly Volumes: readonly { readonly Name: string }[] }>('GET', `/volumes?filters=${filters}`);
    expect(Volumes.map((one) => one.Name).sort()).toEqual(plan?.volumesKept);
  });

  it('leaves no orphan, and its volume is listed as unused', async () => {
    const services = (await berth.json<OutputOf<'services.list'>>(['services', 'list'], { cwd: project.dir })).answer.value?.services;
    expect(services?.map((one) => one.name).sort()).toEqual(['ai-brain', 'database']);
    const disk = (await berth.json<OutputOf<'disk.show'>>(['disk', 'show'])).answer.value;
    expect(JSON.stringify(disk)).toContain(`${project.name}_automation_data`);
    expect((await switchToDev()).answer.error).toBeUndefined();
  });
});
