import { execFile, spawn } from 'node:child_process';
import { access, mkdir, rmdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The number of mount(2) on this kind of processor. */
const MOUNT_CALL: { readonly [arch: string]: number } = { x64: 165, arm64: 40 };
/** A FUSE file system whose server never answers, until the server ends: then every call into it fails at once. */
const SERVER = `
sysopen(my $fuse, "/dev/fuse", 2) or die "open: $!";
my ($call, $target) = @ARGV;
my ($source, $type, $data) = ("berth-test", "fuse", "fd=" . fileno($fuse) . ",rootmode=40000,user_id=0,group_id=0");
syscall($call + 0, $source, $target, $type, 0, $data) == 0 or die "mount: $!";
$| = 1;
print "mounted\\n";
sleep while 1;
`;

/** Why no hung mount can be made here, or null when one can. */
export async function hungMountObstacle(): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'A hung mount needs Linux and root.';
  if (MOUNT_CALL[process.arch] === undefined) return 'A hung mount needs the number of mount(2).';
  try {
    await access('/dev/fuse');
    await run('perl', ['-e', '1']);
    return null;
  } catch {
    return 'A hung mount needs /dev/fuse and perl.';
  }
}

/** Makes a folder that does not answer. What it returns ends the server, which lets everything go that waits for it, and removes the folder. */
export async function hungMount(dir: string): Promise<() => Promise<void>> {
  await mkdir(dir);
  const server = spawn('perl', ['-e', SERVER, String(MOUNT_CALL[process.arch]), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  await Promise.race([
    new Promise<void>((done) => server.stdout.once('data', () => done())),
    ended.then(() => Promise.reject(new Error('The hung mount could not be made.'))),
  ]);
  return async () => {
    server.kill('SIGKILL');
    await ended;
    await run('umount', ['-l', dir]);
    await rmdir(dir);
  };
}
