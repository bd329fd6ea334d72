import type { Report } from './report.mjs';

/** An Electron that runs here. `packed`: the development runtime from npm. */
export interface ElectronRuntime {
  readonly folder: string;
  readonly executable: string;
  readonly version: string;
  readonly packed: boolean;
}
export declare function ensureElectron(report: Report): Promise<ElectronRuntime>;
