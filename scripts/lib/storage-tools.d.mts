export type StorageTool = 'minio' | 'versitygw' | 'toxiproxy-server' | 'registry' | 'rclone' | 'mc' | 'dockerignore-oracle' | 'kubernetes-oracle';
export declare const RCLONE_VERSION: string;
export declare const MINIO_VERSION: string;
export declare function toolPath(name: StorageTool): string;
export declare function ensureTool(name: StorageTool, log?: (line: string) => void): Promise<string>;
