import * as z from 'zod';
import { entry } from '../define';
import { json, nothing } from '../schemas/common';
import { alert, componentName, durationMetric, runtimeStatus, setting, settingChanges } from '../schemas/runtime';

/** The process that keeps watch, alerts, settings, the local API. */
export const runtimeEntries = {
  'runtime.status': entry({ kind: 'query', summary: 'The process that keeps everything true: its four components, what each did last.', input: nothing, output: runtimeStatus }),
  'runtime.metrics': entry({ kind: 'query', summary: 'How long work takes: p50, p95 and the longest, by kind.', input: nothing, output: z.object({ durations: z.array(durationMetric), counters: z.record(z.string(), z.number()) }) }),
  'runtime.pause': entry({ kind: 'command', summary: 'Pause a component; it keeps what it knows and does nothing until it is resumed.', input: z.object({ component: componentName }), output: runtimeStatus, positional: ['component'] }),
  'runtime.resume': entry({ kind: 'command', summary: 'Let a paused component go on.', input: z.object({ component: componentName }), output: runtimeStatus, positional: ['component'] }),
  'runtime.yield': entry({ kind: 'command', summary: 'Let go of the state when this process only watches: another wants to keep watch for good.', input: nothing, output: z.object({ yields: z.boolean() }), hidden: true }),
  'alerts.list': entry({ kind: 'query', summary: 'What needs somebody to look, newest first.', input: z.object({ cleared: z.boolean().default(false).describe('those that have ended too') }), output: z.array(alert) }),
  'alerts.dismiss': entry({ kind: 'command', summary: 'Put an alert away; it comes back when its cause comes back.', input: z.object({ id: z.string().min(1).max(64) }), output: z.array(alert), positional: ['id'] }),
  'settings.list': entry({ kind: 'query', summary: 'Every setting with its value and its default.', input: nothing, output: z.array(setting) }),
  'settings.set': entry({ kind: 'command', summary: 'Change a setting.', input: z.object({ key: z.string().min(1).max(64), value: json }), output: setting, positional: ['key', 'value'] }),
  'settings.reset': entry({
    kind: 'command',
    summary: 'Set a setting back to its default, or all of them.',
    input: z.object({ key: z.string().min(1).max(64).optional().describe('every setting when it is left out'), dryRun: z.boolean().default(false).describe('only show what would change') }),
    output: settingChanges,
    positional: ['key'],
    asks: true,
  }),
  'settings.export': entry({
    kind: 'command',
    summary: 'Write every setting that is not at its default into a new file. No setting holds a secret.',
    input: z.object({ file: z.string().min(1).max(4_096) }),
    output: z.object({ file: z.string(), settings: z.number().int() }),
    positional: ['file'],
    paths: ['file'],
  }),
  'settings.import': entry({
    kind: 'command',
    summary: 'Take over the settings of a file that was exported; others stay as they are.',
    input: z.object({ file: z.string().min(1).max(4_096), dryRun: z.boolean().default(false).describe('only show what would change') }),
    output: settingChanges,
    positional: ['file'],
    paths: ['file'],
  }),
  'api.rotate-token': entry({ kind: 'command', summary: 'Make a new token for the local API on 127.0.0.1; the old one is refused from then on.', input: nothing, output: z.object({ tokenFile: z.string() }) }),
} as const;
