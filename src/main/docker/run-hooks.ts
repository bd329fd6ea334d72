import type { HookMoment, ServiceHook } from '@shared/domain/modes/hooks';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { StringDecoder } from 'node:string_decoder';
import type { Engine } from './types';

/** What running hooks works with: each is an effect of the operation that starts or stops the container. */
export interface HookHands {
  readonly engine: Pick<Engine, 'exec'>;
  readonly signal?: AbortSignal | undefined;
  effect<R extends Json>(name: string, intent: JsonObject, act: () => Promise<R>): Promise<R>;
  log(text: string, service?: string): void;
}

/** Runs the hooks of a container one after the other; one that fails ends it, as in docker compose. */
export async function runHooks(hands: HookHands, container: { readonly id: string; readonly service: string }, hooks: readonly ServiceHook[], moment: HookMoment): Promise<void> {
  for (const [index, hook] of hooks.entries()) {
    // What a hook is made of may have secrets in it: the journal names it by its place.
    await hands.effect('container.hook', { id: container.id, service: container.service, moment, index }, async () => {
      const code = await runHook(hands, container, hook).catch((error: unknown) => {
        // What ended meanwhile has nothing to be done before its end.
        if (moment === 'pre_stop' && error instanceof AppError && (error.code === 'not-found' || error.code === 'engine-refused')) return 0;
        throw error;
      });
      if (code === 0) return null;
      const when = moment === 'post_start' ? 'after its start' : 'before its stop';
      throw new AppError('start-failed', `The ${moment} hook of ${container.service} ended with code ${String(code)}.`, { service: container.service, hint: `The command that the file runs ${when} failed; its output is in the log of this operation.` });
    });
  }
}

async function runHook({ engine, log, signal }: HookHands, { id, service }: { readonly id: string; readonly service: string }, hook: ServiceHook): Promise<number> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const say = (text: string): void => {
    const lines = `${rest}${text}`.split('\n');
    rest = (lines.pop() ?? '').slice(-4_096);
    for (const line of lines) log(line.replace(/\r$/, ''), service);
  };
  const code = await engine.exec(id, hook.command, (_stream, data) => say(decoder.write(Buffer.from(data))), signal, undefined, { user: hook.user, workingDir: hook.workingDir, environment: hook.environment });
  if (rest !== '') log(rest, service);
  return code;
}
