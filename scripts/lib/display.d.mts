/** Where a virtual display is found, and how to end it. */
export interface VirtualDisplay {
  readonly env: { readonly DISPLAY: string; readonly XAUTHORITY: string; readonly DBUS_SESSION_BUS_ADDRESS?: string };
  stop(): void;
}
export declare function startVirtualDisplay(options?: {
  readonly user?: { readonly uid: number; readonly gid: number } | null;
  readonly width?: number;
  readonly height?: number;
}): Promise<VirtualDisplay>;
export declare function hasDisplay(): boolean;
