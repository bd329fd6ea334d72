import type { Engine } from '@main/docker/types';

/** Runs a command in a container and resolves with its exit code and everything it wrote, trimmed. */
export async function readAll(engine: Engine, containerId: string, command: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const decoder = new TextDecoder();
  let text = '';
  const code = await engine.exec(containerId, command, (_stream, data) => {
    text += decoder.decode(data, { stream: true });
  });
  return { code, text: text.trim() };
}
