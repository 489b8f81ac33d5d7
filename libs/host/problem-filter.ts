import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { withoutToken, type Log } from './log.js';
import { Problem, problem, problemOfStatus, sendProblem } from './problem.js';

/** Turns whatever a route, a hook or Fastify itself throws into problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly statusUrl: string,
    private readonly log: Log,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { request } = reply;
    const answer = problemOf(error);
    const status = answer.getStatus();
    if (status >= 500) {
      const about = { request: request.id, method: request.method, url: withoutToken(request.url), status, err: error };
      if (status === 500) this.log.error(about, 'a request failed');
      else this.log.warn(about, 'a request could not be served');
    }
    // Half an answer is out already (a stream): breaking it off is the only way left to say that it failed.
    if (reply.raw.headersSent) reply.raw.destroy();
    else if (!reply.sent) sendProblem(reply, answer, this.statusUrl);
  }
}

/** What a client may know of an error: never its own message, which may hold SQL, a path or a token, unless we wrote it as a problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) return problemOfStatus(error.getStatus() === 414 ? 404 : error.getStatus());
  return problem(isOutage(error) ? 'unavailable' : 'internal');
}

const socketCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * SQLSTATEs that say "not now": the connection (08), its resources (53), the operator or a time limit (57), a lock not had in time
 * (55P03), a read-only standby after a fail-over (25006), a deadlock or conflict (40) that outlasted its retries.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const sqlStates = /^(08...|53...|57...|55P03|25006|40001|40P01)$/;

/** pg gives these no code. */
const pgMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable|Cannot use a pool after calling end)/;

/** Whether an error says that something we need is away, and not that we made a mistake. TypeORM's wrapping is looked through. */
export function isOutage(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 3) return false;
  const { code, syscall, driverError } = error as { code?: unknown; syscall?: unknown; driverError?: unknown };
  if (typeof code === 'string' && (socketCodes.has(code) || sqlStates.test(code) || (code === 'ENOENT' && syscall === 'connect')))
    return true;
  return pgMessages.test(error.message) || isOutage(driverError ?? error.cause, depth + 1);
}
