import { readFile } from 'node:fs/promises';

/** One line of the kernel's list of mounts. */
export interface MountRow {
  readonly point: string;
  /** For example ext4, fuse.rclone. */
  readonly type: string;
  /** What is mounted, as the file system names it. */
  readonly source: string;
  /** Whether mounts made beneath it are passed on. */
  readonly shared: boolean;
}

/** The mounts a process sees, in the order in which they were made: text of the kernel, which never hangs. Empty where there is no such list. */
export async function mountTable(process: number | 'self' = 'self'): Promise<readonly MountRow[]> {
  const text = await readFile(`/proc/${String(process)}/mountinfo`, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => rowOf(line));
}

/** What is seen at a folder: the mount that was made there last; undefined when it is none. */
export function mountedAt(table: readonly MountRow[], point: string): MountRow | undefined {
  return table.findLast((row) => row.point === point);
}

/** The mount a path lies on. */
export function mountAbove(table: readonly MountRow[], path: string): MountRow | undefined {
  const over = table.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`));
  const deepest = Math.max(...over.map(({ point }) => point.length));
  return over.findLast(({ point }) => point.length === deepest);
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 - ext3 /dev/root rw`: optional fields, among them `shared:`, end with the dash. */
function rowOf(line: string): readonly MountRow[] {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [point, type, source] = [fields[4], fields[dash + 1], fields[dash + 2]];
  if (point === undefined || type === undefined || dash === -1) return [];
  return [{ point: plain(point), type, source: plain(source ?? ''), shared: fields.slice(6, dash).some((field) => field.startsWith('shared:')) }];
}

function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
