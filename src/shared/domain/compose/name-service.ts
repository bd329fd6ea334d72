import { AppError } from '../../kernel/app-error';
import type { ComposeInputs } from './load-context';
import type { WireNode } from './wire-tree';

/** The refusal of a file with the service it is about, found by its line: in the field and, where the sentence does not say it, before the sentence. */
export async function namingService(error: unknown, inputs: ComposeInputs): Promise<unknown> {
  if (!(error instanceof AppError) || error.code !== 'compose-invalid' || error.service !== undefined) return error;
  const { where } = error;
  if (where?.line === undefined || !/\.ya?ml$/i.test(where.file)) return error;
  const service = await serviceAt(inputs, where.file, where.line);
  if (service === undefined) return error;
  const message = error.message.includes(service) ? error.message : `${service}: ${error.message}`;
  return new AppError(error.code, message, { hint: error.hint, where, service, details: error.details, cause: error.cause });
}

async function serviceAt(inputs: ComposeInputs, file: string, line: number): Promise<string | undefined> {
  try {
    const owners: { readonly line: number; readonly service: string | undefined }[] = [];
    for (const { root } of await inputs.parse(file)) {
      for (const [section, node] of entriesOf(root)) {
        owners.push({ line: node[2], service: undefined });
        if (section === 'services') for (const [service, definition] of entriesOf(node)) owners.push({ line: definition[2], service });
      }
    }
    // On one line the innermost is the later one.
    return owners.filter((owner) => owner.line <= line).sort((left, right) => left.line - right.line).at(-1)?.service;
  } catch {
    return undefined; // what is not YAML has no services
  }
}

function entriesOf(node: WireNode): readonly (readonly [string, WireNode])[] {
  return node[0] === 'm' ? node[1] : [];
}
