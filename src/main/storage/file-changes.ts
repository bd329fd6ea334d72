import { relative, sep } from 'node:path';
import { STORAGE_FILES, type StorageDefinition } from '@shared/domain/storage/definition';
import { envValues, withVariables } from '@shared/domain/storage/env-variables';
import { bucketNameOf, presetFile, type PresetRequest, type StoragePreset } from '@shared/domain/storage/presets';
import { chosenOf, type Choices } from '@shared/domain/storage/decisions';
import { editResources } from '@shared/domain/services/edit-resources';
import { applyStrategy, OPTIMIZED, type StorageStrategy } from '@shared/domain/storage/strategies';
import { TUNING_PRESETS, tuneMount, type MountTuning } from '@shared/domain/storage/tuning';
import { writtenStorage } from '@shared/domain/storage/written-service';
import { textOf } from '@shared/domain/operations/operation-input';
import type { Project } from '@shared/domain/projects/project';
import { WORKSPACE_KEYS_FILE } from '@shared/domain/storage/workspace-preset';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { ChangedTexts, StorageChange, StorageChangeDependencies } from './storage-change';

const ENV_FILE = '.env';
const BUCKETS_COMMENT = 'Buckets of storage';

/** `storage.setup`: writes the file of a preset and the names of its buckets. */
export function setupChange(choices: (projectId: string) => Promise<Choices>): StorageChange {
  return {
  kind: 'storage.setup',
  change: 'storage_setup',
  async prepare(input) {
    const [preset, backend, only] = [textOf(input, 'preset'), textOf(input, 'backend'), textOf(input, 'only')];
    if (backend === 's3fs' && preset !== 'workspace') throw new AppError('input-invalid', 'Only the preset workspace can be mounted with s3fs.', { hint: 'Use `berth storage setup workspace --backend s3fs`, or rclone.' });
    if (preset === 'workspace' && only === 'sync') throw new AppError('input-invalid', 'The preset workspace has no scheduled copies.');
    return Promise.resolve({ preset, backend, only });
  },
  title: (input) => `Set up storage of ${textOf(input, 'name')}: ${textOf(input, 'preset')}`,
  async workOut(texts, input) {
    const chosen = await choices(texts.project.id);
    const found = presetFile({ preset: textOf(input, 'preset') as StoragePreset, backend: textOf(input, 'backend') as PresetRequest['backend'], only: textOf(input, 'only') as PresetRequest['only'], project: texts.project.name, oneBucket: chosenOf(chosen, 'bucketStrategy') === 'B' });
    const preset = { ...found, text: allocated(found.text, textOf(input, 'preset'), chosen) };
    const risks: string[] = [];
    for (const file of STORAGE_FILES) {
      const before = await texts.read(file);
      if (before === null || (file === preset.file && before === preset.text)) continue;
      if (file === preset.file) risks.push(`${file} is written anew: what was changed in it by hand is in the backup.`);
      else {
        // Two storage files would be two answers to the same question.
        await texts.write(file, null);
        risks.push(`${file} is taken away: a project has one storage file. It is in the backup.`);
      }
    }
    await texts.write(preset.file, preset.text);
    // A name that somebody chose stays; one that the other preset gave does not.
    const other = presetFile({ preset: textOf(input, 'preset') === 'legacy' ? 'complementary' : 'legacy', backend: 'rclone', only: 'all', project: texts.project.name });
    await addVariables(texts, preset.variables, other.variables);
    return { steps: [`Write ${preset.file}`, ...(textOf(input, 'preset') === 'workspace' ? [`Make up keys for it in ${WORKSPACE_KEYS_FILE}, readable by you only, where there are none yet`] : []), ...(Object.keys(preset.variables).length === 0 ? [] : ['Write the names of buckets that .env does not have yet'])], risks: [...risks, 'Nothing is started: `berth storage start` does that.'] };
  },
  };
}

/** Under B the copies are given as much as the mount. */
function allocated(text: string, preset: string, choices: Choices): string {
  if (preset !== 'complementary' || chosenOf(choices, 'resourceAllocation') !== 'B' || !text.includes('\n  s3-sync:')) return text;
  const outcome = editResources(text, 's3-sync', OPTIMIZED.mount);
  return outcome.kind === 'edited' ? outcome.text : text;
}

async function addVariables(texts: ChangedTexts, variables: Readonly<Record<string, string>>, former: Readonly<Record<string, string>> = {}): Promise<void> {
  if (Object.keys(variables).length === 0) return;
  const before = (await texts.read(ENV_FILE)) ?? '';
  const after = withVariables(before, variables, BUCKETS_COMMENT, former);
  if (after !== before) await texts.write(ENV_FILE, after);
}

/** `storage.tune`: changes the cache of a mount where it is written. */
export function tuneChange(load: (projectId: string) => Promise<StorageDefinition>): StorageChange {
  return {
    kind: 'storage.tune',
    change: 'storage_tune',
    async prepare(input, project) {
      const definition = await load(project.id);
      if (definition.mounts.length === 0) throw new AppError('not-found', 'This project has no mounts.', { hint: '`berth storage setup` makes some.' });
      const wanted = typeof input['mount'] === 'string' ? input['mount'] : null;
      const mounts = definition.mounts.filter((one) => wanted === null || one.id === wanted || one.mountPoint === wanted || one.bucket === wanted);
      if (mounts.length === 0) throw new AppError('not-found', `There is no mount ${wanted ?? ''}.`, { hint: `There are ${definition.mounts.map((one) => one.id).join(', ')}.` });
      const tuning = tuningOf(input);
      if (Object.keys(tuning).length === 0) throw new AppError('input-invalid', 'Nothing is said that is to be changed.', { hint: 'Use --preset bigger-cache, --preset fresher, --cache-max-size, --cache-max-age, --dir-cache-time or --read-only.' });
      if (definition.containers.some((one) => one.backend === 's3fs' && mounts.some((mount) => mount.service === one.service))) throw new AppError('input-invalid', 's3fs has no cache of this kind.', { hint: 'Use rclone: `berth storage setup workspace --backend rclone`.' });
      return { file: definition.file ?? '', mounts: mounts.map((one) => one.id), tuning };
    },
    title: (input) => `Tune ${listOf(input, 'mounts').join(', ')}`,
    async workOut(texts, input) {
      const file = textOf(input, 'file');
      const before = await texts.read(file);
      if (before === null) throw new AppError('not-found', `There is no ${file}.`);
      const tuning = input['tuning'] as MountTuning;
      const ids = listOf(input, 'mounts');
      let after = before;
      for (const service of new Set(ids.map((id) => id.slice(0, id.indexOf(':'))))) {
        const points = ids.filter((id) => id.startsWith(`${service}:`)).map((id) => id.slice(service.length + 1));
        const outcome = tuneMount(after, service, points, tuning);
        if (outcome.kind === 'by-hand') throw new AppError('fix-failed', `${file} must be changed by hand: ${outcome.reason}`, { where: { file } });
        after = outcome.text;
      }
      await texts.write(file, after);
      return { steps: [`Write the new settings of ${ids.join(', ')}`, 'Mount again what is mounted'], risks: ['The mounts are away for a moment; what is not uploaded yet is uploaded first.'] };
    },
  };
}

function tuningOf(input: JsonObject): JsonObject {
  const preset = input['preset'];
  const from: MountTuning = typeof preset === 'string' && Object.hasOwn(TUNING_PRESETS, preset) ? TUNING_PRESETS[preset as keyof typeof TUNING_PRESETS] : {};
  const own = Object.fromEntries(['cacheMaxSize', 'cacheMaxAge', 'dirCacheTime', 'readOnly'].flatMap((key) => (input[key] === undefined ? [] : [[key, input[key]]])));
  return { ...from, ...own };
}

function listOf(input: JsonObject, key: string): readonly string[] {
  const value = input[key];
  return Array.isArray(value) ? (value as readonly unknown[]).map(String) : [];
}

/** `storage.apply-strategy`: mends conflicts in the storage file and in the project's own compose files. */
export function strategyChange(deps: Pick<StorageChangeDependencies, 'projects'>, choices: (projectId: string) => Promise<Choices>): StorageChange {
  return {
    kind: 'storage.apply-strategy',
    change: 'storage_strategy',
    prepare: (input) => Promise.resolve({ strategy: textOf(input, 'strategy') }),
    title: (input) => `Mend storage of ${textOf(input, 'name')}: ${textOf(input, 'strategy')}`,
    async workOut(texts, input) {
      const strategy = textOf(input, 'strategy') as StorageStrategy;
      const env = (await texts.read(ENV_FILE)) ?? '';
      const isOneBucket = chosenOf(await choices(texts.project.id), 'bucketStrategy') === 'B';
      const files = await filesOf(texts, deps);
      const needed = new Set<string>();
      const byHand: string[] = [];
      let found = 0;
      for (const [file, before] of files) {
        const written = writtenStorage(before);
        if (written.services.length === 0 && written.scripts.length === 0) continue;
        found += 1;
        const outcome = applyStrategy(before, strategy, envValues(env), isOneBucket ? 'folder-separation' : 'bucket-separation');
        await texts.write(file, outcome.text);
        for (const variable of outcome.variables) needed.add(variable);
        byHand.push(...outcome.byHand.map((one) => `${file}: ${one}`));
      }
      if (found === 0) throw new AppError('not-found', 'No file of this project mounts buckets or copies to them.', { hint: '`berth storage setup` writes one.' });
      await addVariables(texts, Object.fromEntries([...needed].map((variable) => [variable, bucketNameOf(texts.project.name, variable.slice('S3_'.length, -'_BUCKET'.length).toLowerCase())])));
      await refuseOnlyByHand(texts, byHand);
      const moved = strategy === 'folder-separation' || (strategy === 'all' && isOneBucket) ? ['What lies in the bucket stays where it is: a mount shows its own folder only.'] : [];
      return { steps: STEPS[strategy], risks: [...byHand, ...moved, 'What runs keeps what it was made with until storage is started again.'] };
    },
  };
}

const STEPS: { readonly [strategy in StorageStrategy]: readonly string[] } = {
  'bucket-separation': ['Give copies whose bucket is mounted too buckets of their own, and name them in .env'],
  'folder-separation': ['Give everybody who shares a bucket a folder of it'],
  'container-separation': ['Give each container a configuration, an image in one version and keys of its own'],
  'resource-optimization': ['Give the mount 128Mi and 100m, 256Mi and 200m at most; the copies 64Mi and 50m, 128Mi and 100m at most'],
  all: ['Separate who writes to the same bucket', 'Separate the configurations', 'Optimize the resources'],
};

async function refuseOnlyByHand(texts: ChangedTexts, byHand: readonly string[]): Promise<void> {
  const [first] = byHand;
  if (first === undefined || (await texts.entries()).length > 0) return;
  throw new AppError('fix-failed', `This must be done by hand. ${first}`, { hint: byHand.slice(1).join(' ') });
}

/** The storage file, and every compose file of a mode inside the project. */
async function filesOf(texts: ChangedTexts, deps: Pick<StorageChangeDependencies, 'projects'>): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const modes = await deps.projects.loadModes(texts.project.id).catch(() => ({}));
  const paths = [...STORAGE_FILES, ...Object.values(modes).flatMap((one) => one.files.flatMap((file) => insideOf(texts.project, file) ?? []))];
  for (const path of new Set(paths)) {
    const text = await texts.read(path);
    if (text !== null) found.set(path, text);
  }
  return found;
}

function insideOf(project: Project, file: string): string | undefined {
  const path = relative(project.dir, file);
  return path === '' || path === '..' || path.startsWith(`..${sep}`) ? undefined : path.split(sep).join('/');
}
