import type { ElectronApplication } from 'playwright';
import type { StagedApp } from './stage.mjs';

export declare function electronArguments(staged: StagedApp, options?: { readonly virtual?: boolean }): string[];
export declare function launchElectron(
  staged: StagedApp,
  options: { readonly env: Record<string, string>; readonly args?: readonly string[]; readonly timeoutMs?: number; readonly cwd?: string },
): Promise<ElectronApplication>;
