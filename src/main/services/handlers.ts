import type { Handlers } from '@main/dispatch/types';
import { ExecInputs } from './exec-inputs';
import { streamAttach, streamExec } from './exec-stream';
import { streamLogs } from './log-stream';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

/** Binds the contract names of this capability. */
export function servicesHandlers(
  deps: Pick<ServicesDependencies, 'engine' | 'projects'>,
  service: ServicesService,
): Pick<Handlers, 'services.list' | 'services.logs' | 'services.exec' | 'services.attach' | 'services.attach-input'> {
  const inputs = new ExecInputs();
  return {
    'services.list': ({ project }) => service.list(project),
    'services.logs': (input, call, push) => streamLogs(deps, service, input, call.signal, push),
    'services.exec': (input, call, push) => streamExec(deps, service, input, call.signal, push),
    'services.attach': (input, call, push) => streamAttach(deps, service, inputs, input, call.signal, push),
    'services.attach-input': async ({ input, base64, end }) => ({ open: await inputs.feed(input, Buffer.from(base64, 'base64'), end) }),
  };
}
