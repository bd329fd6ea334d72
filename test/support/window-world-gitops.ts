import type { OutputOf } from '@shared/contract/contract';
import type { JsonObject } from '@shared/kernel/json';

type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;
type Scan = OutputOf<'gitops.scan'>;
type Group = Scan['groups'][number];

/** What stands behind the tabs of manifests and git of a world. */
export interface GitopsWorld {
  readonly handlers: { readonly [name: string]: Handler };
  readonly resultOf: (kind: string, operationId: string, input: JsonObject) => JsonObject | undefined;
  /** What an operation did, once it has ended. */
  readonly ended: (kind: string, operationId: string, input: JsonObject) => void;
}

const HASH = 'c4'.repeat(32);
const NAMES = ['web', 'api', 'cart', 'search', 'worker', 'mail', 'billing', 'reports'];

const manifest = (name: string, image: string): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n  namespace: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: ${name}\n  template:\n    metadata:\n      labels:\n        app: ${name}\n    spec:\n      containers:\n        - name: ${name}\n          image: ${image}\n          ports:\n            - containerPort: 8080\n`;
const reordered = (name: string, image: string): string => `# by hand\nkind: "Deployment"\napiVersion: apps/v1\nspec:\n  template:\n    spec:\n      containers:\n        - image: '${image}'\n          name: ${name}\n          ports: [{ containerPort: 8080 }]\n    metadata: { labels: { app: ${name} } }\n  selector: { matchLabels: { app: ${name} } }\n  replicas: 2\nmetadata: { namespace: shop, name: ${name} }\n`;
const meaning = (name: string, image: string): string => `apiVersion: "apps/v1"\nkind: "Deployment"\nmetadata:\n  name: "${name}"\n  namespace: "shop"\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n        - image: "${image}"\n          name: "${name}"\n`;

/** Folders of manifests in memory: groups that go when they are resolved, and come back. */
export function gitopsWorld({ dir, mark, empty, preview }: { readonly dir: string; readonly mark: string; readonly empty: boolean; readonly preview: Handler | undefined }): GitopsWorld {
  const resolved = new Map<string, readonly string[]>();
  let version = 1;
  let directories = ['/production/', '/environments/', '/templates/', '/examples/'];
  let dynamic = false;
  let policies: OutputOf<'gitops.policies'> = [
    { directory: '/examples/', kind: null, action: 'archive', mode: 'automatic', target: null },
    { directory: `/old${mark}/`, kind: 'Deployment', action: 'move', mode: 'ask', target: 'retired' },
  ];
  let branch = 'main';
  let branches = ['main', 'gitops/resolve-20260801-1412'];
  let dirty: OutputOf<'gitops.git'>['changes'] = [
    { path: `deploy/production/web.yaml${mark}`, state: 'changed', staged: false, from: null },
    { path: 'deploy/old/cart.yaml', state: 'removed', staged: true, from: null },
    { path: 'deploy/staging/mail.yaml', state: 'renamed', staged: true, from: 'deploy/environments/mail.yaml' },
    { path: 'notes.md', state: 'untracked', staged: false, from: null },
  ];

  const member = (file: string, priorityScore: number): Group['members'][number] => ({ file, document: 0, item: null, line: 1, priorityScore });
  const group = (name: string, of: Group['class'], files: readonly [string, number][], more: Partial<Group>): Group => ({ id: `g_${of}_${name}`, kind: of === 'exact-dup' ? 'identical' : of === 'identity-conflict' ? 'identity' : 'semantic', class: of, certainty: 'certain', layer: 'L0', applyRoot: 'deploy', identity: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: `${name}${mark}` }, reason: 'Two files say the same of one Deployment.', members: files.map(([file, score]) => member(file, score)), keep: files[0]?.[0] ?? null, keepDocument: more.keep === null ? null : 0, resolution: 'auto', differences: [], ...more });
  const all = (): readonly Group[] => [
    group('cart', 'identity-conflict', [['deploy/environments/cart.yaml', 211], ['deploy/old/cart.yaml', 211]], { layer: null, keep: null, resolution: 'manual', reason: 'Two files say different things of one Deployment.', differences: ['/spec/template/spec/containers/0/image', '/spec/replicas'] }),
    group('billing', 'identity-conflict', [['deploy/production/billing.yaml', 411], ['deploy/examples/billing.yaml', 11]], { layer: null, reason: 'Two files say different things of one Deployment.', differences: ['/metadata/labels/team'] }),
    ...NAMES.map((name) => group(name, 'exact-dup', [[`deploy/production/${name}.yaml`, 411], [`deploy/examples/${name}.yaml`, 11]], {})),
    group('api', 'semantic-dup', [['deploy/production/api.yaml', 411], ['deploy/environments/api.yaml', 311]], { layer: 'L2' }),
    group('defaults', 'default-equivalent-dup', [['deploy/production/defaults.yaml', 411], ['deploy/staging/defaults.yaml', 111]], { layer: 'L5', certainty: 'likely', keep: null, resolution: 'manual' }),
  ];
  const open = (): readonly Group[] => (empty ? [] : all().filter((one) => ![...resolved.values()].flat().includes(one.id)));
  const scan = (operationId: string): Scan => ({ operationId, dir, within: '', files: 1_204, documents: 2_310, filesRead: 12, durationMs: 412, scannedAt: new Date(Date.now() + 2_500).toISOString(), groups: [...open()], related: empty ? [] : [group('mail', 'cross-env-variant', [['deploy/production/mail.yaml', 411], ['deploy/staging/mail.yaml', 111]], { certainty: 'info', layer: null, keep: null, resolution: 'manual', reason: 'One variant for each environment.' })], notCompared: [] });
  const why = (one: Group): string => (one.keep === null ? 'deploy/environments/cart.yaml and deploy/old/cart.yaml have the same rank (211).' : `${one.keep} stays: its folder (/production/) ranks above that of the others.`);
  const plan = (): OutputOf<'gitops.plan'> => {
    const groups = open();
    const auto = groups.filter((one) => one.resolution === 'auto');
    return {
      dir,
      within: '',
      groups: groups.map((one) => ({ id: one.id, class: one.class, identity: one.identity, status: one.resolution === 'auto' ? 'planned' : 'manual_review', strategy: one.resolution === 'auto' ? 'identical_keep_highest' : 'manual', keep: one.keep, decidedBy: one.keep === null ? null : 'directory', reason: why(one), review: one.keep === null ? 'tie' : null, members: one.members.map(({ file, document, line, priorityScore }) => ({ file, document, line, action: one.keep === null ? 'none' : file === one.keep ? 'keep' : 'comment', target: null, priorityScore, explanation: `${String(priorityScore)}: folder ${String(Math.floor(priorityScore / 100) * 100)} + file name 10 + metadata 1.` })) })),
      files: auto.flatMap((one) => one.members.filter(({ file }) => file !== one.keep).map(({ file }) => ({ file, action: 'comment', target: null }))),
      counts: { groups: groups.length, planned: auto.length, manual: groups.length - auto.length, info: 1 },
    };
  };
  const compared = (file: string): OutputOf<'gitops.compare'>['left'] => {
    const name = /([a-z]+)\.yaml/.exec(file)?.[1] ?? 'web';
    const image = file.includes('/old/') ? `shop/${name}:3.0` : `shop/${name}:3.1`;
    return { file, contentHash: HASH, text: file.includes('/environments/api') ? reordered(name, image) : manifest(name, image), meaning: meaning(name, image), reason: null };
  };
  const hierarchy = (): OutputOf<'gitops.hierarchy'> => ({ version, config: version === 1 ? {} : { directory_priority: directories }, rules: { directories, names: ['main.yaml', 'default.yaml', 'template.yaml', 'example.yaml'], metadata: ['created_by=admin', 'environment=production', 'managed=true'] } });
  const commit = (subject: string, hours: number): OutputOf<'gitops.history'>['commits'][number] => ({ id: 'a1b2c3d4'.repeat(5), author: `Ada${mark}`, email: 'ada@example.org', at: new Date(Date.now() - hours * 3_600_000).toISOString(), subject, parents: [] });
  const side = (text: string) => ({ id: 'd'.repeat(40), mode: '100644', text });
  const conflicts: OutputOf<'gitops.sync'>['conflicts'] = [{ path: 'deploy/production/web.yaml', base: side(manifest('web', 'shop/web:1.4')), ours: side(manifest('web', 'shop/web:1.5')), theirs: side(manifest('web', 'shop/web:2.0').replace('replicas: 2', 'replicas: 3')) }];

  return {
    handlers: {
      'operations.preview': async (input: { readonly name: string }, call: never, push: (item: unknown) => void) => (input.name === 'files.create' ? NEW_FILE : input.name.startsWith('gitops.') ? PREVIEW : preview?.(input as never, call, push)),
      'gitops.plan': async () => plan(),
      'gitops.compare': async (input: { readonly left: string; readonly right: string }): Promise<OutputOf<'gitops.compare'>> => {
        const [left, right] = [compared(input.left), compared(input.right)];
        return { left, right, meansSame: left.meaning === right.meaning, differences: left.meaning === right.meaning ? [] : ['/spec/template/spec/containers/0/image'] };
      },
      'gitops.hierarchy': async () => hierarchy(),
      'gitops.hierarchy-versions': async (): Promise<OutputOf<'gitops.hierarchy-versions'>> => Array.from({ length: version }, (_, index) => ({ version: index + 1, at: new Date(Date.now() - 3_600_000).toISOString(), note: index === 0 ? 'The default rules' : 'Examples first', config: {} })),
      'gitops.preview-hierarchy': async (): Promise<OutputOf<'gitops.preview-hierarchy'>> => ({ changed: 9, of: open().length, groups: [] }),
      'gitops.set-hierarchy': async (input: { readonly config?: { readonly directory_priority?: string[] } }) => {
        version += 1;
        directories = input.config?.directory_priority ?? directories;
        return hierarchy();
      },
      'gitops.settings': async (): Promise<OutputOf<'gitops.settings'>> => ({ duplicate_detection_enabled: true, resolution_hierarchy_config: {}, last_duplicate_scan: null, duplicate_scan_interval: 3_600 }),
      'gitops.policies': async () => policies,
      'gitops.configure': async (): Promise<OutputOf<'gitops.settings'>> => ({ duplicate_detection_enabled: true, resolution_hierarchy_config: {}, last_duplicate_scan: null, duplicate_scan_interval: 3_600 }),
      'gitops.set-policies': async (input: { readonly policies: OutputOf<'gitops.policies'> }) => {
        policies = input.policies;
        return policies;
      },
      'gitops.template-version': async (input: { readonly version: number }) => ({ text: `kind: Ingress\nreplicas: ${String(input.version)}\n` }),
      'gitops.git': async (): Promise<OutputOf<'gitops.git'>> => ({ dir, branch, commit: 'a1'.repeat(20), upstream: 'origin/main', ahead: 2, behind: 1, unfinished: null, changes: [...dirty], conflicts: [], remotes: [{ name: 'origin', address: 'https://git.example.org/shop.git' }] }),
      'gitops.branches': async (): Promise<OutputOf<'gitops.branches'>> => ({ dir, branches: branches.map((name) => ({ name, commit: 'a1'.repeat(20), at: new Date(Date.now() - 7_200_000).toISOString(), subject: 'Use the new image of web', isCurrent: name === branch, upstream: name === 'main' ? 'origin/main' : null })) }),
      'gitops.history': async (): Promise<OutputOf<'gitops.history'>> => ({ dir, commits: [commit('Use the new image of web', 2), commit('Comment out what is there twice', 26), commit('The first manifests', 300)] }),
      'gitops.show': async (input: { readonly commit?: string; readonly file?: string }): Promise<OutputOf<'gitops.show'>> => ({
        dir,
        commit: input.commit ?? null,
        files: input.commit === undefined ? dirty.map(({ path, state }) => ({ path, change: state === 'removed' ? 'removed' : state === 'untracked' ? 'added' : 'changed' })) : [{ path: `deploy/production/web.yaml${mark}`, change: 'changed' }, { path: 'deploy/environments/web.yaml', change: 'removed' }],
        text: input.file === undefined ? null : { path: input.file, before: manifest('web', 'shop/web:1.4'), after: input.file.includes('/environments/') ? null : manifest('web', 'shop/web:1.5').replace('replicas: 2', 'replicas: 3') },
      }),
      'gitops.templates': async (): Promise<OutputOf<'gitops.templates'>> => ({
        dir,
        folder: 'templates/gitops',
        out: 'rendered',
        projectId: null,
        dynamic,
        templates: empty ? [] : [
          { path: `ingress.yaml${mark}`, role: 'template', output: 'rendered/ingress.yaml', sha256: HASH, sizeBytes: 812, version: 3, entries: 3 },
          { path: 'broken.yaml', role: 'template', output: 'rendered/broken.yaml', sha256: HASH, sizeBytes: 44, version: null, entries: 0 },
          { path: 'parts/labels.yaml', role: 'part', output: null, sha256: HASH, sizeBytes: 96, version: 1, entries: 1 },
          { path: 'values.yaml', role: 'values', output: null, sha256: HASH, sizeBytes: 40, version: null, entries: 0 },
        ],
        skipped: empty ? [] : [{ path: 'logo.png', reason: 'It is no text.' }],
      }),
      'gitops.preview': async (input: { readonly template: string; readonly text?: string; readonly context?: JsonObject }): Promise<OutputOf<'gitops.preview'>> => {
        const context = { services: [{ name: 'web', port: 3000 }], branch, replicas: 2, ...input.context };
        if (input.template === 'broken.yaml') return { text: null, problems: [{ message: 'owner is not defined.', hint: 'Give it a value.', file: 'broken.yaml', line: 2 }], context, source: 'kind: ConfigMap\nowner: {{ owner }}\n' };
        return { text: `kind: Ingress\nreplicas: ${String(context.replicas)}\n`, problems: [], context, source: 'kind: Ingress\nreplicas: {{ replicas }}\n' };
      },
      'gitops.template-versions': async (): Promise<OutputOf<'gitops.template-versions'>> => [1, 2, 3].map((one) => ({ version: one, hash: HASH, author: 'Ada', at: new Date(Date.now() - (4 - one) * 86_400_000).toISOString(), note: one === 3 ? 'Two replicas' : '', isRollback: false })),
      'gitops.dynamic': async (input: { readonly project: string; readonly enabled: boolean }) => {
        dynamic = input.enabled;
        return { project: input.project, enabled: dynamic };
      },
      'gitops.pipeline': async (): Promise<OutputOf<'gitops.pipeline'>> => ({
        stages: [],
        flows: {},
        runs: empty ? [] : [{ correlationId: 'c1', dir, projectId: null, files: ['deploy/production/web.yaml'], depth: 0, startedAt: new Date(Date.now() - 40_000).toISOString(), state: 'failed', stages: [{ name: 'file-change-detection', state: 'done', message: 'One file changed.', durationMs: 301 }, { name: 'file-operations', state: 'done', message: '', durationMs: 12 }, { name: 'duplicate-detection', state: 'done', message: '2 groups', durationMs: 84 }, { name: 'conflict-resolution', state: 'failed', message: 'deploy/old/cart.yaml has changes that are not committed.', durationMs: 22 }, { name: 'integration', state: 'stopped', message: '', durationMs: null }, { name: 'template-processing', state: 'stopped', message: '', durationMs: null }] }],
      }),
    } as never,
    resultOf(kind, operationId, input) {
      const merged = { operationId, dir, branch, commit: 'a1'.repeat(20), changedFiles: 0 };
      const answers: { readonly [name: string]: () => object } = {
        'gitops.scan': () => scan(operationId),
        'gitops.resolve': () => ({ operationId, dir, backups: '.berth/backups', resolved: plan().counts.planned, manual: [], files: plan().files, changed: plan().files.length, durationMs: 320, branch: null, commit: null }),
        'gitops.resolve-group': () => ({ operationId, dir, backups: '.berth/backups', resolved: 1, manual: [], files: [{ file: String(input['keep']), action: 'comment', target: null }], changed: 1, durationMs: 120, branch: null, commit: null }),
        'gitops.rollback': () => ({ operationId, takenBack: String(input['id']), dir, restored: ['deploy/old/cart.yaml'], left: null, durationMs: 80 }),
        'gitops.sync': () => ({ ...merged, state: 'conflict', remote: 'origin', remoteBranch: 'main', pulledCommits: 0, pushedCommits: 0, conflicts, oursCommit: 'a'.repeat(40), theirsCommit: 'b'.repeat(40) }),
        'gitops.render': () => ({ operationId, dir, out: 'rendered', files: [], written: 1, unchanged: 1, skipped: [] }),
      };
      return kind.startsWith('gitops.') ? ((answers[kind]?.() ?? { ...merged, from: 'main', switched: true, files: 1, state: 'merged', conflicts: [], remote: 'origin', remoteBranch: 'main', pulledCommits: 1, pushedCommits: 1, path: '', version: 1, sha256: HASH }) as JsonObject) : undefined;
    },
    ended(kind, operationId, input) {
      if (kind === 'gitops.resolve') resolved.set(operationId, open().filter((one) => one.resolution === 'auto').map((one) => one.id));
      if (kind === 'gitops.resolve-group') resolved.set(operationId, [String(input['group'])]);
      if (kind === 'gitops.rollback') resolved.delete(String(input['id']));
      if (kind === 'gitops.commit') dirty = dirty.filter((one) => !(input['files'] as readonly string[]).includes(one.path));
      if (/switch/i.test(kind) && kind.startsWith('gitops.')) branch = String(input['name']);
      if (/create/i.test(kind) && kind.startsWith('gitops.')) branches = [...branches, String(input['name'] ?? 'gitops/new')];
    },
  };
}

const PREVIEW: OutputOf<'operations.preview'> = {
  title: 'Resolve one group',
  document: ['# Resolve one group', '', '## Steps', '', '1. Archive deploy/old/cart.yaml to .archive/deploy/old/cart.yaml', '', '## Files', '', '- Goes: `deploy/old/cart.yaml`', '', '## Taking it back', '', '- Undo puts it back, to the byte.'].join('\n'),
  files: [{ path: 'deploy/old/cart.yaml', change: 'remove' }],
};

const NEW_FILE: OutputOf<'operations.preview'> = {
  title: 'Create a file',
  document: ['# Create a file', '', '## Files', '', '- New: `deploy/production/pay.yaml`', '', '```diff', '--- /dev/null', '+++ deploy/production/pay.yaml', '@@ -0,0 +1,4 @@', '+apiVersion: apps/v1', '+kind: Deployment', '+metadata:', '+  name: pay', '```', '', '## Taking it back', '', '- Undo removes it.'].join('\n'),
  files: [{ path: 'deploy/production/pay.yaml', change: 'create' }],
};
