import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

/** What Nest itself has to say, in our log. Its tale of the start (each module, each route) is for `debug`. */
export class NestLog implements LoggerService {
  constructor(private readonly to: Log) {}

  log(message: unknown, ...more: unknown[]): void {
    this.to.debug({ context: last(more) }, String(message));
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.to.debug({ context: last(more) }, String(message));
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.to.trace({ context: last(more) }, String(message));
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.to.warn({ context: last(more) }, String(message));
  }

  /** Nest hands over an error, or a message with its stack; the context comes last. */
  error(message: unknown, ...more: unknown[]): void {
    if (message instanceof Error) this.to.error({ context: last(more), error: message }, message.message);
    else this.to.error({ context: last(more), ...(more.length > 1 && { stack: more[0] }) }, String(message));
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.to.fatal({ context: last(more) }, String(message));
  }
}

const last = (more: readonly unknown[]): unknown => more.at(-1);
