/** Which base image the sample uses and how it got here. */
export interface BaseImageResult {
  readonly image: string;
  readonly origin: 'present' | 'pulled' | 'built';
}
export declare const REGISTRY_BASE_IMAGE: string;
export declare const LOCAL_BASE_IMAGE: string;
export declare function ensureBaseImages(options?: {
  readonly socketPath?: string;
  readonly log?: (line: string) => void;
  readonly envFile?: string;
  readonly cacheDir?: string;
}): Promise<BaseImageResult>;
export declare function setBaseImage(envFile: string, image: string): Promise<void>;
export declare function nodeProgram(options?: { readonly cacheDir?: string; readonly log?: (line: string) => void }): Promise<string>;
