import { extensionOf, isWithin, lastSegment } from './host-path';

const FILE_EXTENSIONS = new Set(
  (
    'conf cfg cnf ini json json5 jsonc yml yaml toml xml properties env sql py rb php js cjs mjs ts tsx jsx go rs java sh bash zsh pl lua ' +
    'pem crt cer key csr pub htpasswd html htm css scss txt md csv lock log db sqlite sqlite3 tmpl tpl template j2 rules acl jar war zip gz tgz tar ' +
    'sock pid service crontab gitconfig npmrc'
  ).split(' '),
);

const FILE_NAMES = new Set(
  'Dockerfile Makefile Caddyfile Procfile Gemfile Rakefile Jenkinsfile passwd group hosts hostname resolv.conf localtime timezone crontab redis.conf .env .npmrc .htpasswd .gitconfig .pgpass docker.sock'.split(' '),
);

/** Targets that images of the usual programs read as a folder. */
const FOLDER_TARGETS = [
  '/docker-entrypoint-initdb.d',
  '/etc/nginx/conf.d',
  '/etc/nginx/templates',
  '/usr/share/nginx/html',
  '/usr/local/apache2/htdocs',
  '/var/www',
  '/var/www/html',
  '/var/lib/postgresql',
  '/var/lib/postgresql/data',
  '/var/lib/mysql',
  '/var/lib/redis',
  '/var/lib/rabbitmq',
  '/var/lib/grafana',
  '/data',
  '/data/db',
  '/app',
  '/src',
  '/workspace',
  '/usr/src/app',
];

export type ExpectedKind = 'file' | 'directory' | 'unknown';

/** True when a path looks like a file by its name: a known name or a known extension. `conf.d` and `.next` do not. */
export function looksLikeFile(path: string): boolean {
  return FILE_NAMES.has(lastSegment(path)) || FILE_EXTENSIONS.has(extensionOf(path));
}

/**
 * What a bind's source must be, judged by its target. Conservative: `unknown` unless the target's name or the image
 * (`imageVolumes`: the paths its VOLUME lines declare) leaves little doubt.
 */
export function expectedKind(target: string, imageVolumes: readonly string[] = []): ExpectedKind {
  const clean = target.length > 1 ? target.replace(/\/+$/, '') : target;
  if (FOLDER_TARGETS.includes(clean) || imageVolumes.some((volume) => isWithin(clean, volume))) return 'directory';
  return looksLikeFile(clean) ? 'file' : 'unknown';
}

/** What to create for a missing source: what the target asks for, else what the source's own name looks like. */
export function kindToCreate(source: string, target: string, imageVolumes: readonly string[] = []): 'file' | 'directory' {
  const expected = expectedKind(target, imageVolumes);
  if (expected !== 'unknown') return expected;
  return looksLikeFile(source) ? 'file' : 'directory';
}
