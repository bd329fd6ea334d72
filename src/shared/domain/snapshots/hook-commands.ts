import type { DatabaseFamily } from './databases';

/** What is run in a database's container before it is paused. Passwords are taken from its own environment, inside: none is on a command line. */
export interface DatabaseHook {
  readonly command: readonly string[];
  /** True: the command holds a lock for as long as its input is open, and says this line when it has it. */
  readonly holdsUntil: string | null;
  /** What its output must have for it to have worked, beside ending with 0. */
  readonly says: string | null;
}

/** How long a database may take for it. */
export const HOOK_TIMEOUT_MS = 30_000;

const LOCKED = 'berth-locked';

/** In a shell, because users and passwords of the images are in variables or in files these name. */
const POSTGRES = `user="\${POSTGRES_USER:-\${POSTGRESQL_USERNAME:-postgres}}"
[ -n "$POSTGRES_PASSWORD_FILE" ] && POSTGRES_PASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"
export PGPASSWORD="\${POSTGRES_PASSWORD:-\${POSTGRESQL_PASSWORD:-}}" PGCONNECT_TIMEOUT=10
exec psql -X -q -w -v ON_ERROR_STOP=1 -U "$user" -d "\${POSTGRES_DB:-postgres}" -c CHECKPOINT`;

/** The session keeps the lock until its input ends; `-n` has it answer each statement at once. */
const MYSQL = `client="$(command -v mariadb || command -v mysql)" || exit 127
for name in MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD; do
  eval "file=\\"\\\${\${name}_FILE:-}\\"; value=\\"\\\${\${name}:-}\\""
  [ -n "$file" ] && value="$(cat "$file")"
  [ -n "$value" ] && break
done
export MYSQL_PWD="$value"
limit=""; command -v timeout >/dev/null && limit="timeout 120"
{ echo 'SET SESSION lock_wait_timeout=15; FLUSH TABLES WITH READ LOCK;'; echo "SELECT '${LOCKED}';"; $limit cat; } | "$client" -n -N -B -u root`;

const REDIS = `client="$(command -v redis-cli || command -v valkey-cli)" || exit 127
[ -n "$REDIS_PASSWORD_FILE" ] && REDIS_PASSWORD="$(cat "$REDIS_PASSWORD_FILE")"
[ -n "$REDIS_PASSWORD" ] && [ -z "$REDISCLI_AUTH" ] && export REDISCLI_AUTH="$REDIS_PASSWORD"
exec "$client" SAVE`;

const HOOKS: { readonly [family in DatabaseFamily]: DatabaseHook } = {
  postgres: { command: ['sh', '-c', POSTGRES], holdsUntil: null, says: null },
  mysql: { command: ['sh', '-c', MYSQL], holdsUntil: LOCKED, says: null },
  redis: { command: ['sh', '-c', REDIS], holdsUntil: null, says: 'OK' },
};

/** The hook of a database. */
export function hookOf(family: DatabaseFamily): DatabaseHook {
  return HOOKS[family];
}
