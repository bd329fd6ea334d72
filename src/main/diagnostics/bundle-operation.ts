import { isAbsolute } from 'node:path';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { JsonObject } from '@shared/kernel/json';
import type { OutputOf } from '@shared/contract/contract';
import type { OperationKind } from '@main/operations/types';
import { discardTextArchive, temporaryBeside, writeTextArchive, type TextFile } from '@main/platform/text-archive';
import { LEFT_OUT, type Bundle } from './bundle';

const WRITE = 'diagnostics.bundle';
const FOLDER = 'berth-diagnostics';

/** The operation `diagnostics.bundle`: one tar.gz, there whole or not at all. */
export function bundleOperation(gather: () => Promise<Bundle>, clock: Pick<Clock, 'now'>): OperationKind {
  return {
    kind: 'diagnostics.bundle',
    needsEngine: false,
    prepare(input) {
      const file = textOf(input, 'file');
      if (!isAbsolute(file)) return Promise.reject(new AppError('input-invalid', `${file} is no absolute path.`, { hint: 'Name the file with its folder.' }));
      return Promise.resolve({ file });
    },
    key: (input) => `file:${textOf(input, 'file')}`,
    title: () => 'Write a diagnostics bundle',
    projectId: () => null,
    async run(context, input) {
      const file = textOf(input, 'file');
      context.progress({ step: 0, of: 2, message: 'Reading what Berth knows of itself' });
      const bundle = await gather();
      const files: TextFile[] = [{ path: `${FOLDER}/README.txt`, text: readmeOf(bundle) }, ...bundle.files.map(({ path, text }) => ({ path: `${FOLDER}/${path}`, text }))];
      context.progress({ step: 1, of: 2, message: 'Writing the bundle' });
      const temporary = temporaryBeside(file, context.operationId);
      const written = await context.effect(WRITE, { file, temporary }, async () => ({ file, files: files.length, ...(await writeTextArchive(file, temporary, files, Math.floor(clock.now() / 1000))) }));
      await context.commit();
      for (const one of bundle.missing) context.log(`Left out: ${one}`);
      return { operationId: context.operationId, ...written };
    },
    async rollback(context) {
      for (const { name, intent } of context.records) if (name === WRITE) await discardTextArchive(textOf(intent, 'temporary'));
    },
    finish: (context) => Promise.resolve({ operationId: context.operationId, ...(context.records.find(({ name }) => name === WRITE)?.result as JsonObject | undefined) }),
  };
}

/** What would be in it. */
export function bundleList({ files, missing }: Bundle): OutputOf<'diagnostics.preview'> {
  return { files: files.map(({ path, what, text }) => ({ path, what, sizeBytes: new TextEncoder().encode(text).length })), leftOut: [...LEFT_OUT], missing: [...missing] };
}

function readmeOf(bundle: Bundle): string {
  const lines = [
    'A diagnostics bundle of Berth. Everything in it is text: read it before you send it to anybody.',
    '',
    ...bundle.files.map(({ path, what }) => `${path}: ${what}`),
    '',
    'What is never in it:',
    ...LEFT_OUT.map((one) => `- ${one}`),
    ...(bundle.missing.length === 0 ? [] : ['', 'What could not be read:', ...bundle.missing.map((one) => `- ${one}`)]),
  ];
  return `${lines.join('\n')}\n`;
}
