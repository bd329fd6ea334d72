export declare function fingerprint(root: string, names: readonly string[]): string;
export declare function readStamp(path: string): string | null;
export declare function writeStamp(path: string, text: string): void;
