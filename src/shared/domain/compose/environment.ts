/** Variables by name, without a prototype so that no file can name one of its members. */
export type Environment = { [name: string]: string };

/** Looks a variable up; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

export function emptyEnvironment(): Environment {
  return Object.create(null) as Environment;
}

/** A copy of the defined entries of a plain object such as process.env. */
export function environmentOf(source: { readonly [name: string]: string | undefined }): Environment {
  const environment = emptyEnvironment();
  for (const [name, value] of Object.entries(source)) if (value !== undefined) environment[name] = value;
  return environment;
}

export function lookupIn(environment: Environment): Lookup {
  return (name) => environment[name];
}
