import type { ImageFact, Manifest } from './types';

/** What stands in the way of a restore; an error blocks it. */
export interface RestoreFinding {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly hint: string;
}

/** Of what is to be written this much must be free. */
const SPACE_FACTOR = 1.2;

/** Where an image of a snapshot comes from: it is there, it can be fetched as exactly the same, or it is built or fetched again by its name. */
export type ImageSource = 'present' | 'digest' | 'again';

/** What a restore looks at. */
export interface RestoreFacts {
  readonly manifest: Pick<Manifest, 'engine' | 'project' | 'notes'>;
  readonly foreign: boolean;
  readonly target: { readonly projectId: string | null };
  readonly engine: { readonly version: string; readonly arch: string };
  readonly images: readonly { readonly fact: ImageFact; readonly source: ImageSource }[];
  readonly volumes: readonly {
    readonly name: string;
    readonly action: 'same' | 'replace' | 'create' | 'skip';
    readonly then: string | null;
    /** What the database is now; null where that cannot be told. */
    readonly now: string | null;
    /** Names of running containers that are not of the project. */
    readonly others: readonly string[];
  }[];
  /** Folders outside of the project that were named. */
  readonly folders: readonly { readonly source: string; readonly action: 'same' | 'replace'; readonly mayChange: boolean; readonly others: readonly string[] }[];
  /** Paths that cannot be written as they were. */
  readonly oddPaths: readonly string[];
  /** Paths of the snapshot that are not put back: links, and names that are no text. */
  readonly leftOut: readonly string[];
  readonly bytesToWrite: number;
  readonly freeBytes: number | null;
  readonly force: boolean;
}

/** Everything that speaks against a restore, or that whoever asks for it should know. */
export function restoreFindings(facts: RestoreFacts): readonly RestoreFinding[] {
  return [...ofOrigin(facts), ...ofEngine(facts), ...ofImages(facts), ...facts.volumes.flatMap((one) => ofVolume(one, facts.force)), ...facts.folders.flatMap(ofFolder), ...ofFiles(facts), ...ofSpace(facts)];
}

function ofOrigin({ foreign, manifest, target }: RestoreFacts): readonly RestoreFinding[] {
  const found: RestoreFinding[] = [];
  if (foreign) found.push({ code: 'SNAPSHOT_FOREIGN', severity: 'warning', message: 'This snapshot was not made by this Berth, so nobody vouches for what is in it.', hint: 'Bring back only its files first, look at them, trust the project, then restore the rest.' });
  if (target.projectId !== manifest.project.id) found.push({ code: 'SNAPSHOT_OTHER_PROJECT', severity: 'warning', message: `It was made of ${manifest.project.name} in ${manifest.project.dir}.`, hint: 'To have it beside this project, start a copy of it: `berth snapshots branch`.' });
  return found;
}

function ofEngine({ manifest, engine }: RestoreFacts): readonly RestoreFinding[] {
  const found: RestoreFinding[] = [];
  if (isOlder(engine.version, manifest.engine.version)) found.push({ code: 'SNAPSHOT_ENGINE_OLDER', severity: 'warning', message: `It was made with Docker ${manifest.engine.version}; here is ${engine.version}, which is older.`, hint: 'If services do not come up, everything is put back as it is now.' });
  if (manifest.engine.arch !== '' && engine.arch !== '' && manifest.engine.arch !== engine.arch) found.push({ code: 'SNAPSHOT_OTHER_MACHINE', severity: 'warning', message: `It was made on ${manifest.engine.arch}; this machine is ${engine.arch}.`, hint: 'Images are fetched or built for this machine; the files of a database may not be readable here.' });
  return found;
}

function ofImages({ images }: RestoreFacts): readonly RestoreFinding[] {
  return images.flatMap(({ fact, source }): readonly RestoreFinding[] => {
    const about = { code: 'SNAPSHOT_IMAGE_MISSING', message: `The image that ${fact.service} ran from (${fact.reference}) is no longer here.` };
    switch (source) {
      case 'present':
        return [];
      case 'digest':
        return [{ ...about, severity: 'info', hint: 'Exactly the same one is fetched from its registry.' }];
      case 'again':
        return [{ ...about, severity: 'warning', hint: 'It is built or fetched again by its name, which may give another one.' }];
    }
  });
}

function ofVolume(volume: RestoreFacts['volumes'][number], force: boolean): readonly RestoreFinding[] {
  if (volume.action === 'same' || volume.action === 'skip') return [];
  const found: RestoreFinding[] = [];
  if (volume.others.length > 0) found.push({ code: 'SNAPSHOT_VOLUME_SHARED', severity: 'error', message: `${volume.name} is used by ${volume.others.join(', ')}, which ${volume.others.length === 1 ? 'does' : 'do'} not belong to this project.`, hint: 'Stop them first, or leave this volume out.' });
  if (volume.then !== null && volume.now !== null && volume.then !== volume.now) {
    found.push({ code: 'SNAPSHOT_DATABASE_VERSION', severity: force ? 'warning' : 'error', message: `${volume.name} holds the files of ${volume.then}; the service runs ${volume.now}, which may not be able to read them.`, hint: force ? 'It is restored all the same, because that was asked for.' : 'Bring back the files of the project too, so that it runs the old version, or say `--force`.' });
  }
  return found;
}

function ofFolder({ source, action, mayChange, others }: RestoreFacts['folders'][number]): readonly RestoreFinding[] {
  if (action === 'same') return [];
  const found: RestoreFinding[] = [];
  if (!mayChange) found.push({ code: 'SNAPSHOT_FOLDER_NOT_TRUSTED', severity: 'error', message: `Nobody agreed that a service of this project changes ${source}.`, hint: 'Have a service mount it writable and trust the project, or export the snapshot and unpack that part with tar.' });
  if (others.length > 0) found.push({ code: 'SNAPSHOT_FOLDER_SHARED', severity: 'warning', message: `${source} is used by ${others.join(', ')} too, which go on running while its files are replaced.`, hint: 'Stop them first if they write there.' });
  return found;
}

function ofFiles({ oddPaths, leftOut }: RestoreFacts): readonly RestoreFinding[] {
  return [
    ...oddPaths.map((path): RestoreFinding => ({ code: 'SNAPSHOT_PATH_ODD', severity: 'error', message: `${path} is a link or no file any more, so its contents cannot be put there.`, hint: 'Move it out of the way, or leave the files out.' })),
    ...leftOut.map((path): RestoreFinding => ({ code: 'SNAPSHOT_PATH_LEFT_OUT', severity: 'info', message: `${path} is a link, or has a name that is no text, so it is left as it is.`, hint: 'Export the snapshot to get it.' })),
  ];
}

function ofSpace({ bytesToWrite, freeBytes }: RestoreFacts): readonly RestoreFinding[] {
  const needed = Math.ceil(bytesToWrite * SPACE_FACTOR);
  if (freeBytes === null || freeBytes >= needed) return [];
  return [{ code: 'SNAPSHOT_NO_SPACE', severity: 'error', message: `It needs ${mega(needed)} MB where Docker keeps volumes, and ${mega(freeBytes)} MB are free.`, hint: 'Free some space, or bring back fewer volumes.' }];
}

function mega(bytes: number): string {
  return String(Math.ceil(bytes / 1_000_000));
}

/** Whether a version is older than another in its first two numbers; one that is no number is not. */
function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (let index = 0; index < 2; index += 1) {
    const [left, right] = [a?.[index], b?.[index]];
    if (left === undefined || right === undefined || Number.isNaN(left) || Number.isNaN(right)) return false;
    if (left !== right) return left < right;
  }
  return false;
}

/** Where an image can come from. */
export function imageSource(fact: Pick<ImageFact, 'digests'>, present: boolean): ImageSource {
  if (present) return 'present';
  return fact.digests.length > 0 ? 'digest' : 'again';
}
