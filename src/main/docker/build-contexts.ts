import { withNamedContexts } from '@shared/domain/engine/named-contexts';
import { AppError } from '@shared/kernel/app-error';
import { textHash } from '@shared/kernel/text-hash';
import type { BuildContext } from './build-context';
import { splitReference } from './images';
import type { BuildRequest, NamedContext } from './types';

/** The Dockerfile of a folder that becomes an image of its own. */
const FOLDER_PREFIX = 'context';

/** A folder that is given to a build by name, made into an image first: the build API of engines takes one context only. */
export interface FolderImage {
  readonly request: BuildRequest;
  readonly reference: string;
}

/** What has to be built before, for the folders among the named contexts. */
export function folderImages(request: BuildRequest): readonly FolderImage[] {
  const own = splitReference(request.tags[0] ?? '').name;
  return (request.contexts ?? []).flatMap((context) => {
    if (context.from !== 'folder') return [];
    const reference = folderReference(own, context);
    return [
      {
        reference,
        request: {
          contextDir: context.dir, dockerfile: 'Dockerfile', dockerfileInline: `FROM scratch\nCOPY ${FOLDER_PREFIX}/ /\n`, contextPrefix: FOLDER_PREFIX,
          args: {}, labels: request.labels, tags: [reference], noCache: false, pull: false, cacheFrom: [], extraHosts: [],
        },
      },
    ];
  });
}

function folderReference(own: string, context: NamedContext): string {
  return `${own}:berth-context-${textHash(context.name)}`;
}

/** The context with the named ones put in as stages. Rejects with `build-failed` where the Dockerfile stands in the way. */
export function withContexts(context: BuildContext, request: BuildRequest): BuildContext {
  const named = request.contexts ?? [];
  if (named.length === 0) return context;
  const own = splitReference(request.tags[0] ?? '').name;
  const made = withNamedContexts(context.dockerfileText, named.map((one) => ({ name: one.name, reference: one.from === 'image' ? one.reference : folderReference(own, one) })));
  if (!made.ok) throw new AppError('build-failed', `The build failed at line ${String(made.line)} of the Dockerfile: ${made.reason}.`, { where: { file: context.dockerfileFile, line: made.line } });
  return { ...context, dockerfileText: made.text, dockerfileName: `.dockerfile.${textHash(made.text)}`, added: true, addedLines: made.added };
}
