/** Something that a repeatable file makes, by which its presence in the database is told. */
export interface DefinedObject {
  /** As DROP names it: `VIEW`. */
  readonly kind:
    | 'VIEW'
    | 'MATERIALIZED VIEW'
    | 'TABLE'
    | 'SEQUENCE'
    | 'FUNCTION'
    | 'PROCEDURE'
    | 'AGGREGATE'
    | 'TYPE'
    | 'DOMAIN'
    | 'TRIGGER'
    | 'POLICY';
  /** Quoted where it must be; with its schema where the file names one. */
  readonly name: string;
  /** Of a function: its schema and bare name. */
  readonly schema?: string;
  readonly bare: string;
  /** Of a trigger or policy: the table it is on, quoted. */
  readonly on?: string;
}

/** How a repeatable stands: as its file says, or why not. */
export type RepeatableState = 'applied' | 'new' | 'changed' | 'lost' | 'deleted';

export interface Repeatable {
  readonly name: string;
  readonly state: RepeatableState;
  readonly appliedAt?: Date;
  readonly appliedBy?: string;
  readonly description?: string;
  /** Of a deleted one: what is still there of it. */
  readonly remains?: readonly DefinedObject[];
}

/** Its file says what the database has not. */
export const isDue = ({ state }: Repeatable): boolean => state !== 'applied' && state !== 'deleted';

/** The statement that takes an object away. */
export const dropStatement = ({ kind, name, on }: DefinedObject): string => `DROP ${kind} ${name}${on === undefined ? '' : ` ON ${on}`};`;
