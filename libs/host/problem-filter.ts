import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { isOutage } from '#libs/store';
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
      const about = { request: request.id, method: request.method, url: withoutToken(request.url), status, error };
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
