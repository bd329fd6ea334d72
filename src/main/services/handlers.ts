import type { Handlers } from '@main/dispatch/types';
import { AttachedCommands } from './attached-commands';
import { streamAttach, streamExec } from './exec-stream';
import { streamLogs } from './log-stream';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

/** Binds the contract names of this capability. */
export function servicesHandlers(
  deps: Pick<ServicesDependencies, 'engine' | 'projects'>,
  service: ServicesService,
  attached = new AttachedCommands(),
): Pick<Handlers, 'services.list' | 'services.logs' | 'services.exec' | 'services.attach' | 'services.attach-input' | 'services.attach-resize' | 'services.attach-taken'> {
  return {
    'services.list': ({ project }) => service.list(project),
    'services.logs': (input, call, push) => streamLogs(deps, service, input, call.signal, push),
    'services.exec': (input, call, push) => streamExec(deps, service, input, call.signal, push),
    'services.attach': (input, call, push) => streamAttach(deps, service, attached, input, call.signal, push),
    'services.attach-input': async ({ input, base64, end }) => ({ open: await attached.feed(input, Buffer.from(base64, 'base64'), end) }),
    'services.attach-resize': async ({ input, columns, rows }) => ({ open: await attached.resize(input, { columns, rows }) }),
    'services.attach-taken': ({ input, bytes }) => Promise.resolve({ open: attached.taken(input, bytes) }),
  };
}
