import { hostWithPort, s3Address } from './s3-address';

/**
 * An endpoint in the one form in which two of them are compared: scheme, host and port, in small letters, without a default port, without
 * the bucket that host-style addresses carry, `aws:<region>` for Amazon's own. A text with an unknown variable stays as it is.
 */
export function normalEndpoint(url: string, bucket = '', region = ''): string {
  const text = url.trim().replace(/\/+$/, '');
  if (text === '' || text.includes('$')) return text;
  const address = s3Address(text);
  const scheme = address.scheme === '' ? 'https' : address.scheme;
  let host = hostWithPort({ ...address, scheme });
  if (bucket !== '' && host.startsWith(`${bucket.toLowerCase()}.`)) host = host.slice(bucket.length + 1);
  return amazon(host, region) ?? `${scheme}://${host}`;
}

/** Amazon's own endpoint in a region. */
export function amazonEndpoint(region: string): string {
  return `aws:${region === '' ? 'us-east-1' : region}`;
}

function amazon(host: string, region: string): string | undefined {
  const found = /^(?:.+\.)?s3(?:-accelerate|-fips)?(?:[.-](?:dualstack\.)?([a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?$/.exec(host);
  if (found === null) return undefined;
  const named = found[1];
  return amazonEndpoint(named === undefined || named === 'dualstack' ? region : named);
}

/** Whether two endpoints are one server. Names of buckets are unique in all of Amazon's regions; `aliases` are addresses of one server. */
export function sameEndpoint(left: string, right: string, aliases: readonly (readonly string[])[] = []): 'same' | 'possible' | 'different' {
  if (left === right) return left === '' ? 'possible' : 'same';
  if (left === '' || right === '' || left.includes('$') || right.includes('$')) return 'possible';
  if (left.startsWith('aws:') && right.startsWith('aws:')) return 'same';
  return aliases.some((group) => group.includes(left) && group.includes(right)) ? 'same' : 'different';
}

/** A bucket and a prefix from `bucket/some/prefix`: no slashes at the ends, none doubled. */
export function splitBucketPath(path: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = '', ...rest] = pathSegments(path);
  return { bucket, prefix: rest.join('/') };
}

/** The parts between the slashes, none of them empty; slashes within a variable (`$(cat /run/name)`) are its own. */
export function pathSegments(path: string): readonly string[] {
  const segments: string[] = [''];
  let depth = 0;
  for (const char of path) {
    if (char === '{' || char === '(') depth += 1;
    else if (char === '}' || char === ')') depth = Math.max(0, depth - 1);
    if (char === '/' && depth === 0) segments.push('');
    else segments.push(`${segments.pop() ?? ''}${char}`);
  }
  return segments.filter((one) => one !== '');
}
