import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The store: streams, outbox, bookmarks, effects, leases. A migration once published is never edited. */
export class Streams1764000000001 implements MigrationInterface {
  name = 'Streams1764000000001';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
CREATE FUNCTION lane_rank(lane text) RETURNS int IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE lane WHEN 'express' THEN 0 WHEN 'standard' THEN 1 ELSE 2 END;

-- The truth. The shop's roles may insert and read, never update or delete.
CREATE TABLE events (
  stream text COLLATE "C" NOT NULL,
  version int NOT NULL CHECK (version > 0),
  type text NOT NULL,
  data json NOT NULL,
  meta json NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (stream, version)
) WITH (fillfactor = 90);

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY,
  lane text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version int NOT NULL,
  PRIMARY KEY (lane, id)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE parked (stream text COLLATE "C" PRIMARY KEY, error text NOT NULL, at timestamptz NOT NULL DEFAULT now());

CREATE TABLE bookmarks (
  consumer text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version int NOT NULL DEFAULT 0,
  head int NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  due timestamptz,
  dead_at timestamptz,
  error text,
  first_failed_at timestamptz,
  last_failed_at timestamptz,
  PRIMARY KEY (consumer, stream)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX bookmarks_due ON bookmarks (consumer, due) WHERE due IS NOT NULL AND dead_at IS NULL;
CREATE INDEX bookmarks_dead ON bookmarks (dead_at) WHERE dead_at IS NOT NULL;

CREATE TABLE effects (
  key text COLLATE "C" PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  input json NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'dead', 'withdrawn')),
  attempts int NOT NULL DEFAULT 0,
  round int NOT NULL DEFAULT 1,
  unknown boolean NOT NULL DEFAULT false,
  claim uuid,
  claimed_until timestamptz,
  due timestamptz NOT NULL DEFAULT now(),
  error text,
  at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX effects_open ON effects (kind, lane, (coalesce(claimed_until, due))) WHERE state = 'open';
CREATE INDEX effects_dead ON effects (ended_at) WHERE state = 'dead';

CREATE TABLE leases (
  name text COLLATE "C" PRIMARY KEY,
  holder text NOT NULL,
  epoch bigint NOT NULL,
  until timestamptz NOT NULL
);`);
  }

  async down(): Promise<void> {
    throw new Error('The streams are the truth: there is no way back from having them.');
  }
}
