/** What the window remembered under a key; null where there is nothing or the storage is blocked. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a choice of the window beyond its end. A full or blocked storage costs only the memory of it. */
export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice holds until the window closes.
  }
}
