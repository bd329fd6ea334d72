import { APP_ORIGIN } from '../app/trusted-origin';

/** What is read of the frame a message came from; Electron's WebFrameMain fits. */
export interface SenderFrame {
  readonly parent: unknown;
  readonly origin: string;
  readonly url: string;
}

/** True only for the top frame of one of our own windows showing one of our own pages. */
export function isOwnPage(frame: SenderFrame | null | undefined, senderId: number, windowIds: ReadonlySet<number>): boolean {
  if (frame === null || frame === undefined) return false;
  return frame.parent === null && frame.origin === APP_ORIGIN && frame.url.startsWith(`${APP_ORIGIN}/`) && windowIds.has(senderId);
}
