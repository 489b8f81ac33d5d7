import { Bus, replies, type Subscription } from '#libs/bus';
import { Lifecycle } from '#libs/host';
import type { OrderView } from '#libs/order';
import { viewsOf } from '#libs/order-status';
import { Database } from '#libs/store';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of an order that nobody had waited for at first there are no such news at all. */
const lookAgainMs = 2_000;

/**
 * Tells who waits for an order that it has ended. Every instance of the front door hears all such news, so the one that holds the client's
 * connection does; if it dies, the client asks again with its key, and is answered by whichever instance it comes to.
 */
@Injectable()
export class OrderEnds implements OnModuleInit, OnModuleDestroy {
  private readonly ears = new EventEmitter().setMaxListeners(0);
  private tail?: Subscription;

  constructor(
    private readonly bus: Bus,
    private readonly db: Database,
    private readonly lifecycle: Lifecycle,
  ) {}

  onModuleInit(): void {
    this.tail = this.bus.tail(replies, ({ stream }) => this.ears.emit(stream));
  }

  async onModuleDestroy(): Promise<void> {
    await this.tail?.close();
  }

  /** @returns its picture if it ends within so many seconds; `undefined` if not, or if nobody wants to know any more */
  async within(seconds: number, stream: string, gone: AbortSignal): Promise<OrderView | undefined> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), seconds * 1_000);
    const release = this.lifecycle.onStop(() => stop.abort());
    const leave = (): void => stop.abort();
    gone.addEventListener('abort', leave);
    try {
      for (;;) {
        const heard = once(this.ears, stream, { signal: stop.signal }).catch(() => {});
        // At first: it may have ended before. Then: it was heard of, or the time is up. In between: such news may be lost.
        const now = await this.ended(stream);
        if (now || stop.signal.aborted) return gone.aborted ? undefined : now;
        await Promise.race([heard, sleep(lookAgainMs, undefined, { signal: stop.signal, ref: false }).catch(() => {})]);
      }
    } finally {
      clearTimeout(timer);
      release();
      gone.removeEventListener('abort', leave);
      stop.abort();
    }
  }

  private async ended(stream: string): Promise<OrderView | undefined> {
    const view = (await viewsOf(this.db, [stream])).get(stream);
    return view?.progress === 100 ? view : undefined;
  }
}
