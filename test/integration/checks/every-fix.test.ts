import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '@shared/domain/findings/finding';
import { findingCodes } from '../../support/finding-codes';
import { engineRequest } from '../../support/images';
import { openChecksWorld, type ChecksWorld } from './kit';
import { seededProject, type SeededProject } from './seeded-project';

/** Faults that no change of Berth can put right, and why. docs/troubleshooting.md says what to do. */
const BY_HAND: { readonly [code: string]: string } = {
  PROJECT_NAME_TAKEN: 'The name decides which volumes hold the data of the project: another one begins without them.',
  BIND_WHOLE_PROJECT: 'Only who works on it knows which folders change while they work.',
  BIND_CONFIG_IN_PROD: 'It is allowed; whether the image shall hold the file is a choice.',
  BIND_SYSTEM_IN_PROD: 'It is allowed; nothing stands in for what the host has.',
  REFUSED_VALUE: 'Only its author knows which value was meant.',
  VOLUME_CHANGED: 'What is in it would be lost: whether it is made anew is a choice.',
  RESOURCE_CLAMPED: 'A note: the file is right on a larger machine.',
  MOUNT_OVERLAP: 'Where the other bucket is to be seen only who uses it knows.',
  SCHEDULE_OVERLAP: 'Whether a run waits, is left out or comes at another time is a choice.',
  WRITTEN_TWICE: 'Only its owner knows which version of the object is to stay.',
  // Shown elsewhere: they need another machine, an engine that is away, or a project that runs.
  BIND_SOURCE_NOT_SHARED: 'The folders of a virtual machine are a setting of that machine.',
  BIND_SOURCE_UNRESPONSIVE: 'The file system of the source must answer again.',
  ENGINE_NOT_ASKED: 'The engine must be started; the window has a button for that.',
  DATA_ANONYMOUS_LOST: 'Said of a switch that is planned: a name must be chosen for the volume.',
  // Said of a restore that is planned.
  SNAPSHOT_FOREIGN: 'Whether somebody else’s snapshot is to be believed is a choice.',
  SNAPSHOT_OTHER_PROJECT: 'Whether another project’s data is wanted here is a choice.',
  SNAPSHOT_ENGINE_OLDER: 'The engine must be updated.',
  SNAPSHOT_OTHER_MACHINE: 'Images for this kind of machine must be built or pulled.',
  SNAPSHOT_IMAGE_MISSING: 'The restore pulls or builds the image itself where it can.',
  SNAPSHOT_FOLDER_NOT_TRUSTED: 'What a service may change is agreed to by a person.',
  SNAPSHOT_FOLDER_SHARED: 'Whose containers are to be stopped is a choice.',
  SNAPSHOT_VOLUME_SHARED: 'Whose containers are to be stopped is a choice.',
  SNAPSHOT_DATABASE_VERSION: 'Which version the data is to be read with is a choice: --force.',
  SNAPSHOT_PATH_ODD: 'The name stands in the snapshot; the file is named.',
  SNAPSHOT_PATH_LEFT_OUT: 'What lies behind a link or outside is left to its owner.',
  SNAPSHOT_NO_SPACE: 'What may go from the disk is a choice.',
  // Said by `berth gitops validate`.
  MANIFEST_UNREADABLE: 'What was meant only the author of the file knows.',
  MANIFEST_KIND_UNKNOWN: 'Whether the name is wrong or a definition is missing only its author knows.',
  MANIFEST_KIND_NOT_SERVED: 'The newer version has other fields; what becomes of the old ones is a choice.',
  MANIFEST_FIELD_UNKNOWN: 'Which field was meant is a choice; the message has the nearest name.',
  MANIFEST_FIELD_MISSING: 'The value is a choice.',
  MANIFEST_VALUE_INVALID: 'The value is a choice.',
  MANIFEST_REFERENCE_MISSING: 'Whether the reference or what it leads to is wrong only its author knows.',
  SERVICE_OF_NO_MODE: 'Said of a switch that is planned: nobody knows any more whose it is.',
};

/** Fixes that are tested where what they need is there. */
const ELSEWHERE: { readonly [code: string]: string } = {
  BIND_SOURCE_UNREADABLE: 'test/integration/checks/another-user.test.ts',
  BIND_SOURCE_STALE: 'test/integration/checks/fix-recreate.test.ts',
  BUILD_OUTDATED: 'test/integration/scenarios/live-files.test.ts',
  // A dialog: the command that does the same is run in its place.
  HEALTHCHECK_MISSING: 'test/integration/checks/every-fault.test.ts',
  // Mended by `berth storage apply-strategy`, which the finding names.
  BUCKET_OVERLAP: 'test/unit/shared/domain/storage/strategies.test.ts',
  CONFIG_OVERLAP: 'test/unit/shared/domain/storage/seed-conflicts.test.ts',
  RESOURCE_COMPETITION: 'test/unit/shared/domain/storage/seed-conflicts.test.ts',
  SYNC_LOOP: 'test/unit/shared/domain/storage/conflict-rules.test.ts',
};

const MODES = ['dev', 'prod'] as const;
/** What is made on the engine is no change of files: it is taken away by hand. */
const ON_ENGINE = /^create-(network|volume):/;

let project: SeededProject;
let world: ChecksWorld;
const found = new Map<string, { readonly mode: string; readonly finding: Finding }>();

beforeAll(async () => {
  [project, world] = await Promise.all([seededProject(), openChecksWorld()]);
  await world.projects.trust(project.dir);
  for (const mode of MODES) for (const finding of await world.run(project.dir, mode)) if (!found.has(finding.code)) found.set(finding.code, { mode, finding });
});
afterAll(async () => {
  await world.close();
  await project.close();
});

/** Every entry of the project with its kind, permission bits and bytes. */
async function bytesOf(dir: string): Promise<readonly string[]> {
  const entries = (await readdir(dir, { recursive: true })).filter((path) => path !== '.berth' && !path.startsWith('.berth/')).sort();
  return Promise.all(
    entries.map(async (path) => {
      const full = join(dir, path);
      const stats = await lstat(full);
      const content = stats.isFile() ? (await readFile(full)).toString('base64') : stats.isSymbolicLink() ? await readlink(full) : '';
      return `${path} ${stats.mode.toString(8)} ${content}`;
    }),
  );
}

const codes = [...(await findingCodes())].sort();

describe('every finding there is', () => {
  it('has a fix, or a reason why it has none', () => {
    const without = [...found].flatMap(([code, { finding }]) => (finding.fixes.length === 0 ? [code] : []));
    expect(without.filter((code) => BY_HAND[code] === undefined)).toEqual([]);
    expect(Object.keys(BY_HAND).filter((code) => (found.get(code)?.finding.fixes.length ?? 0) > 0)).toEqual([]);
    expect(codes.filter((code) => !found.has(code) && BY_HAND[code] === undefined && ELSEWHERE[code] === undefined)).toEqual([]);
  });

  it('of which the fix is tested elsewhere is found there', async () => {
    for (const [code, file] of Object.entries(ELSEWHERE)) expect((await readFile(file, 'utf8')).includes(code), `${code} in ${file}`).toBe(true);
  });

  it.each(codes.filter((code) => BY_HAND[code] === undefined && ELSEWHERE[code] === undefined))('%s goes with each of its fixes, and taking it back gives every byte again', async (code) => {
    const { mode, finding } = found.get(code) ?? { mode: '', finding: undefined };
    const fixes = finding?.fixes.filter((fix) => fix.opens === undefined) ?? [];
    expect(fixes.length, `${code} has a fix that changes something`).toBeGreaterThan(0);
    const before = await bytesOf(project.dir);
    for (const fix of fixes) {
      const shown = await world.fix(project.dir, { mode, fixes: [fix.id], dryRun: true });
      expect(shown.error, fix.title).toBeNull();
      expect((shown.result as { diff: string }).diff, fix.title).not.toBe('');
      expect(await bytesOf(project.dir), fix.title).toEqual(before);
      const fixed = await world.fix(project.dir, { mode, fixes: [fix.id] });
      expect(fixed.error, fix.title).toBeNull();
      expect(fixed.result, fix.title).toMatchObject({ diff: (shown.result as { diff: string }).diff });
      expect((await world.run(project.dir, mode)).map((one) => one.id), fix.title).not.toContain(finding?.id);
      if (ON_ENGINE.test(fix.id)) {
        await engineRequest('DELETE', `/${fix.id.startsWith('create-network') ? 'networks' : 'volumes'}/${project.name}-shared`);
        continue;
      }
      expect((await world.undo(fixed.id)).error, fix.title).toBeNull();
      expect(await bytesOf(project.dir), fix.title).toEqual(before);
    }
  });
});
