/** What a resolution made in its repository; taking it back leaves that alone. */
export interface MadeInGit {
  readonly branch: string | null;
  readonly commit: string | null;
  readonly pushed: boolean;
}

/** `the branch gitops/x with the commit abcdef0123, on the remote too` */
export function madeInGitText({ branch, commit, pushed }: MadeInGit): string {
  const parts = [...(branch === null ? [] : [`the branch ${branch}`]), ...(commit === null ? [] : [`the commit ${commit.slice(0, 10)}`])];
  return `${parts.join(' with ')}${pushed ? ', on the remote too' : ''}`;
}
