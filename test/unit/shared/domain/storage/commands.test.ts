import { describe, expect, it } from 'vitest';
import type { S3Access } from '@shared/domain/storage/access';
import { fromScript, fromWords } from './accesses-kit';

const short = (accesses: readonly S3Access[]): readonly string[] =>
  accesses.map((one) => `${one.mode} ${one.verbs.map((verb) => verb.charAt(0)).join('')} ${one.endpoint} ${one.bucket.text}/${one.prefix.text} ${one.place}${one.everySeconds === null ? '' : ` every ${String(one.everySeconds)}`}${one.exclusive ? '' : ' free'}`);
const minio = { RCLONE_CONFIG_MINIO_TYPE: 's3', RCLONE_CONFIG_MINIO_PROVIDER: 'Minio', RCLONE_CONFIG_MINIO_ENDPOINT: 'http://minio:9000/', RCLONE_CONFIG_MINIO_ACCESS_KEY_ID: 'AKIATEST' };
const environment = new Map(Object.entries(minio));

describe('rclone commands', () => {
  it('reads a mount with its caches', () => {
    const [mount] = fromWords('mount minio:workspaces /mnt/workspaces --vfs-cache-mode full --read-only --dir-cache-time 1m --cache-dir /cache --config /root/.config/rclone-mount/rclone.conf --allow-other'.split(' '), { environment });
    expect(mount).toMatchObject({ mode: 'mount', verbs: ['read'], endpoint: 'http://minio:9000', bucket: { text: 'workspaces', certain: true }, place: '/mnt/workspaces', cacheDir: '/cache', configPath: '/root/.config/rclone-mount/rclone.conf', staleSeconds: 60, remote: 'minio' });
    expect(mount?.credentials).toMatch(/^key:/);
    expect(mount?.credentials).not.toContain('AKIATEST');
  });

  it('reads flags in any order and from variables', () => {
    const all = new Map([...environment, ['RCLONE_READ_ONLY', 'true'], ['RCLONE_CONFIG', '/cfg/rclone.conf'], ['RCLONE_CACHE_DIR', '/c'], ['RCLONE_VFS_CACHE_MODE', 'writes'], ['RCLONE_DIR_CACHE_TIME', '10s']]);
    expect(fromWords(['rclone', '--vfs-cache-max-size=1G', '-v', 'mount', '--daemon', 'minio:b/p/', '/mnt/x'], { environment: all })[0]).toMatchObject({ verbs: ['read'], prefix: { text: 'p' }, configPath: '/cfg/rclone.conf', cacheDir: '/c', staleSeconds: 10 });
    expect(fromWords(['rclone', 'mount', 'minio:b', '/mnt/x', '--read-only=false'], { environment: all })[0]?.verbs).toContain('write');
  });

  it('says what each verb does', () => {
    const verbs = (line: string): readonly string[] => short(fromWords(line.split(' '), { environment }));
    expect(verbs('rclone copy /a minio:b/p')).toEqual(['sync w http://minio:9000 b/p /a']);
    expect(verbs('rclone sync /a minio:b -P --transfers 4')).toEqual(['sync wd http://minio:9000 b/ /a']);
    expect(verbs('rclone sync /a minio:b --max-delete 0')).toEqual(['sync w http://minio:9000 b/ /a']);
    expect(verbs('rclone move minio:b/in /a')).toEqual(['sync rd http://minio:9000 b/in /a']);
    expect(verbs('rclone bisync /a minio:b')).toEqual(['sync rwd http://minio:9000 b/ /a']);
    expect(verbs('rclone copy minio:a minio:b')).toEqual(['sync w http://minio:9000 b/ minio:a', 'sync r http://minio:9000 a/ minio:b']);
    expect(verbs('rclone serve webdav minio:b --read-only')).toEqual(['client r http://minio:9000 b/ ']);
    expect(verbs('rclone purge minio:b/old')).toEqual(['client d http://minio:9000 b/old ']);
    expect(verbs('rclone lsd minio:')).toEqual([]);
    expect(verbs('rclone copy /a /b')).toEqual([]);
  });

  it('reads several mounts in one command, and jobs with their period', () => {
    expect(short(fromWords('mount minio:a /mnt/s3/a --vfs-cache-mode full ; mount minio:b /mnt/s3/b --read-only'.split(' '), { environment }))).toEqual(['mount rwd http://minio:9000 a/ /mnt/s3/a', 'mount r http://minio:9000 b/ /mnt/s3/b']);
    expect(short(fromWords('every 300 copy /mnt/efs/processed minio:a ; copy /mnt/efs/logs minio:b/logs'.split(' '), { environment }))).toEqual(['sync w http://minio:9000 a/ /mnt/efs/processed every 300', 'sync w http://minio:9000 b/logs /mnt/efs/logs every 300']);
    expect(fromWords(['idle'], { environment })).toEqual([]);
  });

  it('knows remotes of every kind', () => {
    const conf = `
# comment
[base]
type = s3
provider = Minio
endpoint = https://S3.example.org:443/
access_key_id = one
[short]
type = alias
remote = base:bucket/team
[secret]
type = crypt
remote = short:vault
[both]
type = union
upstreams = base:x base:y:ro
[named]
type = combine
upstreams = "docs=base:d/docs" pics=base:p
[drive]
type = drive
[amazon]
type = s3
provider = AWS
region = eu-west-1
env_auth = true
`;
    const files = new Map([['/root/.config/rclone/rclone.conf', conf]]);
    const at = (text: string): readonly string[] => fromWords(['rclone', 'mount', text, '/mnt/x'], { files }).map((one) => `${one.endpoint} ${one.bucket.text} ${one.prefix.text} ${one.verbs.length > 1 ? 'rw' : 'ro'}`);
    expect(at('base:b/p')).toEqual(['https://s3.example.org b p rw']);
    expect(at('short:2024')).toEqual(['https://s3.example.org bucket team/2024 rw']);
    expect(at('secret:a')).toEqual(['https://s3.example.org bucket team/vault/crypt(secret):a rw']);
    expect(at('both:z')).toEqual(['https://s3.example.org x z rw', 'https://s3.example.org y z ro']);
    expect(at('named:docs/a')).toEqual(['https://s3.example.org d docs/a rw']);
    expect(at('named:')).toHaveLength(2);
    expect(at('drive:b')).toEqual([]);
    expect(at('amazon:b')).toEqual(['aws:eu-west-1 b  rw']);
    expect(at('unknown:b')).toEqual([' b  rw']);
    expect(at(":s3,provider=Minio,endpoint='http://minio:9000':b/c")).toEqual(['http://minio:9000 b c rw']);
  });

  it('names the configuration that is used', () => {
    const of = (words: string, more: Parameters<typeof fromWords>[1] = {}): string | null | undefined => fromWords(words.split(' '), more)[0]?.configPath;
    expect(of('rclone mount minio:b /mnt/x', { environment })).toBeNull();
    expect(of('rclone mount other:b /mnt/x', { environment })).toBe('/root/.config/rclone/rclone.conf');
    expect(of('mount other:b /mnt/x', { image: 'rclone/rclone:latest' })).toBe('/config/rclone/rclone.conf');
    expect(of('mount other:b /mnt/x', { image: 'rclone/rclone:latest', mounts: [{ target: '/root/.config/rclone', store: 'volume:v', readOnly: false }] })).toBe('/root/.config/rclone/rclone.conf');
    expect(of('mount other:b /mnt/x', { environment: new Map([['XDG_CONFIG_HOME', '/x']]) })).toBe('/x/rclone/rclone.conf');
  });
});

describe('other tools', () => {
  it('reads aws s3', () => {
    const keys = new Map([['AWS_ACCESS_KEY_ID', 'abc'], ['AWS_REGION', 'eu-central-1']]);
    expect(short(fromWords('aws --endpoint-url http://localhost:9000 s3 sync ./out s3://b/p/ --delete --size-only'.split(' ')))).toEqual(['sync wd http://localhost:9000 b/p out']);
    expect(short(fromWords('aws s3 cp s3://b/p /in --recursive --no-progress'.split(' '), { environment: keys }))).toEqual(['sync r aws:eu-central-1 b/p /in']);
    expect(short(fromWords('aws s3 mv s3://a/x s3://b/y --region us-west-2'.split(' '), { environment: keys }))).toEqual(['sync w aws:us-west-2 b/y s3://a/x', 'sync rd aws:us-west-2 a/x s3://b/y']);
    expect(short(fromWords('s3 sync /a s3://b'.split(' '), { image: 'amazon/aws-cli:2' }))).toEqual(['sync w aws:us-east-1 b/ /a']);
    expect(short(fromWords('aws s3 ls s3://b'.split(' ')))).toEqual([]);
  });

  it('knows one endpoint in its different spellings', () => {
    const at = (url: string): string | undefined => fromWords(['aws', '--endpoint-url', url, 's3', 'cp', 'a', 's3://b'])[0]?.endpoint;
    expect(['http://minio:80', 'http://MINIO/', 'http://b.minio'].map(at)).toEqual(['http://minio', 'http://minio', 'http://minio']);
    expect(['https://s3.amazonaws.com', 'https://b.s3.us-east-1.amazonaws.com', 'https://s3.dualstack.us-east-1.amazonaws.com', 'https://b.s3-us-east-1.amazonaws.com'].map(at)).toEqual(Array(4).fill('aws:us-east-1'));
  });

  it('reads mc with aliases of commands and variables', () => {
    expect(short(fromScript('mc alias set local http://minio:9000 key secret\nmc mirror --overwrite --remove /a local/b/p'))).toEqual(['sync wd http://minio:9000 b/p /a']);
    expect(short(fromScript('mc cp -r far/b/x /a', { environment: new Map([['MC_HOST_far', 'https://key:pass@far.example:9000']]) }))).toEqual(['sync r https://far.example:9000 b/x /a']);
    expect(fromScript('mc mirror /a unknown/b')).toEqual([]);
  });

  it('reads s3fs', () => {
    expect(short(fromWords(['s3fs', 'b:/sub', '/mnt/b', '-f', '-o', 'url=http://minio:9000,ro', '-o', 'use_path_request_style']))).toEqual(['mount r http://minio:9000 b/sub /mnt/b']);
    expect(short(fromWords(['s3fs', 'b', '/mnt/b', '-o', 'endpoint=eu-west-1']))).toEqual(['mount rwd aws:eu-west-1 b/ /mnt/b']);
    expect(short(fromWords([], { image: 'efrecon/s3fs:latest', environment: new Map([['AWS_S3_BUCKET', 'b'], ['AWS_S3_URL', 'http://minio:9000'], ['AWS_S3_MOUNT', '/mnt/w'], ['S3FS_ARGS', 'allow_other,ro']]) }))).toEqual(['mount r http://minio:9000 b/ /mnt/w']);
  });
});

describe('shell scripts', () => {
  const at = (script: string, more: Parameters<typeof fromScript>[1] = {}): readonly string[] => short(fromScript(script, { environment, ...more }));

  it('finds commands behind every joint', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => `sync w http://minio:9000 ${name}/ /x`);
    expect(at('rclone copy /x minio:a && rclone copy /x minio:b || true; rclone copy /x minio:c &\nrclone copy /x \\\n  minio:d | tee log\nif [ -f /x ]; then rclone copy /x minio:e 2>&1 >/dev/null; fi # rclone copy /x minio:f')).toEqual(all);
  });

  it('reads quotes and variables of every kind', () => {
    expect(at('B=archive; P="logs/$DAY"; exec rclone copy "/x y" "minio:${B}/${P}"', { variables: { DAY: 'monday' } })).toEqual(['sync w http://minio:9000 archive/logs/monday /x y']);
    expect(at("rclone copy /x 'minio:b' $MORE", { variables: { MORE: '--transfers 2' } })).toEqual(['sync w http://minio:9000 b/ /x']);
    expect(at('rclone copy /x minio:${S3_BUCKET:-fallback}')).toEqual(['sync w http://minio:9000 fallback/ /x']);
    const [unknown] = fromScript('rclone copy /x "minio:$S3_BUCKET/in"', { environment });
    expect(unknown?.bucket).toEqual({ text: '${S3_BUCKET}', certain: false });
    const [printed] = fromScript('rclone copy /x minio:b/$(date +%F)', { environment });
    expect(printed?.prefix.certain).toBe(false);
    expect(printed?.bucket.certain).toBe(true);
  });

  it('sees loops, locks and crontabs', () => {
    expect(at('while true; do rclone copy /x minio:b; sleep 300; done')).toEqual(['sync w http://minio:9000 b/ /x every 300']);
    expect(at('while sleep 5m; do rclone copy /x minio:b\ndone')).toEqual(['sync w http://minio:9000 b/ /x every 300']);
    expect(at('run() {\n rclone copy /x minio:b\n}\nuntil false; do run; sleep ${EVERY:-60}; done')).toEqual(['sync w http://minio:9000 b/ /x every 60']);
    expect(at('for i in 1 2; do rclone copy /x minio:b; sleep 5; done')).toEqual(['sync w http://minio:9000 b/ /x']);
    expect(at('watch -n 30 rclone copy /x minio:b')).toEqual(['sync w http://minio:9000 b/ /x every 30']);
    expect(at('echo "*/5 * * * * rclone copy /x minio:b" | crontab -\ncrond -f')).toEqual(['sync w http://minio:9000 b/ /x every 300 free']);
    expect(at('echo "*/5 * * * * flock -n /tmp/l rclone copy /x minio:b" > /etc/crontabs/root')).toEqual(['sync w http://minio:9000 b/ /x every 300']);
    expect(at('cat > /etc/cron.d/sync <<EOF\n0 3 * * * root rclone copy /x minio:b\nEOF\ncron -f')).toEqual(['sync w http://minio:9000 b/ /x every 86400 free']);
    expect(at('sh -c "while true; do timeout 60 rclone copy /x minio:b; sleep 10; done"')).toEqual(['sync w http://minio:9000 b/ /x every 10']);
  });

  it('reads configurations that a script writes', () => {
    const script = 'mkdir -p /root/.config/rclone\ncat > /root/.config/rclone/rclone.conf <<EOF\n[s3-backup]\ntype = s3\nprovider = Minio\nendpoint = $URL\nEOF\nrclone copy /x s3-backup:b';
    expect(at(script, { variables: { URL: 'http://minio:9000' } })).toEqual(['sync w http://minio:9000 b/ /x']);
    expect(at('rclone config create s3b s3 provider=Minio endpoint=http://minio:9000\nrclone copy /x s3b:b')).toEqual(['sync w http://minio:9000 b/ /x']);
  });

  it('stays small whatever a stranger writes', () => {
    expect(at(`A=xxxxxxxxxxxxxxxx\n${'A=$A$A\n'.repeat(60)}rclone copy /x minio:b`)).toEqual(['sync w http://minio:9000 b/ /x']);
    expect(at('rclone copy /x minio:b\n'.repeat(5_000)).length).toBeLessThanOrEqual(1_000);
  });

  it('never fails on what is no script', () => {
    for (const script of ['', '"', "'", '$(', '${', '<<EOF', ')', 'done', 'while', 'rclone', 'rclone mount', 'a='.repeat(500), '${A:-${B:-${C}}}', '`rclone copy /x minio:b`']) expect(() => at(script)).not.toThrow();
  });
});
