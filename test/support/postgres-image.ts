import { existsSync } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxEntries, findImage, importImage, IMAGE_PATH, libraryEntries } from '../../scripts/lib/engine-image.mjs';
import { testSocketPath } from './images';

const MAJOR = '15';
const POSTGRES_IMAGE = `berth-test/postgres:${MAJOR}`;
const PROGRAMS = `/usr/lib/postgresql/${MAJOR}`;
const SHARED = `/usr/share/postgresql/${MAJOR}`;

/** As the official image starts: owner first, then the cluster, then the server as PID 1 under its own user. */
const START = `mkdir -p "$PGDATA" /var/run/postgresql && chown -R 999:999 "$PGDATA" /var/run/postgresql && chmod 700 "$PGDATA"
[ -s "$PGDATA/PG_VERSION" ] || su -s /bin/sh postgres -c "initdb -D $PGDATA --auth-local=trust --auth-host=scram-sha-256 -E UTF8 --locale=C --no-instructions" || exit 1
exec su -s /bin/sh postgres -c "exec postgres -D $PGDATA -c timezone=UTC -c log_timezone=UTC"`;

/** Whether this machine has a postgres to make an image of. */
export const HAS_POSTGRES = existsSync(join(PROGRAMS, 'bin/initdb'));

/** The postgres of this machine as an image, with pgbench and pg_amcheck. */
export async function ensurePostgres(): Promise<string> {
  const socketPath = testSocketPath();
  if ((await findImage(socketPath, POSTGRES_IMAGE)) !== null) return POSTGRES_IMAGE;
  const programs = ['postgres', 'initdb', 'psql', 'pgbench', 'pg_amcheck', 'pg_isready'].map((name) => join(PROGRAMS, 'bin', name));
  const modules = ['plpgsql', 'amcheck', 'dict_snowball'].map((name) => join(PROGRAMS, 'lib', `${name}.so`));
  const own = [...programs, ...modules, ...(await filesBelow(SHARED)).filter((path) => !/\/man\//.test(path))];
  const all = [
    ...(await busyboxEntries()),
    ...[...new Set(own.flatMap(foldersAbove))].sort().map((path) => ({ path, type: 'directory' as const })),
    ...(await Promise.all(own.map(async (path) => ({ path: path.slice(1), fromFile: await realpath(path), mode: path.includes('/bin/') ? 0o755 : 0o644 })))),
    ...(await libraryEntries([...programs, ...modules])),
    { path: 'usr/share/zoneinfo', type: 'directory' as const },
    { path: 'usr/share/zoneinfo/UTC', content: await readFile('/usr/share/zoneinfo/Etc/UTC') },
    { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999:postgres:/tmp:/bin/sh\n' },
    { path: 'etc/group', content: 'root:x:0:\npostgres:x:999:\n' },
    { path: 'start', content: START },
  ];
  // The engine takes no path twice; what comes later counts.
  const entries = [...new Map(all.map((entry) => [entry.path, entry])).values()];
  const path = `${IMAGE_PATH}:${PROGRAMS}/bin`;
  await importImage({ socketPath, repository: 'berth-test/postgres', tag: MAJOR, entries, changes: [path, `ENV PG_MAJOR=${MAJOR}`, 'ENV PGDATA=/var/lib/postgresql/data', 'CMD ["sh", "/start"]', 'LABEL dev.berth.test=1'] });
  return POSTGRES_IMAGE;
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.slice(1).split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
