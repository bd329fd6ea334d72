import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTable, parseTail, PACK_TAIL_BYTES } from '@shared/domain/snapshots/pack';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { cannotStandIn, encodingsOf, watchCommandLines, type CommandLines } from '../../support/canaries';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const run = promisify(execFile);

/** Values with characters that every encoding writes in another way. */
const canary = (name: string): string => `cn-${name}-${randomBytes(9).toString('hex')}/+"&é=%`;
const CANARIES = { dotenv: canary('dotenv'), envFile: canary('envfile'), containerEnvironment: canary('container'), composeSecret: canary('secret'), secretFromEnvironment: canary('fromenv'), volumeLabel: canary('label') };
const ALL = Object.values(CANARIES);

let project: TestProject;
let berth: BerthCommand;
let lines: CommandLines;
let id: string;
let second: string;
const outputs: string[] = [];

interface Answered {
  readonly id: string;
  readonly operationId: string;
}

async function asks(...args: readonly string[]): Promise<Answered> {
  const { answer } = await berth.json<Answered>(args, { cwd: project.dir });
  outputs.push(JSON.stringify(answer));
  if (answer.value === undefined) throw new Error(`berth ${args.join(' ')}: ${JSON.stringify(answer.error)}`);
  return answer.value;
}

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('sec');
  berth = await berthCommand();
  const quoted = (value: string): string => `'${value}'`;
  await project.write('.env', `FROM_DOTENV=${quoted(CANARIES.dotenv)}\nPASSED=${quoted(CANARIES.containerEnvironment)}\nTO_SECRET=${quoted(CANARIES.secretFromEnvironment)}\nLABELLED=${quoted(CANARIES.volumeLabel)}\n`);
  await project.write('api.env', `FROM_FILE=${quoted(CANARIES.envFile)}\n`);
  await project.write('secret.txt', CANARIES.composeSecret);
  await project.write(
    'docker-compose.dev.yml',
    stringify({
      services: {
        api: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "echo kept > /data/kept; trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '2s', environment: { PASSWORD: '${PASSED}', TOKEN: 'x-${FROM_DOTENV}' }, env_file: ['api.env'], secrets: ['one'], volumes: ['data:/data'] },
      },
      secrets: { one: { file: './secret.txt' }, two: { environment: 'TO_SECRET' } },
      volumes: { data: { labels: { 'shop.token': 'x-${LABELLED}' } } },
    }),
  );
  await asks('projects', 'open', '.', '--trust');
  await asks('modes', 'switch', 'dev', '--yes');
  lines = watchCommandLines(ALL);
  id = (await asks('snapshots', 'create', '--tag', 'canaries')).id;
  await asks('snapshots', 'verify', id);
  await asks('snapshots', 'export', id, join(berth.home, 'export.tar'));
  second = (await asks('snapshots', 'import', join(berth.home, 'export.tar'))).id;
  await project.write('api.env', `FROM_FILE=${quoted(canary('changed'))}\nMORE=1\n`);
  await asks('snapshots', 'compare', id);
  await asks('snapshots', 'compare', id, second);
  await asks('snapshots', 'plan-restore', id);
  await asks('snapshots', 'restore', id, '--only', 'volumes', '--yes');
  await asks('snapshots', 'list');
  for (const verb of [['list'], ['show', id], ['compare', id]]) outputs.push(...Object.values(await berth.run(['snapshots', ...verb], { cwd: project.dir })).map(String));
  await lines.stop();
});
afterAll(async () => {
  await project.close();
  await berth.close();
});

/** Every file beneath the state folder, by name. */
async function everyFile(): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const entry of await readdir(berth.home, { recursive: true, withFileTypes: true })) if (entry.isFile()) found.set(join(entry.parentPath, entry.name).slice(berth.home.length + 1), await readFile(join(entry.parentPath, entry.name)));
  return found;
}

/** The records of a pack as they were before they were coded; those that are encrypted as they are. */
function recordsOf(pack: Buffer): readonly Buffer[] {
  const { tableOffset, records } = parseTail(pack.subarray(-PACK_TAIL_BYTES), pack.length);
  const table = parseTable(pack.subarray(tableOffset, pack.length - PACK_TAIL_BYTES));
  expect(table.length).toBe(records);
  return table.map((record) => {
    const stored = pack.subarray(record.offset, record.offset + record.storedLength);
    return (record.flags & 1) === 0 && record.codec === 1 ? inflateRawSync(stored) : stored;
  });
}

describe('secrets of a project', () => {
  it('are searched in each of their encodings', () => {
    for (const one of ALL) expect(encodingsOf(one).length).toBeGreaterThanOrEqual(8);
    for (const form of encodingsOf(CANARIES.dotenv)) expect(() => cannotStandIn('a file', Buffer.concat([Buffer.from('before'), form, Buffer.from('after')]), ALL)).toThrow(/a file/);
  });

  it('are in the containers that were kept', async () => {
    const { stdout } = await run('docker', ['ps', '-q', '--filter', `label=com.docker.compose.project=${project.name}`]);
    const { stdout: inspected } = await run('docker', ['inspect', stdout.trim()]);
    expect(JSON.parse(inspected)).toMatchObject([{ Config: { Env: expect.arrayContaining([`PASSWORD=${CANARIES.containerEnvironment}`]) as unknown } }]);
  });

  it('are in the labels of the volume that was kept', async () => {
    const { stdout } = await run('docker', ['volume', 'inspect', `${project.name}_data`]);
    expect(JSON.parse(stdout)).toMatchObject([{ Labels: { 'shop.token': `x-${CANARIES.volumeLabel}` } }]);
  });

  it('are in no file of the repository, decompressed', async () => {
    const repository = [...(await everyFile())].filter(([name]) => name.startsWith('snapshots/'));
    const packs = repository.filter(([name]) => name.startsWith('snapshots/packs/'));
    expect(packs.length).toBeGreaterThanOrEqual(2);
    for (const [name, bytes] of repository) cannotStandIn(name, bytes, ALL);
    let records = 0;
    for (const [name, bytes] of packs) {
      for (const record of recordsOf(bytes)) {
        records += 1;
        cannotStandIn(`${name}, decompressed`, record, ALL);
      }
    }
    expect(records).toBeGreaterThan(5);
  });

  it('are in no export that was made without them, and in one that was made with them', async () => {
    cannotStandIn('export.tar', await readFile(join(berth.home, 'export.tar')), ALL);
    const file = join(berth.home, 'secrets.tar');
    await asks('snapshots', 'export', id, file, '--secrets');
    const whole = await readFile(file);
    for (const one of [CANARIES.dotenv, CANARIES.composeSecret]) expect(() => cannotStandIn('secrets.tar', whole, [one])).toThrow(/secrets.tar/);
    await run('rm', [file]);
  });

  it('are in no log, journal, input or other file of the state folder', async () => {
    for (const [name, bytes] of await everyFile()) cannotStandIn(name, bytes, ALL);
  });

  it('are in nothing that was answered or printed', () => {
    expect(outputs.length).toBeGreaterThan(15);
    for (const [index, text] of outputs.entries()) cannotStandIn(`answer ${String(index)}`, Buffer.from(text), ALL);
    expect(outputs.join('')).toContain('FROM_FILE');
  });

  it('were in no command line, nor in the settings of a container of Berth', () => {
    expect(lines.seen).toBeGreaterThan(0);
    expect(lines.hits).toEqual([]);
  });
});
