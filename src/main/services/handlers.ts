import type { Handlers } from '@main/dispatch/types';
import { streamExec } from './exec-stream';
import { streamLogs } from './log-stream';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

/** Binds the contract names of this capability. */
export function servicesHandlers(deps: Pick<ServicesDependencies, 'engine' | 'projects'>, service: ServicesService): Pick<Handlers, 'services.list' | 'services.logs' | 'services.exec'> {
  return {
    'services.list': ({ project }) => service.list(project),
    'services.logs': (input, call, push) => streamLogs(deps, service, input, call.signal, push),
    'services.exec': (input, call, push) => streamExec(deps, service, input, call.signal, push),
  };
}
