// Takes the pictures that the end-to-end tests made of each page into docs/screenshots/pages and lists them in docs/screens.md:
// `npm test -- e2e`, then `npm run docs:screens`. Fails where a picture is missing.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/paths.mjs';

const TAKEN = join(ROOT, 'test-results', 'screenshots');
const KEPT = join(ROOT, 'docs', 'screenshots', 'pages');
const SIZES = ['900x600', '1440x900'];
const THEMES = ['light', 'dark'];

/** The picture of the tests, the page's name, and its question. */
const PAGES = [
  ['home', 'Home', 'How are my projects, and what is there to look at?'],
  ['project', 'Project', 'What runs, in which mode, is it healthy?'],
  ['service-details-tab', 'Project: a service', 'How is this one, and what is it made of?'],
  ['graph', 'Project: graph', 'What belongs together?'],
  ['plan', 'The plan of a switch', 'What will change, and what stands in the way?'],
  ['conflicts', 'Conflicts', 'What stops me?'],
  ['storage-mounts', 'Storage', 'Is it mounted and in step?'],
  ['workspaces', 'Workspaces', 'Is what I type in S3, and does it run?'],
  ['snapshots', 'Snapshots', 'How far back can I go?'],
  ['files-compose', 'Files', 'What is the project made from?'],
  ['files-env', 'Files: environment', 'Which value counts?'],
  ['files-manifests', 'Files: every manifest', 'What can be done with a file?'],
  ['git-changes', 'Files: Git', 'Where does the repository stand?'],
  ['git-history', 'Files: Git, history', 'Who changed what, and when?'],
  ['git-commit', 'Files: Git, a commit', 'What did it change?'],
  ['git-conflict', 'Files: Git, a conflict', 'Which version counts?'],
  ['gitops-duplicates', 'Files: Duplicates', 'What do the files say twice, or in two ways?'],
  ['gitops-plan', 'Files: the plan of a resolution', 'What is done with which file, and on which branch?'],
  ['gitops-rules', 'Files: rules', 'Which copy stays, and what would other rules change?'],
  ['gitops-compare-text', 'Files: two files compared', 'Where do they differ, and does it mean anything?'],
  ['templates', 'Files: Templates', 'What is made from what?'],
  ['templates-editor', 'Files: a template', 'What does it make, and what is wrong with it?'],
  ['activity', 'Activity', 'What was done, and can it be undone?'],
  ['runtime', 'Activity: background work', 'What does Berth do by itself?'],
  ['settings', 'Settings', 'How does Berth look, and what does it work with?'],
  ['doctor', 'Doctor', 'Is this machine in order?'],
  ['help', 'Help', 'What do the pages answer, and which keys are there?'],
  ['logs', 'The drawer: logs', 'What do the services say?'],
  ['terminal', 'The drawer: terminal', 'A shell in a container.'],
  ['drawer-activity', 'The drawer: activity', 'What runs now?'],
  ['palette', 'The palette', 'Everything by name.'],
  ['first-run', 'First start', 'Where do I begin?'],
];

const missing = [];
rmSync(KEPT, { recursive: true, force: true });
mkdirSync(KEPT, { recursive: true });
const sections = PAGES.map(([name, title, question]) => {
  const rows = SIZES.map((size) => {
    const cells = THEMES.map((theme) => {
      const file = `${name}-${theme}-${size}.png`;
      if (existsSync(join(TAKEN, file))) copyFileSync(join(TAKEN, file), join(KEPT, file));
      else missing.push(file);
      return `![${title}, ${theme}, ${size}](screenshots/pages/${file})`;
    });
    return `| ${size} | ${cells.join(' | ')} |`;
  });
  return `## ${title}\n\n${question}\n\n| | light | dark |\n|---|---|---|\n${rows.join('\n')}\n`;
});
writeFileSync(join(ROOT, 'docs', 'screens.md'), `# Screens\n\nEvery page in both themes and in the smallest and a usual size, as the end-to-end tests take them (\`npm test -- e2e\`, then \`npm run docs:screens\`).\n\n${sections.join('\n')}`);
if (missing.length > 0) {
  console.error(`No picture of the tests is there for:\n${missing.map((file) => `  ${file}`).join('\n')}`);
  process.exitCode = 1;
} else console.log(`docs/screens.md lists ${PAGES.length} pages.`);
