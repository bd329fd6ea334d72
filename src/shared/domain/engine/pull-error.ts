import { AppError } from '../../kernel/app-error';
import { cleanEngineMessage } from './engine-error';

/** Kinds of failed downloads, as far as something different is to be done about them. */
export type PullFailure = 'not-found' | 'denied' | 'rate-limited' | 'offline' | 'other-machine' | 'other';

/** Why an image could not be fetched, in plain words. `message` is what the registry or the engine said; `details.kind` is a `PullFailure`. */
export function pullError(reference: string, message: string): AppError {
  const details = { reference, engineMessage: message };
  const of = (kind: PullFailure, text: string, hint: string) => new AppError('pull-failed', text, { hint, details: { ...details, kind } });
  const said = withoutNames(reference, message);
  if (/toomanyrequests|rate limit|\b429\b/i.test(said)) {
    return of('rate-limited', `The registry allows no more downloads of ${reference} for now.`, 'Wait a while, or run `docker login`: known users may download more.');
  }
  if (/no such host|dial tcp|i\/o timeout|network is unreachable|connection refused|server misbehaving|TLS handshake timeout|Client\.Timeout|temporary failure in name resolution|EOF$|request canceled/i.test(said)) {
    return of('offline', `The registry of ${reference} cannot be reached.`, 'Look whether this computer is online, and whether a proxy has to be set for Docker.');
  }
  if (/no matching manifest|no match for platform/i.test(said)) {
    return of('other-machine', `There is no build of ${reference} for this kind of computer.`, 'Choose another image or tag, or set `platform` for the service.');
  }
  // Docker Hub says "denied" for what does not exist, and names both possibilities itself.
  if (/repository does not exist or may require/i.test(said)) {
    return of('not-found', `The image ${reference} does not exist, or you may not download it.`, 'Look at its name; if it is private, run `docker login` first.');
  }
  if (/manifest(?: for \S+)? (?:unknown|not found)|name unknown|not found/i.test(said)) {
    return of('not-found', `The image ${reference} does not exist.`, 'Look at its name and tag in the compose file.');
  }
  if (/unauthorized|denied|authentication required|no basic auth|forbidden|\b40[13]\b/i.test(said)) {
    return of('denied', `You may not download ${reference}.`, 'Run `docker login` for its registry first.');
  }
  if (/no space left on device/i.test(said)) return new AppError('disk-full', 'The disk of the Docker engine is full.', { hint: 'Free some space, for example with `docker image prune`, and try again.', details });
  return of('other', `${reference} could not be downloaded: ${cleanEngineMessage(message)}`, 'Try again; the activity has what Docker said.');
}

/** What was said, without the name, addresses and ports in it: a port 42985 is no answer 429, and an image may be called `denied`. */
function withoutNames(reference: string, message: string): string {
  const repository = reference.replace(/(?:@[^/]*|:[^/:]*)$/, '');
  const isPart = (character: string | undefined): boolean => character !== undefined && /[\w./-]/.test(character);
  const without = (text: string, name: string): string =>
    name === '' ? text : text.split(name).reduce((whole, rest) => `${whole}${isPart(whole.at(-1)) || isPart(rest[0]) ? name : '…'}${rest}`);
  return [reference, repository].reduce(without, message.replace(/https?:\/\/[^\s"]+/g, '…')).replace(/(?<=[\w\].]):\d{2,5}\b/g, '');
}

/** The kind of a failed download; null for any other error. */
export function pullFailureOf(error: unknown): PullFailure | null {
  return error instanceof AppError && error.code === 'pull-failed' ? ((error.details?.['kind'] as PullFailure | undefined) ?? 'other') : null;
}

/** True for a failed download that another try may mend at once: the network stumbled, or the registry had a fault of its own. */
export function isPassing(error: unknown): boolean {
  const kind = pullFailureOf(error);
  if (kind === null || !(error instanceof AppError)) return false;
  const said = String(error.details?.['engineMessage'] ?? '');
  // Nobody listens or the name is unknown: that is so in three seconds too.
  if (kind === 'offline') return !/no such host|connection refused|network is unreachable/i.test(said);
  return kind === 'other' && /\b50[0234]\b|internal server error|bad gateway|service unavailable|gateway time-?out|unexpected EOF|connection reset|ended early|blob upload|filesystem layer verification failed/i.test(said);
}
