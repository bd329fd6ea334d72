/** Sizes of a file system as `df -Pk` says them, in bytes. */
export interface DiskFree {
  readonly usedBytes: number;
  readonly freeBytes: number;
}

/** Reads the last line of `df -Pk`; null when it says nothing of sizes. */
export function readDiskFree(output: string): DiskFree | null {
  const line = output.trim().split('\n').at(-1) ?? '';
  const found = /\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%\s/.exec(line);
  return found === null ? null : { usedBytes: Number(found[2]) * 1024, freeBytes: Number(found[3]) * 1024 };
}
