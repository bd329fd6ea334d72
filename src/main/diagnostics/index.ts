import type { StorageImageRole } from '@shared/domain/storage/image-candidates';
import type { OutputOf } from '@shared/contract/contract';
import type { Engine } from '@main/docker/types';
import type { HostInfo } from '@main/platform/host-info';
import { openS3 } from '@main/platform/s3/client';
import { engineCheck, engineVersionCheck } from './engine-check';
import { composeCheck, diskCheck, displayCheck, s3Check, sandboxCheck, stateFolderCheck, watchCheck } from './machine-checks';
import { berthCheck, localApiCheck, publishedPortsCheck } from './process-checks';
import { createDoctor, type Doctor } from './service';
import { fuseCheck, storageImagesCheck } from './storage-checks';
import type { RunProgram } from './types';

export { gatherBundle, type BundleSources } from './bundle';
export { bundleList, bundleOperation } from './bundle-operation';
export { engineChoiceHandlers } from './engine-choice';
export { diagnosticsHandlers } from './handlers';
export { doctorFixOperation } from './fix-operation';
export { startupReport } from './startup';
export { Updates } from './updates';

/** What the checks look at. */
export interface DoctorParts {
  readonly engine: Engine;
  readonly host: HostInfo;
  readonly stateDir: string;
  readonly engineIsLocal: () => boolean;
  readonly runProgram: RunProgram;
  readonly version: string;
  readonly api: () => OutputOf<'runtime.status'>['api'];
  readonly imageIsHere: (role: StorageImageRole) => Promise<boolean>;
}

const IMAGE_ROLES: readonly StorageImageRole[] = ['s3', 'rclone'];

/** The doctor with every check of this machine, in the order in which they are shown. */
export function machineDoctor(parts: DoctorParts): Doctor {
  const { engine, host, stateDir, runProgram } = parts;
  return createDoctor([
    engineCheck(engine, host, runProgram),
    engineVersionCheck(engine),
    berthCheck(parts.version, process.versions),
    composeCheck(host, runProgram),
    fuseCheck(host, parts.engineIsLocal),
    storageImagesCheck(engine, IMAGE_ROLES, parts.imageIsHere),
    s3Check(host, openS3),
    publishedPortsCheck(engine, host),
    localApiCheck(parts.api),
    diskCheck(host, stateDir, parts.engineIsLocal),
    watchCheck(host),
    stateFolderCheck(host, stateDir),
    displayCheck(host),
    sandboxCheck(host),
  ]);
}
