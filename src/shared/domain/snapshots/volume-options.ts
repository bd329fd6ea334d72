/** Options of drivers whose value opens something. */
const SECRET_OPTION = /pass|secret|token|credential|access.?key/i;
/** The same among mount options: `username=x,password=y`. */
const SECRET_PART = /((?:^|,)\s*(?:password2?|pass|passwd|secret|token|cred|credentials)=)[^,]*/gi;

/** Stands for a value that is not kept. */
const NOT_KEPT = '(not kept)';

/** Options of a volume as a manifest may have them: a manifest is not encrypted. Values that open something are left out; a compose file that names the volume has them. */
export function keptOptions(options: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, SECRET_OPTION.test(name) ? NOT_KEPT : value.replaceAll(SECRET_PART, (_whole, before: string) => `${before}${NOT_KEPT}`)]));
}
