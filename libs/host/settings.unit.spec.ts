import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from './settings.js';

describe('readSettings', () => {
  it('has a default for whatever a process needs', () => {
    expect(readSettings({})).toEqual({
      PORT: 3000,
      FREEZE: false,
      LAB: false,
      CORS_ORIGINS: [],
      HOST: '127.0.0.1',
      DATA_DIR: resolve('.data'),
      PUBLIC_URL: 'http://localhost:3000',
      STATUS_URL: 'http://localhost:3001',
      LOG_LEVEL: 'info',
      GATEWAY_DELAY_MS: 0,
      PRINTER_DELAY_MS: 0,
      CARRIER_DELAY_MS: 0,
      TRUST_PROXY: false,
      WEBHOOK_ALLOW_LOOPBACK: false,
      RETENTION_DAYS: 90,
      STOP_WITHIN_SECONDS: 10,
      NODE_ENV: 'development',
    });
  });

  it('takes what is set before what stands in for it, and an empty variable as not set', () => {
    expect(readSettings({ PORT: '8080' }, { PORT: '3001' }).PORT).toBe(8080);
    expect(readSettings({ PORT: '' }, { PORT: '3001', STOP_WITHIN_SECONDS: '4' })).toMatchObject({ PORT: 3001, STOP_WITHIN_SECONDS: 4 });
    expect(readSettings({ DATABASE_URL: '', OPERATOR_TOKEN: '' })).not.toHaveProperty('DATABASE_URL');
  });

  it('reads lists and bases of links', () => {
    const settings = readSettings({
      KAFKA_BROKERS: 'a:9092, [::1]:9093',
      PUBLIC_URL: 'https://shop.example/front/',
      TRUST_PROXY: '10.0.0.0/8,::1',
    });
    expect(settings).toMatchObject({
      KAFKA_BROKERS: ['a:9092', '[::1]:9093'],
      PUBLIC_URL: 'https://shop.example/front',
      TRUST_PROXY: ['10.0.0.0/8', '::1'],
    });
    expect([readSettings({ TRUST_PROXY: 'true' }).TRUST_PROXY, readSettings({ TRUST_PROXY: '2' }).TRUST_PROXY]).toEqual([true, 2]);
  });

  it('knows nothing of other variables', () => {
    expect(readSettings({ PATH: '/bin' })).not.toHaveProperty('PATH');
  });

  it.each([
    ['PORT', 'abc', 'PORT must be a whole number from 0 to 65535, not "abc".'],
    ['PORT', '70000', 'PORT must be a whole number from 0 to 65535, not "70000".'],
    ['PORT', '1e3', 'PORT must be a whole number from 0 to 65535, not "1e3".'],
    ['KAFKA_BROKERS', 'localhost', 'KAFKA_BROKERS must be a list like host:9092,host:9093, not "localhost".'],
    ['PUBLIC_URL', 'shop.example', 'PUBLIC_URL must be an http or https URL without query, not "shop.example".'],
    ['STATUS_URL', 'http://a/?b', 'STATUS_URL must be an http or https URL without query, not "http://a/?b".'],
    ['TRUST_PROXY', 'yes', 'TRUST_PROXY must be true, false, a number of hops or a list of addresses, not "yes".'],
    ['TRUST_PROXY', '10.0.0.0/33', 'TRUST_PROXY must be true, false, a number of hops or a list of addresses, not "10.0.0.0/33".'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent, not "loud".'],
    ['STOP_WITHIN_SECONDS', '0', 'STOP_WITHIN_SECONDS must be a whole number from 1 to 3600, not "0".'],
    ['SHOP_EMAIL', 'shop', 'SHOP_EMAIL must be an e-mail address, not "shop".'],
    // What may hold a password is not repeated.
    ['DATABASE_URL', 'mysql://u:hunter2@h/d', 'DATABASE_URL must be a URL like postgresql://user:password@host:5432/database.'],
    ['SMTP_URL', 'hunter2', 'SMTP_URL must be a URL like smtp://user:password@host:587.'],
    ['OPERATOR_TOKEN', 'hunter 2', 'OPERATOR_TOKEN must be printable ASCII without spaces, as it travels in a header.'],
  ])('refuses %s=%s with a sentence', (variable, value, sentence) => {
    expect(() => readSettings({ [variable]: value })).toThrow(new SettingsError(sentence));
  });

  it('names every variable that is wrong', () => {
    expect(() => readSettings({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(/PORT must .* LOG_LEVEL must /);
  });
});
