export declare function helperReference(): Promise<string>;
export declare function ensureHelperImage(options?: { readonly socketPath?: string; readonly log?: (line: string) => void }): Promise<string>;
