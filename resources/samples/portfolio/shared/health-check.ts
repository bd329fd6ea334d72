/** The health check of every service: its own /healthz must answer with 200. */
const reply = await fetch(`http://127.0.0.1:${process.env.PORT ?? '8000'}/healthz`, { signal: AbortSignal.timeout(4000) }).catch((error: unknown) => {
  console.error(error instanceof Error ? (error.cause ?? error.message) : error);
  process.exit(1);
});
if (!reply.ok) console.error(await reply.text());
process.exit(reply.ok ? 0 : 1);
