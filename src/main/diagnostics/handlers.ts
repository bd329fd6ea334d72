import type { Handlers } from '@main/dispatch/types';
import type { Doctor } from './service';

/** Binds the contract's `doctor.run`; `doctor.fix` is an operation (fix-operation.ts). */
export function diagnosticsHandlers(doctor: Doctor): Pick<Handlers, 'doctor.run'> {
  return { 'doctor.run': () => doctor.run() };
}
