import { translated } from '../translated';
import type { FilesTab, Page } from '../../lib/store';
import type { Mark } from '../../ui/state-mark';

/** What the help says of one page. */
interface PageHelp {
  /** The question the page answers. */
  readonly question: string;
  readonly text: readonly string[];
  /** What its marks mean there. */
  readonly marks: readonly (readonly [mark: Mark, words: string])[];
  /** How codes of the guide begin that belong to it. */
  readonly codes: readonly string[];
}

const pages: { readonly [page in Page]: PageHelp } = {
  home: {
    question: 'Is everything well, in all projects at once?',
    text: ['The sentence at the top says how many projects run, and whether anything wants a look. What wants one is listed below it, each with the way to where it can be mended.', 'Several projects are open side by side. Closing one takes it out of the list and nothing else: what runs goes on.'],
    marks: [['good', 'runs, and every check passes'], ['warn', 'runs, with something to look at'], ['bad', 'something failed'], ['off', 'stopped']],
    codes: ['project-', 'engine-', 'ENGINE_'],
  },
  project: {
    question: 'What runs, in which mode, and is it healthy?',
    text: [
      'The switch in the header shows where you are and where you are going. A click runs at once when nothing is lost and nothing stands in the way; the plan stands beside the progress. Otherwise the plan opens first, with a fix for each finding.',
      'A switch makes the new containers beside the old ones, changes over, waits until they are healthy, and goes back by itself when they are not. Named volumes are kept.',
      'A row opens the service: ports, mounts, environment with where each value comes from, logs and a shell.',
    ],
    marks: [['good', 'running, and healthy where that is checked'], ['busy', 'starting, or being changed'], ['warn', 'paused, or only some copies run'], ['bad', 'failed, or unhealthy'], ['off', 'stopped'], ['none', 'there is no container']],
    codes: ['switch-', 'build-', 'pull-', 'start-', 'unhealthy', 'plan-', 'mode-', 'service-not-found', 'trust-', 'port-'],
  },
  conflicts: {
    question: 'What stops me, or will?',
    text: ['Every mode is checked, also those that do not run: ports, folders, builds, dependencies, names, variables. An error stops a switch; a warning does not.', 'A fix shows which lines of which file it changes before it changes them, and can be taken back afterwards.'],
    marks: [['bad', 'an error: it stops a switch'], ['warn', 'a warning: it will hurt sooner or later'], ['off', 'worth knowing'], ['good', 'checked, and nothing found']],
    codes: ['BIND_', 'FILE_', 'PORT_', 'BUILD_', 'DOCKERFILE_', 'DEPENDENCY_', 'HEALTHCHECK_', 'PROJECT_', 'CONTAINER_', 'NETWORK_', 'SUBNET_', 'VOLUME_', 'EXTERNAL_', 'UNDEFINED_', 'UNKNOWN_', 'UNSUPPORTED_', 'INVALID_', 'REFUSED_', 'ENV_', 'DATA_', 'SERVICE_', 'RESOURCE_CLAMPED', 'fix-'],
  },
  storage: {
    question: 'Is it mounted, and in step?',
    text: ['Buckets of an S3 server are mounted as folders, or copied by sync jobs. The server can be one of this machine, which Berth starts, or one of yours.', 'Conflicts are two that write to the same place. Each comes with ways to part them.'],
    marks: [['good', 'mounted and answering, or in step'], ['busy', 'starting, or copying'], ['warn', 'behind, or slow'], ['bad', 'does not answer'], ['off', 'switched off']],
    codes: ['BUCKET_', 'SYNC_', 'CONFIG_', 'MOUNT_', 'RESOURCE_', 'SCHEDULE_', 'WRITTEN_', 'storage-', 'service-unreachable'],
  },
  workspaces: {
    question: 'Is what I save already there where it runs?',
    text: ['A workspace sends a folder of source to a bucket whenever a file is saved, and a container takes it from there. Files that Git or Docker ignore stay here.', 'Deletions are sent too, but never many at once without a question.'],
    marks: [['good', 'everything is sent'], ['busy', 'sending'], ['warn', 'changed on both sides, or waiting for you'], ['bad', 'cannot be sent'], ['off', 'paused']],
    codes: ['storage-', 'WRITTEN_'],
  },
  snapshots: {
    question: 'How far back can I go?',
    text: ['A snapshot keeps the files of a project, its settings, containers and images, and its volumes where they are asked for. Before every change that could lose something, one is made by itself.', 'A restore shows what it will bring back, part by part; it is verified before anything is replaced, and what it replaces is kept. Secrets are in it encrypted and leave this machine only when you say so.'],
    marks: [['good', 'all services were well when it was made'], ['warn', 'not all of them were'], ['off', 'none ran'], ['bad', 'a check found it damaged']],
    codes: ['SNAPSHOT_', 'damaged', 'locked', 'passphrase-', 'repository-'],
  },
  files: {
    question: 'What do the files of the project say?',
    text: ['Compose and env files, with what the checks say of their lines. A change is shown as a difference before it is saved, and can be taken back.', 'In env files the strongest place of a value comes first; what it hides stands below it.'],
    marks: [['bad', 'an error in this line'], ['warn', 'a warning in this line']],
    codes: ['compose-', 'file-', 'INVALID_', 'UNKNOWN_', 'ENV_', 'MANIFEST_', 'git-', 'not-a-repository', 'template-'],
  },
  activity: {
    question: 'What did Berth do, and what does it do now?',
    text: ['Operations with their steps and logs; events of the engine; schedules; the work in the background; the disk. What runs can be cancelled until it commits; after that it can be undone where Undo stands.'],
    marks: [['busy', 'runs'], ['good', 'succeeded'], ['warn', 'is being undone'], ['bad', 'failed, or needs you'], ['off', 'cancelled, or waits']],
    codes: ['cancelled', 'interrupted', 'needs-attention', 'busy', 'state-', 'operation-', 'consent-', 'not-found', 'blocked', 'internal'],
  },
  settings: {
    question: 'How does Berth look, and what does it work with?',
    text: ['A changed setting counts at once, in the window and on the command line; the arrow beside it takes it back. Reset shows what changes before it does.', 'The tab “This machine” says what Berth needs here and mends what it can. The diagnostics bundle is for reports: it lists what is in it before it is written, and holds no secrets.'],
    marks: [['good', 'fine'], ['warn', 'it works, and yet you should know'], ['bad', 'not right']],
    codes: ['engine-', 'setup-', 'policy-', 'disk-', 'not-supported', 'input-'],
  },
};

/** The tabs of the files page that have a help of their own. */
const filesTabs: { readonly [tab in Exclude<FilesTab, 'files'>]: Omit<PageHelp, 'codes'> & { readonly name: string } } = {
  git: {
    name: 'Git',
    question: 'Where does the repository stand?',
    text: ['The branch that is checked out, what is not committed, and how far it is from its remote. Berth runs your own git and never starts a program that the repository names: hooks do not run.', 'Sync fetches, compares, takes over or merges, and sends. Where both sides changed the same lines nothing is touched: both versions are shown, and you decide for each file.'],
    marks: [['good', 'everything is committed and in step'], ['warn', 'not committed, or behind the remote'], ['bad', 'files are in conflict']],
  },
  duplicates: {
    name: 'Duplicates',
    question: 'What do the files say twice, or in two ways?',
    text: [
      'A scan reads every manifest and compose file below the folder and changes nothing. Files that say the same of one object, or different things of it, make a group. Patches, overlays and files of other environments are told and never acted on.',
      'The score says which file ranks highest: by its folder, then its name, then what it says of itself. Where two rank the same, or where what differs could do harm, the group is for you.',
      'Compare shows two files by their text, or by what they mean: without order, comments and spelling.',
    ],
    marks: [['good', 'rules decide, or you did'], ['warn', 'it is for you to say which one stays']],
  },
  templates: {
    name: 'Templates',
    question: 'What is made from what?',
    text: ['Files in the template folder with {{ }} are filled from what runs and from values files, in the language of Jinja2. A preview writes nothing; rendering writes only what is not the same already, and can be taken back.', 'Whatever is not defined is an error with its file and line. Templates reach nothing outside their folder.'],
    marks: [['good', 'there are templates'], ['warn', 'a file was left out']],
  },
};

/** The words of the help. They come with it. */
export const helpWords = translated('help', {
  title: (page: string) => `Help: ${page}`,
  marks: 'What the marks mean',
  keys: 'Keys',
  allKeys: 'All keys',
  troubles: 'When something is wrong',
  more: 'All help',
  sentence: 'What the pages answer, and what the codes mean',
  lead: 'All of this is here without a network. F1 shows the help of the page you are on.',
  filter: 'Search the help',
  nothing: (filter: string) => `Nothing in the help has “${filter}”`,
  clear: 'Clear the search',
  pagesTitle: 'Pages',
  filesTabs,
  symptoms: 'From what you see',
  look: 'Look:',
  then: 'Then:',
  findings: 'Findings',
  errors: 'Errors',
  open: (page: string) => `Go to ${page}`,
  pages,
});
