import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAddress, shownAddress } from '@shared/domain/gitops/git-address';
import { parseSettings, parseUserSettings, remotesOf, trustedSettings, unsupportedSetup, upstreamOf, viewConfig } from '@shared/domain/gitops/git-config';
import { branchNameProblem, featureBranchName, isCommitName, isObjectId } from '@shared/domain/gitops/git-names';
import { parseStatus } from '@shared/domain/gitops/git-status';

describe('names of branches', () => {
  it('that operations make can always be made', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 4_000_000_000_000 }), (operation, at) => {
        expect(branchNameProblem(featureBranchName(operation, at))).toBeNull();
      }),
    );
    expect(featureBranchName('Resolve duplicates', Date.UTC(2026, 0, 2, 3, 4, 5))).toBe('gitops/resolve-duplicates-20260102-030405');
  });

  it.each(['HEAD', 'main', 'origin/main', 'v1.2', 'abcd', 'HEAD~2', 'main^', 'main^2~3', 'HEAD~'])('%s names a commit', (name) => expect(isCommitName(name)).toBe(true));

  it.each(['', '-n1', '--all', 'a..b', 'HEAD:a', ':/text', 'main@{1}', '@', '~1', 'HEAD^{tree}', 'HEAD^-', 'a b', '^main', 'x.lock'])('%j names none that git is asked for', (name) => expect(isCommitName(name)).toBe(false));

  it('and ids of objects are told apart', () => {
    expect(isObjectId('a'.repeat(40))).toBe(true);
    expect(isObjectId('main')).toBe(false);
  });
});

describe('addresses of remotes', () => {
  it.each([
    ['https://example.org/a.git', 'https'],
    ['ssh://git@example.org/a.git', 'ssh'],
    ['git@example.org:a.git', 'ssh'],
    ['/srv/a.git', 'folder'],
    ['../a.git', 'folder'],
    ['file:///srv/a.git', 'folder'],
    ['ext::sh -c id', 'refused'],
    ['git://example.org/a', 'refused'],
    ['http://example.org/a', 'refused'],
    ['--upload-pack=id', 'refused'],
    ['ssh://-oProxyCommand=id/x', 'refused'],
    ['-oProxyCommand=id:x', 'refused'],
    ['me@-oProxyCommand=id:x', 'refused'],
    ['a\nb', 'refused'],
    ['', 'refused'],
  ])('%s is %s', (url, kind) => expect(readAddress(url).kind).toBe(kind));

  it('are shown without their password', () => expect(shownAddress('https://me:secret@example.org/a')).toBe('https://example.org/a'));
});

describe('the configuration of git', () => {
  it('of the user is believed in some keys alone, and nobody else is', () => {
    const text = ['system', 'user.name\nEvil', 'global', 'user.name\nAda', 'global', 'alias.x\n!id', 'global', 'url.https://a/.insteadof\nb:', 'local', 'core.sshcommand\nid', ''].join('\0');
    expect(trustedSettings(parseUserSettings(text))).toEqual([
      { key: 'user.name', value: 'Ada' },
      { key: 'url.https://a/.insteadof', value: 'b:' },
    ]);
  });

  it('of a repository comes down to how files are written', () => {
    const settings = parseSettings('core.autocrlf\nTRUE\0core.fsmonitor\nid\0core.worktree\n/home\0filter.x.clean\nid\0core.eol\nlf\n[alias]\0');
    expect(viewConfig(settings, false)).toBe('[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tautocrlf = true\n');
  });

  it('names remotes and what a branch follows', () => {
    const settings = parseSettings('remote.origin.url\nhttps://a/b\0remote.origin.pushurl\nhttps://a/c\0branch.main.remote\norigin\0branch.main.merge\nrefs/heads/trunk\0branch.x.remote\norigin\0');
    expect(remotesOf(settings)).toEqual([{ name: 'origin', url: 'https://a/b', pushUrl: 'https://a/c' }]);
    expect(upstreamOf(settings, 'main')).toEqual({ remote: 'origin', branch: 'trunk' });
    expect(upstreamOf(settings, 'x')).toBeNull();
  });

  it.each([
    ['core.sparsecheckout\ntrue\0', /only a part/],
    ['core.repositoryformatversion\n1\0extensions.partialclone\norigin\0', /partial clone/],
    ['core.repositoryformatversion\n1\0extensions.refstorage\nreftable\0', /another way/],
    ['core.repositoryformatversion\n1\0extensions.new\nx\0', /extensions\.new/],
    ['core.repositoryformatversion\n2\0', /version 2/],
    ['core.bare\ntrue\0', /work folder/],
  ])('that is not known is refused', (text, reason) => expect(unsupportedSetup(parseSettings(text))).toMatch(reason));
});

describe('the status of git', () => {
  it('is read with blanks, renames and conflicts in it', () => {
    const text = ['# branch.oid abc', '# branch.head main', '1 .M N... 100644 100644 100644 a b my file.yaml', '1 A. N... 000000 100644 100644 a b new.yaml', '2 R. N... 100644 100644 100644 a b R100 to.yaml', 'from.yaml', 'u UU N... 1 2 3 4 a b c both.yaml', '? loose.yaml', ''].join('\0');
    expect(parseStatus(text)).toEqual({
      commit: 'abc',
      branch: 'main',
      changes: [
        { path: 'my file.yaml', state: 'changed', staged: false, from: null },
        { path: 'new.yaml', state: 'added', staged: true, from: null },
        { path: 'to.yaml', state: 'renamed', staged: true, from: 'from.yaml' },
        { path: 'both.yaml', state: 'conflict', staged: false, from: null },
        { path: 'loose.yaml', state: 'untracked', staged: false, from: null },
      ],
    });
  });
});
