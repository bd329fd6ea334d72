import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const noSync = {
  selector: "CallExpression:matches([callee.property.name=/Sync$/], [callee.name=/Sync$/])",
  message: 'No synchronous I/O on the main process: it blocks the window.',
};

export default tseslint.config(
  { ignores: ['node_modules/**', 'out/**', 'dist/**', 'test-results/**', 'resources/**', 'docs/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}', 'test/**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['src/main/**/*.ts', 'src/preload/**/*.ts'],
    // The store worker is the one place where synchronous calls belong, SQLite's and those of its key (seal); entries resolve
    // paths once at start; failpoints write only while a crash test records, and must have written before the kill.
    // What reads folders for the sync runs in the sync worker alone, what scans manifests in the scanner process alone (.dependency-cruiser.cjs proves both): there it takes a fifth of the time.
    ignores: ['src/main/workers/**', 'src/main/platform/{store-core,seal,entries,failpoints}.ts', 'src/main/platform/sync/**', 'src/main/platform/manifests/{walk,cache-file,content-checks,content-parser,content-pool,content-work,scan-core}.ts'],
    rules: { 'no-restricted-syntax': ['error', noSync] },
  },
  {
    files: ['src/shared/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'Buffer', 'window', 'document', 'setTimeout', 'setInterval'],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: 'Time is handed in.' }, { object: 'Math', property: 'random', message: 'Randomness is handed in.' }],
    },
  },
  {
    files: ['src/main/**/*.ts', 'src/cli/**/*.ts'],
    ignores: ['src/main/docker/**'],
    rules: { 'no-restricted-imports': ['error', { paths: ['dockerode', 'docker-modem'].map((name) => ({ name, message: 'The engine has one door: src/main/docker.' })) }] },
  },
  {
    files: ['src/renderer/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      // The rules of the plugin that serve the React compiler are left out: it is not used here.
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'no-restricted-syntax': ['error', { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Text only: what is shown may come from strangers.' }],
    },
  },
  { files: ['src/cli/**/*.ts', 'test/bench/**/*.ts', 'scripts/**/*.mjs', 'bin/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.config.{ts,mjs}'], rules: { 'no-restricted-exports': 'off' } },
);
