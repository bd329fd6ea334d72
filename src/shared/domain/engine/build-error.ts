import { AppError } from '../../kernel/app-error';
import { failingInstruction, type BuildFailureClues } from './dockerfile-lines';
import { cleanEngineMessage } from './engine-error';
import { ownLine, type AddedLines } from './named-contexts';
import { pullError } from './pull-error';

const TAIL_LINES = 20;
const LAST_WORDS = 3;

function innermost(message: string): string {
  return message
    .replace(/^(?:failed to solve(?: with frontend [\w.]+)?|rpc error: code = \w+ desc =|failed to create LLB definition|failed to build LLB|solve|process "[^"]*" did not complete successfully)\s*:\s*/gi, '')
    .replace(/^(?:failed to solve(?: with frontend [\w.]+)?|rpc error: code = \w+ desc =|failed to create LLB definition|failed to build LLB)\s*:\s*/gi, '');
}

/** A failed build in one sentence, with the line of the Dockerfile and the last lines of its output. `text` is what was built; `added` says what of it is not in the file. */
export function buildError(dockerfile: { readonly file: string; readonly text: string; readonly added?: AddedLines | undefined }, clues: BuildFailureClues, output: readonly string[]): AppError {
  const message = innermost(innermost(clues.message));
  // A command that meets the full disk says so itself; the engine then only tells its exit code.
  if ([message, ...output.slice(-LAST_WORDS)].some((line) => /no space left on device/i.test(line))) {
    return new AppError('disk-full', 'The disk of the Docker engine is full, so the build stopped.', { hint: 'Free some space, for example with `docker builder prune`, and try again.', details: { tail: output.slice(-TAIL_LINES), engineMessage: message } });
  }
  const found = failingInstruction(dockerfile.text, clues);
  const failing = found === undefined ? undefined : { ...found, line: ownLine(found.line, dockerfile.added) };
  const place = failing === undefined ? '' : ` at line ${failing.line} of the Dockerfile`;
  const exitCode = /(?:exit code: |non-zero code: |exit status )(\d+)/.exec(message)?.[1];
  const base = missingSecret(message) ?? basePullFailure(message);
  const reason =
    base !== undefined
      ? base.message
      : exitCode !== undefined
        ? `${failing === undefined ? 'A command' : `"${shortened(failing.text)}"`} ended with exit code ${exitCode}.`
        : cleanEngineMessage(message.replace(/^dockerfile parse error (?:on )?line \d+:\s*/i, ''));
  return new AppError('build-failed', `The build failed${place}: ${reason}`, {
    hint: base?.hint ?? 'The last lines of the build say more.',
    where: failing === undefined ? { file: dockerfile.file } : { file: dockerfile.file, line: failing.line },
    details: { tail: output.slice(-TAIL_LINES), ...(failing === undefined ? {} : { line: failing.line }), dockerfile: dockerfile.file, engineMessage: message },
  });
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function missingSecret(message: string): { readonly message: string; readonly hint: string } | undefined {
  const id = /secret ([\w.-]+) not found/i.exec(message)?.[1];
  return id === undefined ? undefined : { message: `it needs the secret ${id}, which it was not given.`, hint: 'Name it under `build.secrets` of the service, and look whether its file or variable is there.' };
}

/** A base image that cannot be fetched is said in the words of a pull. */
function basePullFailure(message: string): AppError | undefined {
  if (!/pull access denied|failed to (?:resolve|authorize|do request|fetch)|no such host|manifest unknown|toomanyrequests|failed with status code|unexpected status(?: from|:)|dial tcp|Get "?https?:\/\//i.test(message)) return undefined;
  const reference = /(?:^|[\s"])((?:[a-z0-9.-]+(?::\d+)?\/)?[a-z0-9._/-]+(?::[\w.-]+)?): (?:failed to|pull access|not found|manifest)/.exec(message)?.[1] ?? /pull access denied for ([\w./:-]+)/.exec(message)?.[1]?.replace(/,$/, '');
  return pullError((reference ?? 'the base image').replace(/^docker\.io\/(?:library\/)?/, ''), message);
}
