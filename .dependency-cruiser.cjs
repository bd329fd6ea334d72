/** The import rule of docs/architecture.md, proved on every `npm run lint`. */
const capability = '(compose|modes|checks|services|projects|diagnostics|runtime|reconcile|monitor|alerts|settings|changes|robustness|storage|files|gitops)';
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'kernel-imports-nothing', severity: 'error', from: { path: '^src/shared/kernel' }, to: { path: '^src/', pathNot: '^src/shared/kernel' } },
    { name: 'domain-imports-kernel-only', severity: 'error', from: { path: '^src/shared/domain' }, to: { path: '^src/', pathNot: '^src/shared/(kernel|domain)' } },
    { name: 'contract-below-main', severity: 'error', from: { path: '^src/shared/contract' }, to: { path: '^src/', pathNot: '^src/shared' } },
    { name: 'shared-has-no-node', severity: 'error', from: { path: '^src/shared' }, to: { dependencyTypes: ['core'] } },
    { name: 'renderer-sees-shared-only', severity: 'error', from: { path: '^src/renderer' }, to: { path: '^src/(main|cli)' } },
    { name: 'preload-is-small', severity: 'error', from: { path: '^src/preload' }, to: { path: '^src/(main|cli|renderer)' } },
    { name: 'electron-only-in-its-places', severity: 'error', from: { path: '^src', pathNot: '^src/(main/app|main/ipc|main/index\\.ts|preload)' }, to: { path: '^electron$|node_modules/electron/' } },
    { name: 'platform-is-below', severity: 'error', from: { path: '^src/main/platform' }, to: { path: '^src/main', pathNot: '^src/main/(platform|workers)' } },
    { name: 'docker-is-below', severity: 'error', from: { path: '^src/main/docker' }, to: { path: '^src/main', pathNot: '^src/main/(docker|platform)' } },
    { name: 'operations-is-below', severity: 'error', from: { path: '^src/main/operations' }, to: { path: '^src/main', pathNot: '^src/main/(operations|docker|platform|dispatch/types)' } },
    {
      name: 'capabilities-know-only-interfaces-of-each-other',
      severity: 'error',
      from: { path: `^src/main/${capability}/` },
      to: { path: `^src/main/${capability}/`, pathNot: [`^src/main/$1/`, `^src/main/${capability}/types\\.ts$`] },
    },
    { name: 'capabilities-are-below-doors', severity: 'error', from: { path: `^src/main/${capability}/` }, to: { path: '^src/(main/(app|ipc|api|index|services\\.ts)|cli)' } },
    { name: 'io-only-in-its-layers', severity: 'error', from: { path: '^src/(main|cli)', pathNot: '^src/(main/(platform|docker|api|workers|app|ipc)|cli|main/index)' }, to: { dependencyTypes: ['core'], path: '^(node:)?(fs|fs/promises|child_process|net|http|https|dgram|tls)$' } },
    { name: 'blocking-reads-only-in-the-sync-worker', severity: 'error', from: { path: '^src/(main|cli)', pathNot: '^src/main/(platform/sync|workers|workspaces/engine-[^/]+\\.ts$)' }, to: { path: '^src/main/(platform/sync/|workspaces/engine-core\\.ts$)', dependencyTypesNot: ['type-only'] } },
    { name: 'bytes-of-strangers-only-in-the-scanner', severity: 'error', from: { path: '^src/(main|cli)', pathNot: '^src/main/(platform/manifests/(walk|cache-file|content-checks|content-parser|content-pool|content-work|scan-core)\\.ts$|workers)' }, to: { path: '^src/main/platform/manifests/(walk|cache-file|content-checks|content-parser|content-pool|content-work|scan-core)\\.ts$', dependencyTypesNot: ['type-only'] } },
    { name: 'features-do-not-import-features', severity: 'error', from: { path: '^src/renderer/src/features/([^/]+)/' }, to: { path: '^src/renderer/src/features/', pathNot: '^src/renderer/src/features/$1/' } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src', pathNot: ['\\.d\\.ts$', 'types\\.ts$'] }, to: {} },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
