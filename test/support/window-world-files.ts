import { createHash } from 'node:crypto';
import type { OutputOf } from '@shared/contract/contract';
import { finding } from '@shared/domain/findings/finding';
import { AppError } from '@shared/kernel/app-error';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';

type Listed = OutputOf<'files.list'>[number];
type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;

/** What stands behind the files page of a world. */
export interface FilesWorld {
  readonly handlers: { readonly [name: string]: Handler };
  readonly resultOf: (kind: string, operationId: string, input: JsonObject) => JsonObject | undefined;
  readonly errorOf: (kind: string, input: JsonObject) => Operation['error'];
  /** What a save did, told once it has ended; the path of what changed. */
  readonly ended: (kind: string, input: JsonObject) => string | null;
  /** Somebody else writes a file. */
  readonly write: (path: string, text: string) => void;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Files in memory that change as they are saved. */
export function filesWorld({ dir, mark, broken = false }: { readonly dir: string; readonly mark: string; readonly broken?: boolean }): FilesWorld {
  const texts = new Map<string, string>([
    ['docker-compose.dev.yml', COMPOSE.replace('MARK', mark)],
    ['docker-compose.clean.yml', COMPOSE.replace('MARK', '').replaceAll('berth-dev', 'berth-prod')],
    ['.env', `${ENV}${mark === '' ? '' : `EVIL='${mark}'\n`}`],
    ['api/Dockerfile', DOCKERFILE],
    ['api/.dockerignore', '# not for the image\nnode_modules\n*.log\n'],
    ['deploy/production/cart.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cart\n  namespace: shop\ndata:\n  currency: EUR\n'],
    ['berth.yaml', 'modes:\n  dev:\n    files: [docker-compose.dev.yml]\n  prod:\n    files: [docker-compose.clean.yml]\n'],
  ]);
  const both = [{ mode: 'dev', services: [] }, { mode: 'prod', services: [] }];
  const usersOf: { readonly [path: string]: Listed['usedBy'] } = { 'docker-compose.dev.yml': [{ mode: 'dev', services: [] }], 'docker-compose.clean.yml': [{ mode: 'prod', services: [] }], '.env': both, 'api.env': [{ mode: 'dev', services: ['api', 'worker'] }], 'api/Dockerfile': [{ mode: 'prod', services: ['api'] }], 'api/.dockerignore': [{ mode: 'prod', services: ['api'] }] };
  const kindOf = (path: string): Listed['kind'] => (path.endsWith('.env') ? 'env' : path.endsWith('Dockerfile') ? 'dockerfile' : path.endsWith('ignore') ? 'ignore' : path === 'berth.yaml' ? 'settings' : path.startsWith('deploy/') ? 'manifest' : 'compose');
  const pathOf = (file: string): string => (file.startsWith(`${dir}/`) ? file.slice(dir.length + 1) : file);
  let failures = broken ? 1 : 0;

  return {
    handlers: {
      'files.list': async (): Promise<OutputOf<'files.list'>> => {
        if (failures-- > 0) throw new AppError('file-unreadable', 'The folder of the project cannot be read.', { hint: 'Give your user the right to read it.' });
        return ['docker-compose.dev.yml', 'docker-compose.clean.yml', '.env', 'api.env', 'api/Dockerfile', 'api/.dockerignore', 'berth.yaml'].map((path) => {
          const text = texts.get(path);
          return { file: `${dir}/${path}`, path, kind: kindOf(path), exists: text !== undefined, sizeBytes: text?.length ?? null, sha256: text === undefined ? null : hash(text), readOnly: null, usedBy: usersOf[path] ?? [] };
        });
      },
      'files.manifests': async (input: { readonly archived?: boolean }): Promise<OutputOf<'files.manifests'>> => {
        const names = input.archived === true ? ['.archive/deploy/old/cart.yaml'] : ['cart', 'mail', 'search', 'web'].flatMap((name) => ['environments', 'production'].map((folder) => `deploy/${folder}/${name}${name === 'web' ? mark : ''}.yaml`));
        return { files: [...names, ...(input.archived === true ? [] : ['docker-compose.clean.yml', 'docker-compose.dev.yml'])].map((path) => ({ file: `${dir}/${path}`, path })), isWhole: true };
      },
      'files.history': async (input: { readonly file: string }): Promise<OutputOf<'files.history'>> => ({
        file: input.file,
        entries: [
          { by: 'berth', id: 'o_1', at: new Date(Date.now() - 600_000).toISOString(), who: 'user', what: 'Rename deploy/production/shop.yaml' },
          { by: 'git', id: 'a1b2c3d4'.repeat(5), at: new Date(Date.now() - 7_200_000).toISOString(), who: `Ada${mark}`, what: 'Use the new image of web' },
        ],
      }),
      'files.read': async (input: { readonly file: string }): Promise<OutputOf<'files.read'>> => {
        const path = pathOf(input.file);
        const text = texts.get(path);
        if (path === 'api/.dockerignore') throw new AppError('file-unreadable', 'api/.dockerignore is not UTF-8 text: saving it here would change its bytes.', { hint: 'Open it with a program that knows what it is.' });
        return { file: input.file, path, kind: kindOf(path), text: text ?? '', sha256: text === undefined ? 'none' : hash(text), sizeBytes: text?.length ?? 0, lineEnds: 'lf', hasBom: false, readOnly: path === 'berth.yaml' ? 'It is reached by a link, so Berth does not change it.' : null };
      },
      'files.check': async (input: { readonly file: string; readonly text: string }): Promise<OutputOf<'files.check'>> => checked(input.file, input.text, mark, pathOf(input.file), texts.get(pathOf(input.file)) ?? ''),
    },
    resultOf: (kind, operationId, input) => (kind === 'files.save' ? { operationId, file: pathOf(String(input['file'])), sha256: hash(String(input['text'])), changed: true } : undefined),
    errorOf(kind, input) {
      if (kind !== 'files.save') return null;
      const now = texts.get(pathOf(String(input['file'])));
      return input['base'] === (now === undefined ? 'none' : hash(now)) ? null : { code: 'plan-stale', message: `${pathOf(String(input['file']))} was changed on the disk since it was read.`, hint: 'Read it again, or compare the two and save once more.' };
    },
    ended(kind, input) {
      if (kind !== 'files.save') return null;
      texts.set(pathOf(String(input['file'])), String(input['text']));
      return String(input['file']);
    },
    write: (path, text) => void texts.set(path, text),
  };
}

function checked(file: string, text: string, mark: string, path: string, before: string): OutputOf<'files.check'> {
  const lineOf = (words: string): number => text.slice(0, Math.max(0, text.indexOf(words))).split('\n').length;
  const found = text.includes('"8000:8000"')
    ? [{ ...finding({ object: 'loop', code: 'PORT_NOT_LOOPBACK', severity: 'warning', service: 'api', where: { file, line: lineOf('"8000:8000"'), column: 9 }, message: `Port 8000 is open to the whole network.${mark}`, why: 'Other machines in the same network can reach api.', fixes: [{ id: 'fix-loopback', title: 'Bind to 127.0.0.1' }] }), fixes: [{ id: 'fix-loopback', title: 'Bind to 127.0.0.1' }], modes: ['dev'] }]
    : [];
  const broken = text.includes('services: [') ? [{ message: 'The list is not closed.', hint: 'Close it with a bracket.', where: { file, line: lineOf('services: ['), column: 1 }, modes: ['dev'] }] : [];
  return { problems: broken, findings: found, effects: text === before || broken.length > 0 ? [] : [{ mode: path.includes('clean') ? 'prod' : 'dev', services: [{ service: 'api', change: 'changed', keys: path.endsWith('.env') ? ['environment'] : ['ports'] }] }], tookMs: 12 };
}

const COMPOSE = `# The shop, as it is worked on MARK
services:
  api:
    image: shop-api:berth-dev
    build:
      context: ./api
    ports:
      - "127.0.0.1:8000:8000"
    environment:
      LOG_LEVEL: \${LOG_LEVEL:-info} # from .env
    depends_on:
      postgres:
        condition: service_healthy
    networks: [back]
  postgres:
    image: postgres:17
    volumes:
      - postgres_data:/var/lib/postgresql/data
    healthcheck:
      test: ["CMD", "pg_isready"]
      interval: 5s
    networks: [back]
networks:
  back:
volumes:
  postgres_data:
`;

const ENV = `# What the shop is told.

API_PORT=8000 # in dev
UNUSED="nobody asks"

# Changed with care:
POSTGRES_PASSWORD='not-a-real-secret'
GREETING=hello
GREETING=good day
`;

const DOCKERFILE = `# The api
FROM node:22 AS build
WORKDIR /app
COPY package*.json ./
RUN npm ci \\
  && npm run build
COPY . .
CMD ["node", "server.js"]
`;
