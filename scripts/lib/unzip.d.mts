export declare function unzip(archive: string, target: string, nameFor: (name: string) => string | null): Promise<void>;
