import { startWorld } from './world.js';

const { PORT, HOST, DATA_DIR, GATEWAY_DELAY_MS, PRINTER_DELAY_MS, CARRIER_DELAY_MS } = process.env;

function wholeNumber(name: string, value: string | undefined, otherwise: number): number {
  if (value === undefined || value === '') return otherwise;
  if (/^\d+$/.test(value)) return Number(value);
  console.error(`${name} must be a whole number, not "${value}"`);
  process.exit(1);
}

const world = await startWorld({
  port: wholeNumber('PORT', PORT, 3010),
  host: HOST || '127.0.0.1',
  dir: DATA_DIR || '.data/world',
  delays: {
    gateway: wholeNumber('GATEWAY_DELAY_MS', GATEWAY_DELAY_MS, 0),
    printer: wholeNumber('PRINTER_DELAY_MS', PRINTER_DELAY_MS, 0),
    carrier: wholeNumber('CARRIER_DELAY_MS', CARRIER_DELAY_MS, 0),
  },
  log: { error: (fields, text) => console.error(JSON.stringify({ level: 'error', text, ...fields })) },
});
console.log(JSON.stringify({ level: 'info', text: 'the world is listening', url: world.url }));

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void world.close());
