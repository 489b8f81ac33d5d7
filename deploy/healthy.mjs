// The image's health check: ends with 0 if this container's process can do its work. `healthy.mjs PATH` asks for another page than the default.
const page = process.argv[2] ?? '/health/ready';
try {
  const answer = await fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}${page}`, { signal: AbortSignal.timeout(4_000) });
  const said = (await answer.text()).slice(0, 500);
  if (!answer.ok) console.error(`${answer.status} ${said}`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(error.cause?.code ?? error.message);
  process.exitCode = 1;
}
