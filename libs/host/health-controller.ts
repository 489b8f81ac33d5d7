import { Controller, Get, Header, Res, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthCheckResult, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Health, type HealthCheck } from './health.js';

const checkWithinMs = 500;

/** `/health` in terminus' own words, 200 or 503. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: Health,
    private readonly terminus: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** This process makes progress. Never asks anybody else, and stays up while the process stops. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(@Res({ passthrough: true }) reply: FastifyReply): HealthCheckResult {
    const all = this.health.loops().map(({ name, alive, ...rest }) => [name, { status: alive ? 'up' : 'down', ...rest }] as const);
    const of = (status: string) => Object.fromEntries(all.filter(([, entry]) => entry.status === status));
    const well = all.every(([, entry]) => entry.status === 'up');
    reply.code(well ? 200 : 503);
    return { status: well ? 'ok' : 'error', info: of('up'), error: of('down'), details: Object.fromEntries(all) } as HealthCheckResult;
  }

  /** It can do its work now. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.ask(
      reply,
      this.health.checks().filter((check) => check.readiness),
    );
  }

  @Get()
  @Header('cache-control', 'no-store')
  all(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.ask(reply, this.health.checks());
  }

  private async ask(reply: FastifyReply, checks: readonly HealthCheck[]): Promise<HealthCheckResult> {
    const started: HealthIndicatorFunction = () => {
      const unready = this.health.unready();
      const process = this.indicators.check('process');
      return unready ? process.down(unready) : process.up();
    };
    try {
      return await this.terminus.check([started, ...checks.map((check) => () => this.attempt(check))]);
    } catch (error) {
      // terminus tells of failed checks by an exception that carries its answer; the filter would make a problem of it.
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.code(503);
      return error.getResponse() as HealthCheckResult;
    }
  }

  private attempt({ name, check }: HealthCheck) {
    return this.indicators
      .check(name)
      .attempt(async ({ signal }) => {
        try {
          return (await check(signal)) ?? {};
        } catch (error) {
          throw new Error(presentable(error));
        }
      })
      .withTimeout(checkWithinMs);
  }
}

/** A system's error by its code: its message may hold a path. */
function presentable(error: unknown): string {
  const { syscall, code, message } = error as NodeJS.ErrnoException;
  if (syscall !== undefined || error instanceof AggregateError) return [syscall, code].filter(Boolean).join(' ');
  return typeof message === 'string' ? message : String(error);
}
