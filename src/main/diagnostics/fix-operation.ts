import type { BerthEvent } from '@shared/contract/events';
import { AppError } from '@shared/kernel/app-error';
import type { OperationKind } from '@main/operations/types';
import type { Doctor } from './service';

/** The operation 'doctor.fix'. What it starts (an engine) is not stopped again when something fails later. */
export function doctorFixOperation(doctor: Doctor, publish: (event: BerthEvent) => void): OperationKind {
  const nameOf = (input: { readonly [key: string]: unknown }): string => {
    if (typeof input['name'] !== 'string') throw new AppError('input-invalid', 'Name the check to fix.');
    return input['name'];
  };
  return {
    kind: 'doctor.fix',
    // Starting the engine is one of its repairs.
    needsEngine: false,
    key: () => 'machine',
    title: (input) => (nameOf(input) === 'engine' ? 'Start the Docker engine' : `Fix ${nameOf(input)}`),
    projectId: () => null,
    async run(context, input) {
      const name = nameOf(input);
      context.progress({ step: 0, of: 1, message: name === 'engine' ? 'Starting the Docker engine' : `Fixing ${name}` });
      const detail = await context.effect('doctor.repair', { name }, () => doctor.fix(name));
      publish({ type: 'doctor.changed', report: await doctor.run() });
      context.progress({ step: 1, of: 1, message: detail });
      return { detail };
    },
    rollback: () => Promise.resolve(),
    finish: (_context, input) => doctor.fix(nameOf(input)).then((detail) => ({ detail })),
  };
}
