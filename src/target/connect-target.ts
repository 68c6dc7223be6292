import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import { connect } from '../pg/connect.ts';
import { isDatabaseMissing } from '../pg/connection-failure.ts';
import { createDatabase } from '../pg/create-missing.ts';

export interface TargetRequest {
  readonly settings: ConnectionSettings;
  readonly application: string;
  /** Whether an absent database is to be made. The embedded server's always is: nobody else could. */
  readonly createMissing: boolean;
  readonly emit: Emit;
  /** Ends the wait for a server that does not answer. */
  readonly interruption?: AbortSignal;
}

/** Connects, and makes the database first where it is absent and may be made. */
export async function connectTarget({ settings, application, createMissing, emit, interruption }: TargetRequest): Promise<Client> {
  try {
    return await connect(settings, application, interruption);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (!isDatabaseMissing(cause) || !(settings.embedded || createMissing)) throw error;
    await createDatabase(settings);
    emit({ type: 'created', what: 'database', name: settings.database });
    return connect(settings, application);
  }
}
