const SECRET_NAME = /pass(word|wd)?$|secret|token|credential|api[-_]?key|access[-_]?key|private[-_]?key|authorization|cookie/i;

/** Whether the name of a variable or a field tells that its value is a secret. */
export function tellsSecret(name: string): boolean {
  return SECRET_NAME.test(name);
}
