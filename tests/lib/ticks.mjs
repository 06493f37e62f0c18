// Times as the interface has them: whole ticks of 1/90 000 s since 1970.

export const TICKS = 90_000;

/** The present, in ticks. Server and test share one machine, so they share its clock. */
export const now90k = () => Date.now() * 90;

export const seconds = (number) => Math.round(number * TICKS);

/** A length of time in seconds, for messages. */
export const inSeconds = (ticks) => Math.round((ticks / TICKS) * 1000) / 1000;

/** The ticks of microseconds since 1970, as the cameras' journal has them. */
export const ofMicroseconds = (us) => Math.round(us * 0.09);
