import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { S3Server, StepContext } from '@main/storage/types';
import type { SnapshotRecords } from './records';
import { LOCAL, type OpenRepositories } from './repositories';
import type { SnapshotsStatus } from './types';

/** What adding a bucket needs. */
export interface AddRepositoryDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly repositories: OpenRepositories;
  readonly records: SnapshotRecords;
  readonly s3: Pick<S3Server, 'ensureOwnBucket'>;
  readonly status: (reference: string) => Promise<SnapshotsStatus>;
}

const LONGEST_NAME = 64;
const USUAL_PREFIX = 'berth-snapshots';

/** The operation `snapshots.add-repository`. A passphrase is kept sealed before anything of the input is written down. */
export function addRepositoryOperation(deps: AddRepositoryDependencies): OperationKind {
  return {
    kind: 'snapshots.add-repository',
    needsEngine: false,
    prepare: (input) => prepared(deps, input),
    key: (input) => `snapshots:${textOf(input, 'project')}:repositories`,
    title: (input) => `Keep snapshots of ${textOf(input, 'projectName')} in ${textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    async rollback(context, input) {
      if (!context.records.some(({ name }) => name === 'repository.add')) return;
      await context.effect('repository.forget', { name: textOf(input, 'name') }, async () => {
        await deps.records.removeRepository({ projectId: textOf(input, 'project'), name: textOf(input, 'name') });
        await deps.records.forgetUnusedPassphrases();
        return null;
      });
    },
    finish: (_context, input) => result(deps, input),
  };
}

async function prepared(deps: AddRepositoryDependencies, input: JsonObject): Promise<JsonObject> {
  const { id, name: projectName } = await deps.projects.resolve(textOf(input, 'project'));
  const [bucket, prefix] = [textOf(input, 'bucket'), textOf(input, 'prefix').replace(/^\/+|\/+$/g, '')];
  const name = prefix === USUAL_PREFIX || prefix === '' ? bucket : `${bucket}/${prefix}`;
  if (name === LOCAL || name.length > LONGEST_NAME) throw new AppError('input-invalid', `${name} cannot be the name of a repository.`, { hint: `Take a shorter prefix: bucket and prefix together have at most ${String(LONGEST_NAME)} characters.` });
  if ((await deps.repositories.known(id)).some((one) => one.name === name)) throw new AppError('input-invalid', `Snapshots of ${projectName} can be kept in ${name} already.`, { hint: `berth snapshots configure --repository ${name} makes it the place of new ones.` });
  const stored = { project: id, projectName, name, bucket, prefix };
  if (typeof input['passphraseRef'] === 'string') return { ...stored, passphraseRef: input['passphraseRef'] };
  const { passphrase } = input;
  return { ...stored, passphraseRef: typeof passphrase === 'string' && passphrase !== '' ? await deps.records.keepPassphrase(passphrase) : '' };
}

async function run(deps: AddRepositoryDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const [projectId, name, bucket, prefix, passphraseRef] = [textOf(input, 'project'), textOf(input, 'name'), textOf(input, 'bucket'), textOf(input, 'prefix'), textOf(input, 'passphraseRef')];
  context.progress({ step: 0, of: 2, message: 'Looking at the bucket' });
  await deps.s3.ensureOwnBucket(context as StepContext, projectId, bucket);
  context.progress({ step: 1, message: 'Opening the repository' });
  const added = { name, projectId, bucket, prefix, passphraseRef };
  await context.effect('repository.add', { name, bucket, prefix }, async () => {
    await deps.repositories.tryBucket(added);
    await deps.records.addRepository(added);
    return null;
  });
  await context.commit();
  await deps.records.forgetUnusedPassphrases();
  context.progress({ step: 2, message: 'Done' });
  return result(deps, input);
}

async function result(deps: AddRepositoryDependencies, input: JsonObject): Promise<Json> {
  return (await deps.status(textOf(input, 'project'))) as unknown as Json;
}
