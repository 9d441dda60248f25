// Written by `headrace types` from the Avro schemas beside it. Do not edit: change the schema and run it again.
import { schema } from 'headrace';

/** A flight from New York that has come to its gate, at that time. */
export const Arrival = schema<{
  /** The departure's. */
  flight_id: 'string';
  /** Actual arrival at the gate, ms since the epoch. */
  time: 'long';
  /** The aircraft. */
  tailnum: 'string | null';
  /** The airline, two characters. */
  carrier: 'string';
  /** EWR, JFK or LGA. */
  origin: 'string';
  /** Airport of destination. */
  dest: 'string';
  /** Minutes by which it left late; negative is early. */
  dep_delay: 'int';
  /** Minutes by which it arrived late; negative is early. */
  arr_delay: 'int';
}>({
  type: 'record',
  name: 'Arrival',
  namespace: 'flights',
  doc: 'A flight from New York that has come to its gate, at that time.',
  fields: [
    { name: 'flight_id', type: 'string', doc: "The departure's." },
    { name: 'time', type: 'long', doc: 'Actual arrival at the gate, ms since the epoch.' },
    { name: 'tailnum', type: ['null', 'string'], doc: 'The aircraft.', default: null },
    { name: 'carrier', type: 'string', doc: 'The airline, two characters.' },
    { name: 'origin', type: 'string', doc: 'EWR, JFK or LGA.' },
    { name: 'dest', type: 'string', doc: 'Airport of destination.' },
    { name: 'dep_delay', type: 'int', doc: 'Minutes by which it left late; negative is early.' },
    { name: 'arr_delay', type: 'int', doc: 'Minutes by which it arrived late; negative is early.' },
  ],
});

/** A flight that is scheduled to leave New York, at its scheduled time. */
export const Departure = schema<{
  /** Local date of the scheduled departure, origin, carrier and flight number: `20130101-EWR-UA1545`. */
  flight_id: 'string';
  /** Scheduled departure, ms since the epoch. */
  time: 'long';
  /** The aircraft. Null gives a cancelled flight away: never use it to predict cancellation. */
  tailnum: 'string | null';
  /** The airline, two characters. */
  carrier: 'string';
  /** Flight number. */
  flight: 'int';
  /** EWR, JFK or LGA. */
  origin: 'string';
  /** Airport of destination. */
  dest: 'string';
  /** Miles. */
  distance: 'int';
  /** Scheduled arrival, ms since the epoch. */
  scheduled_arrival: 'long';
}>({
  type: 'record',
  name: 'Departure',
  namespace: 'flights',
  doc: 'A flight that is scheduled to leave New York, at its scheduled time.',
  fields: [
    {
      name: 'flight_id',
      type: 'string',
      doc: 'Local date of the scheduled departure, origin, carrier and flight number: `20130101-EWR-UA1545`.',
    },
    { name: 'time', type: 'long', doc: 'Scheduled departure, ms since the epoch.' },
    {
      name: 'tailnum',
      type: ['null', 'string'],
      doc: 'The aircraft. Null gives a cancelled flight away: never use it to predict cancellation.',
      default: null,
    },
    { name: 'carrier', type: 'string', doc: 'The airline, two characters.' },
    { name: 'flight', type: 'int', doc: 'Flight number.' },
    { name: 'origin', type: 'string', doc: 'EWR, JFK or LGA.' },
    { name: 'dest', type: 'string', doc: 'Airport of destination.' },
    { name: 'distance', type: 'int', doc: 'Miles.' },
    { name: 'scheduled_arrival', type: 'long', doc: 'Scheduled arrival, ms since the epoch.' },
  ],
});

/** An hour of weather at an airport of origin. */
export const Weather = schema<{
  /** EWR, JFK or LGA. */
  origin: 'string';
  /** Start of the hour, ms since the epoch. Observations come from up to 51 minutes into it. */
  time: 'long';
  /** Degrees Fahrenheit. */
  temp: 'double | null';
  /** Dew point, degrees Fahrenheit. */
  dewp: 'double | null';
  /** Relative humidity, %. */
  humid: 'double | null';
  /** Degrees. */
  wind_dir: 'double | null';
  /** Miles per hour. One value, 1048.36, is impossible. */
  wind_speed: 'double | null';
  /** Miles per hour; null in four rows of five. */
  wind_gust: 'double | null';
  /** Inches. */
  precip: 'double | null';
  /** Millibars. */
  pressure: 'double | null';
  /** Miles. */
  visib: 'double | null';
}>({
  type: 'record',
  name: 'Weather',
  namespace: 'flights',
  doc: 'An hour of weather at an airport of origin.',
  fields: [
    { name: 'origin', type: 'string', doc: 'EWR, JFK or LGA.' },
    {
      name: 'time',
      type: 'long',
      doc: 'Start of the hour, ms since the epoch. Observations come from up to 51 minutes into it.',
    },
    { name: 'temp', type: ['null', 'double'], doc: 'Degrees Fahrenheit.', default: null },
    { name: 'dewp', type: ['null', 'double'], doc: 'Dew point, degrees Fahrenheit.', default: null },
    { name: 'humid', type: ['null', 'double'], doc: 'Relative humidity, %.', default: null },
    { name: 'wind_dir', type: ['null', 'double'], doc: 'Degrees.', default: null },
    {
      name: 'wind_speed',
      type: ['null', 'double'],
      doc: 'Miles per hour. One value, 1048.36, is impossible.',
      default: null,
    },
    { name: 'wind_gust', type: ['null', 'double'], doc: 'Miles per hour; null in four rows of five.', default: null },
    { name: 'precip', type: ['null', 'double'], doc: 'Inches.', default: null },
    { name: 'pressure', type: ['null', 'double'], doc: 'Millibars.', default: null },
    { name: 'visib', type: ['null', 'double'], doc: 'Miles.', default: null },
  ],
});
