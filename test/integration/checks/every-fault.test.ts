import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { findingCodes } from '../../support/finding-codes';
import { seededProject, type SeededProject } from './seeded-project';

type Finding = OutputOf<'checks.run'>['findings'][number];

const RESTORE = 'test/unit/shared/domain/snapshots/restore-findings.test.ts';
const MANIFESTS = 'test/unit/shared/domain/gitops/validate/validate-manifests.test.ts';
const STORAGE_RULES = 'test/unit/shared/domain/storage/conflict-rules.test.ts';

/** Codes that the seeded project cannot show, and the test that shows each. */
const ELSEWHERE: { readonly [code: string]: string } = {
  // Needs a user who may not read everything, and an engine that is away.
  BIND_SOURCE_UNREADABLE: 'test/integration/checks/another-user.test.ts',
  ENGINE_NOT_ASKED: 'test/integration/checks/another-user.test.ts',
  BIND_SOURCE_UNRESPONSIVE: 'test/faults/fault-table.ts',
  // Needs an engine in a virtual machine.
  BIND_SOURCE_NOT_SHARED: 'test/unit/shared/domain/checks/mount-checks.test.ts',
  // Need a project that runs.
  BIND_SOURCE_STALE: 'test/integration/scenarios/live-files.test.ts',
  BUILD_OUTDATED: 'test/integration/scenarios/live-files.test.ts',
  DATA_ANONYMOUS_LOST: 'test/integration/scenarios/live-files.test.ts',
  SERVICE_OF_NO_MODE: 'test/integration/scenarios/live-files.test.ts',
  // Need containers that use S3.
  BUCKET_OVERLAP: STORAGE_RULES,
  CONFIG_OVERLAP: STORAGE_RULES,
  MOUNT_OVERLAP: STORAGE_RULES,
  RESOURCE_COMPETITION: STORAGE_RULES,
  SCHEDULE_OVERLAP: STORAGE_RULES,
  SYNC_LOOP: STORAGE_RULES,
  // Need a snapshot that is about to be restored.
  SNAPSHOT_DATABASE_VERSION: RESTORE,
  SNAPSHOT_ENGINE_OLDER: RESTORE,
  SNAPSHOT_FOLDER_NOT_TRUSTED: RESTORE,
  SNAPSHOT_FOLDER_SHARED: RESTORE,
  SNAPSHOT_FOREIGN: RESTORE,
  SNAPSHOT_IMAGE_MISSING: RESTORE,
  SNAPSHOT_NO_SPACE: RESTORE,
  SNAPSHOT_OTHER_MACHINE: RESTORE,
  SNAPSHOT_OTHER_PROJECT: RESTORE,
  SNAPSHOT_PATH_LEFT_OUT: RESTORE,
  SNAPSHOT_PATH_ODD: RESTORE,
  SNAPSHOT_VOLUME_SHARED: RESTORE,
  // Said of a folder of manifests.
  MANIFEST_FIELD_MISSING: MANIFESTS,
  MANIFEST_FIELD_UNKNOWN: MANIFESTS,
  MANIFEST_KIND_NOT_SERVED: MANIFESTS,
  MANIFEST_KIND_UNKNOWN: MANIFESTS,
  MANIFEST_REFERENCE_MISSING: MANIFESTS,
  MANIFEST_UNREADABLE: MANIFESTS,
  MANIFEST_VALUE_INVALID: MANIFESTS,
  WRITTEN_TWICE: 'test/integration/storage/storage-live.test.ts',
};

let project: SeededProject;
let berth: BerthCommand;

beforeAll(async () => {
  [project, berth] = await Promise.all([seededProject(), berthCommand()]);
  const opened = await berth.json(['projects', 'open', project.dir, '--trust']);
  expect(opened.answer.error).toBeUndefined();
});
afterAll(async () => {
  await berth.close();
  await project.close();
});

const PROD_FILE = 'docker-compose.clean.yml';
const MODES = ['dev', 'prod'] as const;

/** The exit code, what was found, and every area that is not in order. */
async function run(mode: string): Promise<{ readonly code: number | null; readonly findings: readonly Finding[]; readonly wrong: readonly string[] }> {
  const { code, answer } = await berth.json<OutputOf<'checks.run'>>(['checks', 'run', '--mode', mode], { cwd: project.dir });
  expect(answer.error).toBeUndefined();
  const wrong = (answer.value?.areas ?? []).filter((one) => one.state !== 'pass').map((one) => one.area);
  return { code, findings: answer.value?.findings ?? [], wrong };
}

/** `CODE file:line` of each, in a fixed order. */
const places = (findings: readonly Finding[]): readonly string[] => findings.map(({ code, where }) => `${code} ${relative(project.dir, where?.file ?? '')}:${String(where?.line)}`).sort();

function marksOf(mode: string): readonly string[] {
  const paths = [...project.marked.keys()].filter((path) => (path === PROD_FILE) === (mode === 'prod'));
  return paths.flatMap((path) => project.marked.get(path)?.expected ?? []);
}

describe('a project with one fault of every kind', () => {
  it('has a case for each finding code there is', async () => {
    const shown = MODES.flatMap(marksOf).map((place) => place.split(' ')[0] ?? '');
    expect(shown.filter((code, index) => shown.indexOf(code) !== index)).toEqual([]);
    expect([...shown, ...Object.keys(ELSEWHERE)].sort()).toEqual([...(await findingCodes())].sort());
    for (const [code, file] of Object.entries(ELSEWHERE)) expect((await readFile(file, 'utf8')).includes(code), `${code} in ${file}`).toBe(true);
  });

  it('is told each fault once, with its code, file and line, and ends with 4', async () => {
    const dev = await run('dev');
    expect(places(dev.findings)).toEqual([...marksOf('dev')].sort());
    expect(dev.code).toBe(4);
    expect(dev.wrong).toEqual(expect.arrayContaining(['mounts', 'ports', 'builds', 'networks', 'dependencies', 'environment', 'data', 'engine', 'files']));
    const prod = await run('prod');
    // The project's name is wrong in both.
    expect(places(prod.findings)).toEqual([`PROJECT_NAME_TAKEN ${PROD_FILE}:1`, ...marksOf('prod')].sort());
    expect(prod.code).toBe(4);
  });

  it('loses with its fixes what has one, all of them at once, and nothing else', async () => {
    const { findings } = await run('dev');
    const isFixable = ({ fixes }: Finding): boolean => fixes[0] !== undefined && fixes[0].opens === undefined;
    const [fixable, rest] = [findings.filter(isFixable), findings.filter((one) => !isFixable(one))];
    expect(rest.map((one) => one.code).sort()).toEqual(['BIND_WHOLE_PROJECT', 'BUILD_CONTEXT_MISSING', 'HEALTHCHECK_MISSING', 'PROJECT_NAME_TAKEN', 'REFUSED_VALUE', 'RESOURCE_CLAMPED', 'VOLUME_CHANGED']);
    // What is shared with a stranger would go with it, below.
    const chosen = fixable.map(({ fixes }) => (fixes.find(({ id }) => id.startsWith('use-own:')) ?? fixes[0])?.id ?? '');
    const fixed = await berth.json<OutputOf<'checks.fix'>>(['checks', 'fix', ...chosen, '--mode', 'dev', '--yes'], { cwd: project.dir });
    expect(fixed.answer.error).toBeUndefined();
    expect(fixed.code).toBe(0);
    // A service that only waits for a start now still waits for one that nobody can ask.
    expect((await run('dev')).findings.map((one) => one.code).sort()).toEqual([...rest.map((one) => one.code), 'HEALTHCHECK_MISSING'].sort());
  });

  it('loses with the command that a finding names what a person decides', async () => {
    const missing = (await run('dev')).findings.filter((one) => one.code === 'HEALTHCHECK_MISSING');
    expect(missing.map((one) => one.fixes.map((fix) => fix.opens)).flat()).toEqual(['plain', 'mute'].map((service) => ({ dialog: 'healthcheck', service, command: `berth compose healthcheck ${service}` })).sort((a, b) => a.service.localeCompare(b.service)));
    const refused = await berth.json(['checks', 'fix', missing[0]?.fixes[0]?.id ?? '', '--mode', 'dev', '--yes'], { cwd: project.dir });
    expect(refused.answer.error).toMatchObject({ code: 'fix-failed', message: expect.stringContaining('berth compose healthcheck') as string });
    for (const one of missing) {
      const [, ...command] = (one.fixes[0]?.opens?.command ?? '').split(' ');
      const written = await berth.json([...command, '--kind', 'command', '--command', 'true', '--yes'], { cwd: project.dir });
      expect(written.answer.error).toBeUndefined();
    }
    expect((await run('dev')).findings.map((one) => one.code)).not.toContain('HEALTHCHECK_MISSING');
  });

  it('is clean once the rest is put right, and ends with 0', async () => {
    await project.calm();
    const codes = new Set((await Promise.all(MODES.map(run))).flatMap(({ findings }) => findings.map((one) => one.code)));
    for (const [path, marked] of project.marked) await project.write(path, marked.repaired(await project.read(path), codes));
    for (const mode of MODES) expect(await run(mode), mode).toEqual({ code: 0, findings: [], wrong: [] });
  });
});
