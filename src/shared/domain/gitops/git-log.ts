/** One commit of a history. */
export interface GitCommit {
  readonly id: string;
  readonly author: string;
  readonly email: string;
  /** ISO time of the author. */
  readonly at: string;
  readonly subject: string;
  readonly parents: readonly string[];
}

/** The format that `parseLog` reads. */
export const LOG_FORMAT = '%H%x00%an%x00%ae%x00%aI%x00%P%x00%s%x00';

/** Reads `git log -z` in that format. */
export function parseLog(text: string): readonly GitCommit[] {
  const fields = text.split('\0');
  const found: GitCommit[] = [];
  // Each record ends with the field's own zero and the one of -z.
  for (let at = 0; at + 5 < fields.length; at += 7) {
    const [id = '', author = '', email = '', time = '', parents = '', subject = ''] = fields.slice(at, at + 6);
    found.push({ id: id.trim(), author, email, at: time, subject, parents: parents === '' ? [] : parents.split(' ') });
  }
  return found;
}

/** A branch of the repository itself. */
export interface GitBranch {
  readonly name: string;
  readonly commit: string;
  readonly at: string;
  readonly subject: string;
  readonly isCurrent: boolean;
  /** For example origin/main; null when it follows none. */
  readonly upstream: string | null;
}

/** The format that `parseBranches` reads. */
export const BRANCH_FORMAT = '%(refname:lstrip=2)%00%(objectname)%00%(committerdate:iso-strict)%00%(contents:subject)';

/** Reads `git for-each-ref` in that format: one branch a line. */
export function parseBranches(text: string, current: string | null, upstreamOf: (name: string) => string | null): readonly GitBranch[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', commit = '', at = '', subject = ''] = line.split('\0');
      return { name, commit, at, subject, isCurrent: name === current, upstream: upstreamOf(name) };
    });
}
