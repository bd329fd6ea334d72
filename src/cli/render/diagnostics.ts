import type { ContractName, OutputOf } from '@shared/contract/contract';
import { paint, printable, table, type Terminal } from '../terminal';

type Renderers = { readonly [N in ContractName]?: (value: OutputOf<N>, terminal: Terminal, input: { readonly [field: string]: unknown }) => string };

/** The doctor, engines, changed settings, newer versions, and what is told of Berth itself. */
export const diagnosticsRenderers: Renderers = {
  'doctor.run': (value, terminal) => value.checks.map((check) => checkText(check, terminal)).join(''),
  'doctor.fix': (value) => `${printable(value.detail)}\n`,
  'engine.status': (value) => statusText(value),
  'engine.use': (value) => statusText(value),
  'engine.list': (value) => {
    const shown = value.places.filter((place) => place.state !== 'absent' || place.used);
    const absent = value.places.length - shown.length;
    const rows = shown.map((one) => [one.used ? '*' : '', one.name, one.state === 'answers' ? `answers, API ${one.apiVersion}` : one.detail, one.uri]);
    return `${printable(value.reason)}\n${rows.length === 0 ? '' : table(['', 'NAME', 'STATE', 'ADDRESS'], rows)}${absent === 0 ? '' : `Nothing is in ${String(absent)} more ${absent === 1 ? 'place' : 'places'} (--json lists them).\n`}`;
  },
  'settings.reset': (value) => changesText(value, 'Every setting is at its default already.'),
  'settings.import': (value) => changesText(value, 'Every setting of the file is so already.'),
  'settings.export': (value) => `Wrote ${String(value.settings)} ${value.settings === 1 ? 'setting' : 'settings'} to ${printable(value.file)}.\n`,
  'diagnostics.preview': (value) =>
    `${table(['FILE', 'BYTES', 'WHAT'], value.files.map((file) => [file.path, String(file.sizeBytes), file.what]))}Never in it:\n${value.leftOut.map((one) => `  - ${printable(one)}\n`).join('')}${value.missing.map((one) => `Could not be read: ${printable(one)}\n`).join('')}`,
  'diagnostics.bundle': (value) => `Wrote ${String(value.files)} files, ${String(value.sizeBytes)} bytes, to ${printable(value.file)}.\nRead it before you send it to anybody: everything in it is text.\n`,
  'diagnostics.startup': (value) =>
    `Started ${value.startedAt}\n${value.marks.length === 0 ? '' : table(['AT', 'MARK'], value.marks.map((mark) => [`${mark.atMs.toFixed(1)} ms`, mark.name]))}${table(['STEP', 'TOOK', 'WHAT'], value.steps.map((step) => [step.name, `${step.tookMs.toFixed(1)} ms`, step.detail]))}`,
  'updates.check': (value) => `${printable(value.message)}\n${value.page === null ? '' : `${printable(value.page)}\n`}`,
};

function checkText(check: OutputOf<'doctor.run'>['checks'][number], terminal: Terminal): string {
  const mark = { ok: paint(terminal, 'green', 'ok  '), warn: paint(terminal, 'yellow', 'note'), fail: paint(terminal, 'red', 'no  ') }[check.level];
  const fix = check.fix === undefined ? '' : `     fix: ${printable(check.fix)}${check.change === undefined ? '' : ` (or: berth doctor fix ${check.name})`}\n`;
  return `${mark} ${check.name}: ${printable(check.detail)}\n${fix}`;
}

function statusText(value: OutputOf<'engine.status'>): string {
  return `${value.state}: ${printable(value.endpoint === '' ? value.message : `${value.endpoint} ${value.version}`)}\n`;
}

function changesText({ changes, unknown, applied }: OutputOf<'settings.reset'>, none: string): string {
  const rows = changes.map((one) => [one.key, shown(one.from), shown(one.to)]);
  const left = unknown.map((key) => `This version has no setting ${printable(key)}; it was left out.\n`).join('');
  if (rows.length === 0) return `${none}\n${left}`;
  return `${applied ? '' : 'This would change:\n'}${table(['SETTING', 'FROM', 'TO'], rows)}${left}`;
}

function shown(value: unknown): string {
  return value === '' ? '(empty)' : String(value);
}
