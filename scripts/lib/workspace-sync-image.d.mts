export declare function bundleWorkspaceSync(): Promise<string>;
export declare function ensureWorkspaceSyncImage(options?: { readonly socketPath?: string; readonly log?: (line: string) => void }): Promise<string>;
