/** 840 ms, 2.4 s, 1 min 12 s, 3 h 5 min. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** How long something is up, without fractions: 12 s, 4 min, 3 h 5 min, 2 d 4 h. */
export function uptime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** 12,408. */
export function thousands(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

const MIB = 1_048_576;

/** Bytes as MiB, the one unit for sizes: 0 MiB, 3.4 MiB, 512 MiB, 12,288 MiB. */
export function mebibytes(bytes: number): string {
  const size = Math.max(0, bytes) / MIB;
  if (size > 0 && size < 0.05) return '< 0.1 MiB';
  const text = size < 10 && size > 0 ? String(Math.round(size * 10) / 10) : String(Math.round(size));
  return `${text.replace(/\B(?=(\d{3})+$)/g, size < 10 ? '' : ',')} MiB`;
}

/** Bytes per second: 0 KiB/s, 12 KiB/s, 3.4 MiB/s. */
export function perSecond(bytes: number): string {
  return bytes < MIB ? `${Math.round(Math.max(0, bytes) / 1024)} KiB/s` : `${mebibytes(bytes)}/s`;
}

/** A share of one core as percent; more than one core is more than 100 %. Nothing measured yet is a dash. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const value = Math.max(0, share) * 100;
  return value < 10 && value > 0 ? `${value.toFixed(1)} %` : `${Math.round(value)} %`;
}

/** A mode's or a state's name at the start of a sentence or on a button. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "3 services", "1 service". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** The last part of a path, and the parts before it. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).pop() ?? path;
}

/** An absolute path as it reads from the project's folder. */
export function inProject(path: string, dir: string): string {
  if (path === dir) return '.';
  return path.startsWith(`${dir}/`) || path.startsWith(`${dir}\\`) ? `./${path.slice(dir.length + 1)}` : path;
}
