import { BERTH_LABEL } from '../modes/naming';

/** Options of drivers whose value opens something. */
const SECRET_OPTION = /pass|secret|token|credential|access.?key/i;
/** The same among mount options: `username=x,password=y`. */
const SECRET_PART = /((?:^|,)\s*(?:password2?|pass|passwd|secret|token|cred|credentials)=)[^,]*/gi;

/** Stands for a value that is not kept. */
export const NOT_KEPT = '(not kept)';

/** Options of a volume as a manifest may have them: a manifest is not encrypted. Values that open something are left out; a compose file that names the volume has them. */
export function keptOptions(options: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, SECRET_OPTION.test(name) ? NOT_KEPT : value.replaceAll(SECRET_PART, (_whole, before: string) => `${before}${NOT_KEPT}`)]));
}

/** Labels whose values nobody but docker compose and Berth decides. */
const OWN_LABELS: ReadonlySet<string> = new Set(['com.docker.compose.project', 'com.docker.compose.volume', 'com.docker.compose.version', 'com.docker.compose.config-hash', 'com.docker.volume.anonymous', 'dev.berth.project']);

/** Labels of a volume as a manifest may have them: of any other one only the name, since its value may have come from a variable that is secret. */
export function keptLabels(labels: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(labels).flatMap(([name, value]) => (name === BERTH_LABEL.transaction ? [] : [[name, OWN_LABELS.has(name) ? value : NOT_KEPT]])));
}

/** What of them can be given to a volume again. */
export function givenBack(kept: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => !value.includes(NOT_KEPT)));
}
