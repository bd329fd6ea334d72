import { shellQuoted } from '@shared/kernel/shell-word';
import type { HostInfo } from '@main/platform/host-info';
import type { S3Door, S3Options } from '@main/platform/s3/types';
import type { CheckAnswer, DoctorCheck, RunProgram } from './types';

const MIB = 1_048_576;
const STATE_MIN_BYTES = 200 * MIB;
const ENGINE_MIN_BYTES = 2048 * MIB;
const MIN_WATCHES = 16_384;
const WANTED_WATCHES = 524_288;
const S3_DEADLINE_MS = 5000;
const COMPOSE_TIMEOUT_MS = 5000;

function sizeText(bytes: number): string {
  const gib = bytes / (1024 * MIB);
  return gib >= 1 ? `${gib.toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;
}

/** Free space where Berth keeps its state, and where a local engine keeps images and volumes. */
export function diskCheck(host: HostInfo, stateDir: string, engineIsLocal: () => boolean): DoctorCheck {
  return {
    name: 'disk',
    group: 'disk',
    async run() {
      const engineDir = host.platform === 'linux' && engineIsLocal() && (await host.exists('/var/lib/docker')) ? '/var/lib/docker' : undefined;
      const [state, engine] = await Promise.all([host.freeBytes(stateDir), engineDir === undefined ? null : host.freeBytes(engineDir)]);
      if (state === null) return { ok: true, detail: 'The free space cannot be told on this system.' };
      const detail = `${sizeText(state)} free for Berth's state (${stateDir})${engine === null || engineDir === undefined ? '' : `, ${sizeText(engine)} free for images and volumes (${engineDir})`}.`;
      if (engine !== null && engine < ENGINE_MIN_BYTES) return { ok: false, detail: `${detail} A build may run out of space.`, fix: 'docker system df   (shows what takes the space; remove what you do not need)' };
      if (state < STATE_MIN_BYTES) return { ok: false, detail: `${detail} Berth needs ${sizeText(STATE_MIN_BYTES)}.`, fix: 'Free some disk space.' };
      return { ok: true, detail };
    },
  };
}

/** Whether Berth's own folder can be written to. */
export function stateFolderCheck(host: HostInfo, stateDir: string): DoctorCheck {
  return {
    name: 'state-folder',
    group: 'permissions',
    async run() {
      const problem = await host.writableFolder(stateDir);
      return problem === undefined ? { ok: true, detail: `${stateDir} can be written to.` } : { ok: false, detail: `${stateDir} cannot be written to: ${problem}`, fix: host.platform === 'win32' ? 'Set BERTH_HOME to a folder of yours.' : `sudo chown -R "$USER" ${shellQuoted(stateDir)}` };
    },
  };
}

/** Linux: whether a window can open here. */
export function displayCheck(host: HostInfo): DoctorCheck {
  return {
    name: 'display',
    group: 'permissions',
    run(): Promise<CheckAnswer | null> {
      if (host.platform !== 'linux') return Promise.resolve(null);
      const display = host.environment('WAYLAND_DISPLAY') ?? host.environment('DISPLAY') ?? '';
      return Promise.resolve(
        display === '' ? { ok: true, detail: 'There is no display here. Only the window needs one; the command line works without.' } : { ok: true, detail: `The window opens on display ${display}.` },
      );
    },
  };
}

/** Linux: whether the window's processes can be sandboxed. */
export function sandboxCheck(host: HostInfo): DoctorCheck {
  return {
    name: 'sandbox',
    group: 'permissions',
    async run() {
      if (host.platform !== 'linux') return null;
      if (host.isRoot) return { ok: true, detail: 'Berth runs as root here. The command line needs no sandbox; a window that root starts with `npm start` runs as the user nobody, with its sandbox on.' };
      const [clone, restricted] = await Promise.all([host.kernelNumber('kernel/unprivileged_userns_clone'), host.kernelNumber('kernel/apparmor_restrict_unprivileged_userns')]);
      if (clone === 0) return { ok: false, detail: 'This kernel does not let programs make a sandbox of their own.', fix: 'sudo sysctl kernel.unprivileged_userns_clone=1' };
      if (restricted === 1) return { ok: true, note: true, detail: 'Sandboxes of programs are restricted by AppArmor here; an installed Berth brings its own rule.' };
      return { ok: true, detail: 'The window runs in a sandbox.' };
    },
  };
}

/** The compose command line, for information: Berth does not need it. */
export function composeCheck(host: HostInfo, runProgram: RunProgram): DoctorCheck {
  return {
    name: 'docker-compose',
    group: 'versions',
    async run() {
      const candidates = host.platform === 'win32' ? [`${host.environment('ProgramFiles') ?? 'C:\\Program Files'}\\Docker\\Docker\\resources\\bin\\docker.exe`] : ['/usr/bin/docker', '/usr/local/bin/docker', '/opt/homebrew/bin/docker'];
      for (const path of candidates) {
        if (!(await host.exists(path))) continue;
        const { exitCode, stdout } = await runProgram(path, ['compose', 'version', '--short'], { timeoutMs: COMPOSE_TIMEOUT_MS });
        if (exitCode === 0) return { ok: true, detail: `docker compose ${stdout.trim()} is installed; it works on what Berth makes, and the other way round.` };
        return { ok: true, detail: 'The docker command is installed without its compose plugin. Berth does not need it.' };
      }
      return { ok: true, detail: 'The docker command is not installed. Berth does not need it.' };
    },
  };
}

/** Linux: how many files may be watched for changes. */
export function watchCheck(host: HostInfo): DoctorCheck {
  return {
    name: 'file-watch',
    group: 'disk',
    async run() {
      const watches = await host.kernelNumber('fs/inotify/max_user_watches');
      if (watches === null) return null;
      if (watches >= MIN_WATCHES) return { ok: true, detail: `${watches} files and folders can be watched.` };
      return { ok: false, detail: `Only ${watches} files and folders can be watched, so changes in a large project may be missed.`, fix: `sudo sysctl fs.inotify.max_user_watches=${WANTED_WATCHES}` };
    },
  };
}

/** The bucket store that BERTH_S3_ENDPOINT names. */
export function s3Check(host: HostInfo, open: (options: S3Options) => Pick<S3Door, 'bucketNames' | 'headBucket' | 'close'>): DoctorCheck {
  return {
    name: 's3',
    group: 'storage',
    async run() {
      const endpoint = host.environment('BERTH_S3_ENDPOINT') ?? '';
      if (endpoint === '') return null;
      const s3 = open({
        endpoint,
        region: host.environment('BERTH_S3_REGION') ?? 'us-east-1',
        accessKey: host.environment('BERTH_S3_ACCESS_KEY') ?? '',
        secretKey: host.environment('BERTH_S3_SECRET_KEY') ?? '',
        deadlineMs: S3_DEADLINE_MS,
        keysHint: 'Check BERTH_S3_ACCESS_KEY and BERTH_S3_SECRET_KEY.',
      });
      try {
        const bucket = host.environment('BERTH_S3_BUCKET') ?? '';
        if (bucket !== '') {
          await s3.headBucket(bucket);
          return { ok: true, detail: `${endpoint} answers and has the bucket ${bucket}.` };
        }
        const names = await s3.bucketNames();
        return { ok: true, detail: `${endpoint} answers and has ${names.length} bucket${names.length === 1 ? '' : 's'}.` };
      } finally {
        s3.close();
      }
    },
  };
}
