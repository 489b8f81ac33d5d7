import { Bus, replies, type Subscription } from '#libs/bus';
import { Lifecycle } from '#libs/host';
import type { OrderView } from '#libs/order';
import { viewsOf } from '#libs/order-status';
import { Database } from '#libs/store';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';

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
      const heard = once(this.ears, stream, { signal: stop.signal }).catch(() => {});
      // It may have ended before: a replay, or an order that was very fast.
      const now = await this.ended(stream);
      if (now) return now;
      await heard;
      // The news may have been lost; so this is asked in any case.
      return gone.aborted ? undefined : await this.ended(stream);
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
