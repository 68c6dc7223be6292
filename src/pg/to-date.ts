/** The ends of what a Date can hold: `infinity`, and what lies before its beginning. */
const END = 8.64e15;

/** A timestamp of the server, as the driver gives it or as JSON has it; one that no Date can hold is the end it lies beyond. */
export function toDate(value: Date | number | string): Date {
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date;
  return new Date(/^-|BC$/.test(String(value)) ? -END : END);
}
