import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import type { Json, JsonObject } from '@shared/kernel/json';
import { writeAll } from './state-file';

/** A small JSON object, or null when there is none that can be read. */
export function readSmall(path: string): JsonObject | null {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

/** Replaces it as one step. */
export function writeSmall(path: string, value: JsonObject): void {
  const fd = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    writeAll(fd, Buffer.from(JSON.stringify(value)));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.tmp`, path);
}

/** Makes a folder for this user alone, with those above it. */
export function mkdirFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
