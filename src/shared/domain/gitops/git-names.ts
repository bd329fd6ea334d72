const LONGEST_NAME = 200;
const FORBIDDEN = /[\s~^:?*[\\\p{Cc}]/u;

/** Why this cannot be the name of a branch, by the rules of `git check-ref-format --branch`; null when it can. */
export function branchNameProblem(name: string): string | null {
  if (name === '') return 'A branch needs a name.';
  if (name.length > LONGEST_NAME) return `A branch name has at most ${String(LONGEST_NAME)} characters.`;
  if (name.startsWith('-')) return 'A branch name does not begin with a dash.';
  if (name === 'HEAD' || name === '@') return `${name} is git's own name for what is checked out.`;
  if (FORBIDDEN.test(name)) return 'A branch name has no blanks, no control characters and none of ~ ^ : ? * [ \\.';
  if (name.includes('..') || name.includes('@{')) return 'A branch name has neither .. nor @{ in it.';
  if (name.endsWith('.')) return 'A branch name does not end with a dot.';
  const parts = name.split('/');
  if (parts.includes('')) return 'A branch name neither begins nor ends with a slash, and has no two in a row.';
  if (parts.some((part) => part.startsWith('.') || part.endsWith('.lock'))) return 'No part of a branch name begins with a dot or ends with .lock.';
  return null;
}

/** Whether this may be handed to git as a commit: an id or the beginning of one, HEAD, a branch, a tag, each with `~2` or `^` behind it. */
export function isCommitName(name: string): boolean {
  const base = /^([^~^]+)(?:~\d{0,6}|\^\d?)*$/.exec(name)?.[1];
  return base !== undefined && (base === 'HEAD' || branchNameProblem(base) === null);
}

/** The name of the branch that an operation's changes are put on: `gitops/<operation>-<timestamp>`, to the second in UTC. */
export function featureBranchName(operation: string, atMs: number): string {
  const word = operation.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);
  const time = new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `gitops/${word === '' ? 'change' : word}-${time}`;
}

/** Whether this is the full name of an object: SHA-1 or SHA-256 in hex. */
export function isObjectId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
