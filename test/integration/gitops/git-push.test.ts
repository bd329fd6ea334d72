import { readFileSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitFolder } from '../../support/git-folder';
import { openGitWorld, type GitWorld } from '../../support/git-world';
import { freePort } from '../../support/private-engine';

const folder = new GitFolder();
let world: GitWorld;
let server: Server;
const asked: (string | undefined)[] = [];

beforeAll(async () => {
  const [key, cert] = [folder.write('key.pem', ''), folder.write('cert.pem', '')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
  // Wants a password for everything, and takes none.
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  folder.write('home/.gitconfig', `[user]\n\tname = Ada\n\temail = ada@example.org\n[http]\n\tsslCAInfo = ${cert}\n`);
  world = await openGitWorld({ home: join(folder.path, 'state'), env: folder.env });
});
afterAll(async () => {
  await world.close();
  server.close();
  rmSync(folder.path, { recursive: true, force: true });
});

const at = (name: string): string => join(folder.path, name);

/** Everything that a push that is refused must leave alone. */
function whole(name: string): string {
  return JSON.stringify([folder.git(name, 'rev-parse', 'HEAD'), folder.git(name, 'ls-files', '-s'), folder.git(name, 'status', '--porcelain'), folder.git(name, 'for-each-ref')]);
}

describe('what a push would do', () => {
  it('is said before, by what is known, and changes nothing', async () => {
    folder.remote('told.git', ['told', 'others']);
    folder.commit('told', 'mine', { 'b.yaml': 'b: 1\n' });
    const before = whole('told');
    const plan = await world.operations.preview('gitops.push', { dir: at('told'), remote: at('told.git') });
    expect(plan.document).toContain('Send 1 commit of main to main of origin');
    expect(plan.document).toContain('nothing is sent and nothing changes here: sync or pull first');
    expect(plan.document).toContain('No file of it is changed.');
    expect(whole('told')).toBe(before);
    // Asking about a folder of this machine does not make it one that may be spoken to.
    await expect(world.operations.preview('gitops.push', { dir: at('told') })).rejects.toMatchObject({ code: 'policy-refused' });

    folder.commit('others', 'theirs', { 'c.yaml': 'c: 1\n' });
    folder.git('others', 'push', '-q');
    await world.result('gitops.fetch', { dir: at('told'), remote: at('told.git') });
    expect((await world.operations.preview('gitops.push', { dir: at('told') })).document).toContain('The last fetch saw 1 commit on origin that main does not have: nothing would be sent.');
  });
});

describe('a push', () => {
  it('sends, and is refused without force where the remote has gone on', async () => {
    folder.remote('plain.git', ['one', 'two']);
    const sent = folder.commit('one', 'one', { 'b.yaml': 'b: 1\n' });
    expect(await world.result('gitops.push', { dir: at('one'), remote: at('plain.git') })).toMatchObject({ state: 'pushed', pushedCommits: 1 });
    expect(folder.git('plain.git', 'rev-parse', 'main')).toBe(sent);
    folder.commit('two', 'two', { 'c.yaml': 'c: 1\n' });
    const before = [folder.git('two', 'rev-parse', 'HEAD'), folder.git('two', 'status', '--porcelain')];
    const refused = await world.run('gitops.push', { dir: at('two'), remote: at('plain.git') });
    expect(refused.error).toMatchObject({ code: 'git-failed', message: 'origin has 1 commit that main does not have, so it cannot be sent.', hint: 'Sync or pull first.' });
    expect([folder.git('two', 'rev-parse', 'HEAD'), folder.git('two', 'status', '--porcelain')]).toEqual(before);
    expect(folder.git('plain.git', 'rev-parse', 'main')).toBe(sent);
  });

  it('that the remote does not take says its reason, and leaves everything as it was', async () => {
    folder.remote('closed.git', ['closed']);
    // Somebody else holds that branch there.
    folder.write('closed.git/refs/heads/main.lock', '');
    folder.commit('closed', 'mine', { 'b.yaml': 'b: 1\n' });
    const before = [whole('closed'), folder.git('closed.git', 'for-each-ref')];
    const refused = await world.run('gitops.push', { dir: at('closed'), remote: at('closed.git') });
    expect(refused.error).toMatchObject({ code: 'git-failed', message: expect.stringMatching(/^The remote origin does not take the branch main: .+\.$/) as string });
    expect([whole('closed'), folder.git('closed.git', 'for-each-ref')]).toEqual(before);
  });

  it('to a server that does not answer ends with that', async () => {
    folder.repository('offline');
    folder.git('offline', 'remote', 'add', 'origin', `https://127.0.0.1:${String(await freePort())}/x.git`);
    const before = whole('offline');
    const failed = await world.run('gitops.push', { dir: at('offline'), remote: 'origin' });
    expect(failed.error).toMatchObject({ code: 'git-failed', hint: 'Check the network and the address of the remote.' });
    expect(whole('offline')).toBe(before);
  });

  it('without a password, or with a wrong one, asks nobody and does not hang', async () => {
    folder.repository('locked');
    folder.git('locked', 'remote', 'add', 'origin', `https://127.0.0.1:${String((server.address() as AddressInfo).port)}/x.git`);
    const before = whole('locked');
    const none = await world.run('gitops.push', { dir: at('locked'), remote: 'origin' });
    expect(none.error).toMatchObject({ code: 'git-failed', hint: expect.stringContaining('Sign in once in a terminal') as string });
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((one) => one === undefined)).toBe(true);

    folder.git('locked', 'config', '--global', 'credential.helper', '!f() { echo username=ada; echo password=wrong; }; f');
    const wrong = await world.run('gitops.push', { dir: at('locked'), remote: 'origin' });
    expect(wrong.error).toMatchObject({ code: 'git-failed', hint: expect.stringContaining('Sign in once in a terminal') as string });
    expect(wrong.error?.message).not.toContain('wrong');
    expect(asked.at(-1)).toBe(`Basic ${Buffer.from('ada:wrong').toString('base64')}`);
    expect(whole('locked')).toBe(before);
  });
});
