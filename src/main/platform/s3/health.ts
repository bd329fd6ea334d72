/** How an address answers: `silent` also when nobody listens there. Never rejects. */
export async function httpHealth(url: string, timeoutMs: number): Promise<'well' | 'badly' | 'silent'> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' });
    await answer.body?.cancel();
    return answer.status < 400 ? 'well' : 'badly';
  } catch {
    return 'silent';
  }
}
