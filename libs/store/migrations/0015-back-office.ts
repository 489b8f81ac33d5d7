import type { MigrationInterface, QueryRunner } from 'typeorm';

const everybody = ['api', 'relay', 'fulfilment', 'payments', 'thumbnails', 'notifications', 'status', 'jobs', 'scheduler', 'host']
  .map((role) => `backroom_${role}`)
  .join(', ');

/** What an operator sees to: dead letters, and who works. */
export class BackOffice1764000000015 implements MigrationInterface {
  name = 'BackOffice1764000000015';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
-- A dead letter is no row of its own: it is a bookmark or an effect in a certain state. Its id is made of what died and when: a UUIDv7, so that
-- ids are in the order of death, and another death of the same is another letter.
CREATE FUNCTION dead_letter_id(at timestamptz, what text) RETURNS uuid IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(what), 1, 3) || '8' || substr(md5(what), 4, 15))::uuid $$;
CREATE INDEX bookmarks_dead_id ON bookmarks (dead_letter_id(dead_at, consumer || ' ' || stream)) WHERE dead_at IS NOT NULL;
CREATE INDEX effects_dead_id ON effects (dead_letter_id(ended_at, key)) WHERE state = 'dead';
ALTER TABLE effects ADD COLUMN first_failed_at timestamptz;

-- Records of the broker that nobody could read. What was in them stays in the dead-letter topic: whatever it is, it is no news of ours.
CREATE TABLE undecodable (
  id uuid PRIMARY KEY,
  topic text NOT NULL,
  consumer text NOT NULL,
  key text,
  type text,
  message json NOT NULL,
  cause text NOT NULL,
  at timestamptz NOT NULL
);

CREATE FUNCTION news_topic(about text, lane text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$ SELECT about || CASE WHEN lane = 'standard' THEN '' ELSE '.' || lane END $$;
CREATE FUNCTION news_of(stream text, version int, type text, data json, meta json, at timestamptz) RETURNS json IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$ SELECT CASE WHEN stream IS NOT NULL THEN json_build_object('id', stream || '/' || version, 'stream', stream, 'version', version,
  'type', type, 'lane', meta ->> 'lane', 'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', data) END $$;

-- A bookmark failed on the first news behind it. An effect was asked for after the last news that its stream had then.
CREATE VIEW dead_letters AS
  SELECT dead_letter_id(b.dead_at, b.consumer || ' ' || b.stream) AS id, 'bookmark' AS kind, b.consumer || ' ' || b.stream AS ref,
    news_topic(CASE WHEN b.consumer = 'webhooks' THEN b.consumer ELSE split_part(b.stream, ':', 1) || 's' END, coalesce(e.meta ->> 'lane', 'standard')) AS topic,
    b.consumer, b.stream AS key, e.type, b.error AS cause, b.attempts, b.first_failed_at, b.last_failed_at, news_of(e.stream, e.version, e.type, e.data, e.meta, e.at) AS message
  FROM bookmarks b LEFT JOIN events e ON e.stream = b.stream AND e.version = least(b.version + 1, b.head)
  WHERE b.dead_at IS NOT NULL
UNION ALL
  SELECT dead_letter_id(f.ended_at, f.key), 'effect', f.key,
    news_topic(CASE WHEN f.kind = 'webhook' THEN 'webhooks' ELSE split_part(f.stream, ':', 1) || 's' END, f.lane),
    f.kind, f.stream, e.type, f.error, f.attempts, coalesce(f.first_failed_at, f.ended_at), f.ended_at, news_of(e.stream, e.version, e.type, e.data, e.meta, e.at)
  FROM effects f LEFT JOIN LATERAL (SELECT * FROM events WHERE stream = f.stream AND (version = 1 OR at <= f.at) ORDER BY version DESC LIMIT 1) e ON true
  WHERE f.state = 'dead'
UNION ALL
  SELECT id, 'record', id::text, topic, consumer, key, type, cause, 1, at, at, message FROM undecodable;

-- Who had what tried again, or dropped. In an order's timeline too.
CREATE TABLE dead_letter_log (
  letter uuid NOT NULL,
  did text NOT NULL CHECK (did IN ('redriven', 'dropped')),
  by text NOT NULL,
  consumer text NOT NULL,
  stream text COLLATE "C",
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (letter, at)
);
CREATE INDEX dead_letter_log_stream ON dead_letter_log (stream);

-- The roles there are, with what each does, as its last build says; and which of them an operator has told to rest.
CREATE TABLE workers (
  role text COLLATE "C" PRIMARY KEY,
  groups json NOT NULL,
  consumers text[] NOT NULL,
  effects text[] NOT NULL,
  paused_at timestamptz
);

-- A row for each role of a process, which says every two seconds that it is there. What has not been heard of for a while is dropped.
CREATE TABLE instances (
  role text COLLATE "C" NOT NULL,
  id text NOT NULL,
  started_at timestamptz NOT NULL,
  frozen boolean NOT NULL,
  paused boolean NOT NULL,
  rate float8 NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (role, id)
) WITH (fillfactor = 50);`);
    await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON instances TO ${everybody}`);
    await db.query(`GRANT SELECT, INSERT, UPDATE (groups, consumers, effects) ON workers TO ${everybody}`);
    await db.query('GRANT UPDATE (paused_at) ON workers TO backroom_status, backroom_host');
    await db.query('GRANT SELECT ON dead_letters TO backroom_status, backroom_host');
    await db.query('GRANT SELECT, INSERT, DELETE ON undecodable TO backroom_status, backroom_host');
    await db.query('GRANT SELECT, INSERT ON dead_letter_log TO backroom_status, backroom_host');
  }

  async down(): Promise<void> {
    throw new Error('What was given up, and who had it tried again, is not forgotten by a migration.');
  }
}
