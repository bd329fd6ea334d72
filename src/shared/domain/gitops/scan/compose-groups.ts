import type { LayerHashes } from '../types';
import type { FactFile } from './collect';
import { partition, type Placed, type Together } from './group-documents';
import { environmentOf } from './identity';
import { folderOf } from './paths';

/** A service with the hash of what it says. */
export interface HashedService {
  readonly name: string;
  readonly line: number;
  readonly hash: string;
}

/** Files that docker compose takes by themselves; any other name in the same folder is laid over one of these. */
const BASE_NAME = /^(?:docker-)?compose\.ya?ml$/i;
const LAID_OVER = /^(?:docker-)?compose[.-].+\.ya?ml$/i;

interface ComposeFile {
  readonly file: FactFile;
  /** Named by the file itself, so the same one in another folder. */
  readonly isNamed: boolean;
  readonly project: string;
  readonly isLayer: boolean;
}

/** Compose files that are the same as a whole, and services of one project that are written down twice. */
export function composeTogethers(files: readonly FactFile[]): readonly Together[] {
  const all = files.filter((file) => file.kind === 'compose').map(composeFile);
  const wholes = partition(all, ({ file }) => file.documents.map((one) => one.hashes.L4).join('\n')).filter((same) => same.length > 1 && !areForEnvironments(same));
  const copies = wholes.map((same): Together => ({ applyRoot: folderOf(same[0]?.file.path ?? ''), identity: null, documents: same.map(({ file }) => placed(file, 1, file.documents[0]?.hashes ?? hashesOf(''))), isUnsure: !isOneProject(same) }));
  // Of files that are the same, one speaks for all: their services are not told one by one.
  const spoken = new Set(wholes.flatMap((same) => same.slice(1)));
  const single = all.filter((one) => !one.isLayer && !spoken.has(one));
  return [...copies, ...partition(single, (one) => (one.isNamed ? `name ${one.project}` : `folder ${folderOf(one.file.path)}`)).flatMap((same) => (same.length < 2 || areForEnvironments(same) ? [] : serviceTogethers(same)))];
}

function composeFile(file: FactFile): ComposeFile {
  const project = file.facts?.compose?.project ?? null;
  const folder = folderOf(file.path);
  const name = file.path.slice(folder === '' ? 0 : folder.length + 1);
  return { file, isNamed: project !== null, project: project ?? folder.slice(folder.lastIndexOf('/') + 1), isLayer: LAID_OVER.test(name) && !BASE_NAME.test(name) };
}

function isOneProject(same: readonly ComposeFile[]): boolean {
  const [first] = same;
  return same.every((one) => one.project === first?.project && (one.isNamed || folderOf(one.file.path) === folderOf(first.file.path)));
}

function areForEnvironments(same: readonly ComposeFile[]): boolean {
  return new Set(same.map(({ file }) => environmentOf(file.path)).filter((one) => one !== null)).size > 1;
}

function serviceTogethers(same: readonly ComposeFile[]): readonly Together[] {
  const services = same.flatMap(({ file, project }) => file.services.map((service) => ({ file, project, service })));
  return partition(services, ({ service }) => service.name)
    .filter((one) => one.length > 1)
    .map((one) => ({
      applyRoot: folderOf(one[0]?.file.path ?? ''),
      identity: { composeProject: one[0]?.project ?? '', service: one[0]?.service.name ?? '' },
      documents: one.map(({ file, service }) => placed(file, service.line, hashesOf(service.hash))),
    }));
}

function placed(file: FactFile, line: number, hashes: LayerHashes): Placed {
  return { path: file.path, document: 0, item: null, line, contentHash: file.contentHash, hashes, environment: environmentOf(file.path) };
}

/** Of a service only its text with sorted keys is known: it is the same at L2 or it is not. */
function hashesOf(hash: string): LayerHashes {
  return { L1: '', L2: hash, L3: hash, L4: hash, L5: hash, L6: hash };
}
