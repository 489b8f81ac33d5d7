import { StartUp } from '#libs/host';
import { Catalogue, PaymentKeys } from '#libs/placing';
import { Injectable } from '@nestjs/common';

/** What the first customer would else wait for: prices, and the key that cards are sealed to, without which no card is taken. */
@Injectable()
export class WarmUp {
  constructor(startUp: StartUp, catalogue: Catalogue, keys: PaymentKeys) {
    startUp.background('warm-up', () => Promise.all([catalogue.bySku(), keys.newest()]));
  }
}
