import type { OutputOf } from '@shared/contract/contract';
import { shellQuoted } from '@shared/kernel/shell-word';
import { duration, paint, printable, table, type Terminal } from '../terminal';
import { changedText } from './edited';
import { conflictsText } from './storage-conflicts';
import { runText, statusText, type BesideStatus } from './storage-status';
import { atText } from './storage-words';

type Changed = OutputOf<'storage.setup'>;
type Result = OutputOf<'storage.start'>;
type Finding = OutputOf<'storage.conflicts'>['findings'][number];
type Runs = OutputOf<'storage.runs'>;

/** How the answers about storage are shown. `findings` is how findings are shown everywhere. */
export function storageRenderers(findings: (list: Finding[], terminal: Terminal) => string) {
  const state = (value: Result, terminal: Terminal): string => statusText(value.status, terminal);
  return {
    'storage.status': (value: OutputOf<'storage.status'> & BesideStatus, terminal: Terminal): string => statusText(value, terminal),
    'storage.start': state,
    'storage.stop': (value: Result, terminal: Terminal): string => `Stopped. Buckets and files stay.\n${state(value, terminal)}`,
    'storage.use': state,
    'storage.remount': state,
    'storage.server': state,
    'storage.rotate-credentials': (value: OutputOf<'storage.rotate-credentials'>, terminal: Terminal): string => rotatedText(value, terminal),
    'storage.credentials': (value: OutputOf<'storage.credentials'>, _terminal: Terminal): string => credentialsText(value),
    'storage.setup': (value: Changed, _terminal: Terminal): string => changed(value, 'Start it: berth storage start'),
    'storage.tune': (value: Changed, _terminal: Terminal): string => changed(value),
    'storage.apply-strategy': (value: Changed, _terminal: Terminal): string => changed(value, 'What is left: berth storage conflicts'),
    'storage.connect': (value: Changed, _terminal: Terminal): string => changed(value, 'Berth asks for your trust again, since services see a folder outside the project now: berth projects trust <dir>. Then switch: berth modes switch <mode>'),
    'storage.conflicts': (value: OutputOf<'storage.conflicts'>, terminal: Terminal): string => conflictsText(value, terminal, findings),
    'storage.plan': (value: OutputOf<'storage.plan'>, _terminal: Terminal): string => planText(value),
    'storage.choose': (value: OutputOf<'storage.choose'>, _terminal: Terminal): string => planText(value),
    'storage.images': (value: OutputOf<'storage.images'>, _terminal: Terminal): string => imagesText(value),
    'storage.image': (value: OutputOf<'storage.image'>, _terminal: Terminal): string => `${imagesText(value)}\nWhat runs keeps its image until the next: berth storage start\n`,
    'storage.validate': (value: OutputOf<'storage.validate'>, terminal: Terminal): string => testsText(value, terminal),
    'storage.troubleshoot': (value: OutputOf<'storage.troubleshoot'>, terminal: Terminal): string => checksText(value, terminal),
    'storage.refresh': (value: OutputOf<'storage.refresh'>, _terminal: Terminal): string =>
      value.refreshed.length === 0 ? 'Nothing is mounted, so nothing was refreshed.\n' : `Refreshed ${printable(value.refreshed.join(', '))} in ${duration(value.tookMs)}.\n`,
    'storage.sync': (value: OutputOf<'storage.sync'>, _terminal: Terminal): string => runsText(value.runs, 'There is no sync job.'),
    'storage.runs': (value: Runs, _terminal: Terminal): string => runsText(value, 'No sync job has run yet. Run them now: berth storage sync'),
  } as const;
}

function imagesText(images: OutputOf<'storage.images'>): string {
  return table(['FOR', 'IMAGE'], images.map(({ role, image }) => [role, image ?? 'as Berth chooses']));
}

function changed(value: Changed, next?: string): string {
  if (value.files.length === 0) return changedText(value);
  return `${changedText(value)}Take it back: berth operations undo ${value.operationId}\n${next === undefined ? '' : `${next}\n`}`;
}

/** Who has the new keys, or is going to. */
function rotatedText({ dryRun, handedOn, status }: OutputOf<'storage.rotate-credentials'>, terminal: Terminal): string {
  const lines = handedOn.flatMap(({ project, storage, services, follow }) => [
    ...(storage.length === 0 ? [] : [`${project}: ${storage.join(', ')} ${dryRun ? 'are made anew' : 'have them'}; mounts are away for a moment.`]),
    ...(services.length === 0 ? [] : [`${project}: ${services.join(', ')} ${dryRun ? 'are connected to S3 and made anew' : follow === null ? 'run with the old ones, which open nothing any more: the next switch gives them the new' : 'are made anew with them'}.`]),
  ]);
  if (dryRun) return `New keys for the S3 server and every project. Nothing is changed yet.\n${lines.map((line) => `  ${printable(line)}\n`).join('')}`;
  return `The keys are new. Show those of this project: berth storage credentials\n${lines.map((line) => `  ${printable(line)}\n`).join('')}${statusText(status, terminal)}`;
}

/** Lines a shell can read: `eval "$(berth storage credentials)"` is what a client of one's own needs. */
function credentialsText({ endpoint, accessKey, secretKey, buckets, kind }: OutputOf<'storage.credentials'>): string {
  const quoted = (text: string): string => shellQuoted(printable(text));
  return [
    `# Keys ${kind === 'generated' ? 'made by Berth for this project' : kind === 'default' ? 'known to everybody: on this machine only' : 'given by you'}. Buckets: ${buckets.length === 0 ? 'none yet' : printable(buckets.join(', '))}`,
    `export AWS_ENDPOINT_URL=${quoted(endpoint)}`,
    `export AWS_ACCESS_KEY_ID=${quoted(accessKey)}`,
    `export AWS_SECRET_ACCESS_KEY=${quoted(secretKey)}`,
    '',
  ].join('\n');
}

function planText({ decisions, score, of }: OutputOf<'storage.plan'>): string {
  const rows = decisions.map((one) => {
    const chosen = one.options.find((option) => option.id === one.chosen);
    const others = one.options.filter((option) => option.id !== one.chosen).map((option) => `${option.id}${option.recommended ? ' (recommended)' : ''}`);
    return [one.id, one.chosen, chosen?.title ?? '', one.standing, others.join(', ')];
  });
  return `${String(score)}/${String(of)} agree with what is recommended.\n${table(['DECISION', 'CHOSEN', 'WHICH IS', 'STANDING', 'OTHERS'], rows)}Choose another: berth storage choose <decision> <option>\n`;
}

function testsText({ ok, tests }: OutputOf<'storage.validate'>, terminal: Terminal): string {
  if (tests.length === 0) return 'There is nothing to test: storage is not set up.\n';
  const passed = tests.filter((one) => one.ok).length;
  const rows = table(
    ['', 'TEST', 'NAME', 'ANSWERS IN', 'TOOK', 'WHAT HAPPENED'],
    tests.map((one) => [one.ok ? 'passed' : 'FAILED', one.kind, one.name, one.latencyMs === null ? '-' : duration(one.latencyMs), duration(one.tookMs), one.ok || one.code === '' ? one.detail : `${one.code}: ${one.detail}`]),
  );
  const output = tests.filter((one) => !one.ok && one.output !== '').map((one) => `${printable(one.name)}:\n${one.output.trimEnd().split('\n').map((line) => `  | ${printable(line)}\n`).join('')}`);
  return `${rows}${output.join('')}${paint(terminal, ok ? 'green' : 'red', `${String(passed)} of ${String(tests.length)} passed`)}. No test file is left behind.\n`;
}

function checksText(checks: OutputOf<'storage.troubleshoot'>, terminal: Terminal): string {
  if (checks.length === 0) return 'There is no mount to check. Set some up: berth storage setup\n';
  return checks
    .map((one) => `${one.ok ? paint(terminal, 'green', 'ok ') : paint(terminal, 'red', 'no ')} ${printable(`${one.mount}, ${one.title}: ${one.detail}`)}\n      the same in a terminal: ${printable(one.command)}\n${one.fix === null ? '' : `      fix: ${printable(one.fix)}\n`}`)
    .join('');
}

function runsText(runs: Runs, none: string): string {
  if (runs.length === 0) return `${none}\n`;
  const took = (one: Runs[number]): string => (one.finishedAt === null ? '-' : duration(Date.parse(one.finishedAt) - Date.parse(one.startedAt)));
  const rows = table(['JOB', 'STARTED', 'TOOK', 'STATE', 'RESULT'], runs.map((one) => [one.job, atText(one.startedAt), took(one), one.state, one.state === 'failed' ? `${runText(one)}: ${one.detail}` : runText(one)]));
  const drifted = runs.flatMap((one) => one.drifted.map((key) => `  changed in the bucket by somebody else: ${printable(key)}\n`));
  return `${rows}${drifted.join('')}`;
}
