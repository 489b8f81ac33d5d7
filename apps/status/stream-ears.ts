import { Bus, lanes, topicOf, type News, type Subscription } from '#libs/bus';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EventEmitter } from 'node:events';

/** Tells who follows a stream that there is news of it. Every instance hears all news, and keeps none. */
@Injectable()
export class StreamEars implements OnModuleInit, OnModuleDestroy {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly all = new Set<(news: News) => void>();
  private tails: Subscription[] = [];

  constructor(private readonly bus: Bus) {}

  onModuleInit(): void {
    const topics = ['orders', 'photos', 'account'].flatMap((about) => lanes.map((lane) => topicOf(about, lane)));
    this.tails = topics.map((topic) => this.bus.tail(topic, (news) => this.tell(news)));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.tails.map((tail) => tail.close()));
  }

  /** Returns what ends it. */
  hear(stream: string, heard: () => void): () => void {
    this.emitter.on(stream, heard);
    return () => this.emitter.off(stream, heard);
  }

  /** All news there are. Returns what ends it. */
  hearAll(heard: (news: News) => void): () => void {
    this.all.add(heard);
    return () => this.all.delete(heard);
  }

  private tell(news: News): void {
    this.emitter.emit(news.stream);
    for (const heard of this.all) heard(news);
  }
}
