import { Settings, SettingsError } from '#libs/host';
import { makeAsk, type Ask } from '#libs/work';
import type { OnApplicationShutdown, Provider } from '@nestjs/common';

/** The door to the world outside: gateway, printer, carrier. */
export abstract class Outside implements Ask {
  abstract call: Ask['call'];
  abstract lookup: Ask['lookup'];
  abstract close: Ask['close'];
}

export const outside: Provider = {
  provide: Outside,
  useFactory: ({ WORLD_URL }: Settings): Ask & OnApplicationShutdown => {
    if (!WORLD_URL) throw new SettingsError('WORLD_URL must be set: it says where gateway, printer and carrier are.');
    const ask = makeAsk(WORLD_URL);
    return { ...ask, onApplicationShutdown: () => ask.close() };
  },
  inject: [Settings],
};
