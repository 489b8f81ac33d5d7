import { Settings, SettingsError } from '#libs/host';
import { webhookSecret, type CallbackRules } from '#libs/webhook';
import type { Provider } from '@nestjs/common';

/** Whom the shop calls back, and how they know that it is the shop. */
export class Callbacks {
  constructor(
    private readonly shopSecret: string,
    readonly rules: CallbackRules,
  ) {}

  /** The same for an order, or an account, in every process: whoever signs a call makes what the front door has given out. */
  readonly secretOf = (stream: string): string => webhookSecret(this.shopSecret, stream);
}

export const callbacks: Provider = {
  provide: Callbacks,
  useFactory: ({ WEBHOOK_SECRET, WEBHOOK_ALLOW_LOOPBACK }: Settings) => {
    if (!WEBHOOK_SECRET) throw new SettingsError('WEBHOOK_SECRET must be set: only the consolidated host makes its own.');
    return new Callbacks(WEBHOOK_SECRET, { loopback: WEBHOOK_ALLOW_LOOPBACK });
  },
  inject: [Settings],
};
