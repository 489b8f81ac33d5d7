import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs, their runs, and what the runs of the first two make. */
export class Jobs1764000000011 implements MigrationInterface {
  name = 'Jobs1764000000011';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
-- What a build says of its jobs, and what the operator has changed: that stays his over every new build.
CREATE TABLE jobs (
  name text COLLATE "C" PRIMARY KEY,
  description text NOT NULL,
  input json NOT NULL,
  missed text NOT NULL CHECK (missed IN ('none', 'once', 'all')),
  defaults jsonb NOT NULL,
  changed jsonb NOT NULL DEFAULT '{}',
  settings jsonb GENERATED ALWAYS AS (defaults || changed) STORED,
  -- The timetable has been seen to up to here.
  ticked_until timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE runs (
  id uuid PRIMARY KEY,
  job text COLLATE "C" NOT NULL REFERENCES jobs,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelling', 'cancelled')),
  trigger text NOT NULL CHECK (trigger IN ('http', 'schedule', 'folder', 'cli')),
  input json NOT NULL,
  -- The time of the timetable it is for.
  tick timestamptz,
  -- It was asked for on condition that no other is open.
  alone boolean NOT NULL,
  due timestamptz NOT NULL DEFAULT now(),
  attempts int NOT NULL DEFAULT 0,
  claim uuid,
  claimed_until timestamptz,
  instance text,
  checkpoint json,
  progress float8 NOT NULL DEFAULT 0,
  result json,
  at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE UNIQUE INDEX runs_tick ON runs (job, tick);
CREATE UNIQUE INDEX runs_alone ON runs (job) WHERE alone AND ended_at IS NULL;
CREATE INDEX runs_open ON runs (job, id) WHERE ended_at IS NULL;
CREATE INDEX runs_list ON runs (job, id);

CREATE TABLE run_log (
  run uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
  line bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  level text NOT NULL CHECK (level IN ('info', 'error')),
  message text NOT NULL,
  PRIMARY KEY (run, line)
);

-- Whose figures are shown: a run that has come to its end takes the place of the one before, all at once.
CREATE TABLE shown_runs (job text COLLATE "C" PRIMARY KEY, run uuid NOT NULL);

CREATE TABLE sales_totals (
  run uuid NOT NULL,
  day date NOT NULL,
  sku text COLLATE "C" NOT NULL,
  quantity bigint NOT NULL,
  revenue bigint NOT NULL,
  PRIMARY KEY (run, day, sku)
);

CREATE TABLE related_products (
  run uuid NOT NULL,
  sku text COLLATE "C" NOT NULL,
  related text COLLATE "C" NOT NULL,
  orders int NOT NULL,
  PRIMARY KEY (run, sku, related)
);`);
    for (const role of ['jobs', 'scheduler']) {
      await db.query(
        `DO $$ BEGIN CREATE ROLE backroom_${role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
      );
      await db.query(`GRANT USAGE ON SCHEMA public TO backroom_${role}`);
      // Any process can be asked how all is.
      await db.query(`GRANT SELECT ON events, outbox, parked, bookmarks, effects, leases TO backroom_${role}`);
    }
    for (const [role, grants] of Object.entries({
      jobs: [
        'SELECT, INSERT, UPDATE ON jobs, runs',
        'SELECT, INSERT ON run_log',
        'SELECT, INSERT, UPDATE, DELETE ON shown_runs, sales_totals, related_products',
      ],
      // It writes runs that are due, and nothing else.
      scheduler: ['SELECT, UPDATE (ticked_until) ON jobs', 'SELECT, INSERT ON runs', 'INSERT, UPDATE ON leases'],
      api: ['SELECT ON jobs', 'SELECT, INSERT ON runs'],
      status: [
        'SELECT, UPDATE (changed) ON jobs',
        'SELECT, INSERT, UPDATE (state, ended_at) ON runs',
        'SELECT ON run_log, shown_runs, sales_totals, related_products',
        'SELECT, INSERT, DELETE ON idempotency',
      ],
    }))
      for (const grant of grants) await db.query(`GRANT ${grant} TO backroom_${role}, backroom_host`);
  }

  async down(): Promise<void> {
    throw new Error('What has run is not forgotten by a migration.');
  }
}
