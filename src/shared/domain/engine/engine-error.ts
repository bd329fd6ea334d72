import { AppError } from '../../kernel/app-error';

/** The engine's sentence without the wrapping it collects on its way up, first letter in capitals, with a full stop. */
export function cleanEngineMessage(message: string): string {
  let text = message.replace(/\s+/g, ' ').trim();
  let before: string;
  do {
    before = text;
    text = text
      .replace(/^(?:Error response from daemon|error response from daemon|Error):\s*/, '')
      .replace(/^(?:driver failed programming external connectivity on endpoint \S+ \([0-9a-f]+\)|failed to set up container networking|OCI runtime create failed|failed to create shim(?: task)?|failed to create task for container|runc create failed|container_linux\.go:\d+|invalid mount config for type "[a-z]+"):\s*/, '')
      .replace(/:? ?(?:unknown|<nil>)$/, '');
  } while (text !== before);
  if (text === '') return 'The engine gave no reason.';
  text = text[0]?.toUpperCase() + text.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function portTaken(message: string): AppError | undefined {
  if (!/port is already allocated|address already in use|ports are not available|Only one usage of each socket address/i.test(message)) return undefined;
  const place = /(?:Bind for|listen (?:tcp|udp)[46]?|exposing port (?:TCP|UDP)) \[?([0-9a-fA-F.:]*?)\]?:(\d{1,5})\b/i.exec(message);
  const port = place?.[2] === undefined ? undefined : Number(place[2]);
  return new AppError('port-taken', port === undefined ? 'A port this needs is already in use.' : `Port ${port} is already in use.`, {
    hint: 'Stop what holds the port, or publish another one.',
    details: { ...(port === undefined ? {} : { port }), ...(place?.[1] ? { hostIp: place[1] } : {}), engineMessage: message },
  });
}

/**
 * The AppError of an answer that is not a success. `doing` is what was asked, as in "start shop-web-1".
 * 404 is `not-found` unless the text is about an image that has to be fetched or a full disk and the like.
 */
export function engineRefusal(status: number, message: string, doing: string): AppError {
  const taken = portTaken(message);
  if (taken !== undefined) return taken;
  if (/no space left on device|disk quota exceeded/i.test(message)) {
    return new AppError('disk-full', 'The disk of the Docker engine is full.', { hint: 'Free some space, for example with `docker system df` and `docker image prune`, and try again.', details: { engineMessage: message } });
  }
  const details = { status, engineMessage: message };
  // "could not find an available, non-overlapping IPv4 address pool" (a 404 before 28), "all predefined address pools have been fully subnetted" since.
  if (/non-overlapping IPv[46] address pool|predefined address pools have been fully subnetted/i.test(message)) {
    return new AppError('engine-refused', `Docker could not ${doing}: it has no range of addresses left for another network.`, {
      hint: 'Remove networks that nobody uses, for example with `docker network prune`, or give the engine more ranges with "default-address-pools" in its daemon.json.',
      details,
    });
  }
  if (status === 404) return new AppError('not-found', cleanEngineMessage(message), { details });
  return new AppError('engine-refused', `Docker could not ${doing}: ${cleanEngineMessage(message)}`, { details });
}

/** What the socket said when there was no answer at all: `code` is Node's error code. */
export function engineUnreachable(code: string, place: string): AppError {
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError('engine-unreachable', `You are not allowed to use the Docker engine at ${place}.`, {
      hint: 'On Linux: `sudo usermod -aG docker $USER`, then log out and in again.',
      details: { code },
    });
  }
  const broke = code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED' || code === 'ERR_STREAM_PREMATURE_CLOSE';
  return new AppError('engine-unreachable', broke ? 'The connection to Docker broke.' : `Docker does not answer at ${place}.`, {
    hint: 'Start Docker; Berth connects by itself as soon as it runs.',
    details: { code, broke },
  });
}

/** No answer within the deadline. What was asked may still happen. */
export function engineTimeout(doing: string, deadlineMs: number): AppError {
  return new AppError('engine-timeout', `Docker did not ${doing} within ${Math.round(deadlineMs / 100) / 10} seconds.`, {
    hint: 'It may be busy or stopped. Berth looks again as soon as it answers.',
    details: { deadlineMs },
  });
}
