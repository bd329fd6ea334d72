import type { Engine } from '@main/docker/types';
import type { HostInfo } from '@main/platform/host-info';
import { openS3 } from '@main/platform/s3/client';
import { engineCheck, engineVersionCheck } from './engine-check';
import { composeCheck, diskCheck, displayCheck, s3Check, sandboxCheck, stateFolderCheck, watchCheck } from './machine-checks';
import { createDoctor, type Doctor } from './service';
import type { RunProgram } from './types';

export { diagnosticsHandlers } from './handlers';
export { doctorFixOperation } from './fix-operation';

/** The doctor with every check of this machine. */
export function machineDoctor(parts: { readonly engine: Engine; readonly host: HostInfo; readonly stateDir: string; readonly engineIsLocal: () => boolean; readonly runProgram: RunProgram }): Doctor {
  const { engine, host, stateDir, runProgram } = parts;
  return createDoctor([
    engineCheck(engine, host, runProgram),
    engineVersionCheck(engine),
    diskCheck(host, stateDir, parts.engineIsLocal),
    stateFolderCheck(host, stateDir),
    displayCheck(host),
    sandboxCheck(host),
    watchCheck(host),
    composeCheck(host, runProgram),
    s3Check(host, openS3),
  ]);
}
