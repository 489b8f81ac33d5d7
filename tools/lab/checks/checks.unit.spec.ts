import { describe, expect, it } from 'vitest';
import type { Evidence } from '../evidence.js';
import { mutations } from '../mutations/all.js';
import { checks } from './all.js';
import { at, completed, facts, good, id, order, paid, pictureOf, seen, stream } from './evidence.fixture.js';

const look = (name: string, more: Partial<Evidence>): readonly string[] =>
  checks.find((check) => check.name === name)!.look({ ...good, ...more });
const streams = (...types: string[]) => new Map([[stream, facts(...types)]]);
const mail = (seconds: number, answered = true) => ({ messageId: `order-shipped.${id}@shop`, at: at(seconds), answered });
const confirmation = good.mails[0]!;

it.each(checks.map((check) => [check.name, check] as const))('%s finds nothing where nothing is wrong', (_, check) => {
  expect(check.look(good)).toEqual([]);
});

it.each(checks.map(({ name }) => name))('%s has a mutation that it must see', (name) => {
  expect(mutations.map(({ red }) => red)).toContain(name);
});

describe('what is planted is found', () => {
  it.each<[string, string, Partial<Evidence>, RegExp]>([
    ['accepted', 'an order that is not there', { streams: new Map() }, /accepted and is not there/],
    ['accepted', 'a key with two orders', { accepted: [order({ ids: [id, 'other'] })] }, /led to .* and to other/],
    ['accepted', 'an order of which nobody was told', { accepted: [] }, /nobody was told/],
    ['accepted', 'another total', { accepted: [order({ total: 1 })] }, /over 2598, not 1/],
    ['ends', 'one that has not ended', { streams: streams('OrderPlaced', 'PhotosReady') }, /has not ended: OrderPlaced PhotosReady/],
    ['ends', 'another end than the card’s', { accepted: [order({ kind: 'declined' })] }, /ended completed/],
    ['ends', 'a promise to cancel that was broken', { accepted: [order({ cancellation: 'promised' })] }, /ended completed/],
    [
      'ends',
      'a cancellation that was refused',
      { accepted: [order({ cancellation: 'refused' })], streams: streams('OrderPlaced', 'OrderCancelled') },
      /ended cancelled/,
    ],
    ['ends', 'two ends', { streams: streams('OrderPlaced', 'OrderCompleted', 'OrderFailed') }, /ended twice/],
    ['versions', 'a gap', { streams: new Map([[stream, completed.filter(({ version }) => version !== 4)]]) }, /5 where 4 should be/],
    ['history', 'a fact twice', { streams: streams('OrderPlaced', 'Printed', 'Printed') }, /Printed stands there twice/],
    [
      'history',
      'handed over and cancelled',
      { streams: streams('CancellationRequested', 'HandoverStarted') },
      /cancelled \(1\) and handed/,
    ],
    ['books', 'a second charge', { gateway: [...good.gateway, paid('authorise')] }, /authorise happened 2 times/],
    ['books', 'a parcel unpaid', { gateway: [paid('authorise')] }, /completed without capture/],
    ['books', 'another amount', { gateway: [paid('authorise'), paid('capture', 5)] }, /5 was captured of 2598/],
    ['books', 'money that was kept', { streams: streams('OrderPlaced', 'OrderFailed') }, /2598 is kept/],
    ['books', 'money that is still held', { streams: streams('OrderFailed'), gateway: [paid('authorise')] }, /still held/],
    ['books', 'a parcel of a cancelled order', { streams: streams('OrderCancelled') }, /a parcel went out/],
    ['stock', 'pieces from nowhere', { stock: [{ sku: 'MUG', available: 9 }] }, /9 are said to be there, 8 by its movements/],
    ['stock', 'pieces that were not given back', { streams: streams('OrderPlaced', 'OrderFailed') }, /2 of MUG are gone, 0 should be/],
    ['mails', 'a mail that never came', { mails: [confirmation] }, /order-shipped.* was never sent/],
    ['mails', 'one of which nobody had a 250', { mails: [confirmation, mail(8, false)] }, /was never sent/],
    ['mails', 'a mail twice', { mails: [confirmation, mail(8), mail(9)] }, /came again after 1000 ms/],
    ['mails', 'a mail that is not owed', { streams: streams('OrderPlaced') }, /is not owed/],
    [
      'mails',
      'a confirmation of what was cancelled before',
      { streams: streams('OrderPlaced', 'CancellationRequested', 'PaymentAuthorised'), mails: [confirmation] },
      /order-confirmation.* is not owed/,
    ],
    ['backwards', 'an older version', { seen: [seen(2), seen(1, { asked: 100, answered: 101 })] }, /the version fell/],
    ['backwards', 'progress that falls', { seen: [seen(1, { progress: 50 }), seen(2, { progress: 20 })] }, /the progress fell/],
    ['backwards', 'a status that goes back', { seen: [seen(1, { status: 'shipping' }), seen(2, { status: 'paying' })] }, /went back/],
    ['backwards', 'two ends', { seen: [seen(1, { status: 'failed' }), seen(2, { status: 'cancelled' })] }, /it ended twice/],
    ['backwards', '404 after 202', { seen: [seen(0)] }, /404 after 202/],
    ['backwards', 'a stream that leaves one out', { seen: [seen(2, { by: 'stream', reader: 'stream 1 after 0' })] }, /2 after 0/],
    ['projection', 'no picture', { pictures: new Map() }, /has no picture/],
    ['projection', 'an old picture', { pictures: new Map([[stream, pictureOf(completed.slice(0, 3))]]) }, /of version 3/],
    ['projection', 'a wrong picture', { pictures: new Map([[stream, { ...pictureOf(completed), view: {} }]]) }, /not what its events/],
    ['published', 'an event that is not in Kafka', { records: good.records.slice(1) }, /1 \(OrderPlaced\) is not in orders/],
    ['published', 'another lane', { records: good.records.map((one) => ({ ...one, topic: 'orders.express' })) }, /is not in orders/],
    ['personal', 'a name at rest', { spilt: ['a log: …Ada…'] }, /Ada/],
    ['left', 'an effect', { leftovers: ['effect x is open'] }, /effect x/],
  ])('%s: %s', (name, _, more, finding) => {
    expect(look(name, more).join('\n')).toMatch(finding);
  });
});

describe('a mail may come again', () => {
  const crash = (from: number, to: number, whom = 'notifications') => [{ whom, what: 'killed' as const, from: at(from), to: at(to) }];

  it('after a crash in between', () => {
    expect(look('mails', { mails: [confirmation, mail(8), mail(20)], faults: crash(9, 10) })).toEqual([]);
  });
  it('after a server that died before its 250', () => {
    expect(look('mails', { mails: [confirmation, mail(8, false), mail(20)] })).toEqual([]);
  });
  it('but only once for it', () => {
    expect(look('mails', { mails: [confirmation, mail(8), mail(20), mail(30)], faults: crash(9, 10) })).toHaveLength(1);
  });
  it('and not for a crash before, or of another', () => {
    expect(look('mails', { mails: [confirmation, mail(8), mail(20)], faults: crash(5, 6) })).toHaveLength(1);
    expect(look('mails', { mails: [confirmation, mail(8), mail(20)], faults: crash(9, 10, 'payments') })).toHaveLength(1);
  });
});
