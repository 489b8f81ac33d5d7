import { describe, expect, it } from 'vitest';
import { isOutage } from './outage.js';

const coded = (code: string, more: object = {}) => Object.assign(new Error('no'), { code, ...more });

describe('an outage', () => {
  it.each([
    ['a host that cannot be reached', coded('EHOSTUNREACH')],
    ['a standby after a fail-over', coded('25006')],
    ['a deadlock', coded('40P01')],
    ['a full disk', coded('53100')],
    ['a shutdown', coded('57P01')],
    ['a lock not had in time', coded('55P03')],
    ['a lost connection', coded('08006')],
    ['a socket that is not there', coded('ENOENT', { syscall: 'connect' })],
    ['a query without an answer', new Error('Query read timeout')],
    ['what wraps one', new Error('failed', { cause: coded('ECONNREFUSED') })],
    ['what TypeORM wraps', Object.assign(new Error('failed'), { driverError: coded('57P03') })],
  ])('is %s', (_, error) => expect(isOutage(error)).toBe(true));

  it.each([
    ['a protocol violation: our own mistake', coded('08P01')],
    ['a broken constraint', coded('23505')],
    ['a table that is not there', coded('42P01')],
    ['a file that is not there', coded('ENOENT', { syscall: 'open' })],
    ['a mistake in the code', new TypeError('x is not a function')],
    ['no error at all', { code: 'ECONNREFUSED' }],
  ])('is not %s', (_, error) => expect(isOutage(error)).toBe(false));
});
