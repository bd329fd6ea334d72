import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedWinners } from '@shared/domain/gitops/hierarchy/preview';
import { DEFAULT_RULES, rulesOf } from '@shared/domain/gitops/hierarchy/rules';
import { planResolution, type Planning } from '@shared/domain/gitops/plan/plan-resolution';
import type { ResolutionPlan } from '@shared/domain/gitops/plan/types';
import { verifyResolution } from '@shared/domain/gitops/plan/verify-resolution';
import type { DuplicateGroup, ScannedTree } from '@shared/domain/gitops/types';
import { group, scannedFile, scannedTree } from '../../../../../support/gitops-tree';
import { seededRandom, shuffled } from '../../../../../support/random';
import EXPECTED from '../../../../../fixtures/gitops/expected-plan.json';

const PLANNING: Planning = { rules: DEFAULT_RULES, policies: [], git: null, likely: false, only: null, choices: [], blocked: new Map() };
const ADMIN = { created_by: 'admin' };

/** One group for each level of the rules, and one for each reason why nothing is done by itself. */
function fixture(): ScannedTree {
  const one = (path: string, name: string, marks: Record<string, string> = {}, same?: string): ReturnType<typeof scannedFile> => scannedFile(path, [{ name, marks, same }]);
  const files = [
    one('production/a.yaml', 'folder'), one('environments/a.yaml', 'folder'), one('templates/a.yaml', 'folder'), one('examples/a.yaml', 'folder'),
    one('apps/b/main.yaml', 'file-name'), one('apps/b/default.yml', 'file-name'), one('apps/b/example.yaml', 'file-name'),
    one('apps/c1/c.yaml', 'metadata', ADMIN), one('apps/c2/c.yaml', 'metadata', { environment: 'production', managed: 'true' }), one('apps/c3/c.yaml', 'metadata', { managed: 'true' }),
    one('examples/main.yaml', 'folder-beats-name'), one('production/example.yaml', 'folder-beats-name'),
    one('apps/t1/t.yaml', 'tie'), one('apps/t2/t.yaml', 'tie'),
    scannedFile('apps/bundle.yaml', [{ name: 'alone' }, { name: 'part' }]), one('production/part.yaml', 'part'),
    scannedFile('apps/twice.yaml', [{ name: 'twice' }, { name: 'twice' }]),
    one('production/s.yaml', 'sensitive', {}, 'one'), one('examples/s.yaml', 'sensitive', {}, 'two'),
    one('production/d.yaml', 'differs', {}, 'one'), one('examples/d.yaml', 'differs', {}, 'two'),
    one('production/l.yaml', 'likely'), one('examples/l.yaml', 'likely'),
    one('overlays/x.yaml', 'info'), one('base/x.yaml', 'info'),
  ];
  const conflict = { class: 'identity-conflict', kind: 'identity', layer: null } as const;
  return scannedTree(files, [
    group('g_folder', 'folder', [['examples/a.yaml'], ['environments/a.yaml'], ['production/a.yaml'], ['templates/a.yaml']], { kind: 'identical', class: 'exact-dup', layer: 'L0' }),
    group('g_name', 'file-name', [['apps/b/example.yaml'], ['apps/b/default.yml'], ['apps/b/main.yaml']]),
    group('g_metadata', 'metadata', [['apps/c2/c.yaml'], ['apps/c3/c.yaml'], ['apps/c1/c.yaml']]),
    group('g_beats', 'folder-beats-name', [['examples/main.yaml'], ['production/example.yaml']]),
    group('g_tie', 'tie', [['apps/t2/t.yaml'], ['apps/t1/t.yaml']]),
    group('g_part', 'part', [['apps/bundle.yaml', 1], ['production/part.yaml']]),
    group('g_twice', 'twice', [['apps/twice.yaml', 1], ['apps/twice.yaml', 0]], { class: 'intra-file-dup' }),
    group('g_sensitive', 'sensitive', [['production/s.yaml'], ['examples/s.yaml']], { ...conflict, differences: ['/spec/template/spec/containers/0/securityContext/privileged'] }),
    group('g_differs', 'differs', [['production/d.yaml'], ['examples/d.yaml']], { ...conflict, differences: ['/data/color'] }),
    group('g_likely', 'likely', [['production/l.yaml'], ['examples/l.yaml']], { class: 'default-equivalent-dup', certainty: 'likely', layer: 'L5' }),
    group('g_info', 'info', [['overlays/x.yaml'], ['base/x.yaml']], { class: 'overlay-of', certainty: 'info' }),
  ]);
}

const decided = (plan: ResolutionPlan, id: string): ResolutionPlan['groups'][number] | undefined => plan.groups.find((one) => one.groupId === id);
/** What a reader of the plan sees, without scores and sentences. */
function shown(plan: ResolutionPlan): unknown {
  return {
    groups: Object.fromEntries(plan.groups.map((one) => [one.groupId, { status: one.status, strategy: one.strategy, keeps: one.kept?.path ?? null, decidedBy: one.decidedBy, review: one.review, actions: Object.fromEntries(one.members.map((member) => [`${member.path}#${String(member.document)}`, member.action])) }])),
    changes: Object.fromEntries(plan.changes.map((change) => [change.path, 'documents' in change ? `${change.change} ${change.documents.join(',')}` : change.change])),
    counts: plan.counts,
  };
}

describe('the plan of a resolution', () => {
  it('is the one written by hand, for each level of the rules', () => {
    expect(shown(planResolution(fixture(), PLANNING))).toEqual(EXPECTED);
  });

  it('is the same for any order of files, groups and members, 100 times', () => {
    const tree = fixture();
    const expected = planResolution(tree, PLANNING);
    const random = seededRandom(20260101);
    for (let round = 0; round < 100; round += 1) {
      const mixed: ScannedTree = { files: shuffled(tree.files, random), groups: shuffled(tree.groups, random).map((one) => ({ ...one, members: shuffled(one.members, random) })), applyRoots: shuffled(tree.applyRoots, random).map((root) => ({ ...root, files: shuffled(root.files, random) })) };
      expect(planResolution(mixed, PLANNING)).toEqual(expected);
    }
  });

  it('says in plain words which rule decided', () => {
    const plan = planResolution(fixture(), PLANNING);
    expect(decided(plan, 'g_folder')?.reason).toBe('production/a.yaml stays: its folder (/production/) ranks above that of environments/a.yaml (410 to 310).');
    expect(decided(plan, 'g_name')?.reason).toBe('apps/b/main.yaml stays: its file name (main.yaml) ranks above that of apps/b/default.yml (140 to 130).');
    expect(decided(plan, 'g_metadata')?.reason).toBe('apps/c1/c.yaml stays: its metadata (created_by=admin) ranks above that of apps/c2/c.yaml (114 to 113).');
    expect(decided(plan, 'g_tie')?.reason).toBe('apps/t1/t.yaml and apps/t2/t.yaml have the same rank (110).');
    expect(decided(plan, 'g_sensitive')?.reason).toBe('They differ in security (/spec/template/spec/containers/0/securityContext/privileged), which is never decided for you.');
    expect(decided(plan, 'g_folder')?.members[0]?.explanation).toBe('410: folder /production/ 400 + no listed file name 10 + no listed metadata 0.');
  });

  it('never chooses a winner when ranks are equal, whatever the paths', () => {
    const path = fc.tuple(fc.subarray(['production', 'examples', 'apps', 'base']), fc.constantFrom('main.yaml', 'a.yaml', 'b.yml', 'example.yaml')).map(([folders, name]) => [...folders, name].join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 2, maxLength: 5 }), (paths) => {
        const plan = planResolution(scannedTree(paths.map((one) => scannedFile(one, [{ name: 'a' }])), [group('g', 'a', paths.map((one) => [one] as const))]), PLANNING);
        const [only] = plan.groups;
        const scores = only?.members.map((member) => member.score.score) ?? [];
        const isTie = scores.filter((score) => score === Math.max(...scores)).length > 1;
        expect(only?.status).toBe(isTie ? 'manual_review' : 'planned');
        if (isTie) expect(plan.changes).toEqual([]);
        else expect(plan.changes.length).toBe(paths.length - 1);
      }),
    );
  });
});

describe('what is never done by itself', () => {
  const two = (one: DuplicateGroup): ScannedTree => scannedTree([scannedFile('production/a.yaml', [{ name: 'a' }]), scannedFile('examples/a.yaml', [{ name: 'a' }])], [one]);
  const plain = group('g', 'a', [['production/a.yaml'], ['examples/a.yaml']]);

  it.each([
    ['/spec/template/spec/securityContext/runAsUser', 'Deployment', 'security'],
    ['/spec/template/spec/hostNetwork', 'Deployment', 'security'],
    ['/rules/0/verbs', 'ClusterRole', 'security'],
    ['/spec/ingress/0', 'NetworkPolicy', 'security'],
    ['/spec/selector/app', 'Service', 'what it selects'],
    ['/spec/template/metadata/labels/app', 'Deployment', 'what it selects'],
    ['/metadata/labels/app', 'Pod', 'what it selects'],
    ['/spec/volumeClaimTemplates/0/spec/accessModes', 'StatefulSet', 'storage'],
    ['/spec/resources/requests/storage', 'PersistentVolumeClaim', 'storage'],
    ['/spec/replicas', 'Deployment', 'how many run'],
    ['/data/password', 'Secret', 'secret data'],
    ['/spec/template/spec/containers/1', 'Deployment', 'its whole definition'],
    ['/spec', 'Deployment', 'its whole definition'],
  ])('%s of a %s: %s', (pointer, kind, what) => {
    const tree = two({ ...plain, class: 'identity-conflict', kind: 'identity', layer: null, differences: [pointer], identity: { group: '', version: 'v1', kind, namespace: 'default', name: 'a' } });
    const [only] = planResolution(tree, PLANNING).groups;
    expect([only?.review, only?.reason]).toEqual(['sensitive', `They differ in ${what} (${pointer}), which is never decided for you.`]);
  });

  it.each(['/spec/template/spec/containers/0/image', '/data/color', '/metadata/labels/app', '/metadata/annotations/selector'])('%s of others is decided', (pointer) => {
    const tree = two({ ...plain, class: 'identity-conflict', kind: 'identity', layer: null, differences: [pointer] });
    expect(planResolution(tree, PLANNING).groups[0]?.strategy).toBe('identity_keep_highest');
  });

  it('files with changes that are not committed, deleting outside of git, items of a List, kinds with a meaning of their own', () => {
    const review = (tree: ScannedTree, more: Partial<Planning> = {}): string | null | undefined => planResolution(tree, { ...PLANNING, ...more }).groups[0]?.review;
    const clean = { dirty: new Set<string>(), tracked: new Set(['production/a.yaml', 'examples/a.yaml']) };
    expect(review(two(plain), { git: { ...clean, dirty: new Set(['examples/a.yaml']) } })).toBe('dirty');
    expect(review(two(plain), { git: clean })).toBeNull();
    const deleting = [{ directory: '/examples/', kind: null, action: 'delete', mode: 'automatic', target: null }] as const;
    expect(review(two(plain), { policies: deleting })).toBe('outside-git');
    expect(review(two(plain), { policies: deleting, git: { ...clean, tracked: new Set() } })).toBe('outside-git');
    expect(planResolution(two(plain), { ...PLANNING, policies: deleting, git: clean }).changes.map((change) => change.change)).toEqual(['delete']);
    expect(review(two(plain), { policies: [{ directory: null, kind: 'ConfigMap', action: 'archive', mode: 'ask', target: null }] })).toBe('asks');
    expect(review(two({ ...plain, members: plain.members.map((member) => ({ ...member, item: 0 })) }))).toBe('list-item');
    // A List of nothing else is a document like another.
    const listed = (count: number): ScannedTree => {
      const file = scannedFile('examples/a.yaml', Array.from({ length: count }, (_, index) => ({ name: index === 0 ? 'a' : `b${String(index)}` })));
      const inList = { ...file, documents: file.documents.map((document, item) => ({ ...document, index: 0, item })) };
      return scannedTree([scannedFile('production/a.yaml', [{ name: 'a' }]), inList], [{ ...plain, members: plain.members.map((member) => (member.path === 'examples/a.yaml' ? { ...member, item: 0 } : member)) }]);
    };
    expect(review(listed(1))).toBeNull();
    expect(planResolution(listed(1), PLANNING).changes.map((change) => [change.path, change.change])).toEqual([['examples/a.yaml', 'comment']]);
    expect(review(listed(2))).toBe('list-item');
    expect(review(scannedTree([scannedFile('production/a.yaml', [{ name: 'a' }]), scannedFile('examples/a.yaml', [{ name: 'a' }], { kind: 'kustomization' })], [plain]))).toBe('file-kind');
    expect(review(two(plain), { blocked: new Map([['examples/a.yaml', 'examples/a.yaml is not written in UTF-8.']]) })).toBe('not-text');
  });

  it('what another group keeps', () => {
    const files = ['production/a.yaml', 'environments/a.yaml', 'examples/a.yaml'].map((path) => scannedFile(path, [{ name: 'a' }]));
    const plan = planResolution(scannedTree(files, [group('g1', 'a', [['environments/a.yaml'], ['examples/a.yaml']]), group('g2', 'b', [['production/a.yaml'], ['environments/a.yaml']])]), PLANNING);
    expect(plan.groups.map((one) => [one.groupId, one.review])).toEqual([['g1', null], ['g2', 'conflicting']]);
  });
});

describe('what the user chooses', () => {
  const choice = { groupId: 'g_tie', keep: { path: 'apps/t2/t.yaml', document: null }, actions: { 'apps/t1/t.yaml': 'archive' }, mergedText: null } as const;

  it('is done as given, also for ties', () => {
    const plan = planResolution(fixture(), { ...PLANNING, only: new Set(['g_tie']), choices: [choice] });
    expect(plan.groups.map((one) => [one.strategy, one.kept?.path, one.decidedBy])).toEqual([['manual', 'apps/t2/t.yaml', 'user']]);
    expect(plan.changes.map((change) => [change.path, change.change, 'target' in change ? change.target : null])).toEqual([['apps/t1/t.yaml', 'archive', '.archive/apps/t1/t.yaml']]);
  });

  it('may be a merged text for the one that is kept', () => {
    const plan = planResolution(fixture(), { ...PLANNING, only: new Set(['g_sensitive']), choices: [{ groupId: 'g_sensitive', keep: { path: 'production/s.yaml', document: null }, actions: { 'examples/s.yaml': 'comment' }, mergedText: 'kind: ConfigMap\n' }] });
    expect(plan.changes.map((change) => [change.path, change.change])).toEqual([['examples/s.yaml', 'comment'], ['production/s.yaml', 'merge']]);
  });

  it('goes before the rules, and cannot be a file that is not in the group', () => {
    const plan = planResolution(fixture(), { ...PLANNING, choices: [{ ...choice, keep: { path: 'nowhere.yaml', document: null } }] });
    expect(decided(plan, 'g_tie')?.reason).toBe('nowhere.yaml is not in this group.');
    expect(planResolution(fixture(), { ...PLANNING, likely: true }).groups.find((one) => one.groupId === 'g_likely')?.status).toBe('planned');
  });
});

describe('references', () => {
  const files = [scannedFile('production/a.yaml', [{ name: 'a' }]), scannedFile('kustomization.yaml', [], { kind: 'kustomization' }), scannedFile('examples/a.yaml', [{ name: 'a' }]), scannedFile('apps/kustomization.yaml', [], { kind: 'kustomization' }), scannedFile('other/kustomization.yaml', [], { kind: 'kustomization' })];
  const both = group('g', 'a', [['production/a.yaml'], ['examples/a.yaml']]);
  const reference = (from: string, to: string, as = 'resources'): ScannedTree['applyRoots'][number]['references'][number] => ({ from, line: 2, to, as });
  const root = (path: string, references: ScannedTree['applyRoots'][number]['references']): ScannedTree['applyRoots'][number] => ({ path, made: 'kustomization', files: references.map((one) => one.to), references });

  it('go where the kept file is applied too, and lead to it where it is not', () => {
    const tree = scannedTree(files, [both], [root('apps', [reference('apps/kustomization.yaml', 'production/a.yaml'), reference('apps/kustomization.yaml', 'examples/a.yaml')]), root('', [reference('kustomization.yaml', 'examples/a.yaml')])]);
    const plan = planResolution(tree, PLANNING);
    expect(plan.changes.filter((change) => change.change === 'references').map((change) => [change.path, change.edits])).toEqual([
      ['apps/kustomization.yaml', [{ as: 'resources', from: 'examples/a.yaml', to: null }]],
      ['kustomization.yaml', [{ as: 'resources', from: 'examples/a.yaml', to: 'production/a.yaml' }]],
    ]);
  });

  it('that cannot be mended leave the group to the user', () => {
    const review = (roots: ScannedTree['applyRoots']): string | null | undefined => planResolution(scannedTree(files, [both], roots), PLANNING).groups[0]?.review;
    // kustomize would refuse to read a file beside its own folder.
    expect(review([root('other', [reference('other/kustomization.yaml', 'examples/a.yaml')])])).toBe('other-root');
    expect(review([{ path: 'examples', made: 'folder', files: ['examples/a.yaml'], references: [] }])).toBe('other-root');
    expect(review([root('apps', [reference('apps/kustomization.yaml', 'examples/a.yaml', 'configMapGenerator')])])).toBe('other-root');
    expect(review([root('apps', [reference('apps/kustomization.yaml', 'examples/a.yaml')]), { ...root('apps', [reference('apps/kustomization.yaml', 'examples/a.yaml')]), path: 'above', files: ['examples/a.yaml', 'production/a.yaml'] }])).toBe('other-root');
  });
});

describe('equal copies of several versions of one object', () => {
  const at = (path: string, same: string): ReturnType<typeof scannedFile> => scannedFile(path, [{ name: 'a', same }]);
  const conflict = { class: 'identity-conflict', kind: 'identity', layer: null, differences: ['/data/color'] } as const;

  it('leave the highest of all, in one go', () => {
    const tree = scannedTree([at('apps/a.yaml', 'one'), at('production/a.yaml', 'one'), at('environments/a.yaml', 'two')], [group('g1', 'a', [['apps/a.yaml'], ['production/a.yaml']]), group('g2', 'a', [['apps/a.yaml'], ['environments/a.yaml']], conflict)]);
    const plan = planResolution(tree, PLANNING);
    expect(plan.groups.map((one) => [one.groupId, one.kept?.path])).toEqual([['g1', 'production/a.yaml'], ['g2', 'production/a.yaml']]);
    expect(plan.changes.map((change) => change.path)).toEqual(['apps/a.yaml', 'environments/a.yaml']);
  });

  it('lose together, and wait where they are a tie', () => {
    const lose = scannedTree([at('examples/a.yaml', 'one'), at('templates/a.yaml', 'one'), at('production/a.yaml', 'two')], [group('g1', 'a', [['examples/a.yaml'], ['templates/a.yaml']]), group('g2', 'a', [['examples/a.yaml'], ['production/a.yaml']], conflict)]);
    expect(planResolution(lose, PLANNING).changes.map((change) => change.path)).toEqual(['examples/a.yaml', 'templates/a.yaml']);
    const tie = scannedTree([at('x/a.yaml', 'one'), at('y/a.yaml', 'one'), at('production/a.yaml', 'two')], [group('g1', 'a', [['x/a.yaml'], ['y/a.yaml']]), group('g2', 'a', [['x/a.yaml'], ['production/a.yaml']], conflict)]);
    expect(planResolution(tie, PLANNING).groups.map((one) => one.review)).toEqual(['tie', 'conflicting']);
  });
});

describe('looking again after a resolution', () => {
  it('finds nothing wrong where only the duplicates are gone, and each thing that is', () => {
    const before = fixture();
    const plan = planResolution(before, PLANNING);
    const gone = new Set(plan.changes.filter((change) => change.change === 'comment').map((change) => change.path));
    const parts = new Map(plan.changes.flatMap((change) => ('documents' in change ? [[change.path, change.documents] as const] : [])));
    const files = before.files.map((file) => ({ ...file, documents: gone.has(file.path) ? [] : file.documents.filter((document) => parts.get(file.path)?.includes(document.index) !== true) }));
    const after: ScannedTree = { ...before, files };
    expect(verifyResolution(before, after, plan)).toEqual([]);
    const lost = { ...after, files: files.filter((file) => file.path !== 'production/a.yaml') };
    expect(verifyResolution(before, lost, plan)).toEqual(['the folder itself would no longer have ConfigMap default/folder.', 'production/a.yaml, which is kept, has changed or is gone.']);
    const more = { ...after, files: files.map((file) => (file.path === 'apps/bundle.yaml' ? scannedFile(file.path, [{ name: 'alone' }, { name: 'new' }]) : file)) };
    expect(verifyResolution(before, more, plan)).toEqual(['the folder itself would newly have ConfigMap default/new.']);
    // Somebody saves, adds and removes files that the resolution has nothing to do with.
    const others = [scannedFile('apps/others.yaml', [{ name: 'others', same: 'new' }]), scannedFile('apps/added.yaml', [{ name: 'added' }])];
    const old = [scannedFile('apps/others.yaml', [{ name: 'others', same: 'old' }]), scannedFile('apps/removed.yaml', [{ name: 'removed' }])];
    const rooted = (files: typeof old): ScannedTree => scannedTree(files, before.groups);
    expect(verifyResolution(rooted([...before.files, ...old]), rooted([...files, ...others]), plan)).toEqual([]);
    expect(verifyResolution(rooted([...before.files, ...old]), rooted([...lost.files, ...others]), plan)).toHaveLength(2);
  });
});

describe('a change of the rules', () => {
  it('tells how many groups change their winner, and the plan then has as many', () => {
    const tree = fixture();
    const other = rulesOf({ directory_priority: ['/examples/', '/production/', '/environments/', '/templates/'] });
    const preview = changedWinners(tree, DEFAULT_RULES, other);
    const keeps = (rules: typeof other): ReadonlyMap<string, string | null> => new Map(planResolution(tree, { ...PLANNING, rules, likely: true }).groups.map((one) => [one.groupId, one.kept?.path ?? null]));
    const [was, is] = [keeps(DEFAULT_RULES), keeps(other)];
    const changed = [...was].filter(([id, path]) => is.get(id) !== path).map(([id]) => id);
    // One of them is never decided by itself: its winner changes without an effect.
    expect(preview.map((one) => one.groupId).filter((id) => id !== 'g_sensitive')).toEqual(changed.sort());
    expect(preview.length).toBe(5);
    expect(changedWinners(tree, other, DEFAULT_RULES).map((one) => [one.groupId, one.after])).toEqual(preview.map((one) => [one.groupId, one.before]));
    expect(changedWinners(tree, other, other)).toEqual([]);
  });
});
