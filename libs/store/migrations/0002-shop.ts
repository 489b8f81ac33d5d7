import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the shop keeps beside its streams: people, cards, stock, answers given, the picture of each order. */
export class Shop1764000000002 implements MigrationInterface {
  name = 'Shop1764000000002';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
-- The one table with people in it. The e-mail address is looked up by its HMAC.
CREATE TABLE personal (
  stream text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  data json NOT NULL,
  email_hmac bytea,
  delete_after timestamptz,
  PRIMARY KEY (stream, kind)
);
CREATE INDEX personal_email ON personal (email_hmac) WHERE email_hmac IS NOT NULL;

-- Sealed cards, until the payment is authorised. Whoever takes orders may only put in, the payments role alone take out.
CREATE TABLE vault (stream text COLLATE "C" PRIMARY KEY, sealed text NOT NULL, by_client boolean NOT NULL DEFAULT false, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE used_seals (jti uuid PRIMARY KEY, stream text COLLATE "C" NOT NULL, expires timestamptz NOT NULL);
CREATE TABLE payment_keys (kid text PRIMARY KEY, jwk json NOT NULL, at timestamptz NOT NULL DEFAULT now());

CREATE TABLE idempotency (
  scope text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,
  response json NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);

CREATE TABLE products (
  sku text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  price int NOT NULL CHECK (price > 0),
  currency text NOT NULL DEFAULT 'EUR',
  place int NOT NULL
);

CREATE TABLE stock (
  sku text COLLATE "C" PRIMARY KEY REFERENCES products,
  available int NOT NULL CHECK (available >= 0)
) WITH (fillfactor = 10);

-- Every change of stock. Their sum is what stock says, or the consistency check tells.
CREATE TABLE stock_movements (
  stream text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('delivery', 'reserve', 'release')),
  sku text COLLATE "C" NOT NULL,
  quantity int NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream, kind, sku)
);

-- Orders that wait for a photo: whom to wake. A hint, no truth; a lost one is made good by the bookmark's due.
CREATE TABLE photo_waits (
  photo text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  PRIMARY KEY (photo, stream)
);

CREATE TABLE order_status (
  id uuid PRIMARY KEY,
  version int NOT NULL,
  status text COLLATE "C" NOT NULL,
  view json NOT NULL
) WITH (fillfactor = 50);`);
    await db.query(`
WITH catalogue (sku, name, price, available) AS (VALUES
  ('PRINT-10X15', 'Print 10 × 15 cm', 29, 1000000),
  ('PRINT-13X18', 'Print 13 × 18 cm', 59, 1000000),
  ('PRINT-20X30', 'Print 20 × 30 cm', 349, 500000),
  ('PRINT-30X45', 'Print 30 × 45 cm', 899, 100000),
  ('POSTER-50X70', 'Poster 50 × 70 cm', 1699, 50000),
  ('POSTER-70X100', 'Poster 70 × 100 cm', 2499, 50000),
  ('FRAMED-20X30', 'Framed print 20 × 30 cm', 2999, 20000),
  ('ALU-30X45', 'Aluminium print 30 × 45 cm', 4499, 10000),
  ('MUG', 'Mug with your photo', 1299, 50000),
  ('CALENDAR-A4', 'Wall calendar A4', 1999, 20000),
  ('CANVAS-40X60', 'Canvas 40 × 60 cm', 5999, 10000),
  ('CANVAS-60X90', 'Canvas 60 × 90 cm', 8999, 100)
), goods AS (
  INSERT INTO products (sku, name, price, place) SELECT sku, name, price, row_number() OVER () FROM catalogue RETURNING sku
), shelf AS (
  INSERT INTO stock (sku, available) SELECT sku, available FROM catalogue JOIN goods USING (sku)
)
INSERT INTO stock_movements (stream, kind, sku, quantity) SELECT 'catalogue', 'delivery', sku, available FROM catalogue`);
  }

  async down(): Promise<void> {
    throw new Error('What customers have entrusted is not dropped by a migration.');
  }
}
