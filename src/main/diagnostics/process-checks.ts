import type { OutputOf } from '@shared/contract/contract';
import type { Engine } from '@main/docker/types';
import type { HostInfo } from '@main/platform/host-info';
import type { DoctorCheck } from './types';

/** Below it a port is for root alone, unless the kernel is told otherwise. */
const PRIVILEGED_PORTS = 1024;
const OLDEST_NODE = 20;

/** Linux, rootless: which ports services may publish. */
export function publishedPortsCheck(engine: Pick<Engine, 'state'>, host: HostInfo): DoctorCheck {
  return {
    name: 'published-ports',
    group: 'ports',
    async run() {
      const state = engine.state();
      if (host.platform !== 'linux' || state.state !== 'connected') return null;
      if (!state.info.rootless) return { ok: true, detail: 'Services can publish every port that is free.' };
      const first = (await host.kernelNumber('net/ipv4/ip_unprivileged_port_start')) ?? PRIVILEGED_PORTS;
      if (first <= 80) return { ok: true, detail: `The engine runs without root; services can publish ports from ${String(first)} on.` };
      return { ok: true, note: true, detail: `The engine runs without root, so services can publish ports from ${String(first)} on only.`, fix: 'sudo sysctl net.ipv4.ip_unprivileged_port_start=80' };
    },
  };
}

/** Where other programs reach Berth, when that is switched on. */
export function localApiCheck(api: () => OutputOf<'runtime.status'>['api']): DoctorCheck {
  return {
    name: 'local-api',
    group: 'ports',
    run() {
      const { tcp } = api();
      if (!tcp.enabled) return Promise.resolve({ ok: true, detail: 'The local API on 127.0.0.1 is switched off.' });
      if (tcp.url !== null) return Promise.resolve({ ok: true, detail: `The local API listens at ${tcp.url}.` });
      return Promise.resolve({ ok: false, detail: 'The local API is switched on, but it listens nowhere.', fix: 'berth settings set api.port <a free port>' });
    },
  };
}

/** Berth itself and what it runs on. */
export function berthCheck(version: string, versions: { readonly [name: string]: string | undefined }): DoctorCheck {
  return {
    name: 'berth',
    group: 'versions',
    run() {
      const { node = '', electron } = versions;
      const detail = `Berth ${version} on Node ${node}${electron === undefined ? '' : `, Electron ${electron}`}.`;
      return Promise.resolve(Number.parseInt(node, 10) >= OLDEST_NODE ? { ok: true, detail } : { ok: false, detail: `${detail} It needs Node ${String(OLDEST_NODE)} or newer.`, fix: 'Install a newer Node.' });
    },
  };
}
