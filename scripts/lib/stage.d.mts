import type { ElectronRuntime } from './electron-runtime.mjs';
import type { FoundEngine } from './engine.mjs';

export interface AppUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly number[];
}
/** The app where its user can run it. `user` is null when that is the user who runs us. */
export interface StagedApp {
  readonly user: AppUser | null;
  readonly sandbox: boolean;
  readonly appDir: string;
  readonly executable: string;
  readonly folder: string;
}
export declare function appUser(engine: FoundEngine | null): AppUser | null;
export declare function stage(options: { readonly runtime: ElectronRuntime; readonly engine: FoundEngine | null; readonly folder?: string; readonly ourselves?: boolean }): Promise<StagedApp>;
export declare function makeHome(
  path: string,
  options: { readonly user: AppUser | null; readonly engine: FoundEngine | null; readonly display?: { readonly env: object } },
): Record<string, string>;
export declare function giveTo(path: string, user: AppUser | null): void;
export declare function asUser(user: AppUser | null, command: readonly string[]): Promise<string[]>;
