import type { Settings } from '#libs/host';

type Given = Pick<Settings, 'WORLD_URL' | 'DATABASE_URL' | 'KAFKA_BROKERS' | 'LAB' | 'NODE_ENV'>;

/** What may be broken on purpose: what whoever starts the shop has brought along, or what LAB says is to be played with; nothing in production. */
export function mayBreak({ WORLD_URL, DATABASE_URL, KAFKA_BROKERS, LAB, NODE_ENV }: Given): { shop: boolean; kafka: boolean } {
  const shop = NODE_ENV !== 'production' && !WORLD_URL && (!DATABASE_URL || LAB);
  return { shop, kafka: shop && (!KAFKA_BROKERS || LAB) };
}
