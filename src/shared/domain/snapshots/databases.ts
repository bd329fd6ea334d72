/** Databases that have a way of their own to make what is on their disk whole. */
export type DatabaseFamily = 'postgres' | 'mysql' | 'redis';

/** The database of an image, as its name and its own environment tell. */
export interface Database {
  readonly family: DatabaseFamily;
  /** For example `postgres 16`, `mariadb 11.4`; without a number where the image tells none. */
  readonly label: string;
}

const BY_NAME: { readonly [name: string]: readonly [DatabaseFamily, string] } = {
  postgres: ['postgres', 'postgres'],
  postgresql: ['postgres', 'postgres'],
  postgis: ['postgres', 'postgres'],
  pgvector: ['postgres', 'postgres'],
  timescaledb: ['postgres', 'postgres'],
  'timescaledb-ha': ['postgres', 'postgres'],
  mysql: ['mysql', 'mysql'],
  'mysql-server': ['mysql', 'mysql'],
  percona: ['mysql', 'mysql'],
  'percona-server': ['mysql', 'mysql'],
  mariadb: ['mysql', 'mariadb'],
  redis: ['redis', 'redis'],
  'redis-stack': ['redis', 'redis'],
  'redis-stack-server': ['redis', 'redis'],
  valkey: ['redis', 'valkey'],
};

/** What the official images say of themselves by ENV; an image built on one of them says it too. */
const BY_VARIABLE: readonly (readonly [variable: string, family: DatabaseFamily, label: string, parts: number])[] = [
  ['PG_MAJOR', 'postgres', 'postgres', 1],
  ['MARIADB_VERSION', 'mysql', 'mariadb', 2],
  ['MYSQL_MAJOR', 'mysql', 'mysql', 2],
  ['MYSQL_VERSION', 'mysql', 'mysql', 2],
  ['VALKEY_VERSION', 'redis', 'valkey', 2],
  ['REDIS_VERSION', 'redis', 'redis', 2],
];

/** Which database an image is; null for one that Berth does not know. `environment` is that of the image, as NAME=value. */
export function databaseOf(reference: string, environment: readonly string[] = []): Database | null {
  const { name, tag } = split(reference);
  const named = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  for (const [variable, family, label, parts] of BY_VARIABLE) {
    const value = environment.find((one) => one.startsWith(`${variable}=`))?.slice(variable.length + 1);
    // A client of a database may say its version too: the name of the image must not speak of another one.
    if (value === undefined || (named !== undefined && named[0] !== family)) continue;
    return { family, label: labelled(named?.[1] ?? label, value, parts) };
  }
  if (named === undefined) return null;
  return { family: named[0], label: labelled(named[1], tag, named[0] === 'postgres' ? 1 : 2) };
}

function labelled(name: string, version: string, parts: number): string {
  // `1:11.4.2+maria~ubu2404` has an epoch in front; `pg16` is how timescaledb and pgvector name theirs.
  const number = /^(?:\d+:)?(?:v|pg)?(\d+(?:\.\d+)*)/.exec(version)?.[1];
  return number === undefined ? name : `${name} ${number.split('.').slice(0, parts).join('.')}`;
}

function split(reference: string): { readonly name: string; readonly tag: string } {
  const path = reference.split('@')[0] ?? '';
  const last = path.split('/').at(-1) ?? '';
  const colon = last.indexOf(':');
  return colon === -1 ? { name: last.toLowerCase(), tag: '' } : { name: last.slice(0, colon).toLowerCase(), tag: last.slice(colon + 1) };
}
