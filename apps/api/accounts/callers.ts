import { account, readAccountEvent, type Account } from '#libs/account';
import { Access } from '#libs/access';
import type { Caller } from '#libs/host';
import { Database, postgresEventStore, type Recorded } from '#libs/store';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** So long after an account was closed, or its key renewed, the key still opens something. */
const knownMs = 3_000;

/** Where a key is taken. Elsewhere, and for other tokens, nothing changes. */
const routes: readonly (string | undefined)[] = ['/orders', '/photos'];

/** Tells the door whose key a request has. An account is read once in some seconds, however many of its orders come; without a key nothing is asked. */
@Injectable()
export class Callers implements OnModuleInit {
  /** By id. Only a key that fits gets this far, so there are no more of them than accounts. */
  private readonly known = new Map<string, { readonly until: number; readonly account: Promise<Account> }>();

  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    this.http.httpAdapter.getInstance<FastifyInstance>().callerOf = ({ method, routeOptions, headers }: FastifyRequest) => {
      if (!headers.authorization || method !== 'POST' || !routes.includes(routeOptions.url)) return undefined;
      const key = /^Bearer +(bk_[^ ]*) *$/i.exec(headers.authorization)?.[1];
      return key === undefined ? undefined : this.callerOf(key);
    };
  }

  private async callerOf(key: string): Promise<Caller | 'unknown'> {
    const given = this.access.accountIn(key);
    if (given === undefined) return 'unknown';
    const { id, number } = given;
    let now = await this.account(id);
    if (number > now.keyNumber) {
      // It was renewed since: the new key is good at once.
      this.known.delete(id);
      now = await this.account(id);
    }
    return now.status === 'ready' && number === now.keyNumber ? { id, perMinute: now.ordersPerMinute } : 'unknown';
  }

  private account(id: string): Promise<Account> {
    const was = this.known.get(id);
    if (was && performance.now() < was.until) return was.account;
    const now = { until: performance.now() + knownMs, account: readAccount(this.db, `account:${id}`) };
    this.known.set(id, now);
    // A database that was away for a moment is asked again by the next request.
    now.account.catch(() => this.known.delete(id));
    return now.account;
  }
}

/** As its stream has it. */
export async function readAccount(db: Database, stream: string): Promise<Account> {
  return foldAccount((await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? []);
}

/** An event of a later build changes nothing that the door goes by: a key that has become known is stopped by either build. */
export const foldAccount = (events: readonly Recorded[]): Account =>
  events.reduce((was, event) => {
    const known = readAccountEvent(event);
    return known ? account.evolve(was, known, event.at) : was;
  }, account.initial);
