export const VOLUME_PROGRAM_DIR: string;
export function volumeSourcesHash(): Promise<string>;
export function readVolumeSources(): Promise<ReadonlyMap<string, string>>;
export function buildVolumeProgram(outDir: string): Promise<readonly string[]>;
