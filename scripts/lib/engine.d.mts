/** The engine that was found: its address, where that came from, and its socket where it has one. */
export interface FoundEngine {
  readonly host: string;
  readonly from: string;
  readonly socketPath: string | null;
  readonly version: string;
  readonly isDefault: boolean;
}
export declare function findEngine(): Promise<FoundEngine | null>;
export declare function engineCandidates(): { readonly chosen: boolean; readonly candidates: readonly { readonly host: string; readonly from: string }[] };
