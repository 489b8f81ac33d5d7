/** A line of the log as people read it: `10:15:02.123 warn  relay  lost the lease  epoch=4`. What is no JSON stays as it is. */
export function pretty(line: string): string {
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(line);
  } catch {
    return line;
  }
  const { level, time, role, instance: _, msg, context, error, ...rest } = event;
  const { stack, message = error } = (error ?? {}) as { stack?: string; message?: unknown };
  const more = Object.entries(rest).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = [String(time).slice(11, 23), String(level).padEnd(5), context ?? role, msg, ...more].filter((part) => part !== undefined);
  return `${head.join('  ')}${error ? `\n${stack ?? String(message)}` : ''}\n`;
}
